// SPDX-License-Identifier: Apache-2.0
#include "ctl/checks_report.h"
#include "ctl/done_report.h"
#include "ctl/servers_report.h"
#include "ctl/status_report.h"

#include <gtest/gtest.h>

namespace holdfast::ctl {
namespace {

constexpr const char* kNode = R"({
  "api": 1, "version": "0.1.0", "node": "lb1", "pid": 100,
  "config": {"file": "/etc/holdfast/holdfast.yaml", "generation": 2, "sha256": "abc",
             "loaded_at": "2026-01-02T03:04:05Z", "last_error": null},
  "maintenance": null,
  "workers": [
    {"name": "vrrp-worker", "pid": 101, "state": "running", "restarts": 1,
     "last_end": "killed by SIGKILL", "since": "2026-01-02T03:04:05Z", "since_seconds": 75.5},
    {"name": "check-worker", "pid": 102, "state": "running", "restarts": 0, "last_end": null,
     "since": "2026-01-02T03:04:05Z", "since_seconds": 8000}],
  "vrrp": [
    {"name": "web", "interface": "eth0", "virtual_router_id": 51, "version": 3, "state": "MASTER",
     "priority": 130, "priority_reason": "", "configured_priority": 150, "since": "2026-01-02T03:04:05Z",
     "since_seconds": 7500.2, "reason": "no advert heard for 3.609 s",
     "addresses": ["192.0.2.10/24", "192.0.2.11/24"],
     "adverts": {"sent": 5, "received": 6, "rejected": {"ttl": 1, "checksum": 3, "vrid": 0}},
     "peers": [
       {"address": "192.0.2.2", "state": "SILENT", "priority": 100, "version": 3,
        "interval_seconds": 1.0, "last_advert_seconds": 75.2, "accepted": true, "mismatches": [],
        "detail": ""},
       {"address": "192.0.2.3", "state": "MASTER", "priority": 200, "version": 3,
        "interval_seconds": 3.0, "last_advert_seconds": 0.4, "accepted": false,
        "mismatches": ["interval", "addresses"], "detail": "every 3.000 s; has 192.0.2.99"},
       {"address": "192.0.2.4", "state": "SILENT", "priority": null, "version": null,
        "interval_seconds": null, "last_advert_seconds": null, "accepted": null, "mismatches": [],
        "detail": ""}],
     "stale": false},
    {"name": "db", "interface": "eth1", "virtual_router_id": 152, "version": 2, "state": "FAULT",
     "priority": 100, "priority_reason": "", "configured_priority": 100, "since": null, "since_seconds": null,
     "reason": "interface eth1 is down", "addresses": ["198.51.100.1/24"],
     "adverts": {"sent": 0, "received": 0, "rejected": {}}, "stale": false}],
  "checks": [
    {"name": "app", "target": "tcp 127.0.0.1:80", "up": true, "weight": 100, "value": null,
     "since": "2026-01-02T03:04:05Z", "since_seconds": 9, "reason": "connected", "stale": false},
    {"name": "dns", "target": "tcp 192.0.2.53:53", "up": false, "weight": 0, "value": null,
     "since": "2026-01-02T03:04:05Z", "since_seconds": 61, "reason": "connection refused",
     "stale": false},
    {"name": "new", "target": "tcp [2001:db8::1]:80", "up": null, "weight": null, "value": null, "since": null,
     "since_seconds": null, "reason": "no result yet", "stale": false}],
  "rejected_adverts": {"ttl": 0, "vrid": 1},
  "virtual_servers": []
})";

constexpr const char* kReport =
    R"(lb1: 1 MASTER, 1 FAULT; 1 of 3 checks up

VIRTUAL ROUTERS
STATE   NAME  INTERFACE  VRID  VERSION  PRIORITY        FOR
MASTER  web   eth0         51        3       130  2 h 5 min
        no advert heard for 3.609 s
        priority lowered from 150 by what it tracks
        192.0.2.10/24 192.0.2.11/24
        peer 192.0.2.2 is silent: priority 100, VRRPv3, last advert 1 min ago
        peer 192.0.2.3 is MASTER: priority 200, VRRPv3, last advert just now
        peer 192.0.2.3 does not fit (interval addresses): every 3.000 s; has
        192.0.2.99
        peer 192.0.2.4 has not been heard
        4 adverts refused: 1 ttl, 3 checksum
