// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "tests/unit/config/faults_of.h"

// The kinds of checks, and the programs that a document names.
namespace holdfast {
namespace {

using std::chrono::seconds;

const std::string kHead = "version: 1\nchecks:\n";  // NOLINT(cert-err58-cpp)

CheckTarget target_of(const std::string& lines) {
  return config_of(kHead + lines).checks.at(0).target;
}

// Of a check on line 3, without its place.
Texts faults_in(const std::string& line) {
  Texts texts;
  for (const Diagnostic& fault : load_config(kHead + line, "f", "host").diagnostics) {
    texts.push_back(std::to_string(fault.column) + ": " + fault.message);
  }
  return texts;
}

TEST(LoadScript, OneTextIsSplitAtBlanks) {
  EXPECT_EQ(target_of("  - {name: a, script: '/bin/test  -e /run/x '}\n"),
            (CheckTarget{ScriptCheck{{{"/bin/test", "-e", "/run/x"}, kScriptUser}}}));
}

TEST(LoadScript, AListIsTakenAsItIs) {
  EXPECT_EQ(target_of("  - {name: a, script: [/bin/echo, 'a b', '', '$x;']}\n"),
            (CheckTarget{ScriptCheck{{{"/bin/echo", "a b", "", "$x;"}, kScriptUser}}}));
}

TEST(LoadScript, AMapNamesTheUser) {
  EXPECT_EQ(target_of("  - {name: a, script: {command: /bin/x -y, user: www-data}}\n"),
            (CheckTarget{ScriptCheck{{{"/bin/x", "-y"}, "www-data"}}}));
  EXPECT_EQ(target_of("  - name: a\n    script:\n      command: [/bin/x, y z]\n"),
            (CheckTarget{ScriptCheck{{{"/bin/x", "y z"}, kScriptUser}}}));
}

TEST(LoadScript, ItsStatusMayBeAWeight) {
  EXPECT_EQ(target_of("  - {name: a, script: {command: /bin/x, dynamic_weight: true}}\n"),
            (CheckTarget{ScriptCheck{{{"/bin/x"}, kScriptUser}, true}}));
  EXPECT_EQ(faults_in("  - {name: a, script: {command: /bin/x, dynamic_weight: yes}}\n"),
            Texts{"57: dynamic_weight: found 'yes', expected true or false"});
}

TEST(LoadScript, FaultsAreExactlyThese) {
  const std::string what =
      "expected the absolute path of a program and its arguments, as one text or as a list";
  EXPECT_EQ(faults_in("  - {name: a, script: check.sh}\n"),
            Texts{"23: script: found 'check.sh', " + what});
  EXPECT_EQ(faults_in("  - {name: a, script: ''}\n"),
            Texts{"23: script: found an empty text, " + what});
  EXPECT_EQ(faults_in("  - {name: a, script: []}\n"),
            Texts{"23: script: found an empty list, " + what});
  EXPECT_EQ(faults_in("  - {name: a, script: }\n"), Texts{"15: script: found nothing, " + what});
  for (const char* const word : {"'", "\\\"", "`", "$x", "|", "&", ";", "<", ">", "\\\\"}) {
    const Texts faults = faults_in(std::string("  - {name: a, script: \"/bin/x ") + word + "\"}\n");
    ASSERT_EQ(faults.size(), 1U) << word;
    EXPECT_NE(faults[0].find("no shell reads it"), std::string::npos) << faults[0];
  }
  EXPECT_EQ(faults_in("  - {name: a, script: {user: x}}\n"),
            Texts{"23: script lacks the key 'command'"});
  EXPECT_EQ(faults_in("  - {name: a, script: {command: /bin/x, user: 'a b'}}\n"),
            Texts{"47: user: found 'a b', expected the name of a user"});
  EXPECT_EQ(faults_in("  - {name: a, script: [/bin/x, [y]]}\n"),
            Texts{"32: script: found a list, expected a word of a command"});
  std::string many = "[/bin/x";
  for (int i = 0; i < 64; ++i) many += ", y";
  EXPECT_EQ(faults_in("  - {name: a, script: " + many + "]}\n"),
            Texts{"23: script: found 65 words of 135 bytes, expected at most 64 words and 4096 "
                  "bytes"});
  EXPECT_EQ(faults_in("  - {name: a, script: '/" + std::string(4096, 'x') + "'}\n"),
            Texts{"23: script: found 1 words of 4098 bytes, expected at most 64 words and 4096 "
                  "bytes"});
}

TEST(LoadFile, IsAPathShortOrInAMap) {
  EXPECT_EQ(target_of("  - {name: a, file: /run/load}\n"), CheckTarget{FileCheck{"/run/load"}});
  EXPECT_EQ(target_of("  - {name: a, file: {path: /run/load}}\n"),
            CheckTarget{FileCheck{"/run/load"}});
}

TEST(LoadFile, FaultsAreExactlyThese) {
  const std::string what = "expected an absolute path of at most 4095 bytes";
  EXPECT_EQ(faults_in("  - {name: a, file: load}\n"), Texts{"21: file: found 'load', " + what});
  EXPECT_EQ(faults_in("  - {name: a, file: /run/}\n"), Texts{"21: file: found '/run/', " + what});
  EXPECT_EQ(faults_in("  - {name: a, file: {path: x}}\n"), Texts{"28: path: found 'x', " + what});
  EXPECT_EQ(faults_in("  - {name: a, file: {}}\n"), Texts{"21: file lacks the key 'path'"});
  EXPECT_EQ(faults_in("  - {name: a, file: /x, interval: 1s, timeout: 1s, rise: 2, fall: 2}\n"),
            (Texts{"35: interval: a file is watched, not asked, expected no such key",
                   "48: timeout: a file is watched, not asked, expected no such key",
                   "58: rise: a file is watched, not asked, expected no such key",
                   "67: fall: a file is watched, not asked, expected no such key"}));
}

TEST(LoadProcess, EveryKey) {
  EXPECT_EQ(target_of("  - {name: a, process: nginx}\n"), (CheckTarget{ProcessCheck{"nginx", {}}}));
  EXPECT_EQ(target_of("  - {name: a, process: {name: nginx, min: 2, max: 8, delay: 3s}}\n"),
            (CheckTarget{ProcessCheck{"nginx", {}, 2, 8, seconds{3}, seconds{3}}}));
  EXPECT_EQ(target_of("  - {name: a, process: {command: [/bin/x, -y], fork_delay: 1s, "
                      "terminate_delay: 2s}}\n"),
            (CheckTarget{ProcessCheck{"", {"/bin/x", "-y"}, 1, 65535, seconds{1}, seconds{2}}}));
  EXPECT_EQ(target_of("  - {name: a, process: {command: /bin/x, delay: 5s, fork_delay: 1s}}\n"),
            (CheckTarget{ProcessCheck{"", {"/bin/x"}, 1, 65535, seconds{1}, seconds{5}}}));
  EXPECT_EQ(config_of(kHead + "  - {name: a, process: x, interval: 5s}\n").checks[0].interval,
            seconds{5});
}

TEST(LoadProcess, FaultsAreExactlyThese) {
  const std::string name = "expected the name of a program, at most 15 bytes, as ps -e shows it";
  EXPECT_EQ(faults_in("  - {name: a, process: sixteen-bytes-xx}\n"),
            Texts{"24: process: found 'sixteen-bytes-xx', " + name});
  EXPECT_EQ(faults_in("  - {name: a, process: {name: ''}}\n"),
            Texts{"31: name: found an empty text, " + name});
  EXPECT_EQ(faults_in("  - {name: a, process: {min: 1}}\n"),
            Texts{"24: process needs either 'name' or 'command'"});
  EXPECT_EQ(faults_in("  - {name: a, process: {name: x, command: /x}}\n"),
            Texts{"24: process needs either 'name' or 'command'"});
  EXPECT_EQ(faults_in("  - {name: a, process: {name: x, min: 3, max: 2}}\n"),
            Texts{"47: max: found '2', expected at least min, 3"});
  EXPECT_EQ(faults_in("  - {name: a, process: {name: x, delay: 2h}}\n"),
            Texts{"41: delay: found '2h', expected a time from 0s to 1h"});
  EXPECT_EQ(faults_in("  - {name: a, process: {command: []}}\n"),
            Texts{"34: command: found an empty list, expected 1 to 64 words, the first ones of a "
                  "command line"});
  EXPECT_EQ(faults_in("  - {name: a, process: x, rise: 2}\n"),
            Texts{"33: rise: a process is watched, not asked, expected no such key"});
}

TEST(LoadCheck, IsOfOneKind) {
  const Texts faults = faults_in("  - {name: a}\n");
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_EQ(faults[0].substr(0, 32), "5: a check needs one of 'tcp', '") << faults[0];
  EXPECT_NE(faults[0].find(" and 'process'"), std::string::npos) << faults[0];
  EXPECT_EQ(faults_in("  - {name: a, tcp: '192.0.2.1:1', file: /x}\n"),
            Texts{"41: a check is of one kind, found 'tcp' and 'file': make two checks of it"});
}

TEST(LoadCheck, NoNulInACommandOrAPath) {
  EXPECT_EQ(faults_in("  - {name: a, script: [/x, \"a\\0b\"]}\n"),
            Texts{"23: script: found a NUL character, at which a word of a command would end, "
                  "expected none"});
  EXPECT_EQ(faults_in("  - {name: a, script: \"/x\\0b\"}\n").size(), 1U);
  EXPECT_EQ(faults_in("  - {name: a, file: \"/x\\0b\"}\n").size(), 1U);
}

TEST(LoadCheck, EveryOption) {
  const Config config = config_of(
      kHead +
      "  - {name: a, tcp: '192.0.2.1:1', interval: 5s, timeout: 2s, rise: 2, fall: 3,\n"
      "     fast_interval: 500ms, retries: 4, retry_delay: 100ms, start_spread: 1m,\n"
      "     initial_state: down, log_failures: true, source: 192.0.2.9, source_port: 4000,\n"
      "     interface: eth0}\n");
  CheckConfig expected{"a", TcpCheck{*Endpoint::parse("192.0.2.1:1")}, seconds{5}, seconds{2}, 2,
                       3};
  expected.fast_interval = std::chrono::milliseconds{500};
  expected.retries = 4;
  expected.retry_delay = std::chrono::milliseconds{100};
  expected.start_spread = seconds{60};
  expected.initial_state = InitialCheckState::kDown;
  expected.log_failures = true;
  expected.connect = {IpAddress::v4({192, 0, 2, 9}), 4000, "eth0"};
  EXPECT_EQ(config.checks.at(0), expected);
}

TEST(LoadCheck, FaultsOfOptionsAreExactlyThese) {
  const std::string tcp = "  - {name: a, tcp: '192.0.2.1:1', ";
  EXPECT_EQ(faults_in(tcp + "fast_interval: 2s}\n"),
            Texts{"50: fast_interval: found '2s', expected at most the interval, 1s"});
  EXPECT_EQ(faults_in(tcp + "retries: 1001}\n"),
            Texts{"44: retries: found '1001', expected a whole number from 0 to 1000"});
  EXPECT_EQ(faults_in(tcp + "initial_state: alpha}\n"),
            Texts{"50: initial_state: found 'alpha', expected unknown, up or down"});
  EXPECT_EQ(faults_in(tcp + "source: '2001:db8::1'}\n"),
            Texts{"43: source: found '2001:db8::1', expected an IPv4 address, as the target's"});
  EXPECT_EQ(faults_in(tcp + "source_port: 80}\n"),
            Texts{"48: source_port: found '80', expected a whole number from 1024 to 65535"});
  EXPECT_EQ(faults_in(tcp + "intreface: eth0}\n"),
            Texts{"35: unknown key 'intreface' in a check, did you mean 'interface'?"});
  for (const char* const mark : {"0", "-1", "4294967296", "web"}) {
    EXPECT_EQ(faults_in(tcp + "mark: " + mark + "}\n"),
              Texts{"41: mark: found '" + std::string(mark) +
                    "', expected a whole number from 1 to 4294967295"});
  }
  EXPECT_EQ(faults_in("  - {name: a, ping: 192.0.2.1, mark: 7}\n"),
            Texts{"38: mark: all pings share a socket, expected no such key: give it a 'source', "
                  "and route by that"});
  EXPECT_EQ(faults_in("  - {name: a, script: /bin/x, mark: 7}\n"),
            Texts{"37: mark: this check opens no connection, expected no such key"});
  EXPECT_EQ(faults_in("  - {name: a, script: /bin/x, interface: eth0}\n"),
            Texts{"42: interface: this check opens no connection, expected no such key"});
  EXPECT_EQ(faults_in("  - {name: a, file: /x, retries: 2}\n"),
            Texts{"34: retries: a file is watched, not asked, expected no such key"});
}

TEST(LoadCheck, AMarkOfAnyKindThatOpensAConnection) {
  for (const char* const kind :
       {"tcp: '192.0.2.1:1'", "http: '192.0.2.1:80'", "https: '192.0.2.1:443'",
        "grpc: '192.0.2.1:1'", "dns: {address: '192.0.2.1:53', name: a.example}",
        "smtp: '192.0.2.1:25'", "udp: '192.0.2.1:1'", "redis: '192.0.2.1:1'",
        "mysql: '192.0.2.1:1'", "postgresql: '192.0.2.1:1'", "agent: '[2001:db8::1]:1'"}) {
    const Config config = config_of(kHead + "  - {name: a, " + kind + ", mark: 4294967295}\n");
    EXPECT_EQ(config.checks.at(0).connect.mark, 0xffffffff) << kind;
  }
  EXPECT_EQ(config_of(kHead + "  - {name: a, tcp: '192.0.2.1:1'}\n").checks.at(0).connect.mark, 0U);
}

TEST(LoadCheck, SlowStartAndHoldDown) {
  const auto check = [](const std::string& options) {
    return config_of(kHead + "  - {name: a, ping: 192.0.2.1, " + options + "}\n").checks.at(0);
  };
  EXPECT_EQ(check("rise: 1").slow_start, Duration{0});
  EXPECT_EQ(check("rise: 1").hold_down, std::nullopt);
  EXPECT_EQ(check("slow_start: 30s").slow_start, seconds{30});
  EXPECT_EQ(check("hold_down: true").hold_down, HoldDownConfig{});
  EXPECT_EQ(check("hold_down: false").hold_down, std::nullopt);
  EXPECT_EQ(check("hold_down: {}").hold_down, HoldDownConfig{});
  EXPECT_EQ(check("hold_down: {changes: 4, within: 2m, time: 10s, max: 40s}").hold_down,
            (HoldDownConfig{4, seconds{120}, seconds{10}, seconds{40}}));
  EXPECT_EQ(check("hold_down: {time: 20m}").hold_down->max, seconds{1200});
}

TEST(LoadCheck, WhatItMeansThatThereIsNoRoute) {
  const auto down = [](const std::string& options) {
    const Config config = config_of(kHead + "  - {name: a, ping: 192.0.2.1" + options + "}\n");
    return config.checks.at(0).connect.down_without_route;
  };
  EXPECT_FALSE(down(""));
  EXPECT_FALSE(down(", no_route: discard"));
  EXPECT_TRUE(down(", no_route: down"));
  EXPECT_EQ(faults_in("  - {name: a, ping: 192.0.2.1, no_route: up}\n").size(), 1U);
  EXPECT_EQ(faults_in("  - {name: a, script: /bin/x, no_route: down}\n"),
            Texts{"41: no_route: this check opens no connection, expected no such key"});
}

TEST(LoadCheck, FaultsOfSlowStartAndHoldDownAreExactlyThese) {
  const auto faults = [](const std::string& options) {
    return faults_in("  - {name: a, ping: 192.0.2.1, " + options + "}\n");
  };
  EXPECT_EQ(faults("hold_down: maybe"),
            Texts{"43: hold_down: found 'maybe', expected true, false, or a map of options"});
  EXPECT_EQ(faults("hold_down: {changes: 1}"),
            Texts{"53: changes: found '1', expected a whole number from 2 to 100"});
  EXPECT_EQ(faults("hold_down: {time: 1m, max: 30s}"),
            Texts{"59: max: found '30s', expected at least the time, 1m"});
  EXPECT_EQ(faults("hold_down: {length: 1m}").size(), 1U);
  EXPECT_EQ(faults("slow_start: 25h").size(), 1U);
  EXPECT_EQ(faults_in("  - {name: a, file: /x, slow_start: 1s}\n"),
            Texts{"37: slow_start: a file is watched, not asked, expected no such key"});
}

TEST(LoadNotify, DefaultsAndThoseOfAnInstance) {
  const Config config = config_of(instance_with(
      "      notify:\n        master: /bin/m web\n        any: {command: [/bin/a], user: root}\n"
      "  notify: {backup: /bin/b, fault: /bin/f, stop: /bin/s, fifo: /run/fifo, timeout: 5s}\n"));
  NotifyConfig expected;
  expected.defaults.backup = Command{{"/bin/b"}};
  expected.defaults.fault = Command{{"/bin/f"}};
  expected.defaults.stop = Command{{"/bin/s"}};
  expected.fifo = "/run/fifo";
  expected.timeout = seconds{5};
  expected.instances["web"].master = Command{{"/bin/m", "web"}};
  expected.instances["web"].any = Command{{"/bin/a"}, "root"};
  EXPECT_EQ(config.notify, expected);
}

TEST(LoadNotify, IsNoPartOfTheInstance) {
  const Config with = config_of(instance_with("      notify: {master: /bin/m}\n"));
  EXPECT_EQ(with.instances, config_of(instance_with("")).instances);
}

TEST(LoadNotify, FaultsAreExactlyThese) {
  EXPECT_EQ(faults_of(instance_with("      notify: {mastr: /bin/m, fifo: /x}\n")),
            (Texts{"f:8:16: unknown key 'mastr' in notify, did you mean 'master'?",
                   "f:8:31: unknown key 'fifo' in notify, expected one of master, backup, fault, "
                   "stop or any"}));
  EXPECT_EQ(faults_of(instance_with("  notify: {fifo: x, timeout: 2h}\n")),
            (Texts{"f:8:18: fifo: found 'x', expected an absolute path of at most 4095 bytes",
                   "f:8:30: timeout: found '2h', expected a time from 100ms to 1h"}));
}

TEST(LoadCommands, AreListedWithTheirPlaces) {
  const Loaded loaded = load_config(
      instance_with("      notify: {any: /bin/a}\n  notify: {stop: {command: /bin/s, user: x}}\n"
                    "checks:\n  - {name: a, script: [/bin/c]}\n"),
      "f", "host");
  std::vector<std::string> found;
  for (const PlacedCommand& placed : loaded.commands) {
    found.push_back(std::to_string(placed.line) + ":" + std::to_string(placed.column) + " " +
                    placed.command.words.front() + " " + placed.command.user);
  }
  EXPECT_EQ(found, (Texts{"9:18 /bin/s x", "8:21 /bin/a holdfast-script",
                          "11:23 /bin/c holdfast-script"}));
}

}  // namespace
}  // namespace holdfast
