// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include "common/core/log_line.h"
#include "common/core/time.h"
#include "vrrp-worker/core/link_table.h"
#include "vrrp-worker/core/repairs.h"
#include "vrrp-worker/core/vrrp_actions.h"

namespace holdfast::vrrp {

// What a part of the core works with while one event is in hand, and where its actions go. All of
// it is the core's.
struct Turn {
  Time now;
  const LinkTable& links;
  Repairs& repairs;
  VrrpActions& actions;

  void log(LogLevel level, std::string text) const {
    actions.emplace_back(LogLine{level, std::move(text)});
  }
  // Says what was put back that somebody else had taken away.
  void log_losses(const std::vector<Repairs::Thing>& put_back) const;
};

// "", or how often it has happened: to the end of a line.
std::string times_so_far(std::uint64_t count);

}  // namespace holdfast::vrrp
