// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/core/messages.h"

namespace holdfast::alert {

// Tells which words of the supervisor are worth an alert, and what it says. What it hears before it
// begins is how things stand, but for what has changed since the former life's last sign: nobody
// was told of that.
class News {
 public:
  // A first start has no `last_alive`. What is news already.
  std::vector<Alert> begin(std::optional<Time> last_alive, RealTime at);

  std::vector<Alert> heard(const Message& message, RealTime at);

  // Forgets what is not configured any longer.
  template <typename Configured>
  void keep_only(const Configured& configured) {
    std::erase_if(known_, [&](const auto& one) { return !configured(one.second); });
  }

 private:
  using Key = std::pair<std::size_t, std::string>;

  bool begun_ = false;
  std::map<Key, Message> known_;  // the last word on each subject
};

}  // namespace holdfast::alert
