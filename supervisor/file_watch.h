// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/core/messages.h"
#include "common/event_loop.h"
#include "common/owned_fd.h"
#include "config/config.h"

namespace holdfast::supervisor {

// What the files of checks hold, told when it changes. inotify watches their directories, so that a
// file that is renamed into place is seen. What it cannot see, a directory that is not there yet or
// a symbolic link's target, is looked at every second.
class FileWatch {
 public:
  using Told = std::function<void(const Observation&)>;
  FileWatch(EventLoop& loop, Told told);

  void configure(const std::vector<CheckConfig>& checks);

 private:
  struct File {
    std::string path;
    int directory = -1;  // its watch descriptor; -1: none, it is polled
    std::optional<Time> looked;
    std::optional<Time> due;  // to be looked at
    std::optional<Observation> told;
    bool was_empty = false;  // the last time: perhaps somebody is about to write it
  };
  using Files = std::map<std::string, File>;

  void watch_directory(Files::value_type& entry);
  void read_events();
  void wake();
  void expect_look(File& file, Time now);
  void look(Files::value_type& entry, Time now);
  void set_timer();

  EventLoop& loop_;
  Told told_;
  OwnedFd inotify_;
  Files files_;                                                    // by check
  std::multimap<std::pair<int, std::string>, std::string> names_;  // directory, name: the check
  Timer timer_;
  Watch watch_;
};

}  // namespace holdfast::supervisor
