// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "balance-worker/core/ipvs_counters.h"
#include "balance-worker/core/ipvs_table.h"
#include "common/core/result.h"

namespace holdfast::balance {

// What spreads connections in this network namespace's kernel. No call waits for anything but the
// kernel's own work. Who wants to know what others did has to read().
class Backend {
 public:
  struct Refusal {
    IpvsCommand command;
    std::string error;  // for a person: "cannot add the service tcp 192.0.2.10:80: no such ..."
  };

  Backend() = default;
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;
  Backend(Backend&&) = default;
  Backend& operator=(Backend&&) = default;
  virtual ~Backend() = default;

  // Called in the midst of what takes long, each time that it has got on.
  void on_progress(std::function<void()> progress) { progress_ = std::move(progress); }

  // Does all of it, in order, in as few system calls as will do, and returns what the kernel did
  // not do. What is to be removed and is not there is as it should be.
  virtual std::vector<Refusal> execute(std::span<const IpvsCommand> commands) = 0;
  // What read() found damaged, and nothing has made anew since, goes.
  virtual void sweep() {}
  // All there is, canonical (core/ipvs_canonical.h). After an error it is not known what there is.
  virtual Result<IpvsTable> read() = 0;
  virtual Result<Counters> read_counters() = 0;
  // Whether `active` is of connections that are established, and packets are counted both ways.
  virtual bool tells_established() const = 0;
  // Of the services that read() found last, those that a Holdfast has put there, of whatever
  // configuration.
  virtual std::set<ServiceKey> ours() const = 0;

 protected:
  void got_on() const {
    if (progress_) progress_();
  }

 private:
  std::function<void()> progress_;
};

}  // namespace holdfast::balance
