// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dirent.h>
#include <sys/types.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/core/messages.h"
#include "common/event_loop.h"
#include "common/owned_fd.h"
#include "config/config.h"

namespace holdfast::supervisor {

// How many processes run that a check counts, told when that is another verdict. The end of one is
// seen at once, by its pidfd. A new one is seen by the next look through /proc, once in the
// shortest interval of these checks. (The kernel's process events come over a netlink socket that
// exists in the first network and process namespace only, and this process is to have none.)
class ProcessWatch {
 public:
  using Told = std::function<void(const Observation&)>;
  ProcessWatch(EventLoop& loop, Told told);

  void configure(const std::vector<CheckConfig>& checks);

 private:
  struct Counted {
    ProcessCheck check;
    std::set<pid_t> pids;
    std::optional<Observation> told;
  };
  struct Process {
    OwnedFd pidfd;
    Watch watch;
  };

  void turn();
  void begin();
  void look_at(pid_t pid);
  void finish();
  void died(pid_t pid);
  void follow(pid_t pid);
  void tell(const std::string& name, Counted& counted);

  EventLoop& loop_;
  Told told_;
  std::map<std::string, Counted> checks_;  // by name
  std::map<pid_t, Process> followed_;      // those that some check counts
  Duration interval_{};
  bool command_lines_ = false;  // some check asks for them
  // The look through /proc that is under way, some entries in a turn of the loop.
  std::unique_ptr<DIR, int (*)(DIR*)> folder_;
  std::map<std::string, std::set<pid_t>> found_;
  Timer timer_;
};

}  // namespace holdfast::supervisor
