// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/balance/core_fixture.h"

// Virtual servers of many addresses that are one service of the kernel, by a mark.
namespace holdfast::balance {
namespace {

class BalanceCoreMarks : public BalanceCoreTest {
 protected:
  static VirtualServerConfig group(const std::string& name, std::uint8_t first,
                                   std::uint8_t count) {
    VirtualServerConfig service = web(1);
    service.name = name;
    service.one_service = true;
    service.addresses.clear();
    for (std::uint8_t i = 0; i < count; ++i) {
      const auto last = static_cast<std::uint8_t>(first + i);
      service.addresses.push_back({Family::kIpv4, 0, {IpAddress::v4({192, 0, 2, last}), 80}});
    }
    return service;
  }
  // Without what is reported.
  Lines reload(const std::vector<VirtualServerConfig>& services) {
    config.virtual_servers = services;
    Lines changes;
    for (std::string& line : tell(config)) {
      if (line.starts_with('+') || line.starts_with('-') || line.starts_with('=') ||
          line == "sweep") {
        changes.push_back(std::move(line));
      }
    }
    return changes;
  }
};

TEST_F(BalanceCoreMarks, TheServiceIsThereBeforeItsAddressesLeadToIt) {
  const Lines lines = begin(group("web", 10, 2));
  const Lines expected{"read", "+mark 1000 wlc", "+10.0.0.1:80 1", "+mark 1000 192.0.2.10:80",
                       "+mark 1000 192.0.2.11:80"};
  ASSERT_GE(lines.size(), expected.size());
  EXPECT_EQ(Lines(lines.begin(), lines.begin() + 5), expected);
}

TEST_F(BalanceCoreMarks, AnAddressThatComesOrGoesIsOneChange) {
  begin(group("web", 10, 2));
  EXPECT_EQ(reload({group("web", 10, 3)}), Lines{"+mark 1000 192.0.2.12:80"});
  EXPECT_EQ(reload({group("web", 11, 2)}), Lines{"-mark 1000 192.0.2.10:80"});
  EXPECT_EQ(reload({group("web", 11, 2)}), Lines{});
}

TEST_F(BalanceCoreMarks, AnAddressGoesBeforeItsService) {
  begin(group("web", 10, 1));
  EXPECT_EQ(tell(Stop{}), (Lines{"-mark 1000 192.0.2.10:80", "-mark 1000"}));
  EXPECT_TRUE(kernel->marks.empty());
  EXPECT_TRUE(kernel->services.empty());
}

TEST_F(BalanceCoreMarks, OneServiceTakesOverFromMany) {
  VirtualServerConfig many = group("web", 10, 1);
  many.one_service = false;
  begin(many);
  EXPECT_EQ(reload({group("web", 10, 1)}), (Lines{"+mark 1000 wlc", "+10.0.0.1:80 1",
                                                  "+mark 1000 192.0.2.10:80", "-192.0.2.10:80"}));
  EXPECT_EQ(reload({many}), (Lines{"+192.0.2.10:80 wlc", "+10.0.0.1:80 1",
                                   "-mark 1000 192.0.2.10:80", "-mark 1000"}));
}

TEST_F(BalanceCoreMarks, TheNextLifeChangesNothing) {
  begin(group("web", 10, 2));
  ours = {{Family::kIpv4, 1000, {}, {}}};
  core = BalanceCore{};
  for (const std::string& line : begin(group("web", 10, 2))) {
    EXPECT_FALSE(line.starts_with('+') || line.starts_with('-') || line.starts_with('=')) << line;
  }
}

TEST_F(BalanceCoreMarks, ALeftOverAddressGoes) {
  kernel->marks[{Family::kIpv4, 0, Protocol::kTcp, {IpAddress::v4({192, 0, 2, 99}), 80}}] = 1007;
  begin(group("web", 10, 1));
  EXPECT_EQ(kernel->marks.size(), 1U);
}

TEST_F(BalanceCoreMarks, WhatIsDamagedIsSweptAtTheEnd) {
  kernel->damaged = true;
  const Lines lines = begin(group("web", 10, 1));
  const auto sweep = std::find(lines.begin(), lines.end(), "sweep");
  ASSERT_NE(sweep, lines.end());
  EXPECT_LT(std::find(lines.begin(), lines.end(), "+mark 1000 192.0.2.10:80"), sweep);
}

TEST_F(BalanceCoreMarks, WithoutMarksThereIsNoQuorum) {
  refuses = "+mark 1000 192";
  const Lines lines = begin(group("web", 10, 1));
  EXPECT_NE(std::find(lines.begin(), lines.end(), "web down"), lines.end());
  refuses.clear();
  const Lines later = wake();
  EXPECT_NE(std::find(later.begin(), later.end(), "+mark 1000 192.0.2.10:80"), later.end());
  EXPECT_NE(std::find(later.begin(), later.end(), "web up"), later.end());
}

}  // namespace
}  // namespace holdfast::balance
