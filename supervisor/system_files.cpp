// SPDX-License-Identifier: Apache-2.0
#include "supervisor/system_files.h"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "common/clock.h"
#include "common/log.h"
#include "config/sealed.h"

namespace holdfast::supervisor {
namespace {

constexpr std::array kFiles{"/etc/resolv.conf", "/etc/hosts"};
constexpr Duration kPoll = std::chrono::seconds{1};

}  // namespace

SystemFiles::SystemFiles(EventLoop& loop, std::function<void()> changed)
    : changed_(std::move(changed)), timer_(loop, [this] { wake(); }) {}

void SystemFiles::configure(const Config& config) {
  const auto& checks = config.checks;
  wanted_ = !config.alerts.receivers.empty() ||
            std::any_of(checks.begin(), checks.end(), [](const CheckConfig& check) {
              return host_name_of(check.target).has_value();
            });
  if (!wanted_) {
    sealed_.clear();
    stamps_ = {};
    timer_.set(std::nullopt);
    return;
  }
  if (sealed_.empty() || stamps_ != look()) read();
  timer_.set(monotonic_now() + kPoll);
}

SystemFiles::Stamps SystemFiles::look() {
  Stamps stamps;
  for (std::size_t i = 0; i < kFiles.size(); ++i) {
    struct stat entry {};
    if (::stat(kFiles.at(i), &entry) != 0) continue;
    stamps.at(i) = {true, entry.st_ino, entry.st_size,
                    entry.st_ctim.tv_sec * 1'000'000'000 + entry.st_ctim.tv_nsec};
  }
  return stamps;
}

// One that is not there, or cannot be read, is as one that is empty.
void SystemFiles::read() {
  stamps_ = look();
  sealed_.clear();
  for (const char* const path : kFiles) {
    Result<std::string> text = read_document(path);
    if (!text) log(LogLevel::kDebug, text.error().message);
    Result<OwnedFd> file = seal({path, {}, text ? std::move(*text) : std::string()});
    if (file) {
      sealed_.push_back(std::move(*file));
    } else {
      log(LogLevel::kError, file.error().message);
    }
  }
}

void SystemFiles::wake() {
  if (!wanted_) return;
  timer_.set(monotonic_now() + kPoll);
  if (stamps_ == look()) return;
  read();
  changed_();
}

}  // namespace holdfast::supervisor
