// SPDX-License-Identifier: Apache-2.0
#include "supervisor/core/message_table.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "tests/unit/supervisor/driver.h"

namespace holdfast::supervisor {
namespace {

constexpr std::array kStages{Stage::kDown, Stage::kSpawned, Stage::kGreeted, Stage::kRunning,
                             Stage::kStopping};

// Every type there is, well formed.
const std::vector<Message>& every_message() {
  static const std::vector<Message> kAll{Hello{},
                                         Configured{},
                                         Heartbeat{},
                                         Configure{},
                                         Start{},
                                         Shutdown{},
                                         router_state("web"),
                                         check_state("app"),
                                         AdvertCounters{"web", 1, 2, {}},
                                         RunScript{"app", 1},
                                         ScriptResult{"app", 1, {}, "", {}},
                                         Observation{"app", true, {}, ""},
                                         Secret{"file /key", "bytes"},
                                         PingSocket{true, 7},
                                         AskChecks{},
                                         CheckDetails{},
                                         RunCheck{"app", 1},
                                         CheckRun{},
                                         Forbidden{"openat"},
                                         ServiceState{},
                                         ServerState{},
                                         ServerCounters{},
                                         TableFilled{},
                                         ServerOrder{},
                                         SystemFile{},
                                         ServerSuspicion{},
                                         AskSocket{},
                                         MarkedSocket{},
                                         Listener{},
                                         WorkerState{},
                                         DaemonState{},
                                         QueuedAlert{"0", 1, {}, {}},
                                         AlertScript{"ops", 1, {}},
                                         LeaseWish{},
                                         WitnessState{},
                                         LeaseState{},

                                         Peers{"web", {}},
                                         CheckCounters{"app"},
                                         ProcessUse{"holdfastd"},
                                         ScriptCounters{"check"},
                                         Happened{},
                                         ReceiverState{"ops"},
                                         CheckLoad{}};
  return kAll;
}

// "vrrp-worker greeted", for each role and stage in which the message is allowed.
std::set<std::pair<Role, Stage>> allowed(const Message& message) {
  std::set<std::pair<Role, Stage>> found;
  for (const Role role : kRoles) {
    for (const Stage stage : kStages) {
      if (admit(role, stage, message, false)) found.emplace(role, stage);
    }
  }
  return found;
}

std::set<std::pair<Role, Stage>> all_of(std::initializer_list<Role> roles,
                                        std::initializer_list<Stage> stages) {
  std::set<std::pair<Role, Stage>> all;
  for (const Role role : roles) {
    for (const Stage stage : stages) all.emplace(role, stage);
  }
  return all;
}

constexpr std::initializer_list<Role> kEach{Role::kVrrp,    Role::kCheck, Role::kBalance,
                                            Role::kMonitor, Role::kAlert, Role::kWitness};

TEST(MessageTable, KnowsEveryTypeThereIsInThisTest) {
  ASSERT_EQ(every_message().size(), std::variant_size_v<Message::variant>);
  for (std::size_t i = 0; i < every_message().size(); ++i) {
    EXPECT_EQ(every_message()[i].index(), i);
  }
}

TEST(MessageTable, HelloOnlyAsTheFirstWord) {
  EXPECT_EQ(allowed(Hello{}), all_of(kEach, {Stage::kSpawned}));
}

TEST(MessageTable, ConfiguredAndHeartbeatAfterHello) {
  const auto talking = all_of(kEach, {Stage::kGreeted, Stage::kRunning, Stage::kStopping});
  EXPECT_EQ(allowed(Configured{}), talking);
  EXPECT_EQ(allowed(Heartbeat{}), talking);
}

TEST(MessageTable, StatesOnlyFromTheirOwnerWhileItActs) {
  EXPECT_EQ(allowed(router_state("web")),
            all_of({Role::kVrrp}, {Stage::kRunning, Stage::kStopping}));
  EXPECT_EQ(allowed(AdvertCounters{}), all_of({Role::kVrrp}, {Stage::kRunning, Stage::kStopping}));
  EXPECT_EQ(allowed(check_state("app")),
            all_of({Role::kCheck}, {Stage::kRunning, Stage::kStopping}));
  EXPECT_EQ(allowed(CheckLoad{}), all_of({Role::kCheck}, {Stage::kRunning, Stage::kStopping}));
  EXPECT_EQ(allowed(RunScript{}), all_of({Role::kCheck}, {Stage::kRunning, Stage::kStopping}));
  EXPECT_EQ(allowed(AskSocket{}), all_of({Role::kCheck}, {Stage::kRunning, Stage::kStopping}));
  const auto balance = all_of({Role::kBalance}, {Stage::kRunning, Stage::kStopping});
  for (const Message& message :
       {Message{ServiceState{}}, Message{ServerState{}}, Message{ServerCounters{}},
        Message{TableFilled{}}, Message{ServerSuspicion{}}}) {
    EXPECT_EQ(allowed(message), balance);
  }
  EXPECT_EQ(allowed(CheckDetails{}), all_of({Role::kCheck}, {Stage::kRunning, Stage::kStopping}));
  EXPECT_EQ(allowed(CheckRun{}),
            all_of({Role::kCheck, Role::kAlert}, {Stage::kRunning, Stage::kStopping}));
  EXPECT_EQ(allowed(QueuedAlert{}), all_of({Role::kAlert}, {Stage::kRunning, Stage::kStopping}));
  EXPECT_EQ(allowed(AlertScript{}), all_of({Role::kAlert}, {Stage::kRunning, Stage::kStopping}));
  EXPECT_EQ(allowed(ReceiverState{}), all_of({Role::kAlert}, {Stage::kRunning, Stage::kStopping}));
  EXPECT_EQ(allowed(LeaseWish{}), all_of({Role::kVrrp}, {Stage::kRunning, Stage::kStopping}));
  const auto witness = all_of({Role::kWitness}, {Stage::kRunning, Stage::kStopping});
  EXPECT_EQ(allowed(WitnessState{}), witness);
  EXPECT_EQ(allowed(LeaseState{}), witness);
}

TEST(MessageTable, WhatTheSupervisorSaysIsForNoWorkerToSay) {
  for (const Message& message :
       {Message{Configure{}}, Message{Start{}}, Message{Shutdown{}}, Message{ScriptResult{}},
        Message{Secret{}}, Message{PingSocket{}}, Message{AskChecks{}}, Message{RunCheck{}},
        Message{SystemFile{}}, Message{MarkedSocket{}}, Message{Listener{}}, Message{WorkerState{}},
        Message{DaemonState{}}, Message{ProcessUse{}}, Message{ScriptCounters{}},
        Message{Happened{}}}) {
    EXPECT_TRUE(allowed(message).empty());
    EXPECT_EQ(rule_of(message), nullptr);
  }
  EXPECT_TRUE(allowed(Observation{}).empty());
  EXPECT_TRUE(allowed(ServerOrder{}).empty());
}

TEST(MessageTable, AForbiddenSystemCallMayBeTheFirstWordOfALife) {
  EXPECT_EQ(allowed(Forbidden{}),
            all_of(kEach, {Stage::kSpawned, Stage::kGreeted, Stage::kRunning, Stage::kStopping}));
}

TEST(MessageTable, NoMessageMayCarryADescriptor) {
  for (const Message& message : every_message()) {
    for (const Role role : kRoles) {
      for (const Stage stage : kStages) EXPECT_FALSE(admit(role, stage, message, true));
    }
  }
}

TEST(MessageTable, AWeightIsAtMostAHundredPercent) {
  CheckState state = check_state("app");
  EXPECT_TRUE(admit(Role::kCheck, Stage::kRunning, state, false));
  state.weight = 101;
  EXPECT_FALSE(admit(Role::kCheck, Stage::kRunning, state, false));
}

TEST(MessageTable, WhoGetsACopy) {
  for (const Message& message : every_message()) {
    const Rule* rule = rule_of(message);
    if (rule == nullptr) continue;
    const bool check = std::holds_alternative<CheckState>(message);
    EXPECT_EQ(rule->copied_to.contains(Role::kVrrp),
              check || std::holds_alternative<ServiceState>(message) ||
                  std::holds_alternative<WitnessState>(message) ||
                  std::holds_alternative<LeaseState>(message));
    EXPECT_EQ(rule->copied_to.contains(Role::kWitness), std::holds_alternative<LeaseWish>(message));
    EXPECT_EQ(rule->copied_to.contains(Role::kBalance),
              check || std::holds_alternative<RouterState>(message) ||
                  std::holds_alternative<ServerOrder>(message));
    EXPECT_EQ(rule->copied_to.contains(Role::kCheck),
              std::holds_alternative<Observation>(message) ||
                  std::holds_alternative<RouterState>(message) ||
                  std::holds_alternative<ServerSuspicion>(message));
    // Whatever is kept, but for what is only the check-worker's or the alert-worker's business.
    EXPECT_EQ(rule->copied_to.contains(Role::kMonitor),
              rule->keep != Keep::kNot && !std::holds_alternative<Observation>(message) &&
                  !std::holds_alternative<QueuedAlert>(message));
    EXPECT_EQ(rule->copied_to.contains(Role::kAlert),
              check || std::holds_alternative<RouterState>(message) ||
                  std::holds_alternative<CheckLoad>(message) ||
                  std::holds_alternative<ServiceState>(message) ||
                  std::holds_alternative<ServerState>(message));
  }
}

TEST(MessageTable, WhatIsKept) {
  const auto keep = [](const Message& message) { return rule_of(message)->keep; };
  EXPECT_EQ(keep(Hello{}), Keep::kNot);
  EXPECT_EQ(keep(Configured{}), Keep::kNot);
  EXPECT_EQ(keep(Heartbeat{}), Keep::kNot);
  EXPECT_EQ(keep(RouterState{}), Keep::kTold);
  EXPECT_EQ(keep(CheckState{}), Keep::kTold);
  EXPECT_EQ(keep(AdvertCounters{}), Keep::kShown);
  EXPECT_EQ(keep(Peers{}), Keep::kShown);
  EXPECT_EQ(keep(CheckCounters{}), Keep::kShown);
  EXPECT_EQ(keep(CheckLoad{}), Keep::kTold);
  EXPECT_EQ(keep(RunScript{}), Keep::kNot);
  EXPECT_EQ(keep(Observation{}), Keep::kTold);
  EXPECT_EQ(keep(ServiceState{}), Keep::kTold);
  EXPECT_EQ(keep(ServerState{}), Keep::kTold);
  EXPECT_EQ(keep(ServerCounters{}), Keep::kShown);
  EXPECT_EQ(keep(TableFilled{}), Keep::kNot);
  EXPECT_EQ(keep(ServerOrder{}), Keep::kTold);
  EXPECT_EQ(keep(ServerSuspicion{}), Keep::kTold);
  EXPECT_EQ(keep(AskSocket{}), Keep::kNot);
  EXPECT_EQ(keep(QueuedAlert{}), Keep::kTold);
  EXPECT_EQ(keep(AlertScript{}), Keep::kNot);
  EXPECT_EQ(keep(ReceiverState{}), Keep::kTold);
  EXPECT_EQ(keep(LeaseWish{}), Keep::kShown);
  EXPECT_EQ(keep(WitnessState{}), Keep::kTold);
  EXPECT_EQ(keep(LeaseState{}), Keep::kTold);
}

TEST(MessageTable, SubjectsAreNamesOfTheirKind) {
  const Subjects subjects(config_of({"web"}, {"app"}));
  EXPECT_TRUE(subjects.has(Subject::kRouter, "web"));
  EXPECT_FALSE(subjects.has(Subject::kRouter, "app"));
  EXPECT_FALSE(subjects.has(Subject::kRouter, ""));
  EXPECT_TRUE(subjects.has(Subject::kRouterOrNone, "web"));
  EXPECT_TRUE(subjects.has(Subject::kRouterOrNone, ""));
  EXPECT_FALSE(subjects.has(Subject::kRouterOrNone, "app"));
  EXPECT_TRUE(subjects.has(Subject::kCheck, "app"));
  EXPECT_FALSE(subjects.has(Subject::kCheck, "web"));
  EXPECT_FALSE(subjects.has(Subject::kCheck, ""));
  EXPECT_TRUE(subjects.has(Subject::kNone, ""));
  EXPECT_TRUE(subjects.has(Subject::kChecks, ""));
  EXPECT_FALSE(Subjects(config_of({"web"}, {})).has(Subject::kChecks, ""));
}

TEST(MessageTable, PlacesOfTheQueueOfAlertsAndReceiversThatAreScripts) {
  Config config = config_of({"web"}, {"app"});
  EXPECT_FALSE(Subjects(config).has(Subject::kAlertPlace, "0"));  // nobody is told anything
  ReceiverConfig hook{"hook", WebhookReceiver{}};
  config.alerts.receivers = {hook, {"run", ScriptReceiver{}}};
  config.alerts.queue = 12;
  const Subjects subjects(config);
  EXPECT_TRUE(subjects.has(Subject::kAlertPlace, "0"));
  EXPECT_TRUE(subjects.has(Subject::kAlertPlace, "11"));
  for (const char* const none : {"12", "", "01", "-1", "1x", "99999999999"}) {
    EXPECT_FALSE(subjects.has(Subject::kAlertPlace, none)) << none;
  }
  EXPECT_TRUE(subjects.has(Subject::kAlertScript, "run"));
  EXPECT_FALSE(subjects.has(Subject::kAlertScript, "hook"));
  EXPECT_TRUE(subjects.has(Subject::kReceiver, "hook"));
  EXPECT_FALSE(subjects.has(Subject::kReceiver, "web"));
}

TEST(MessageTable, LeasesAreOfRoutersThatHaveThem) {
  Config config = config_of({"web", "mail"}, {});
  EXPECT_FALSE(Subjects(config).has(Subject::kWitness, ""));
  config.instances[0].witness = WhenUnreachable::kHold;
  const Subjects subjects(config);
  EXPECT_TRUE(subjects.has(Subject::kLeased, "web"));
  EXPECT_FALSE(subjects.has(Subject::kLeased, "mail"));
  EXPECT_TRUE(subjects.has(Subject::kWitness, ""));
}

TEST(MessageTable, VirtualServersAndTheirServers) {
  const Subjects subjects(with_service(config_of({}, {})));
  EXPECT_TRUE(subjects.has(Subject::kService, "shop"));
  EXPECT_FALSE(subjects.has(Subject::kService, "shop/10.0.0.1:80"));
  EXPECT_TRUE(subjects.has(Subject::kServer, "shop/10.0.0.1:80"));
  EXPECT_FALSE(subjects.has(Subject::kServer, "shop/10.0.0.2:80"));
}

TEST(MessageTable, ScriptsAndWhatIsWatchedAreChecksOfTheirKind) {
  Config config = config_of({"web"}, {"tcp", "script", "file", "process", "script too"});
  config.checks[1].target = ScriptCheck{{{"/bin/true"}}};
  config.checks[2].target = FileCheck{"/run/load"};
  config.checks[3].target = ProcessCheck{"nginx", {}};
  config.checks[4].target = ScriptCheck{{{"/bin/true"}}};
  const Subjects subjects(config);
  const auto found = [&](Subject subject) {
    std::vector<std::string> names;
    for (const CheckConfig& check : config.checks) {
      if (subjects.has(subject, check.name)) names.push_back(check.name);
    }
    return names;
  };
  EXPECT_EQ(found(Subject::kScript), (Lines{"script", "script too"}));
  EXPECT_EQ(found(Subject::kWatched), (Lines{"file", "process"}));
  EXPECT_FALSE(subjects.has(Subject::kScript, "web"));
}

TEST(MessageTable, ASocketIsAsTheCheckSaysAndForNoOther) {
  Config config = config_of({"web"}, {"plain", "four", "six", "named"});
  config.checks[1].target = TcpCheck{Endpoint{IpAddress::v4({192, 0, 2, 1}), 80}};
  config.checks[1].connect.mark = 7;
  config.checks[2].target = DnsCheck{Endpoint{IpAddress::v6({0x20, 1}), 53}};
  config.checks[2].connect.mark = 0xffffffff;
  config.checks[3].target = TcpCheck{Endpoint{IpAddress::v6({}), 80}};  // a host, looked up in IPv6
  config.checks[3].connect.mark = 7;
  const Subjects subjects(config);
  EXPECT_EQ(subjects.socket_of({"four", 9, true}), (MarkedSocket{9, true, false, 7, ""}));
  EXPECT_EQ(subjects.socket_of({"six", 1, false}), (MarkedSocket{1, false, true, 0xffffffff, ""}));
  EXPECT_EQ(subjects.socket_of({"named", 1, true}), (MarkedSocket{1, true, true, 7, ""}));
  for (const char* const other : {"plain", "web", "nobody", ""}) {
    EXPECT_EQ(subjects.socket_of({other, 1, true}), std::nullopt) << other;
    EXPECT_FALSE(subjects.has(Subject::kMarked, other)) << other;
  }
  EXPECT_TRUE(subjects.has(Subject::kMarked, "four"));
}

}  // namespace
}  // namespace holdfast::supervisor
