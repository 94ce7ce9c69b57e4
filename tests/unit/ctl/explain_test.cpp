// SPDX-License-Identifier: Apache-2.0
#include "ctl/explain.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "config/load.h"
#include "ctl/present.h"

namespace holdfast::ctl {
namespace {

using foresee::Kind;
using foresee::Subject;

Config config(const std::string& node, int priority, const std::string& more = "") {
  const Loaded loaded = load_config(
      "version: 1\nchecks: [{name: nginx, tcp: {address: \"192.0.2.80:80\"}}]\n"
      "vrrp: {instances: [{name: web, interface: eth0, virtual_router_id: 51, "
      "advert_interval: 100ms, addresses: [192.0.2.10/24], priority: " +
          std::to_string(priority) + more + "}]}\n",
      "f", node);
  EXPECT_TRUE(loaded.ok()) << loaded.diagnostics.front().to_string();
  return loaded.config;
}

std::string status(const std::string& state, int priority, const std::string& up = "true",
                   const std::string& more = "") {
  return R"({"node": "lb1", "maintenance": null, "virtual_servers": [],
             "checks": [{"name": "nginx", "up": )" +
         up + R"(}], "vrrp": [{"name": "web", "state": ")" + state + R"(", "priority": )" +
         std::to_string(priority) + more + "}]}";
}

const Surface kUp{{{"eth0", true}}, {}};

std::vector<std::string> sentences(const std::string& status, const Config& own,
                                   const std::vector<Fellow>& fellows,
                                   const Surface& surface = kUp) {
  const Result<Present> present = present_of(status, own, fellows, surface);
  if (!present) return {present.error().message};
  std::vector<std::string> all;
  for (const Explained& one : explain(*present, "web")) {
    if (!one.note.empty()) all.push_back(one.note);
    for (const Prospect& prospect : one.prospects) all.push_back(prospect.text);
  }
  return all;
}

using Texts = std::vector<std::string>;
constexpr const char* kWeighted = ", track: [{check: nginx, weight: -60}]";

TEST(Explain, AMasterNamesItsHeirAndWhatMovesIt) {
  EXPECT_EQ(
      sentences(status("MASTER", 150), config("lb1", 150, kWeighted),
                {{"lb2", config("lb2", 100)}}),
      (Texts{
          "If interface eth0 goes down: it goes to FAULT, and the others hear no more of it, "
          "lb2 (priority 100) takes over within 0.36 s.",
          "If check nginx fails: priority 150 -> 90, it becomes BACKUP, lb2 (priority 100) takes "
          "over without a gap.",
          "If this node dies: lb2 (priority 100) takes over within 0.36 s."}));
}

TEST(Explain, AWeightThatIsTooSmall) {
  const Texts all = sentences(status("MASTER", 200), config("lb1", 200, kWeighted),
                              {{"lb2", config("lb2", 100)}});
  EXPECT_EQ(all.at(1),
            "If check nginx fails: priority 200 -> 140, it stays MASTER, as the highest other "
            "priority is 100, and holds it still.");
}

TEST(Explain, AFaultIsAnnounced) {
  const Texts all =
      sentences(status("MASTER", 200), config("lb1", 200, ", track: [{check: nginx}]"),
                {{"lb2", config("lb2", 100)}});
  EXPECT_EQ(all.at(1),
            "If check nginx fails: it goes to FAULT, priority 0 is announced, lb2 (priority 100) "
            "takes over within 61 ms.");
}

TEST(Explain, ABackupWaitsForItsOwnSkew) {
  const Texts all = sentences(status("BACKUP", 100), config("lb1", 100),
                              {{"lb2", config("lb2", 150)}, {"lb3", config("lb3", 50)}});
  EXPECT_EQ(all, (Texts{"If interface eth0 goes down: it goes to FAULT, and lb2 (priority 150) "
                        "holds it.",
                        "If this node dies: lb2 (priority 150) holds it.",
                        "If lb2 dies: it becomes MASTER, and takes over within 0.36 s."}));
}

TEST(Explain, WhatIsDownNowMayComeBack) {
  const Texts all = sentences(status("BACKUP", 90, "false"), config("lb1", 150, kWeighted),
                              {{"lb2", config("lb2", 100)}});
  EXPECT_EQ(
      all.at(1),
      "If check nginx recovers: priority 90 -> 150, it becomes MASTER, and takes over without "
      "a gap.");
  const Texts down = sentences(status("FAULT", 150), config("lb1", 150),
                               {{"lb2", config("lb2", 100)}}, {{{"eth0", false}}, {}});
  EXPECT_EQ(down.at(0),
            "If interface eth0 comes up: it becomes MASTER, and takes over without a gap.");
}

TEST(Explain, WithoutPreemptTheLowerOneStaysMaster) {
  const Texts all = sentences(status("BACKUP", 150), config("lb1", 150, ", preempt: false"),
                              {{"lb2", config("lb2", 100, ", preempt: false")}});
  EXPECT_EQ(all.back(), "If lb2 dies: it becomes MASTER, and takes over within 0.34 s.");
}

TEST(Explain, WithoutAFleetPeersAreWhoIsHeardOrTheMaster) {
  EXPECT_EQ(sentences(status("BACKUP", 100), config("lb1", 100), {}).back(),
            "If the master dies: it becomes MASTER, and takes over within 0.36 s.");
  EXPECT_EQ(sentences(status("MASTER", 100), config("lb1", 100), {}),
            (Texts{"No other node is known that has it.",
                   "If interface eth0 goes down: it goes to FAULT, and the others hear no more of "
                   "it, and nobody is known who takes over.",
                   "If this node dies: nobody is known who takes over."}));
  const std::string heard =
      R"(, "peers": [{"address": "192.0.2.2", "priority": 90, "state": "SILENT"},
                    {"address": "192.0.2.3", "priority": null, "state": "SILENT"}])";
  EXPECT_EQ(sentences(status("MASTER", 100, "true", heard), config("lb1", 100), {}).back(),
            "If this node dies: 192.0.2.2 (priority 90) takes over within 0.37 s.");
}

// Somebody with a higher priority lets it be: without preemption, or cut off from it.
TEST(Explain, BeginsWithWhatItIs) {
  const Result<Present> present =
      present_of(status("MASTER", 100), config("lb1", 100), {{"lb2", config("lb2", 150)}}, kUp);
  ASSERT_TRUE(present);
  const std::string text = explain_text(explain(*present, "web"), false);
  EXPECT_TRUE(
      text.starts_with("web is MASTER, with priority 100.\n"
                       "  As far as the others are known it should be BACKUP: what follows "
                       "begins there.\n"))
      << text;
}

TEST(Explain, ANodeInMaintenanceTakesNothing) {
  const Texts all =
      sentences(R"({"node": "lb1", "maintenance": {}, "vrrp": []})", config("lb1", 100), {});
  EXPECT_EQ(all.size(), 1U);
  EXPECT_NE(all.front().find("in maintenance"), std::string::npos);
}

}  // namespace
}  // namespace holdfast::ctl
