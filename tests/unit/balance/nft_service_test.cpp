// SPDX-License-Identifier: Apache-2.0
#include "balance-worker/core/nft_service.h"

#include <gtest/gtest.h>

#include "tests/unit/balance/balance_fixture.h"

namespace holdfast::balance {
namespace {

ServiceKey key6() {
  return {Family::kIpv6, 0, Protocol::kUdp, Endpoint::parse("[2001:db8::10]:53").value()};
}
ServiceKey marked(Family family) {
  return {family, 7, {}, {}};
}
ServiceKey all_ports() {
  ServiceKey key = web_key();
  key.endpoint.port = 0;
  return key;
}
Service of(const std::string& scheduler, std::uint8_t servers) {
  Service service;
  service.options.scheduler = scheduler;
  for (std::uint8_t i = 1; i <= servers; ++i) service.destinations[at(i)] = weighing(1);
  return service;
}

TEST(NftService, NamesAreWhatNftCanRead) {
  EXPECT_EQ(nft_name(web_key()), "tcp-192.0.2.10-80");
  EXPECT_EQ(nft_name(key6()), "udp-2001_db8__10-53");
  EXPECT_EQ(nft_name(all_ports()), "tcp-192.0.2.10");
  EXPECT_EQ(nft_name(marked(Family::kIpv4)), "mark4-7");
  EXPECT_EQ(nft_name(marked(Family::kIpv6)), "mark6-7");
}

TEST(NftService, ItsTextIsReadBack) {
  ServiceOptions options;
  options.scheduler = "sh";
  options.scheduler_flag_1 = options.scheduler_flag_2 = options.source_nat = true;
  options.persistence = 300;
  options.persistence_prefix = 24;
  EXPECT_EQ(service_text(web_key(), options),
            "tcp 192.0.2.10:80 sh fallback port persistence 300 prefix 24 source_nat");
  ServiceOptions plain;
  plain.scheduler = "wrr";
  for (const ServiceKey& key :
       {web_key(), key6(), all_ports(), marked(Family::kIpv4), marked(Family::kIpv6)}) {
    for (const ServiceOptions& one : {options, plain}) {
      const auto read = parse_service_text(service_text(key, one));
      ASSERT_TRUE(read) << service_text(key, one);
      EXPECT_EQ(read->first, key);
      EXPECT_EQ(read->second, one);
    }
  }
}

TEST(NftService, OtherTextsAreNone) {
  for (const char* const text :
       {"", "tcp", "tcp 192.0.2.10:80", "icmp 192.0.2.10:80 rr", "tcp nowhere rr", "mark4 0 rr",
        "mark4 x rr", "tcp 192.0.2.10:80 rr so", "tcp 192.0.2.10:80 rr persistence",
        "tcp 192.0.2.10:80 rr prefix 300", "a client of tcp 192.0.2.10:80 rr"}) {
    EXPECT_FALSE(parse_service_text(text)) << text;
  }
}

TEST(NftService, WeightsAreReadBack) {
  EXPECT_EQ(parse_weight_text(weight_text(65535)), 65535U);
  EXPECT_EQ(parse_weight_text("weight "), std::nullopt);
  EXPECT_EQ(parse_weight_text("weight 3x"), std::nullopt);
  EXPECT_EQ(parse_weight_text("3"), std::nullopt);
}

TEST(NftService, OneChainDoesWithoutPersistence) {
  const NftChains chains = chains_of(web_key(), of("rr", 2));
  const std::vector<Slot> slots{{0, at(1)}, {1, at(2)}};
  EXPECT_EQ(
      chains,
      (NftChains{{"tcp-192.0.2.10-80",
                  {{"tcp 192.0.2.10:80 rr", {Count{}}},
                   {"new clients",
                    {Number{Numbering::kTurns, 2}, Pick{slots, 2, false}, Translate{true}}}}}}));
}

TEST(NftService, WithoutServersNothingIsTranslated) {
  EXPECT_EQ(chains_of(web_key(), of("rr", 0)).at("tcp-192.0.2.10-80").size(), 1U);
}

TEST(NftService, WithPersistenceEveryServerThatGetsClientsHasAChain) {
  Service service = of("rr", 3);
  service.options.persistence = 60;
  service.options.persistence_prefix = 24;
  service.destinations[at(3)].weight = 0;
  const NftChains chains = chains_of(web_key(), service);
  ASSERT_EQ(chains.size(), 3U) << "none for the one without weight, whose clients stay";
  const auto& rules = chains.at("tcp-192.0.2.10-80");
  ASSERT_EQ(rules.size(), 3U);
  EXPECT_EQ(rules[1].steps, (std::vector<NftStep>{Client{24}, Seen{60}, Known{}, Translate{true}}));
  const auto& server = chains.at("tcp-192.0.2.10-80.10.0.0.2-80");
  EXPECT_EQ(server[0].steps, (std::vector<NftStep>{Client{24}, Learn{at(2), 60}}));
  EXPECT_EQ(server[1].steps, (std::vector<NftStep>{Count{}, Server{at(2)}, Translate{true}}));
}

TEST(NftService, ServersWithoutAPortKeepThatOfThePacket) {
  Service service;
  service.options.scheduler = "rr";
  service.destinations[at(1, 0)] = weighing(1);
  EXPECT_EQ(chains_of(all_ports(), service).at("tcp-192.0.2.10")[1].steps.back(),
            NftStep{Translate{false}});
}

}  // namespace
}  // namespace holdfast::balance
