// SPDX-License-Identifier: Apache-2.0
#include "supervisor/census.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include "common/clock.h"
#include "common/owned_fd.h"
#include "supervisor/core/process_stat.h"

namespace holdfast::supervisor {
namespace {

// Nothing of one that has just ended.
std::optional<ProcessStat> stat_of(int pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/stat";
  const OwnedFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return std::nullopt;
  std::array<char, 1024> text{};
  const ssize_t size = ::read(file.get(), text.data(), text.size());
  if (size <= 0) return std::nullopt;
  return parse_process_stat(std::string_view(text.data(), static_cast<std::size_t>(size)));
}

void add(std::vector<Message>& all, std::string process, int pid, const DurationHistogram& lag) {
  const std::optional<ProcessStat> stat = stat_of(pid);
  if (!stat) return;
  static const auto kTicks = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  static const auto kPage = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  all.emplace_back(ProcessUse{std::move(process), stat->resident_pages * kPage,
                              stat->cpu_ticks * 1'000'000 / kTicks, lag});
}

}  // namespace

Census::Census(EventLoop& loop, std::function<void()> due)
    : due_(std::move(due)),
      scripts_{ScriptCounters{"check"}, ScriptCounters{"notify"}, ScriptCounters{"alert"}},
      timer_(loop, [this] { tick(); }) {}

void Census::heard(Role role, const Heartbeat& beat) {
  lags_.at(static_cast<std::size_t>(role)).add(Duration{beat.late});
}

void Census::ended(ScriptKind kind, ScriptVerdict verdict) {
  ScriptCounters& counters = scripts_.at(static_cast<std::size_t>(kind));
  switch (verdict) {
    case ScriptVerdict::kGood:
      ++counters.good;
      return;
    case ScriptVerdict::kBad:
      ++counters.bad;
      return;
    case ScriptVerdict::kNotMade:
      ++counters.not_made;
      return;
  }
}

void Census::wanted(bool on) {
  if (std::exchange(on_, on) == on) return;
  next_ = monotonic_now();
  timer_.set(on ? std::optional(next_) : std::nullopt);
}

void Census::tick() {
  const Time now = monotonic_now();
  own_.add(now - next_);
  next_ = now + kInterval;
  timer_.set(next_);
  due_();
}

std::vector<Message> Census::count(const std::array<int, kRoles.size()>& pids) const {
  std::vector<Message> all;
  add(all, "holdfastd", ::getpid(), own_);
  for (const Role role : kRoles) {
    const auto index = static_cast<std::size_t>(role);
    if (pids.at(index) != 0)
      add(all, std::string(to_string(role)), pids.at(index), lags_.at(index));
  }
  for (const ScriptCounters& one : scripts_) all.emplace_back(one);
  return all;
}

}  // namespace holdfast::supervisor
