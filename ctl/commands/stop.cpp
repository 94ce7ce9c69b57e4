// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <memory>

#include "ctl/command.h"
#include "ctl/order.h"

namespace holdfast::ctl {
namespace {

// The daemon answers at its end: addresses are handed over first.
constexpr std::chrono::seconds kPatience{60};

}  // namespace

std::vector<Verb> add_stop(CLI::App& program, const Globals& globals) {
  const auto keep = std::make_shared<bool>(false);
  CLI::App* const verb = program.add_subcommand(
      "stop", "holdfastd hands over its addresses and stops, as by SIGTERM; returns at its end");
  verb->add_flag("--keep", *keep,
                 "the kernel's table of virtual servers stays and serves, whatever is configured");
  const auto restart = std::make_shared<bool>(false);
  verb->add_flag(
          "--for-restart", *restart,
          "all stays as it is in the kernel for the holdfastd that is started next, within a "
          "second: no role changes. For service managers")
      ->excludes("--keep");
  return {order_verb(verb, [&globals, keep, restart](bool json) {
    const auto stop = [&](const std::string& how, const std::string& done) {
      return order(globals, "stop" + how, json, "holdfastd has stopped; " + done, kPatience);
    };
    if (*restart) return stop(" restart", "all stays in the kernel for the next, for a second");
    if (*keep) return stop(" keep", "the table of virtual servers stays, and nobody checks them");
    return stop("", "it has handed over what it held");
  })};
}

}  // namespace holdfast::ctl