FAULT   db    eth1        152        2       100          -
        interface eth1 is down
        198.51.100.1/24
Of no router here: 1 advert refused: 1 vrid

CHECKS
STATE    NAME  TARGET                  FOR
up       app   tcp 127.0.0.1:80        9 s
down     dns   tcp 192.0.2.53:53     1 min
         connection refused
unknown  new   tcp [2001:db8::1]:80      -
         no result yet

WORKERS
STATE    NAME          PID  RESTARTS         FOR
running  vrrp-worker   101         1       1 min
         last end: killed by SIGKILL
running  check-worker  102         0  2 h 13 min

Configuration 2 from /etc/holdfast/holdfast.yaml, loaded 2026-01-02T03:04:05Z
SHA-256 abc
holdfastd 0.1.0, pid 100
)";

std::string with(std::string text, const std::string& old, const std::string& replacement) {
  const std::size_t at = text.find(old);
  EXPECT_NE(at, std::string::npos) << old;
  return text.replace(at, old.size(), replacement);
}

TEST(Report, OfANode) {
  const auto text = report(kNode, false);
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_EQ(*text, kReport);
}

TEST(Report, ADeadWorkerIsTheFirstThingSaid) {
  std::string node =
      with(kNode, R"("pid": 101, "state": "running")", R"("pid": null, "state": "down")");
  node = with(node, R"("stale": false)", R"("stale": true)");
  const auto text = report(node, false);
  ASSERT_TRUE(text);
  EXPECT_NE(text->find("lb1: last known: 1 MASTER, 1 FAULT; 1 of 3 checks up\n\n"
                       "The vrrp-worker is down. What is said of routers below is what was last "
                       "known,\nnot what is.\n\nVIRTUAL ROUTERS"),
            std::string::npos)
      << *text;
  EXPECT_NE(text->find("\nMASTER?  web"), std::string::npos);
}

TEST(Report, TheHeadlineCountsVirtualServers) {
  const auto headline = [](const std::string& services) {
    std::string document = kNode;
    const std::string none = "\"virtual_servers\": []";
    document.replace(document.find(none), none.size(), "\"virtual_servers\": [" + services + "]");
    const std::string text = report(document, false).value_or("");
    return text.substr(0, text.find('\n'));
  };
  const auto service = [](const std::string& quorum, const std::string& sorry,
                          const std::string& panic) {
    return R"({"name": "v", "addresses": ["192.0.2.10:80"], "protocol": "tcp", "weight": 0,
               "healthy": 0, "real_servers": [], "since_seconds": null, "reason": "", "stale": false,
               "quorum": )" +
           quorum + R"(, "sorry": )" + sorry + R"(, "panic": )" + panic + "}";
  };
  const std::string good = service("true", "false", "false");
  const std::string down = service("false", "false", "false");
  const std::string sorry = service("false", "true", "false");
  const std::string panic = service("false", "false", "true");
  const std::string begin = "lb1: 1 MASTER, 1 FAULT; 1 of 3 checks up; ";
  EXPECT_EQ(headline(good), begin + "1 of 1 virtual server up");
  EXPECT_EQ(headline(good + ',' + down), begin + "1 of 2 virtual servers up");
  EXPECT_EQ(headline(good + ',' + sorry + ',' + panic),
            begin +
                "1 of 3 virtual servers up, 1 on its sorry server, "
                "1 on servers that have failed");
}

TEST(Report, MaintenanceIsSaidFirst) {
  const auto told = report(
      with(kNode, R"("maintenance": null)", R"("maintenance": {"since": null, "until": null})"),
      false);
  ASSERT_TRUE(told);
  EXPECT_NE(told->find("\n\nMaintenance: this node has handed everything over and takes nothing, "
                       "until told\notherwise: holdfastctl maintenance off.\n"),
            std::string::npos)
      << *told;
}

