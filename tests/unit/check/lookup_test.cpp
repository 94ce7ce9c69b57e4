// SPDX-License-Identifier: Apache-2.0
#include "check-worker/core/lookup.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "names/core/resolv_conf.h"

namespace holdfast::check {
namespace {

IpAddress ip(const std::string& text) {
  return IpAddress::parse(text).value();
}

TEST(LookupAnswer, FollowsAliasesAndTakesTheShortestTtl) {
  const DnsQuestion question{"www.example.", 1};
  const DnsReply reply{0,
                       false,
                       {{"WWW.example", 5, "a.example", 30},
                        {"a.example", 5, "b.example", 90},
                        {"other.example", 1, "192.0.2.66", 1},
                        {"b.example", 1, "192.0.2.1", 60},
                        {"b.example", 28, "2001:db8::1", 1},
                        {"b.example", 1, "192.0.2.2", 40}}};
  EXPECT_EQ(lookup_answer(reply, question),
            (LookupAnswer{0, {ip("192.0.2.1"), ip("192.0.2.2")}, 30}));
}

TEST(LookupAnswer, AliasesInACircleOrWithoutAnEndHaveNoAddress) {
  const DnsQuestion question{"a.example", 1};
  EXPECT_EQ(lookup_answer(
                {0, false, {{"a.example", 5, "b.example", 1}, {"b.example", 5, "a.example", 1}}},
                question),
            LookupAnswer{});
  EXPECT_EQ(lookup_answer({0, false, {{"a.example", 5, "b.example", 1}}}, question),
            LookupAnswer{});
  EXPECT_EQ(lookup_answer({3, false, {}}, question), (LookupAnswer{3, {}, 0}));
}

TEST(LookupConversation, IsGoodWhateverTheServerAnswers) {
  std::optional<LookupAnswer> answer;
  LookupConversation conversation({"web", 1}, 0x1234, answer);
  EXPECT_FALSE(conversation.begin().send.empty());
  const std::string rest("\0\1\0\0\0\0\0\0\3web\0\0\1\0\1", 17);
  EXPECT_EQ(conversation.received("\x12\x35\x81\x83" + rest), Step{}) << "a stranger's";
  EXPECT_EQ(conversation.received("\x12\x34\x81\x83" + rest).end, (Conclusion{true, "NXDOMAIN"}));
  EXPECT_EQ(answer, (LookupAnswer{3, {}, 0}));
}

TEST(LookupConversation, AsksAgainOverTcpIfTheReplyWasCut) {
  std::optional<LookupAnswer> answer;
  LookupConversation conversation({"web", 1}, 0x56781234, answer);
  conversation.begin();
  const std::string question("\3web\0\0\1\0\1", 9);
  EXPECT_EQ(conversation.received(std::string("\x12\x34\x83\x80\0\1\0\0\0\0\0\0", 12) + question),
            (Step{.anew = Transport::kTcp}));
  conversation.begin();
  const std::string reply = std::string("\x56\x78\x81\x80\0\1\0\1\0\0\0\0", 12) + question +
                            std::string("\xc0\x0c\0\1\0\1\xff\0\0\0\0\4\xc0\0\2\1", 16);
  const Step step =
      conversation.received(std::string(1, '\0') + static_cast<char>(reply.size()) + reply);
  EXPECT_EQ(step.end, (Conclusion{true, "NOERROR"}));
  EXPECT_EQ(answer, (LookupAnswer{0, {ip("192.0.2.1")}, 0})) << "RFC 2181 §8: such a TTL is 0";
}

TEST(ResolvConf, WhatIsUnderstoodOfIt) {
  EXPECT_EQ(parse_resolv_conf("# comment\nnameserver 192.0.2.53\nnameserver\t2001:db8::53 \r\n"
                              "nameserver fe80::1%eth0\nnameserver\nsearch a.example b.example\n"
                              "options rotate ndots:99 edns0\nsortlist x\nnameserver 127.0.0.53"),
            (ResolvConf{{{ip("192.0.2.53"), 53}, {ip("2001:db8::53"), 53}, {ip("127.0.0.53"), 53}},
                        {"a.example", "b.example"},
                        15}));
  EXPECT_EQ(parse_resolv_conf(""), ResolvConf{});
  std::string many;
  for (int i = 0; i < 20; ++i) many += "nameserver 192.0.2." + std::to_string(i) + "\n";
  EXPECT_EQ(parse_resolv_conf(many).servers.size(), 8U);
}

TEST(ResolvConf, WhatIsAskedForOneAfterTheOther) {
  using Names = std::vector<std::string>;
  const ResolvConf conf{{}, {"lan", "."}, 1};
  EXPECT_EQ(candidates_for("web", conf), (Names{"web.lan", "web"}));
  EXPECT_EQ(candidates_for("web.example", conf), Names{"web.example"});
  EXPECT_EQ(candidates_for("web.", conf), Names{"web."});
}

TEST(Hosts, TheAddressesOfTheWantedFamily) {
  const HostName four{"Web", Family::kIpv4};
  const HostName six{"web", Family::kIpv6};
  const auto found = parse_hosts(
      "192.0.2.1\n192.0.2.2 web web\n::1 x web #\nnonsense web\n"
      "192.0.2.3 webs",
      {four, six});
  EXPECT_EQ(found, (std::vector<std::pair<HostName, IpAddress>>{
                       {four, ip("192.0.2.2")}, {four, ip("192.0.2.2")}, {six, ip("::1")}}));
}

}  // namespace
}  // namespace holdfast::check
