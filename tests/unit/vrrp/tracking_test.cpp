// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/tracking.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/unit/vrrp/print.h"

namespace holdfast::vrrp {

std::ostream& operator<<(std::ostream& out, const Standing& standing) {
  return out << standing.priority << ", fault: " << standing.fault.value_or("none") << ", from "
             << standing.primary_address << ", moved by: " << standing.moved_by;
}

namespace {

// A node with eth0, up, with an address; and what a test makes of it.
class Tracking : public testing::Test {
 protected:
  Tracking() {
    config_.name = "one";
    config_.interface = "eth0";
    config_.priority = Priority{100};
    config_.addresses = {prefix("192.0.2.10/24")};
    links_["eth0"] = up("eth0", {{prefix("198.51.100.1/24"), false}});
  }

  static Link up(const std::string& name, std::vector<LinkAddress> addresses = {}) {
    Link link;
    link.name = name;
    link.up = true;
    link.addresses = std::move(addresses);
    return link;
  }
  void file(const std::string& name, std::int32_t value, bool is_up = true) {
    checks_[name] = {name, is_up, 100, Time{}, "as the test says", value};
  }
  void check(const std::string& name, bool is_up) {
    checks_[name] = {name, is_up, 100, Time{}, "as the test says"};
  }

  Standing evaluated() const {
    return evaluate(config_, {[&](const std::string& name) { return find(links_, name); },
                              [&](const std::string& name) { return find(checks_, name); },
                              [&](const std::string& interface, const IpAddress& address) {
                                return interface == "eth0" && address == virtual_;
                              }});
  }
  int priority() const { return evaluated().priority.value; }
  std::string fault() const { return evaluated().fault.value_or("none"); }

  InstanceConfig config_;
  std::map<std::string, Link> links_;
  std::map<std::string, CheckState> checks_;
  std::optional<IpAddress> virtual_;  // of another instance on eth0

