// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "balance-worker/ipvs.h"

namespace holdfast::balance {

Endpoint endpoint(const std::string& text);
ServiceKey tcp(const std::string& where);
ServiceKey udp(const std::string& where);
ServiceKey marked(std::uint32_t mark, Family family = Family::kIpv4);
ServiceOptions options(const std::string& scheduler);
DestinationOptions forwarded(Forwarding forwarding, std::uint32_t weight = 1);

// `ip WORDS` and the likes; the output of a command, which has to succeed.
std::string run(const std::string& command);

// Each test is in a network namespace of its own, with a table of its own.
class IpvsTest : public testing::Test {
 protected:
  void SetUp() override;

  // What the kernel refuses fails the test.
  void execute(const std::vector<IpvsCommand>& commands);
  // The errors of what it refuses.
  std::vector<std::string> refused(const std::vector<IpvsCommand>& commands);
  IpvsTable read();
  // Adds it, finds it as it was wanted, and removes it.
  void round_trip(const ServiceKey& key, const Service& service);

  std::vector<Ipvs> ipvs_;  // one
};

}  // namespace holdfast::balance
