// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "balance-worker/core/balance_core.h"
#include "common/core/overloaded.h"
#include "tests/unit/balance/balance_fixture.h"

namespace holdfast::balance {

using Lines = std::vector<std::string>;

// A core with a kernel that does what it is told, unless it refuses or is not there.
class BalanceCoreTest : public testing::Test {
 protected:
  Lines tell(const BalanceEvent& event) {
    Lines lines;
    perform(core.handle(event, now), lines);
    return lines;
  }
  Lines begin(const VirtualServerConfig& service) {
    config.virtual_servers = {service};
    tell(config);
    return tell(Begin{});
  }
  Lines wake() {
    EXPECT_TRUE(core.deadline().has_value());
    now = std::max(now, core.deadline().value_or(now));
    return tell(Wake{});
  }
  Lines check(std::uint8_t last, bool up) { return told_of(check_state(last, up, now)); }
  // What it leads to, which waits for others to be decided upon with it.
  Lines told_of(const CheckState& state) {
    EXPECT_EQ(tell(state), Lines{});
    const std::optional<Time> due = core.deadline();
    return due && *due <= now ? wake() : Lines{};
  }

  // What it reports, without the log: "+svc 192.0.2.10:80", "web/10.0.0.1:80 serving 1".
  void perform(const BalanceActions& actions, Lines& lines) {
    std::vector<BalanceEvent> answers;
    for (const BalanceAction& action : actions) {
      std::visit(Overloaded{
                     [&](const ReadTable& one) {
                       lines.emplace_back("read");
                       read_of = one.backend;
                       if (kernel) {
                         answers.emplace_back(TableRead{*kernel, ours});
                       } else {
                         answers.emplace_back(ReadFailed{"no IPVS"});
                       }
                     },
                     [&](const Execute& one) { answers.emplace_back(execute(one, lines)); },
                     [&](const Report& one) { lines.push_back(line_of(one.message())); },
                     [&](const LogLine& one) { logged.push_back(one.text); },
                 },
                 action);
    }
    for (const BalanceEvent& answer : answers) perform(core.handle(answer, now), lines);
  }

  Executed execute(const Execute& action, Lines& lines) {
    EXPECT_FALSE(action.commands.empty());
    Executed done;
    for (const IpvsCommand& command : action.commands) {
      const std::string line = line_of(command);
      lines.push_back(line);
      if (!refuses.empty() && line.find(refuses) != std::string::npos) {
        done.refused.push_back({command, "refused: " + line});
      } else {
        apply(command, *kernel);
      }
    }
    return done;
  }

  static std::string line_of(const IpvsCommand& command) {
    const auto name = [](const ServiceKey& key) {
      return key.mark != 0 ? "mark " + std::to_string(key.mark) : key.endpoint.to_string();
    };
    return std::visit(
        Overloaded{
            [&](const AddService& one) {
              return "+" + name(one.key) + " " + one.options.scheduler;
            },
            [&](const EditService& one) {
              return "=" + name(one.key) + " " + one.options.scheduler;
            },
            [&](const RemoveService& one) { return "-" + name(one.key); },
            [&](const AddDestination& one) {
              return "+" + one.destination.to_string() + " " + std::to_string(one.options.weight);
            },
            [&](const EditDestination& one) {
              return "=" + one.destination.to_string() + " " + std::to_string(one.options.weight);
            },
            [&](const RemoveDestination& one) { return "-" + one.destination.to_string(); },
            [&](const AddMark& one) {
              return "+mark " + std::to_string(one.service.mark) + " " + name(one.address);
            },
            [&](const RemoveMark& one) {
              return "-mark " + std::to_string(one.service.mark) + " " + name(one.address);
            },
            [&](const Sweep&) { return std::string("sweep"); },
            [&](const StartSync& one) {
              return std::string("+sync ") + (one.role == SyncRole::kMaster ? "master" : "backup") +
                     " " + one.daemon.interface;
            },
            [&](const StopSync& one) {
              return std::string("-sync ") + (one.role == SyncRole::kMaster ? "master" : "backup");
            },
            [&](const SetTimeouts& one) { return "timeouts " + std::to_string(one.timeouts.tcp); },
        },
        command);
  }

  static std::string line_of(const Message& message) {
    if (const auto* server = std::get_if<ServerState>(&message)) {
      return server->server + " " + std::string(to_string(server->use)) + " " +
             std::to_string(server->weight);
    }
    if (const auto* service = std::get_if<ServiceState>(&message)) {
      return service->service + (service->quorum ? " up" : " down") +
             (service->sorry ? " sorry" : "") + (service->panic ? " panic" : "");
    }
    return std::string(name_of(message));
  }

  std::optional<IpvsTable> kernel{IpvsTable{}};
  std::set<ServiceKey> ours;
  BalanceBackend read_of{};  // lately
  std::string refuses;       // commands whose line has this in it
  Lines logged;
  Config config;
  Time now = kStart;
  BalanceCore core;
};

}  // namespace holdfast::balance
