// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/standing.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <system_error>

#include "common/log.h"
#include "common/os_error.h"
#include "common/owned_fd.h"

namespace holdfast::vrrp {
namespace {

bool read_number(std::string_view text, std::int64_t min, std::int64_t max, std::int64_t& value) {
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && rest == text.data() + text.size() && value >= min && value <= max;
}

bool read_processors(std::string_view text, std::vector<unsigned>& processors) {
  for (;;) {
    const std::size_t end = text.find(',');
    std::int64_t number = 0;
    if (!read_number(text.substr(0, end), 0, CPU_SETSIZE - 1, number)) return false;
    processors.push_back(static_cast<unsigned>(number));
    if (end == std::string_view::npos) return true;
    text.remove_prefix(end + 1);
  }
}

void complain(const std::string& what) {
  const Result<void> failed = fail_errno(what);
  log(LogLevel::kError, failed.error().message);
}

// What is mapped later is locked when it is touched. With a limit it could not be mapped at all,
// once the capability to exceed it is gone.
void lock_memory() {
  const rlimit all{RLIM_INFINITY, RLIM_INFINITY};
  rlimit found{};
  ::setrlimit(RLIMIT_MEMLOCK, &all);  // refused where there is no CAP_SYS_RESOURCE
  if (::getrlimit(RLIMIT_MEMLOCK, &found) != 0 || found.rlim_cur != RLIM_INFINITY) {
    log(LogLevel::kError, "cannot lock memory: there is a limit (LimitMEMLOCK=infinity)");
  } else if (::mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) != 0) {
    complain("cannot lock memory");
  }
}

// Who never pauses for so long is ended by SIGXCPU, and started again: nothing else would run on
// its processor.
void be_real_time(int priority, Duration limit) {
  // A second later it would be SIGKILL, which says nothing.
  const auto most = static_cast<rlim_t>(limit.count());  // microseconds
  const rlimit bound{most, most + 1'000'000};
  if (::setrlimit(RLIMIT_RTTIME, &bound) != 0) {
    complain("cannot bound real time, so it is not taken");
    return;
  }
  sched_param parameters{};
  parameters.sched_priority = priority;
  if (::sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &parameters) != 0) {
    complain("cannot take real-time priority " + std::to_string(priority));
  }
}

void stay_on(const std::vector<unsigned>& processors) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const unsigned one : processors) CPU_SET(one, &set);
  if (::sched_setaffinity(0, sizeof set, &set) != 0)
    complain("cannot stay on the processors given");
}

void set_oom_score(int score) {
  const std::string text = std::to_string(score);
  const OwnedFd file(::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
  if (!file || ::write(file.get(), text.data(), text.size()) < 0) {
    complain("cannot set the OOM score to " + text);
  }
}

}  // namespace

bool read_standing(std::string_view word, ProcessStanding& standing) {
  const std::size_t equals = std::min(word.find('='), word.size());
  const std::string_view name = word.substr(0, equals);
  const std::string_view value = equals < word.size() ? word.substr(equals + 1) : "";
  std::int64_t number = 0;
  if (name == "--memory-locked") {
    standing.memory_locked = true;
    return equals == word.size();
  }
  if (name == "--real-time") {
    if (!read_number(value, 1, 99, number)) return false;
    standing.real_time = static_cast<int>(number);
    return true;
  }
  if (name == "--real-time-limit") {
    if (!read_number(value, 1, 60'000'000, number)) return false;
    standing.real_time_limit = Duration{number};
    return true;
  }
  if (name == "--oom-score") {
    if (!read_number(value, -1000, 1000, number)) return false;
    standing.oom_score = static_cast<int>(number);
    return true;
  }
  return name == "--cpus" && read_processors(value, standing.processors);
}

void take(const ProcessStanding& standing) {
  if (standing.oom_score) set_oom_score(*standing.oom_score);
  if (!standing.processors.empty()) stay_on(standing.processors);
  if (standing.memory_locked) lock_memory();
  if (standing.real_time > 0) be_real_time(standing.real_time, standing.real_time_limit);
}

}  // namespace holdfast::vrrp
