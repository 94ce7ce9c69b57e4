// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "ctl/doctor/firewall.h"
#include "ctl/doctor/peers.h"
#include "ctl/doctor/report.h"
#include "ctl/doctor/rules.h"

namespace holdfast::ctl {
namespace {

IpPrefix prefix(const char* text) {
  return IpPrefix::parse(text).value();
}

std::string ids(const Findings& findings) {
  std::string text;
  for (const Finding& one : findings) text += (text.empty() ? "" : " ") + one.id;
  return text;
}

class Doctor : public ::testing::Test {
 protected:
  Doctor() {
    InstanceConfig web;
    web.name = "web";
    web.interface = "eth0";
    web.addresses = {prefix("192.0.2.10/24")};
    config.instances = {web};
    HostInterface eth0;
    eth0.up = eth0.running = eth0.multicast = true;
    eth0.mtu = 1500;
    eth0.addresses = {prefix("192.0.2.1/24")};
    host.interfaces = {{"eth0", eth0}};
    host.clock_synced = true;
  }

  std::string found() const { return ids(findings_of(config, host)); }
  HostInterface& eth0() { return host.interfaces.at("eth0"); }
  InstanceConfig& web() { return config.instances[0]; }

  Config config;
  Host host;
};

TEST_F(Doctor, FindsNothingWhereNothingIsWrong) {
  EXPECT_EQ(found(), "");
}

TEST_F(Doctor, AMissingInterfaceAndOneThatIsDown) {
  eth0().running = false;
  EXPECT_EQ(found(), "link");
  eth0().up = false;
  EXPECT_EQ(found(), "link");
  web().interface = "eth9";
  EXPECT_EQ(found(), "interface");
}

TEST_F(Doctor, NoMulticastUnlessPeersAreUnicast) {
  eth0().multicast = false;
  EXPECT_EQ(found(), "multicast");
  web().unicast = UnicastConfig{{{IpAddress::parse("192.0.2.2").value()}}};
  EXPECT_EQ(found(), "");
}

TEST_F(Doctor, AnAdvertThatIsLargerThanTheMtu) {
  for (std::uint8_t i = 20; i < 100; ++i) {
    web().addresses.push_back(IpPrefix{IpAddress::v4({192, 0, 2, i}), 24});
  }
  eth0().mtu = 28 + 4 * 81;
  EXPECT_EQ(found(), "");
  --eth0().mtu;
  EXPECT_EQ(found(), "mtu");
}

TEST_F(Doctor, AnAddressInNoNetworkOfItsInterface) {
  web().addresses.push_back(prefix("198.51.100.1/24"));
  EXPECT_EQ(found(), "network");
  eth0().addresses.push_back(prefix("198.51.100.1/24"));  // held, which proves nothing
  EXPECT_EQ(found(), "network");
  eth0().addresses.push_back(prefix("198.51.100.7/24"));
  EXPECT_EQ(found(), "");
}

TEST_F(Doctor, TwoInterfacesInOneNetworkThatAnswerForEachOther) {
  HostInterface eth1 = eth0();
  eth1.addresses = {prefix("192.0.2.5/24")};
  host.interfaces["eth1"] = eth1;
  EXPECT_EQ(found(), "arp_ignore");
  host.interfaces["eth1"].arp_ignore = 1;
  EXPECT_EQ(found(), "");
  host.interfaces["eth1"] = eth1;
  host.interfaces["eth1"].addresses = {prefix("203.0.113.5/24")};
  EXPECT_EQ(found(), "");
}

TEST_F(Doctor, AStrictFilterThatDropsAPeerBeyondARouter) {
  web().unicast = UnicastConfig{{{IpAddress::parse("198.51.100.2").value()}}};
  EXPECT_EQ(found(), "");
  eth0().rp_filter = 1;
  EXPECT_EQ(found(), "rp_filter");
  eth0().rp_filter = 2;
  EXPECT_EQ(found(), "");
}

TEST_F(Doctor, AClockOnlyWhereAdvertsAreSigned) {
  host.clock_synced = false;
  EXPECT_EQ(found(), "");
  web().hmac = HmacConfig{};
  EXPECT_EQ(found(), "clock");
}

TEST_F(Doctor, MissingIpvsAndAKeepalived) {
  config.virtual_servers.emplace_back();
  host.keepalived = true;
  EXPECT_EQ(found(), "ipvs keepalived");
  host.ipvs = true;
  EXPECT_EQ(found(), "keepalived");
}

TEST_F(Doctor, MasqueradingThatIsNotForwarded) {
  host.ipvs = true;
  VirtualServerConfig service;
  service.real_servers.emplace_back();
  service.real_servers[0].endpoint = *Endpoint::parse("10.0.0.1:80");
  config.virtual_servers.push_back(service);
  EXPECT_EQ(found(), "");
  host.forwards_ipv4 = false;
  EXPECT_EQ(found(), "forwarding");
  config.virtual_servers[0].real_servers[0].forwarding.method = ForwardingMethod::kDirect;
  EXPECT_EQ(found(), "");
  config.virtual_servers[0].real_servers[0] = {};
  config.virtual_servers[0].real_servers[0].endpoint = *Endpoint::parse("[2001:db8::1]:80");
  EXPECT_EQ(found(), "");
  host.forwards_ipv6 = false;
  EXPECT_EQ(found(), "forwarding");
  host.interfaces["lo"].addresses = {*IpPrefix::parse("2001:db8::1/128")};  // it is this node
  EXPECT_EQ(found(), "");
}

// ---- The firewall: what nft 1.0.6 says.

std::string ruleset(const std::string& policy, const std::string& rules) {
  return R"({"nftables": [{"metainfo": {"version": "1.0.6"}},
    {"table": {"family": "inet", "name": "filter", "handle": 1}},
    {"chain": {"family": "inet", "table": "filter", "name": "input", "handle": 1,
      "type": "filter", "hook": "input", "prio": 0, "policy": ")" +
         policy + R"("}},
    {"chain": {"family": "inet", "table": "filter", "name": "vrrp", "handle": 2}},
    {"chain": {"family": "inet", "table": "filter", "name": "output", "handle": 3,
      "type": "filter", "hook": "output", "prio": 0, "policy": "drop"}})" +
         rules + "]}";
}

std::string rule(const std::string& expr, const std::string& chain = "input") {
  return R"(, {"rule": {"family": "inet", "table": "filter", "chain": ")" + chain +
         R"(", "handle": 9, "expr": [)" + expr + "]}}";
}

