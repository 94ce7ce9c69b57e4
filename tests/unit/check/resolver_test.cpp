// SPDX-License-Identifier: Apache-2.0
#include "names/core/resolver.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace holdfast::check {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const HostName kWeb{"web.example", Family::kIpv4};  // NOLINT(cert-err58-cpp)

IpAddress ip(const std::string& text) {
  return IpAddress::parse(text).value();
}
Endpoint server(const std::string& text) {
  return {ip(text), 53};
}
LogLine info(const std::string& text) {
  return {LogLevel::kInfo, text};
}
LogLine warning(const std::string& text) {
  return {LogLevel::kWarning, text};
}

class ResolverTest : public testing::Test {
 protected:
  ResolverTest() { config_.servers = {server("192.0.2.53"), server("192.0.2.54")}; }

  ResolverActions tell(const ResolverEvent& event) { return resolver_.handle(event, now_); }
  ResolverActions want(std::set<HostName> names = {kWeb}) {
    return tell(NamesWanted{std::move(names), config_});
  }
  ResolverActions wake() {
    now_ = resolver_.deadline().value();
    return tell(LookupWake{});
  }
  ResolverActions answer(std::uint64_t attempt, std::vector<std::string> addresses,
                         std::uint32_t ttl = 60, std::uint8_t rcode = 0) {
    LookupAnswer answer{rcode, {}, ttl};
    for (const std::string& one : addresses) answer.addresses.push_back(ip(one));
    return tell(LookupEnded{attempt, answer, ""});
  }
  ResolverActions no_such_name(std::uint64_t attempt) { return answer(attempt, {}, 0, 3); }
  ResolverActions silent(std::uint64_t attempt) {
    return tell(LookupEnded{attempt, {}, "port unreachable"});
  }

  static ResolverAction start(std::uint64_t attempt, const std::string& of,
                              const std::string& name = kWeb.name, std::uint16_t type = 1) {
    return StartLookup{attempt, server(of), {name, type}};
  }
  static ResolverAction is(const std::string& address) {
    return NameChanged{kWeb, {ip(address), false, ""}};
  }

  ResolverConfig config_;
  Resolver resolver_;
  Time now_{hours{1}};
};

TEST_F(ResolverTest, ANameIsLookedUpAtOnceAndAgainAtItsTtl) {
  EXPECT_EQ(want(), (ResolverActions{start(1, "192.0.2.53")}));
  EXPECT_EQ(answer(1, {"192.0.2.80"}, 60),
            (ResolverActions{info("the host web.example is 192.0.2.80"), is("192.0.2.80")}));
  EXPECT_EQ(resolver_.deadline().value() - now_, seconds{60});
  EXPECT_EQ(wake(), (ResolverActions{start(2, "192.0.2.53")}));
  EXPECT_EQ(answer(2, {"192.0.2.80"}, 10), ResolverActions{}) << "no news";
  EXPECT_EQ(resolver_.deadline().value() - now_, seconds{10});
  wake();
  EXPECT_EQ(answer(3, {"192.0.2.81"}),
            (ResolverActions{info("the host web.example is 192.0.2.81, it was 192.0.2.80"),
                             is("192.0.2.81")}));
}

