// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "common/core/time.h"
#include "common/owned_fd.h"

namespace holdfast::supervisor {

// What systemd is told (sd_notify(3), by hand: its library would bring compression and more into a
// process of root). Says nothing where nobody listens.
class Notifier {
 public:
  Notifier();

  void ready() { send("READY=1"); }
  void reloading(Time now);  // ready() ends it
  void stopping() { send("STOPPING=1"); }
  void alive() { send("WATCHDOG=1"); }
  void status(const std::string& text);  // if it has changed

  bool listening() const { return static_cast<bool>(socket_); }
  std::optional<Duration> watchdog_interval() const { return watchdog_interval_; }

 private:
  void send(const std::string& text);

  OwnedFd socket_;
  std::string address_;
  std::string status_;
  std::optional<Duration> watchdog_interval_;
};

}  // namespace holdfast::supervisor