std::string match(const std::string& left, const std::string& right, const std::string& op = "==") {
  return R"({"match": {"op": ")" + op + R"(", "left": )" + left + R"(, "right": )" + right + "}}, ";
}

const std::string kProtocol = R"({"meta": {"key": "l4proto"}})";
const std::string kIpProtocol = R"({"payload": {"protocol": "ip", "field": "protocol"}})";
const std::string kIn = R"({"meta": {"key": "iifname"}})";
const std::string kState = R"({"ct": {"key": "state"}})";
const std::string kAccept = R"({"accept": null})";
const std::string kDrop = R"({"drop": null})";

class Firewall : public Doctor {
 protected:
  bool drops(const std::string& policy, const std::string& rules) const {
    const auto found = firewall_findings(config, ruleset(policy, rules));
    EXPECT_TRUE(found) << found.error().message;
    return found && !found->empty();
  }
};

TEST_F(Firewall, APolicyDropsWhatNoRuleAccepts) {
  EXPECT_FALSE(drops("accept", ""));
  EXPECT_TRUE(drops("drop", ""));
  EXPECT_FALSE(drops("drop", rule(match(kProtocol, R"("vrrp")") + kAccept)));
  EXPECT_FALSE(drops("drop", rule(match(kIpProtocol, "112") + kAccept)));
  EXPECT_FALSE(drops("drop", rule(match(kProtocol, R"({"set": ["esp", 112]})") + kAccept)));
  EXPECT_TRUE(drops("drop", rule(match(kProtocol, R"("tcp")") + kAccept)));
  EXPECT_TRUE(drops("drop", rule(match(kState, R"(["established", "related"])", "in") + kAccept)));
  EXPECT_FALSE(drops("drop", rule(match(kIn, R"("eth*")") + kAccept)));
  EXPECT_TRUE(drops("drop", rule(match(kIn, R"("lo")") + kAccept)));
  EXPECT_FALSE(drops("drop", rule(match(kIn, R"("lo")", "!=") + kAccept)));
}

TEST_F(Firewall, ARuleDropsIfItHoldsForSure) {
  EXPECT_TRUE(drops("accept", rule(match(kProtocol, R"("vrrp")") + kDrop)));
  EXPECT_TRUE(
      drops("accept", rule(R"({"counter": {"packets": 1, "bytes": 2}}, {"reject": null})")));
  EXPECT_FALSE(drops("accept", rule(match(kProtocol, "17") + kDrop)));
  EXPECT_FALSE(drops("accept", rule(match(R"({"payload": {"protocol": "ip", "field": "saddr"}})",
                                          R"("203.0.113.9")") +
                                    kDrop)))
      << "it may be of another";
  EXPECT_FALSE(
      drops("accept",
            rule(match(R"({"payload": {"protocol": "tcp", "field": "dport"}})", "22") + kDrop)));
  EXPECT_TRUE(drops("accept", rule(match(R"({"payload": {"protocol": "ip", "field": "daddr"}})",
                                         R"("224.0.0.18")") +
                                   kDrop)));
}