TEST_F(ResolverTest, ATtlIsBounded) {
  want();
  answer(1, {"192.0.2.80"}, 0);
  EXPECT_EQ(resolver_.deadline().value() - now_, seconds{1});
  wake();
  answer(2, {"192.0.2.80"}, 86'400);
  EXPECT_EQ(resolver_.deadline().value() - now_, minutes{5});
}

TEST_F(ResolverTest, OfSeveralAddressesTheLowestAndThenTheOneThatItHas) {
  want();
  EXPECT_EQ(answer(1, {"192.0.2.82", "192.0.2.80", "192.0.2.81"}).back(), is("192.0.2.80"));
  wake();
  EXPECT_EQ(answer(2, {"192.0.2.81", "192.0.2.80", "192.0.2.7"}), ResolverActions{});
  wake();
  EXPECT_EQ(answer(3, {"192.0.2.81", "192.0.2.7"}).back(), is("192.0.2.7"));
}

TEST_F(ResolverTest, AnIpv6NameIsAskedForWithAaaa) {
  EXPECT_EQ(want({{"web.example", Family::kIpv6}}),
            (ResolverActions{start(1, "192.0.2.53", "web.example", 28)}));
}

TEST_F(ResolverTest, TheNextServerIsAskedWhenOneIsSilentOrRefuses) {
  want();
  EXPECT_EQ(wake(), (ResolverActions{CancelLookup{1}, start(2, "192.0.2.54")}));
  EXPECT_EQ(answer(1, {"192.0.2.9"}), ResolverActions{}) << "it is too late";
  EXPECT_EQ(answer(2, {}, 0, 5), (ResolverActions{start(3, "192.0.2.53")})) << "REFUSED";
  EXPECT_EQ(silent(3), (ResolverActions{start(4, "192.0.2.54")}));
  EXPECT_EQ(answer(4, {"192.0.2.80"}).back(), is("192.0.2.80"));
  EXPECT_EQ(wake(), (ResolverActions{start(5, "192.0.2.54")})) << "who answered is asked first";
}

TEST_F(ResolverTest, WithoutAnAnswerAFormerAddressStandsAndItIsTriedEverMoreRarely) {
  want();
  answer(1, {"192.0.2.80"});
  wake();
  for (const std::uint64_t attempt : {2U, 3U, 4U}) silent(attempt);
  const std::string why =
      "the host web.example cannot be looked up: no name server answers: 192.0.2.54: port "
      "unreachable";
  EXPECT_EQ(silent(5), (ResolverActions{warning(why + "; 192.0.2.80 stands"),
                                        NameChanged{kWeb, {ip("192.0.2.80"), false, why}}}));
  std::uint64_t attempt = 5;
  for (const int pause : {1, 2, 4, 8, 16, 32, 32}) {
    EXPECT_EQ(resolver_.deadline().value() - now_, seconds{pause});
    wake();
    for (int i = 0; i < 4; ++i) EXPECT_EQ(silent(++attempt).size(), i < 3 ? 1U : 0U);
  }
  wake();
  EXPECT_EQ(answer(++attempt, {"192.0.2.80"}),
            (ResolverActions{info("the host web.example is 192.0.2.80"), is("192.0.2.80")}));
}

TEST_F(ResolverTest, ANameThatNeverHadAnAddressIsAbsentOnceThatWasSaidThreeTimes) {
  want();
  const std::string why = "the host web.example cannot be looked up: there is no such name";
  EXPECT_EQ(no_such_name(1), (ResolverActions{warning(why), NameChanged{kWeb, {{}, false, why}}}));
  wake();
  EXPECT_EQ(no_such_name(2), ResolverActions{});
  wake();
  EXPECT_EQ(no_such_name(3), (ResolverActions{NameChanged{kWeb, {{}, true, why}}}));
  wake();
  EXPECT_EQ(answer(4, {"192.0.2.80"}).back(), is("192.0.2.80"));
  for (std::uint64_t attempt = 5; attempt < 9; ++attempt) {
    wake();
    no_such_name(attempt);
  }
  wake();
  EXPECT_EQ(answer(9, {"192.0.2.80"}).back(), is("192.0.2.80")) << "it was never absent again";
}

TEST_F(ResolverTest, SilenceIsNoWordThatThereIsNone) {
  config_.attempts = 1;
  want();
  no_such_name(1);
  wake();
  no_such_name(2);
  wake();
  silent(3);
  silent(4);
  wake();
  const ResolverActions again = no_such_name(5);
  ASSERT_EQ(again.size(), 1U);
  EXPECT_FALSE(std::get<NameChanged>(again[0]).state.absent);
}

TEST_F(ResolverTest, ANameOfTheOtherFamilyHasNoAddress) {
  want();
  EXPECT_EQ(std::get<LogLine>(answer(1, {}).front()),
            warning("the host web.example cannot be looked up: it has no IPv4 address"));
}

TEST_F(ResolverTest, TheHostsFileComesFirst) {
  tell(HostsRead{"192.0.2.9 other\n192.0.2.7 x WEB.example. # mine\n2001:db8::7 web.example\n"});
  EXPECT_EQ(want(), (ResolverActions{info("the host web.example is 192.0.2.7"), is("192.0.2.7")}));
  EXPECT_EQ(resolver_.deadline(), std::nullopt);
  EXPECT_EQ(tell(HostsRead{""}), (ResolverActions{start(1, "192.0.2.53")})) << "it has changed";
  EXPECT_EQ(answer(1, {"192.0.2.80"}).back(), is("192.0.2.80"));
}

TEST_F(ResolverTest, WithoutAServerItSaysSoUntilResolvConfNamesOne) {
  config_.servers.clear();
  const ResolverActions none = want();
  EXPECT_EQ(std::get<LogLine>(none.front()),
            warning("the host web.example cannot be looked up: no name server is configured"));
  EXPECT_EQ(tell(ResolvConfRead{"nameserver 192.0.2.55\nsearch lan\noptions ndots:2\n"}),
            (ResolverActions{start(1, "192.0.2.55", "web.example.lan")}));
  EXPECT_EQ(no_such_name(1), (ResolverActions{start(2, "192.0.2.55")}));
  EXPECT_EQ(tell(ResolvConfRead{"nameserver 192.0.2.55\nsearch lan\noptions ndots:2\n#\n"}),
            ResolverActions{})
      << "the same";
}

TEST_F(ResolverTest, ManyNamesAreLookedUpAFewAtATime) {
  std::set<HostName> names;
  for (int i = 0; i < 100; ++i) names.insert({"host" + std::to_string(i), Family::kIpv4});
  EXPECT_EQ(want(names).size(), Resolver::kLookupsMax);
  const ResolverActions next = answer(1, {"192.0.2.80"});
  ASSERT_EQ(next.size(), 3U);
  EXPECT_TRUE(std::holds_alternative<StartLookup>(next[2]));
  EXPECT_EQ(resolver_.deadline().value() - now_, seconds{1}) << "not at once: it would spin";
}

TEST_F(ResolverTest, AReloadKeepsWhatIsKnownAndForgetsWhatIsNotWanted) {
  want();
  answer(1, {"192.0.2.80"});
  EXPECT_EQ(want(), ResolverActions{});
  EXPECT_EQ(want({}), ResolverActions{});
  EXPECT_EQ(resolver_.deadline(), std::nullopt);
  EXPECT_EQ(want(), (ResolverActions{start(2, "192.0.2.53")}));
  EXPECT_EQ(want({}), (ResolverActions{CancelLookup{2}}));
  config_.servers = {server("192.0.2.55")};
  EXPECT_EQ(want(), (ResolverActions{start(3, "192.0.2.55")}));
}

}  // namespace
}  // namespace holdfast::check
