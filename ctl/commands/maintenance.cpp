// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "ctl/command.h"
#include "ctl/order.h"

namespace holdfast::ctl {

std::vector<Verb> add_maintenance(CLI::App& program, const Globals& globals) {
  CLI::App* const verb = program.add_subcommand(
      "maintenance", "takes this node out and lets it back; kept over reload and restart");
  verb->require_subcommand(1);
  const auto limit = std::make_shared<TimeLimit>();
  CLI::App* const on = verb->add_subcommand(
      "on", "hands every address over in order, and takes none over, whoever fails");
  limit->add_to(*on);
  CLI::App* const off = verb->add_subcommand("off", "takes part again, as after a start");
  return {order_verb(on,
                     [&globals, limit](bool json) {
                       return order(globals, "maintenance on", json, *limit,
                                    "this node is in maintenance, it hands every address over");
                     }),
          order_verb(off, [&globals](bool json) {
            return order(globals, "maintenance off", json, {}, "this node takes part again");
          })};
}

}  // namespace holdfast::ctl