TEST_F(Firewall, TheFirstVerdictCountsAlsoThroughAJump) {
  const std::string accept = rule(match(kProtocol, R"("vrrp")") + kAccept);
  const std::string drop = rule(kDrop);
  EXPECT_FALSE(drops("drop", accept + drop));
  EXPECT_TRUE(drops("drop", drop + accept));
  const std::string jump = rule(R"({"jump": {"target": "vrrp"}})");
  EXPECT_FALSE(drops("drop", jump + rule(match(kProtocol, "112") + kAccept, "vrrp")));
  EXPECT_TRUE(drops("drop", jump + rule(R"({"return": null})", "vrrp")));
  EXPECT_TRUE(drops("accept", jump + rule(kDrop, "vrrp")));
  EXPECT_TRUE(drops("drop", jump + rule(R"({"jump": {"target": "vrrp"}})", "vrrp")) == false)
      << "what goes round is not understood";
}

TEST_F(Firewall, ATableOfAnotherFamilyDoesNotCount) {
  std::string other = ruleset("drop", "");
  for (std::size_t at = 0; (at = other.find("inet", at)) != std::string::npos;) {
    other.replace(at, 4, "ip6");
  }
  EXPECT_TRUE(firewall_findings(config, other)->empty());
  EXPECT_FALSE(firewall_findings(config, "{}"));
  EXPECT_FALSE(firewall_findings(config, "no JSON"));
}

// ---- What a daemon has heard.

TEST(DoctorOfPeers, NamesWhatWasRefusedAndWhatDoesNotRun) {
  const auto found = peer_findings(R"({"maintenance": {"since": null, "until": null},
    "vrrp": [{"name": "web", "adverts": {"rejected": {"ttl": 0, "address_list": 3, "stale": 1}}}],
    "workers": [{"name": "vrrp-worker", "state": "down"},
                {"name": "check-worker", "state": "running"}]})");
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(ids(*found), "adverts_stale adverts_address_list worker maintenance");
  EXPECT_EQ((*found)[1].what.find("Instance web: 3 adverts of others refused, which have other "
                                  "addresses: another node with our VRID"),
            0U);
  EXPECT_FALSE(peer_findings("{}"));
}

TEST(DoctorOfPeers, NamesReceiversOfAlertsThatAreNotTold) {
  const auto found = peer_findings(R"({"maintenance": null, "vrrp": [], "workers": [],
    "receivers": [{"name": "ops", "failures_in_a_row": 0, "last_error": null},
                  {"name": "hook", "failures_in_a_row": 2,
                   "last_error": {"seconds_ago": 5, "reason": "HTTP 503"}}]})");
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(ids(*found), "receiver");
  EXPECT_EQ((*found)[0].what,
            "Receiver of alerts hook is not told: 2 tries failed in a row: HTTP 503.");
}

TEST(DoctorOfPeers, SaysThatChecksBeginLateAndWhoToLookAt) {
  const auto found = peer_findings(R"({"maintenance": null, "vrrp": [],
    "workers": [{"name": "check-worker", "state": "running", "pid": 4711}],
    "checks_late": {"reason": "checks begin 1.3 s late: why", "since_seconds": 125}})");
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(ids(*found), "checks_late");
  EXPECT_EQ((*found)[0].what, "Checks begin 1.3 s late: why.");
  EXPECT_NE((*found)[0].mend.find("top -p 4711 "), std::string::npos);
  EXPECT_TRUE(peer_findings(R"({"maintenance": null, "vrrp": [], "workers": [],
                                "checks_late": null})")
                  ->empty());
}

TEST(DoctorReport, SaysWhatWhyAndHow) {
  const Findings findings{{"mtu", "It is small.", "It matters.", "Raise it."}};
  EXPECT_EQ(doctor_text(findings, {"the firewall: no nft"}, false),
            "It is small.\n  Why it matters: It matters.\n  To mend it: Raise it.\n\n"
            "Not looked at: the firewall: no nft\n1 thing is wrong.\n");
  EXPECT_EQ(doctor_text({}, {}, false), "Nothing is wrong that can be seen from here.\n");
  const std::string json = doctor_json(findings, {"x"});
  EXPECT_NE(json.find(R"("id": "mtu")"), std::string::npos);
  EXPECT_NE(json.find(R"("not_looked_at": [)"), std::string::npos);
}

}  // namespace
}  // namespace holdfast::ctl
