// SPDX-License-Identifier: Apache-2.0
#include "supervisor/process_watch.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

extern "C" {  // which glibc 2.36 forgot to say itself
#include <sys/pidfd.h>
}

#include "common/clock.h"
#include "common/core/number.h"
#include "supervisor/core/process_count.h"

namespace holdfast::supervisor {
namespace {

constexpr int kPerTurn = 200;               // some milliseconds
constexpr std::size_t kFollowedMax = 1024;  // of more, the next look sees the end
constexpr Duration kIntervalMin = std::chrono::milliseconds{100};

std::string read_some(const std::string& path) {
  const OwnedFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 8192> buffer;  // NOLINT: the kernel fills what is read
  const ssize_t size = file ? ::read(file.get(), buffer.data(), buffer.size()) : 0;
  return {buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
}

}  // namespace

ProcessWatch::ProcessWatch(EventLoop& loop, Told told)
    : loop_(loop),
      told_(std::move(told)),
      folder_(nullptr, ::closedir),
      timer_(loop, [this] { turn(); }) {}

void ProcessWatch::configure(const std::vector<CheckConfig>& checks) {
  std::map<std::string, Counted> before = std::exchange(checks_, {});
  command_lines_ = false;
  interval_ = Duration::max();
  for (const CheckConfig& check : checks) {
    const auto* const process = std::get_if<ProcessCheck>(&check.target);
    if (process == nullptr) continue;
    const auto known = before.find(check.name);
    if (known != before.end() && known->second.check == *process) {
      checks_.insert(before.extract(known));
    } else {
      checks_[check.name].check = *process;
    }
    command_lines_ = command_lines_ || !process->command.empty();
    interval_ = std::max(kIntervalMin, std::min(interval_, check.interval));
  }
  folder_.reset();
  if (checks_.empty()) {
    followed_.clear();
    timer_.set(std::nullopt);
  } else {
    timer_.set(monotonic_now());
  }
}

void ProcessWatch::turn() {
  if (!folder_) begin();
  for (int i = 0; i < kPerTurn && folder_; ++i) {
    const dirent* const entry = ::readdir(folder_.get());  // NOLINT(concurrency-mt-unsafe)
    if (entry == nullptr) {
      finish();
      return;
    }
    const char* const name = entry->d_name;
    if (const auto pid = whole_number<pid_t>(name)) look_at(*pid);
  }
  timer_.set(monotonic_now());  // the next turn of the loop, after whatever else is ready
}

void ProcessWatch::begin() {
  found_.clear();
  folder_.reset(::opendir("/proc"));
  if (!folder_) finish();
}

void ProcessWatch::look_at(pid_t pid) {
  const std::string folder = "/proc/" + std::to_string(pid);
  ProcessLook look = parse_stat(read_some(folder + "/stat"));
  if (command_lines_) look.command = parse_command_line(read_some(folder + "/cmdline"));
  for (const auto& [name, counted] : checks_) {
    if (counts(counted.check, look)) found_[name].insert(pid);
  }
}

void ProcessWatch::finish() {
  folder_.reset();
  std::set<pid_t> all;
  for (auto& [name, counted] : checks_) {
    counted.pids = std::move(found_[name]);
    all.insert(counted.pids.begin(), counted.pids.end());
  }
  std::erase_if(followed_, [&](const auto& entry) { return !all.contains(entry.first); });
  for (const pid_t pid : all) follow(pid);
  for (auto& [name, counted] : checks_) tell(name, counted);
  timer_.set(monotonic_now() + interval_);
}

void ProcessWatch::follow(pid_t pid) {
  if (followed_.contains(pid) || followed_.size() >= kFollowedMax) return;
  OwnedFd pidfd(::pidfd_open(pid, 0));
  if (!pidfd) {
    // It may have gone since it was found.
    if (errno == ESRCH) died(pid);
    return;
  }
  Watch watch(loop_, pidfd.get(), Ready{true, false}, [this, pid](Ready) { died(pid); });
  followed_.emplace(pid, Process{std::move(pidfd), std::move(watch)});
}

void ProcessWatch::died(pid_t pid) {
  followed_.erase(pid);
  for (auto& [name, found] : found_) found.erase(pid);
  for (auto& [name, counted] : checks_) {
    if (counted.pids.erase(pid) > 0) tell(name, counted);
  }
}

void ProcessWatch::tell(const std::string& name, Counted& counted) {
  const Observation seen = observation_of(name, counted.check, counted.pids.size());
  if (counted.told && counted.told->up == seen.up) return;
  counted.told = seen;
  told_(seen);
}

}  // namespace holdfast::supervisor