TEST(Report, AReceiverOfAlertsThatIsNotToldIsAProblem) {
  std::string document = kNode;
  const std::string last = "\"virtual_servers\": []";
  document.replace(document.find(last), last.size(), last + R"(, "receivers": [
    {"name": "ops", "kind": "email", "failures_in_a_row": 0, "last_error": null},
    {"name": "hook", "kind": "webhook", "failures_in_a_row": 3,
     "last_error": {"seconds_ago": 5.2, "reason": "HTTP 503"}}])");
  const std::string text = report(document, false).value_or("");
  EXPECT_NE(
      text.find("\nReceiver of alerts hook is not told: 3 tries failed in a row, the last 5 s "
                "ago:\nHTTP 503. It is tried again.\n"),
      std::string::npos)
      << text;
  EXPECT_EQ(text.find("alerts ops"), std::string::npos);
}

TEST(Report, ChecksThatBeginLateAreAProblem) {
  std::string document = kNode;
  const std::string last = "\"virtual_servers\": []";
  document.replace(document.find(last), last.size(),
                   last + R"(, "checks_late": {"reason": "checks begin 1.3 s late: why",
                             "since_seconds": 125})");
  const std::string text = report(document, false).value_or("");
  EXPECT_NE(text.find("\nChecks begin 1.3 s late: why. For 2 min. See: holdfastctl doctor\n"),
            std::string::npos)
      << text;
}

TEST(Report, ARefusedReloadComesFirstToo) {
  const auto text = report(with(kNode, R"("last_error": null)",
                                R"("last_error": {"at": "2026-01-02T03:05:00Z",
                                   "message": "h.yaml:1:2: no"})"),
                           false);
  ASSERT_TRUE(text);
  EXPECT_NE(
      text->find("The last reload failed at 2026-01-02T03:05:00Z; the configuration before it is\n"
                 "in force. Why: h.yaml:1:2: no\n"),
      std::string::npos)
      << *text;
}

TEST(Report, ColoursChangeNothingButColours) {
  auto text = report(kNode, true);
  ASSERT_TRUE(text);
  EXPECT_NE(text->find("\x1b[1;32mMASTER\x1b[0m"), std::string::npos);
  for (std::size_t at = text->find('\x1b'); at != std::string::npos; at = text->find('\x1b')) {
    text->erase(at, text->find('m', at) - at + 1);
  }
  std::string trimmed;  // padding before the end of a line is invisible
  for (const char character : *text) {
    if (character == '\n') trimmed.erase(trimmed.find_last_not_of(' ') + 1);
    trimmed += character;
  }
  EXPECT_EQ(trimmed, kReport);
}

TEST(Report, TextsOfWorkersCannotSpeakToTheTerminal) {
  const auto text = report(with(kNode, "interface eth1 is down", "\\u001b[2Jgone"), false);
  ASSERT_TRUE(text);
  EXPECT_NE(text->find("?[2Jgone"), std::string::npos);
}

TEST(Report, WhatItDoesNotUnderstandIsAnError) {
  EXPECT_FALSE(report("{}", false));
  EXPECT_FALSE(report("", false));
  EXPECT_FALSE(report(with(kNode, R"("state": "MASTER")", R"("state": 1)"), false));
}

TEST(Report, OfManyChecksOnlyThoseThatAreNotUpAreShown) {
  std::string many;
  for (int i = 0; i < 200; ++i) {
    many += R"({"name": "c)" + std::to_string(i) + R"(", "target": "tcp 127.0.0.1:80", "up": )" +
            (i < 197 ? "true" : "false") +
            R"(, "weight": 100, "value": null, "since": null, "since_seconds": 9,
               "reason": "a reason", "stale": false},)";
  }
  const auto text = report(with(kNode, R"("checks": [)", R"("checks": [)" + many), false);
  ASSERT_TRUE(text);
  EXPECT_EQ(text->find("c5 "), std::string::npos);
  for (const char* const shown : {"c197", "c199", "dns", "new", "198 of 203 checks up",
                                  "and 198 more checks; each is in: holdfastctl checks\n"}) {
    EXPECT_NE(text->find(shown), std::string::npos) << shown << " in " << *text;
  }
}

