// SPDX-License-Identifier: Apache-2.0
#include <chrono>

#include "ctl/command.h"
#include "ctl/order.h"

namespace holdfast::ctl {
namespace {

// The daemon refuses after 30 s.
constexpr std::chrono::seconds kPatience{40};

}  // namespace

std::vector<Verb> add_upgrade(CLI::App& program, const Globals& globals) {
  CLI::App* const verb = program.add_subcommand(
      "upgrade", "holdfastd becomes the version that is installed now, without a failover");
  return {order_verb(verb, [&globals](bool json) {
    return order(globals, "upgrade", json,
                 "holdfastd is the installed version now; no role changed", kPatience);
  })};
}

}  // namespace holdfast::ctl
