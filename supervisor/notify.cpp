// SPDX-License-Identifier: Apache-2.0
#include "supervisor/notify.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "common/core/number.h"
#include "common/log.h"

namespace holdfast::supervisor {
namespace {

std::string variable(const char* name) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  return value == nullptr ? "" : value;
}

// Twice within the time after which the service manager would act.
std::optional<Duration> interval_asked_for() {
  const auto period = whole_number<std::int64_t>(variable("WATCHDOG_USEC"));
  if (!period || *period <= 0) return std::nullopt;
  const auto pid = whole_number<std::int64_t>(variable("WATCHDOG_PID"));
  if (pid && *pid != ::getpid()) return std::nullopt;
  return Duration{*period / 2};
}

}  // namespace

Notifier::Notifier() : address_(variable("NOTIFY_SOCKET")) {
  const bool known = address_.starts_with('/') || address_.starts_with('@');
  if (!known || address_.size() >= sizeof(sockaddr_un::sun_path)) return;
  socket_.reset(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (socket_) watchdog_interval_ = interval_asked_for();
}

void Notifier::reloading(Time now) {
  send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(now.time_since_epoch().count()));
}

void Notifier::status(const std::string& text) {
  if (text == status_) return;
  status_ = text;
  send("STATUS=" + text);
}

void Notifier::send(const std::string& text) {
  if (!socket_) return;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, address_.data(), address_.size());
  if (address_.front() == '@') address.sun_path[0] = '\0';
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
  if (::sendto(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
               reinterpret_cast<const sockaddr*>(&address), size) < 0) {
    log(LogLevel::kWarning, "cannot tell the service manager " + text.substr(0, text.find('=')) +
                                ": " + std::generic_category().message(errno));
  }
}

}  // namespace holdfast::supervisor