constexpr const char* kChecks = R"({"api": 1, "node": "lb1", "checks": [
  {"name": "web-1", "target": "tcp 192.0.2.1:80", "up": true, "weight": 50, "value": null,
   "since": "2026-01-02T03:04:05Z", "since_seconds": 61, "reason": "connected in 0.4 ms",
   "stale": false, "attempts": {"good": 7, "bad": 1},
   "last": {"seconds_ago": 0.5, "reason": "connected in 0.3 ms", "good": true},
   "last_error": {"seconds_ago": 7200, "reason": "connection refused"},
   "hindered": {"seconds_ago": 2, "reason": "too many open files"}, "held_seconds": 12.5, "resolved": "192.0.2.7", "hastened": null, "suspended": null,
   "latency_ms": {"median": 0.312, "p99": 12.0, "attempts": 7}, "next_seconds": 1.5},
  {"name": "new", "target": "ping 192.0.2.2", "up": null, "weight": null, "value": null,
   "since": null, "since_seconds": null, "reason": "no result yet", "stale": true,
   "attempts": {"good": 0, "bad": 0}, "last": null, "last_error": null, "hindered": null, "held_seconds": null, "resolved": null, "hastened": null, "suspended": null,
   "latency_ms": null, "next_seconds": null}
]})";

TEST(ChecksReport, HasALineForEachAndWhatIsKnownBelow) {
  const auto text = checks_report(kChecks, {}, false);
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_EQ(*text,
            R"(STATE    NAME   TARGET            WEIGHT    FOR  P50 MS  P99 MS  NEXT IN
up       web-1  tcp 192.0.2.1:80     50%  1 min     0.3    12.0      1 s
         connected in 0.4 ms
         address: 192.0.2.7
         last attempt: connected in 0.3 ms (0 s ago)
         last error: connection refused (2 h ago)
         held down for 12 s more
         no result: too many open files (2 s ago)
unknown  new    ping 192.0.2.2         -      -       -       -        -
         no result yet
)");
}

TEST(ChecksReport, TellsOneReasonOnce) {
  std::string checks = with(kChecks, R"("up": true)", R"("up": false)");
  checks = with(checks, R"("reason": "connected in 0.4 ms")", R"("reason": "connection refused")");
  checks = with(checks, R"({"seconds_ago": 0.5, "reason": "connected in 0.3 ms", "good": true})",
                R"({"seconds_ago": 7200, "reason": "connection refused", "good": false})");
  const auto text = checks_report(checks, {}, false);
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_NE(text->find("\n         connection refused (2 h ago)\n         address: "),
            std::string::npos)
      << *text;
  EXPECT_EQ(text->find("last error"), std::string::npos) << *text;
  const std::string silent = with(with(kChecks, "connected in 0.4 ms", "no ICMP error within 1 s"),
                                  "connected in 0.3 ms", "no ICMP error within 1 s");
  const auto up = checks_report(silent, {}, false);
  ASSERT_TRUE(up);
  EXPECT_NE(up->find("\n         no ICMP error within 1 s (0 s ago)\n"), std::string::npos) << *up;
  EXPECT_EQ(up->find("last attempt"), std::string::npos) << *up;
  EXPECT_NE(up->find("last error: connection refused"), std::string::npos) << *up;
}

TEST(ChecksReport, IsFilteredByNamePatternAndState) {
  const auto names = [](const CheckFilter& filter) {
    const std::string json = checks_json(kChecks, filter).value();
    return std::pair(json.find("web-1") != std::string::npos,
                     json.find("\"new\"") != std::string::npos);
  };
  EXPECT_EQ(names({}), std::pair(true, true));
  EXPECT_EQ(names({{"web-?"}, false}), std::pair(true, false));
  EXPECT_EQ(names({{"new", "n?w"}, false}), std::pair(false, true));
  EXPECT_EQ(names({{}, true}), std::pair(false, true));
  EXPECT_EQ(checks_report(kChecks, {{"web-1"}, true}, false), "none is down\n");
  EXPECT_EQ(checks_report(R"({"checks": []})", {}, false), "no checks\n");
}

TEST(ChecksReport, OfWhatIsNotThereIsAnError) {
  const auto why = [](const CheckFilter& filter) {
    const auto text = checks_report(kChecks, filter, false);
    return text ? "shown" : text.error().message;
  };
  EXPECT_EQ(why({{"wbe-1"}, false}), "there is no check 'wbe-1', did you mean 'web-1'?");
  EXPECT_EQ(why({{"web-1", "nobo\x1b"}, true}),
            "there is no check 'nobo?'; there are 'web-1' and 'new'");
  EXPECT_FALSE(checks_json(kChecks, {{"nobody"}, false}));
}

