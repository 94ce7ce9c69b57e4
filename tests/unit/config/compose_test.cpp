// SPDX-License-Identifier: Apache-2.0
#include "config/compose.h"

#include <gtest/gtest.h>

#include <fnmatch.h>

#include <map>
#include <string>

#include "tests/unit/config/faults_of.h"

namespace holdfast {
namespace {

using Files = std::map<std::string, std::string>;

// What a node of that name makes of the first of some files; the environment has SITE and EVIL.
Loaded load(const Files& files, const std::string& first, const std::string& node = "lb1") {
  const Outside outside{[&](const std::string& pattern) -> Result<std::vector<std::string>> {
                          std::vector<std::string> found;
                          for (const auto& [path, text] : files) {
                            if (::fnmatch(pattern.c_str(), path.c_str(), FNM_PATHNAME) == 0)
                              found.push_back(path);
                          }
                          return found;
                        },
                        [&](const std::string& path) -> Result<std::string> {
                          const auto found = files.find(path);
                          if (found == files.end()) return fail("cannot open " + path);
                          return found->second;
                        },
                        [](const std::string& name) -> std::optional<std::string> {
                          if (name == "SITE") return "7";
                          if (name == "EVIL") return "1, x: 2";
                          return std::nullopt;
                        }};
  return load_config(files.at(first), first, node, &outside);
}

// The effective document has the same meaning on its own.
Config config_in(const Files& files, const std::string& first, const std::string& node = "lb1") {
  const Loaded loaded = load(files, first, node);
  EXPECT_EQ(texts_of(loaded.diagnostics), Texts{});
  const Loaded again = load_config(loaded.effective, "effective", node);
  EXPECT_EQ(texts_of(again.diagnostics), Texts{}) << loaded.effective;
  EXPECT_EQ(again.config, loaded.config) << loaded.effective;
  EXPECT_EQ(again.effective, "");
  return loaded.config;
}

Texts faults_in(const Files& files, const std::string& first, const std::string& node = "lb1") {
  return texts_of(load(files, first, node).diagnostics);
}

constexpr const char* kFleet = R"(version: 1
variables:
  net: 192.0.2
  priority: 100
vrrp:
  instances:
    - name: web
      interface: eth0
      virtual_router_id: 51
      priority: ${priority}
      addresses: ["${net}.10/24"]
nodes:
  lb1:
    labels: [site-a]
    variables: {priority: 150}
  lb2:
    labels: [site-b, edge]
    vrrp: {instances: [{name: web, interface: eth1}]}
  "@site-?":
    variables: {net: 198.51.100, priority: 120}
  "@edge":
    log: {level: debug}
    vrrp:
      instances:
        - {name: db, interface: eth2, virtual_router_id: 52, addresses: [203.0.113.1/24]}
  lb*:
    variables: {priority: 90}
)";

TEST(Compose, TheSpecialGoesBeforeTheGeneral) {
  const Config one = config_in({{"f", kFleet}}, "f", "lb1");
  ASSERT_EQ(one.instances.size(), 1U);
  EXPECT_EQ(one.node, "lb1");
  EXPECT_EQ(one.instances[0].priority.value, 150);  // name before label before pattern
  EXPECT_EQ(one.instances[0].addresses[0].address.to_string(), "198.51.100.10");
  EXPECT_EQ(one.instances[0].interface, "eth0");

  const Config two = config_in({{"f", kFleet}}, "f", "lb2");
  ASSERT_EQ(two.instances.size(), 2U);
  EXPECT_EQ(two.instances[0].priority.value, 120);
  EXPECT_EQ(two.instances[0].interface, "eth1");
  EXPECT_EQ(two.instances[1].name, "db");
  EXPECT_EQ(two.log.level, LogLevel::kDebug);

  const Config three = config_in({{"f", kFleet}}, "f", "lb3");
  EXPECT_EQ(three.instances[0].priority.value, 90);
  EXPECT_EQ(three.instances[0].addresses[0].address.to_string(), "192.0.2.10");
}

TEST(Compose, TellsWhichNodesThereAre) {
  EXPECT_EQ(load({{"f", kFleet}}, "f").nodes, (std::vector<std::string>{"lb1", "lb2"}));
}

TEST(Compose, AnUnknownNodeIsAFault) {
  EXPECT_EQ(faults_of("version: 1\nnodes:\n  hosu: {}\n"),
            Texts{"f:3:3: nodes: none of them is for this node, 'host', did you mean 'hosu'?"});
}

TEST(Compose, IncludesCountFromTheirFile) {
  const Files files{
      {"etc/f", "version: 1\ninclude: [common.yaml, conf.d/*.yaml]\nlog: {level: error}\n"},
      {"etc/common.yaml", "log: {level: debug, format: json}\n"},
      {"etc/conf.d/a.yaml", "checks: [{name: a, tcp: 192.0.2.1:80}]\n"},
      {"etc/conf.d/b.yaml", "include: more/c.yaml\nchecks: [{name: b, tcp: 192.0.2.2:80}]\n"},
      {"etc/conf.d/more/c.yaml", "checks: [{name: c, tcp: 192.0.2.3:80}]\n"},
      {"etc/conf.d/empty.yaml", "# nothing\n"}};
  const Config config = config_in(files, "etc/f");
  ASSERT_EQ(config.checks.size(), 3U);
  EXPECT_EQ(config.checks[0].name, "a");
  EXPECT_EQ(config.checks[1].name, "c");
  EXPECT_EQ(config.checks[2].name, "b");
  EXPECT_EQ(config.log.level, LogLevel::kError);
  EXPECT_EQ(config.log.format, LogFormat::kJson);
}

TEST(Compose, FaultsNameTheFileTheyStandIn) {
  const Files files{
      {"f", "version: 1\ninclude: [a, b]\nlog: {level: loud}\n"},
      {"a", "checks:\n  - {name: x, tcp: 192.0.2.1:80, rise: 0}\n  - {name: y, tcp: nowhere}\n"},
      {"b", "vrrp: {instances: [\n"}};
  const Texts faults = faults_in(files, "f");
  ASSERT_EQ(faults.size(), 4U) << testing::PrintToString(faults);
  EXPECT_TRUE(faults[0].starts_with("f:3:14: level: ")) << faults[0];
  EXPECT_TRUE(faults[1].starts_with("a:2:40: rise: ")) << faults[1];
  EXPECT_TRUE(faults[2].starts_with("a:3:20: tcp: ")) << faults[2];
  EXPECT_TRUE(faults[3].starts_with("b:")) << faults[3];
}

TEST(Compose, ADuplicateIsNamedWithItsFile) {
  const std::string instance = "interface: e, virtual_router_id: 1, addresses: [192.0.2.1/24]}]}\n";
  const Files files{{"f", "version: 1\ninclude: a\nvrrp: {instances: [{name: one, " + instance},
                    {"a", "vrrp: {instances: [{name: two, " + instance}};
  const Texts faults = faults_in(files, "f");
  ASSERT_EQ(faults.size(), 2U);
  EXPECT_EQ(faults[0],
            "f:3:65: virtual_router_id: 1 is used on 'e' by another instance, at line 1, column 65 "
            "of a");
}

TEST(Compose, IncludesAreBounded) {
  EXPECT_EQ(faults_in({{"f", "version: 1\ninclude: f\n"}}, "f"),
            Texts{"f:2:10: include: f is included already"});
  EXPECT_EQ(faults_in({{"f", "version: 1\ninclude: a\n"}, {"a", "include: a\n"}}, "f"),
            Texts{"a:1:10: include: a is included already"});
  EXPECT_EQ(faults_in({{"f", "version: 1\ninclude: a\n"}}, "f"),
            Texts{"f:2:10: include: cannot open a"});
  EXPECT_EQ(faults_in({{"f", "version: 1\ninclude: a*\n"}}, "f"), Texts{});
  EXPECT_EQ(faults_of("version: 1\ninclude: a\n"),
            Texts{"f:2:10: include: no file can be included here"});
  Files deep;
  for (int i = 0; i < 12; ++i) {
    deep[std::to_string(i)] = "include: '" + std::to_string(i + 1) + "'\n";
  }
  EXPECT_EQ(faults_in(deep, "0").front(), "0:1:1: the configuration lacks the key 'version'");
  EXPECT_EQ(faults_in(deep, "0").back(), "8:1:10: include: found files in files more than 8 deep");
  Files many{{"f", "version: 1\ninclude: d*\n"}};
  for (int i = 0; i < 1001; ++i) many["d" + std::to_string(i)] = "";
  EXPECT_EQ(faults_in(many, "f"), Texts{"f:2:10: include: found more than 1000 files"});
}

TEST(Compose, AVariableIsAnyValue) {
  const Config config = config_in({{"f", R"(version: 1
variables:
  addresses: ["192.0.${env:SITE}.10/24", "${second}"]
  second: 192.0.7.11/24
  track: {interface: eth1, weight: -5}
vrrp:
  instances:
    - {name: "web-${node}", interface: eth0, virtual_router_id: 1, addresses: "${addresses}",
       track: ["${track}"]}
)"}},
                                  "f");
  ASSERT_EQ(config.instances.size(), 1U);
  EXPECT_EQ(config.instances[0].name, "web-lb1");
  EXPECT_EQ(config.instances[0].addresses[0].address.to_string(), "192.0.7.10");
  EXPECT_EQ(config.instances[0].addresses[1].address.to_string(), "192.0.7.11");
  EXPECT_EQ(config.instances[0].track_interfaces[0].weight, -5);
}

TEST(Compose, ReferencesThatLeadNowhere) {
  const auto faults = [](const std::string& variables, const std::string& name) {
    return faults_in({{"f", "version: 1\nvariables: {" + variables + "}\nnode: " + name + "\n"}},
                     "f");
  };
  EXPECT_EQ(faults("site: 1", "${sites}").front(),
            "f:3:7: no variable is called 'sites', did you mean 'site'?");
  EXPECT_EQ(faults("a: '${b}', b: 'x${a}'", "${a}").front(),
            "f:2:27: the variable 'a' is made of itself");
  EXPECT_EQ(faults("a: [1]", "x${a}").front(),
            "f:3:7: the variable 'a' is no single value, expected it to stand alone");
  EXPECT_EQ(faults("", "x${a").front(),
            "f:3:7: found '${' without '}', expected ${NAME}, or $${ for the characters");
  EXPECT_EQ(faults("", "${env:SITE}").front(),
            "f:3:7: the environment may be asked in 'variables' only");
  EXPECT_EQ(faults("a: '${env:NONE}'", "${a}").front(), "f:2:16: the environment has no 'NONE'");
  EXPECT_EQ(faults("a: '${env:EVIL}'", "${a}").front(),
            "f:2:16: the environment's 'EVIL' is no word of at most 256 letters, digits, '.', "
            "'_', ':', '/' or '-'");
  EXPECT_EQ(faults("", "${credential:x}").front(),
            "f:3:7: a credential may be named alone, and where the file of a secret is");
  EXPECT_EQ(faults("node: 1", "x").front(),
            "f:2:13: variables: 'node' is the name of the node always");
}

TEST(Compose, ACredentialMayStandForAKeyFile) {
  const Config config = config_in(
      {{"f",
        instance_with("      authentication: {keys: [{id: 1, key_file: '${credential:web}'}]}\n")}},
      "f");
  EXPECT_EQ(config.instances[0].hmac->keys[0].credential, "web");
}

TEST(Compose, ACredentialMayStandForTheFileOfAnySecret) {
  const WitnessConfig witness =
      config_in({{"f",
                  "version: 1\nwitness: {endpoints: ['https://10.0.0.1'], user: lb, "
                  "password_file: '${credential:etcd}', tls: {certificate: /c, key: "
                  "'${credential:etcd.key}'}}\n"}},
                "f")
          .witness;
  EXPECT_EQ(witness.password_file, "credential:etcd");
  EXPECT_EQ(witness.key_file, "credential:etcd.key");
}

TEST(Compose, VariablesOfVariablesDoNotExplode) {
  std::string text = "version: 1\nvariables:\n  v0: [a, a, a, a, a, a, a, a, a, a]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string one = "'${v" + std::to_string(i - 1) + "}'";
    text += "  v" + std::to_string(i) + ": [" + one;
    for (int j = 0; j < 9; ++j) text += ", " + one;
    text += "]\n";
  }
  const Texts faults = faults_in({{"f", text + "node: ${v8}\n"}}, "f");
  EXPECT_NE(testing::PrintToString(faults).find("larger than 16 MiB or 1000000 values"),
            std::string::npos);
}

TEST(Compose, ADocumentOfItsOwnIsLeftAsItIs) {
  EXPECT_EQ(load({{"f", "version: 1\nnode: x\n"}}, "f").effective, "");
  EXPECT_EQ(config_in({{"f", "version: 1\nvariables: {}\nlog: {}\n"}}, "f").node, "lb1");
}

// ---- What nothing uses.

Texts warnings_in(const Files& files, const std::string& node = "lb1") {
  const Loaded loaded = load(files, "f", node);
  EXPECT_EQ(texts_of(loaded.diagnostics), Texts{});
  return texts_of(loaded.warnings);
}

TEST(ComposeUnused, VariablesThatNothingRefersTo) {
  EXPECT_EQ(warnings_in({{"f", kFleet}}), Texts{});
  EXPECT_EQ(warnings_in({{"f",
                          "version: 1\nvariables: {level: info, lvel: debug, by: '${other}', "
                          "other: '$${by}'}\nlog: {level: '${level}'}\n"}}),
            (Texts{"f:2:26: warning: nothing refers to the variable 'lvel' [variable-unused]",
                   "f:2:39: warning: nothing refers to the variable 'by' [variable-unused]"}));
  // Another node's use is one.
  EXPECT_EQ(warnings_in({{"f",
                          "version: 1\nvariables: {level: info}\nnodes:\n  lb1:\n"
                          "  lb2: {log: {level: '${level}'}}\n"}}),
            Texts{});
  // Files may be shared by documents that use more.
  EXPECT_EQ(warnings_in({{"f", "version: 1\ninclude: site\n"}, {"site", "variables: {a: b}\n"}}),
            Texts{});
}

TEST(ComposeUnused, LabelsThatNoNodeHas) {
  EXPECT_EQ(
      warnings_in({{"f",
                    "version: 1\nnodes:\n  lb1: {labels: [edge]}\n  lb2: {labels: [core-1]}\n"
                    "  '@core-*': {log: {level: debug}}\n  '@egde': {log: {level: debug}}\n"}}),
      Texts{"f:6:3: warning: nodes: no node has the label 'egde', did you mean 'edge'? "
            "[label-unused]"});
}

}  // namespace
}  // namespace holdfast
