// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulator/host.h"

namespace holdfast::simulator {

using Hosts = std::vector<std::unique_ptr<Host>>;

// S1: what the election demands of the configurations that are installed and of the state of links
// and targets: one active router for each VRID on a LAN, of the highest effective priority among
// those that can be one, unless those above it may not preempt; everybody else backup or in fault;
// and nobody has announced the addresses after the active one. True when nothing has happened for
// settling_time(). Nothing: all is well.
std::optional<std::string> judge_election(const Hosts& hosts, const Witness& witness);

// After this long without a fault, and with every worker up, an election is over.
Duration settling_time(const Hosts& hosts);

// Every process that should run does, with the configuration that is installed.
bool all_up(const Hosts& hosts);

}  // namespace holdfast::simulator