TEST(ChecksReport, AnErrorOfTheDaemonsIsOne) {
  const auto text = checks_report(R"({"error": "no\u001b[2J"})", {}, false);
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().message, "no?[2J");
  EXPECT_FALSE(checks_json("{}", {}));
  EXPECT_FALSE(run_report("[", false));
}

TEST(RunReport, IsTheConversationAndWhatItCameTo) {
  const auto run = run_report(R"({"api": 1, "check": "web", "result": "bad", "reason": "refused",
                                  "conversation": ["0.0 ms  connects", "0.1 ms  \u001b"]})",
                              false);
  ASSERT_TRUE(run);
  EXPECT_EQ(run->text, "0.0 ms  connects\n0.1 ms  ?\nweb: bad, refused\n");
  EXPECT_FALSE(run->good);
}

// ---- Virtual servers.

constexpr const char* kServices = R"({"virtual_servers": [
  {"name": "web", "addresses": ["192.0.2.10:80", "192.0.2.11:80"], "protocol": "tcp",
   "scheduler": "wlc", "quorum": false, "weight": 0, "healthy": 0, "sorry": false, "panic": true,
   "since": "2026-01-02T03:04:05Z", "since_seconds": 5, "reason": "0 of 1 servers healthy",
   "stale": false, "real_servers": [
     {"address": "10.0.0.1:80", "state": "serving", "healthy": false, "weight": 5,
      "configured_weight": 1, "checks": ["web/10.0.0.1:80"], "since": "2026-01-02T03:04:05Z",
      "since_seconds": 61, "reason": "serves all the same", "active_connections": 3,
      "inactive_connections": 12, "connections": 99, "connections_per_second": 4,
      "bytes_in": 1, "bytes_out": 2, "suspect": "10 packets came in, none went back",
      "order": {"kind": "weight", "weight": 5, "until": "2026-01-02T05:00:00Z"}}]}]})";

TEST(ServersReport, IsFilteredByNameAndPattern) {
  constexpr const char* kTwo = R"({"api": 1, "node": "lb1", "virtual_servers": [
    {"name": "web", "real_servers": []}, {"name": "dns", "real_servers": []}]})";
  const auto json = [](const std::vector<std::string>& names) {
    const auto text = servers_json(kTwo, names);
    return text ? *text : text.error().message;
  };
  EXPECT_NE(json({}).find("dns"), std::string::npos);
  EXPECT_NE(json({"w?b"}).find("\"web\""), std::string::npos);
  EXPECT_EQ(json({"w?b"}).find("dns"), std::string::npos);
  EXPECT_EQ(json({"wbe"}), "there is no virtual server 'wbe', did you mean 'web'?");
  EXPECT_FALSE(servers_report(kServices, {"dns"}, false));
}

TEST(ServersReport, ShowsEachServerAndWhy) {
  EXPECT_EQ(servers_report(kServices, {}, false).value_or(""),
            R"(web: down, tcp 192.0.2.10:80 and 1 more, wlc
  0 of 1 servers healthy
  servers that have failed serve
STATE    SERVER       WEIGHT  ACTIVE  INACTIVE  CONN/S    FOR
serving  10.0.0.1:80     5/1       3        12       4  1 min
         serves all the same
         may be failing: 10 packets came in, none went back
         order: weight 5 until 2026-01-02T05:00:00Z
)");
}

TEST(ServersReport, SaysWhenThereAreNone) {
  EXPECT_EQ(servers_report(R"({"virtual_servers": []})", {}, false).value_or(""),
            "no virtual servers\n");
  EXPECT_EQ(servers_report(R"({"error": "no"})", {}, false).error().message, "no");
}

TEST(DoneReport, IsNothingOrWhyNot) {
  EXPECT_EQ(done_report(R"({"done": true})").value_or("?"), "");
  EXPECT_EQ(done_report(R"({"error": "no virtual server"})").error().message, "no virtual server");
}

}  // namespace
}  // namespace holdfast::ctl
