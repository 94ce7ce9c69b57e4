// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/supervisor/driver.h"

#include <gtest/gtest.h>

#include "common/core/overloaded.h"

namespace holdfast::supervisor {
namespace {

std::string detail_of(const Message& message) {
  return std::visit(Overloaded{
                        [](const Configure& one) { return std::to_string(one.generation.value); },
                        [](const Start& one) {
                          if (!one.last_alive) return std::string("first");
                          return std::to_string(one.last_alive->time_since_epoch().count());
                        },
                        [&](const auto&) { return std::string(subject_of(message)); },
                    },
                    message);
}

std::string level_of(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug: ";
    case LogLevel::kInfo:
      return "info: ";
    case LogLevel::kWarning:
      return "warning: ";
    case LogLevel::kError:
      return "error: ";
  }
  return "";
}

}  // namespace

std::string to_line(const SupervisorAction& action) {
  const auto worker = [](Role role) { return std::string(to_string(role)); };
  return std::visit(
      Overloaded{
          [&](const Spawn& one) { return "Spawn " + worker(one.role); },
          [&](const Send& one) {
            const std::string detail = detail_of(one.message);
            return "Send " + worker(one.role) + " " + std::string(name_of(one.message)) +
                   (detail.empty() ? "" : " " + detail);
          },
          [&](const LetGo& one) { return "LetGo " + worker(one.role); },
          [&](const Kill& one) {
            return (one.how == KillWith::kAbort ? "Abort " : "Kill ") + worker(one.role);
          },
          [](const Withdraw&) { return std::string("Withdraw"); },
          [](const StartAlertScript& one) {
            return "StartAlertScript " + one.script.receiver + " #" +
                   std::to_string(one.script.attempt) + " of life " + std::to_string(one.life);
          },
          [](const StartScript& one) {
            return "StartScript " + one.check + " #" + std::to_string(one.attempt) + " of life " +
                   std::to_string(one.life) +
                   (one.asked ? " for #" + std::to_string(*one.asked) : "");
          },
          [](const Notify& one) {
            return "Notify " + one.notice.name + " " + one.notice.previous + "->" +
                   one.notice.state + " " + std::to_string(one.notice.priority.value) + ": " +
                   one.notice.reason;
          },
          [](const ChecksGathered& one) {
            std::string line = "Gathered";
            for (const Ticket ticket : one.tickets) line += " #" + std::to_string(ticket);
            for (const auto& [name, detail] : one.details) line += " " + name;
            return line;
          },
          [](const CheckWasRun& one) {
            return "Run #" + std::to_string(one.ticket) + " " + one.check + " " +
                   std::to_string(one.lines.size()) + " lines: " + one.reason;
          },
          [](const ReceiverWasTested& one) {
            return "Tested #" + std::to_string(one.ticket) + " " + one.receiver + ": " + one.reason;
          },
          [](const Refused& one) {
            return "Refused #" + std::to_string(one.ticket) + ": " + one.why;
          },
          [](const Ready&) { return std::string("Ready"); },
          [](const Exit& one) { return "Exit " + std::to_string(one.status); },
          [](const LogLine& one) { return level_of(one.level) + one.text; },
      },
      action);
}

Config config_of(const Lines& routers, const Lines& checks, Duration advert_interval) {
  Config config;
  for (const std::string& name : routers) {
    InstanceConfig instance;
    instance.name = name;
    instance.advert_interval = advert_interval;
    config.instances.push_back(instance);
  }
  for (const std::string& name : checks) {
    CheckConfig check;
    check.name = name;
    config.checks.push_back(check);
  }
  return config;
}

Config with_service(Config config) {
  VirtualServerConfig service;
  service.name = "shop";
  service.real_servers.emplace_back().endpoint = {IpAddress::v4({10, 0, 0, 1}), 80};
  config.virtual_servers.push_back(service);
  return config;
}

RouterState router_state(const std::string& name, VrrpState state) {
  return {name, state, Priority{100}, Time{seconds{7}}, "a reason"};
}

CheckState check_state(const std::string& name, bool up) {
  return {name, up, static_cast<std::uint8_t>(up ? 100 : 0), Time{seconds{7}}, "a reason"};
}

Lines Driver::tell(const SupervisorEvent& event) {
  Lines lines;
  for (const SupervisorAction& action : core.handle(event, now)) lines.push_back(to_line(action));
  return lines;
}

Lines Driver::wake_in(Duration duration) {
  now += duration;
  return tell(Wake{});
}

Lines Driver::wake() {
  EXPECT_TRUE(core.deadline().has_value());
  now = core.deadline().value_or(now);
  return tell(Wake{});
}

void Driver::run(const Config& config) {
  tell(ConfigLoaded{config});
  for (const WorkerInfo& worker : core.workers()) {
    bring_up(worker.role);
    prove(worker.role);
  }
}

void Driver::bring_up(Role role) {
  say(role, Hello{role, kBuild});
  say(role, Configured{core.generation()});
}

void Driver::prove(Role role) {
  say(role, Heartbeat{});
  say(role, Heartbeat{});
}

Lines Driver::kill(Role role) {
  return tell(WorkerExited{role, 0, 9});
}

Lines Driver::exit_with(Role role, int status) {
  return tell(WorkerExited{role, status, 0});
}

WorkerInfo Driver::info(Role role) const {
  return core.workers().at(static_cast<std::size_t>(role));
}

}  // namespace holdfast::supervisor
