// SPDX-License-Identifier: Apache-2.0
#include "supervisor/core/notify_plan.h"

#include <gtest/gtest.h>

#include "tests/unit/supervisor/driver.h"

namespace holdfast::supervisor {
namespace {

Notice notice(const std::string& state = "MASTER", NoticeOf of = NoticeOf::kInstance) {
  return {of, "web", state, "BACKUP", Priority{150}, "no advert"};
}

// The words of each script, joined.
Lines scripts(const Notice& notice, const NotifyConfig& config) {
  Lines lines;
  for (const Command& command : scripts_for(notice, config)) {
    std::string line = command.user + ":";
    for (const std::string& word : command.words) line += " " + word;
    lines.push_back(line);
  }
  return lines;
}

Command command(std::vector<std::string> words) {
  return {std::move(words)};
}

TEST(ScriptsFor, FirstThatOfTheStateThenThatForAny) {
  NotifyConfig config;
  EXPECT_EQ(scripts(notice(), config), Lines{});
  config.defaults.any = command({"/any", "own"});
  config.defaults.master = command({"/master"});
  config.defaults.backup = command({"/backup"});
  config.defaults.fault = command({"/fault"});
  config.defaults.stop = Command{{"/stop"}, "root"};
  const std::string user = std::string(kScriptUser) + ": ";
  const auto any = [&](const std::string& state) {
    return user + "/any own INSTANCE web " + state + " 150";
  };
  EXPECT_EQ(scripts(notice("MASTER"), config), (Lines{user + "/master", any("MASTER")}));
  EXPECT_EQ(scripts(notice("BACKUP"), config), (Lines{user + "/backup", any("BACKUP")}));
  EXPECT_EQ(scripts(notice("FAULT"), config), (Lines{user + "/fault", any("FAULT")}));
  EXPECT_EQ(scripts(notice("STOP"), config), (Lines{"root: /stop", any("STOP")}));
}

TEST(ScriptsFor, AVirtualServerHasThoseOfItsQuorumOnly) {
  NotifyConfig config;
  config.defaults.any = command({"/any"});
  const auto of_service = [](const std::string& state) {
    return notice(state, NoticeOf::kService);
  };
  EXPECT_EQ(scripts(of_service("UP"), config), Lines{});
  config.services["web"].up = command({"/up"});
  const std::string user = std::string(kScriptUser) + ": ";
  EXPECT_EQ(scripts(of_service("UP"), config), Lines{user + "/up"});
  EXPECT_EQ(scripts(of_service("DOWN"), config), Lines{});
  config.services["web"].down = command({"/down"});
  EXPECT_EQ(scripts(of_service("DOWN"), config), Lines{user + "/down"});
}

TEST(AlertEnvironment, SaysWhatHappenedToWhom) {
  Alert alert;
  alert.event = "check_down";
  alert.name = "app";
  alert.text = "connection refused";
  alert.resolved = true;
  EXPECT_EQ(alert_environment(alert, "lb1"),
            (Lines{"HOLDFAST_NODE=lb1", "HOLDFAST_EVENT=check_down", "HOLDFAST_NAME=app",
                   "HOLDFAST_RESOLVED=true", "HOLDFAST_TEXT=connection refused"}));
}

TEST(ScriptsFor, WhatASubjectSaysItselfReplacesTheDefaultOfThatKey) {
  NotifyConfig config;
  config.defaults.any = command({"/any"});
  config.defaults.master = command({"/master"});
  config.instances["web"].master = command({"/own"});
  config.groups["web"].any = command({"/group"});
  const std::string user = std::string(kScriptUser) + ": ";
  EXPECT_EQ(scripts(notice(), config),
            (Lines{user + "/own", user + "/any INSTANCE web MASTER 150"}));
  EXPECT_EQ(scripts(notice("MASTER", NoticeOf::kGroup), config),
            (Lines{user + "/master", user + "/group GROUP web MASTER 150"}));
}

TEST(EnvironmentOf, AnInstanceHasAllThatIsKnownOfIt) {
  Config config = config_of({"web"}, {});
  config.node = "lb1";
  InstanceConfig& web = config.instances[0];
  web.interface = "eth0";
  web.vrid = Vrid{51};
  web.addresses = {*IpPrefix::parse("192.0.2.10/24"), *IpPrefix::parse("192.0.2.11/32")};
  Notice told = notice();
  told.reason = "two\nlines";
  EXPECT_EQ(environment_of(told, config),
            (Lines{"HOLDFAST_NODE=lb1", "HOLDFAST_KIND=INSTANCE", "HOLDFAST_NAME=web",
                   "HOLDFAST_INSTANCE=web", "HOLDFAST_STATE=MASTER", "HOLDFAST_PREVIOUS=BACKUP",
                   "HOLDFAST_PRIORITY=150", "HOLDFAST_REASON=two lines", "HOLDFAST_INTERFACE=eth0",
                   "HOLDFAST_VRID=51", "HOLDFAST_VERSION=3",
                   "HOLDFAST_ADDRESSES=192.0.2.10/24 192.0.2.11/32"}));
  EXPECT_EQ(environment_of(notice("STOP", NoticeOf::kGroup), config).size(), 8U)
      << "a group of that name is no instance";
}

TEST(FifoLine, IsKeepaliveds) {
  EXPECT_EQ(fifo_line(notice()), "INSTANCE \"web\" MASTER 150\n");
  EXPECT_EQ(fifo_line(notice("STOP", NoticeOf::kGroup)), "GROUP \"web\" STOP 150\n");
}

}  // namespace
}  // namespace holdfast::supervisor