  template <typename T>
  static const T* find(const std::map<std::string, T>& map, const std::string& name) {
    const auto it = map.find(name);
    return it == map.end() ? nullptr : &it->second;
  }
};

TEST_F(Tracking, StandsAsConfiguredWhenAllIsWell) {
  EXPECT_EQ(evaluated(), (Standing{Priority{100}, std::nullopt, ip("198.51.100.1"), ""}));
}

// ---- Its own interface.

TEST_F(Tracking, IsAtFaultWithoutItsInterface) {
  links_.clear();
  EXPECT_EQ(evaluated(), (Standing{Priority{100}, "there is no interface eth0", IpAddress{}, ""}));
}

TEST_F(Tracking, IsAtFaultWhileItsInterfaceIsDown) {
  links_["eth0"].up = false;
  EXPECT_EQ(evaluated(), (Standing{Priority{100}, "interface eth0 is down", IpAddress{}, ""}));
}

TEST_F(Tracking, IsAtFaultWithoutAnAddressToSendFrom) {
  for (const auto& addresses : std::vector<std::vector<LinkAddress>>{
           {}, {{prefix("fe80::1/64"), false}}, {{prefix("192.0.2.10/24"), false}}}) {
    links_["eth0"].addresses = addresses;
    EXPECT_EQ(fault(), "interface eth0 has no IPv4 address");
  }
}

TEST_F(Tracking, SendsFromTheFirstAddressThatIsNotVirtual) {
  links_["eth0"].addresses = {{prefix("fe80::1/64"), false},
                              {prefix("192.0.2.10/24"), false},  // ours, of whatever length
                              {prefix("192.0.2.50/24"), true},   // another virtual router's
                              {prefix("198.51.100.7/24"), false},
                              {prefix("198.51.100.8/24"), false}};
  EXPECT_EQ(evaluated().primary_address, ip("198.51.100.7"));
}

TEST_F(Tracking, OfAnOwnerMaySendFromTheAddressItOwns) {
  config_.priority = kPriorityOwner;
  links_["eth0"].addresses = {{prefix("192.0.2.10/24"), false}};
  EXPECT_EQ(evaluated().primary_address, ip("192.0.2.10"));
  // A left-over of a life in which it was no owner is not the interface's own.
  links_["eth0"].addresses = {{prefix("192.0.2.10/24"), true}};
  EXPECT_EQ(fault(), "interface eth0 has no IPv4 address");
  links_["eth0"].addresses = {{prefix("192.0.2.10/24"), false}, {prefix("198.51.100.7/24"), false}};
  EXPECT_EQ(evaluated().primary_address, ip("198.51.100.7"));
}

TEST_F(Tracking, AnOwnerDoesNotSendFromAVirtualAddressOfAnotherInstance) {
  config_.priority = kPriorityOwner;
  links_["eth0"].addresses = {{prefix("192.0.2.1/24"), false}, {prefix("192.0.2.10/24"), false}};
  virtual_ = ip("192.0.2.1");
  EXPECT_EQ(evaluated().primary_address, ip("192.0.2.10"));
}

// ---- What it tracks.

TEST_F(Tracking, WithoutAWeightDownIsAFault) {
  config_.track_interfaces = {{"eth1", std::nullopt}};
  EXPECT_EQ(fault(), "interface eth1 is down");
  links_["eth1"] = up("eth1");
  EXPECT_EQ(fault(), "none");
  links_["eth1"].up = false;
  EXPECT_EQ(fault(), "interface eth1 is down");
  EXPECT_EQ(evaluated().primary_address, ip("198.51.100.1"));

  config_.track_interfaces.clear();
  config_.track_checks = {{"nginx", std::nullopt}};
  check("nginx", false);
  EXPECT_EQ(fault(), "check nginx is down");
  check("nginx", true);
  EXPECT_EQ(fault(), "none");
}

TEST_F(Tracking, AVirtualServerIsUpWhileItHasItsQuorum) {
  ServiceState shop;
  shop.service = "shop";
  const ServiceState* known = nullptr;
  const auto standing = [&] {
    Surroundings around{[&](const std::string& name) { return find(links_, name); },
                        [&](const std::string& name) { return find(checks_, name); }};
    around.service = [&](const std::string& name) { return name == "shop" ? known : nullptr; };
    return evaluate(config_, around);
  };
  config_.track_services = {{"shop", -20}};
  EXPECT_EQ(standing().priority, Priority{100}) << "nothing is known yet";
  known = &shop;
  EXPECT_EQ(standing().priority, Priority{80});
  EXPECT_EQ(standing().moved_by, "virtual server shop has no quorum: -20");
  config_.track_services = {{"shop", std::nullopt}};
  EXPECT_EQ(standing().fault, "virtual server shop has no quorum");
  shop.quorum = true;
  EXPECT_EQ(standing().fault, std::nullopt);
  config_.track_services = {{"shop", 30}};
  EXPECT_EQ(standing().moved_by, "virtual server shop has its quorum: +30");
}

TEST_F(Tracking, ANegativeWeightCountsWhileDown) {
  config_.track_checks = {{"nginx", -20}};
  check("nginx", false);
  EXPECT_EQ(evaluated(),
            (Standing{Priority{80}, std::nullopt, ip("198.51.100.1"), "check nginx is down: -20"}));
  check("nginx", true);
  EXPECT_EQ(priority(), 100);
  EXPECT_EQ(evaluated().moved_by, "");
}

TEST_F(Tracking, APositiveWeightCountsWhileUp) {
  config_.track_interfaces = {{"eth1", 30}};
  EXPECT_EQ(priority(), 100);
  links_["eth1"] = up("eth1");
  EXPECT_EQ(evaluated(), (Standing{Priority{130}, std::nullopt, ip("198.51.100.1"),
                                   "interface eth1 is up: +30"}));
}

TEST_F(Tracking, AWeightOfZeroMovesNothing) {
  config_.track_checks = {{"nginx", 0}};
  for (const bool is_up : {true, false}) {
    check("nginx", is_up);
    EXPECT_EQ(evaluated(), (Standing{Priority{100}, std::nullopt, ip("198.51.100.1"), ""}));
  }
}

TEST_F(Tracking, ACheckWithoutAResultMovesNothing) {
  config_.track_checks = {{"nginx", -20}, {"dns", 20}, {"vital", std::nullopt}};
  EXPECT_EQ(evaluated(), (Standing{Priority{100}, std::nullopt, ip("198.51.100.1"), ""}));
}

TEST_F(Tracking, WeightsAddUp) {
  config_.track_interfaces = {{"eth1", -5}};
  config_.track_checks = {{"nginx", -20}, {"dns", 7}, {"ntp", -1}};
  check("nginx", false);
  check("dns", true);
  check("ntp", true);
  EXPECT_EQ(priority(), 82);
  EXPECT_EQ(evaluated().moved_by,
            "interface eth1 is down: -5, check nginx is down: -20, check dns is up: +7");
}

TEST_F(Tracking, APriorityStaysBetween1And254) {
  config_.track_checks = {{"nginx", -253}};
  check("nginx", false);
  EXPECT_EQ(priority(), 1);
  config_.track_checks = {{"nginx", 253}};
  check("nginx", true);
  EXPECT_EQ(priority(), 254);
}

TEST_F(Tracking, OnlyTheSumIsCut) {
  config_.track_checks = {{"one", -253}, {"two", 253}};
  check("one", false);
  check("two", true);
  EXPECT_EQ(priority(), 100);
}

TEST_F(Tracking, TheOwnerOfTheAddressesIsMovedByNothing) {
  config_.priority = kPriorityOwner;
  config_.track_checks = {{"nginx", -20}};
  check("nginx", false);
  EXPECT_EQ(priority(), 255);
}

TEST_F(Tracking, ReversedUpIsAFault) {
  config_.track_interfaces = {{"eth1", std::nullopt, true}};
  EXPECT_EQ(fault(), "none");
  links_["eth1"] = up("eth1");
  EXPECT_EQ(fault(), "interface eth1 is up");
}

TEST_F(Tracking, ReversedAWeightIsTakenAwayWhereItWouldBeAdded) {
  const struct {
    int weight;
    int while_up;
    int while_down;
    std::string moved_by;  // whichever does
  } rows[] = {{20, 80, 100, "check nginx is up: -20"}, {-20, 100, 120, "check nginx is down: +20"}};
  for (const auto& row : rows) {
    config_.track_checks = {{"nginx", row.weight, true}};
    check("nginx", true);
    EXPECT_EQ(priority(), row.while_up);
    EXPECT_EQ(evaluated().moved_by, row.weight > 0 ? row.moved_by : "");
    check("nginx", false);
    EXPECT_EQ(priority(), row.while_down);
    EXPECT_EQ(evaluated().moved_by, row.weight < 0 ? row.moved_by : "");
  }
}

TEST_F(Tracking, AnAddressIsThereOrNot) {
  config_.track_addresses = {{ip("203.0.113.1"), "", -20}, {ip("203.0.113.2"), "eth1", 5}};
  EXPECT_EQ(evaluated().moved_by, "address 203.0.113.1 is not here: -20");
  config_.track_addresses = {{ip("203.0.113.1"), "eth1", std::nullopt}};
  EXPECT_EQ(fault(), "address 203.0.113.1 is not on eth1");
  config_.track_addresses.front().reverse = true;
  EXPECT_EQ(fault(), "none");
}

TEST_F(Tracking, TheFirstFaultIsTheOneNamed) {
  config_.track_interfaces = {{"eth1", std::nullopt}};
  config_.track_checks = {{"nginx", std::nullopt}};
  check("nginx", false);
  EXPECT_EQ(fault(), "interface eth1 is down");
  links_["eth0"].up = false;
  EXPECT_EQ(fault(), "interface eth0 is down");
}

TEST_F(Tracking, AFilesNumberIsTheFactorOfTheWeight) {
  config_.track_checks = {{"load", -10}};
  file("load", 3);
  EXPECT_EQ(evaluated(), (Standing{Priority{70}, std::nullopt, ip("198.51.100.1"),
                                   "check load: 3 x -10 = -30"}));
  file("load", -2);
  EXPECT_EQ(priority(), 120);
  EXPECT_EQ(evaluated().moved_by, "check load: -2 x -10 = 20");
  file("load", 0);
  EXPECT_EQ(evaluated().moved_by, "");
  EXPECT_EQ(priority(), 100);
}

TEST_F(Tracking, AFileWithoutANumberMovesNothing) {
  config_.track_checks = {{"load", -10}};
  file("load", 0, false);
  EXPECT_EQ(priority(), 100);
  EXPECT_EQ(fault(), "none");
  config_.track_checks = {{"load", {}}};
  EXPECT_EQ(fault(), "check load is down");
}

TEST_F(Tracking, WithoutAWeightAFileMustHoldZero) {
  config_.track_checks = {{"load", {}}};
  file("load", 0);
  EXPECT_EQ(fault(), "none");
  file("load", 1);
  EXPECT_EQ(fault(), "check load holds 1, not 0");
  file("load", -1);
  EXPECT_EQ(fault(), "check load holds -1, not 0");
}

TEST_F(Tracking, AFileMovesAsMuchAsAnyWeightAndFarBelowIsAFault) {
  config_.track_checks = {{"load", 253}};
  file("load", 1);
  EXPECT_EQ(priority(), 254);
  file("load", 1'000'000);
  EXPECT_EQ(priority(), 254);
  EXPECT_EQ(fault(), "none");
  file("load", -1);
  EXPECT_EQ(priority(), 1);
  EXPECT_EQ(fault(), "none");
  config_.track_checks = {{"load", -127}};
  file("load", 2);
  EXPECT_EQ(fault(), "check load: 2 x -127 = -254, below -253");
  config_.track_checks = {{"load", -253}};
  file("load", 1'000'000);
  EXPECT_EQ(fault(), "check load: 1000000 x -253 = -253000000, below -253");
}

TEST_F(Tracking, NoFileMovesAnOwner) {
  config_.priority = kPriorityOwner;
  config_.track_checks = {{"load", {}}};
  file("load", 0);
  EXPECT_EQ(priority(), 255);
  EXPECT_EQ(fault(), "none");
}

}  // namespace
}  // namespace holdfast::vrrp
