// SPDX-License-Identifier: Apache-2.0
#include "common/core/messages.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace holdfast {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
const std::string kLongest(kStringSizeMax, 'x');  // NOLINT(cert-err58-cpp)

DurationHistogram histogram() {
  DurationHistogram made;
  made.counts.fill(kMost);
  made.sum = kMost;
  return made;
}

// As many as there may be, each as long as it may be.
Peers longest_peers() {
  Peers peers{kLongest, {}};
  for (std::size_t i = 0; i < Peers::kMost; ++i) {
    Peer peer{std::string(39, 'f'), 3, {255}, 0xFFFFFFFF, true, false, Time::max(), {}, ""};
    peer.mismatches.fill(true);
    peer.detail = std::string(Peer::kDetailMax, 'x');
    peers.peers.push_back(peer);
  }
  return peers;
}

std::vector<Message> first_samples() {
  AdvertCounters counters{"web", 1, kMost, 3, {}};
  for (std::size_t i = 0; i < kRejections; ++i) counters.rejected.at(i) = i << 40U;
  AdvertCounters longest_counters{kLongest, kMost, kMost, kMost, {}};
  longest_counters.rejected.fill(kMost);
  return {
      Hello{Role::kVrrp, "0.1.0-abc"},
      Hello{Role::kCheck, ""},
      Configured{{7}},
      Heartbeat{},
      Configure{{0xFFFFFFFF}},
      Start{},
      Start{Time{}},
      Start{Time{Duration{-5}}},
      Shutdown{},
      RouterState{"web", VrrpState::kActive, {200}, Time{Duration{1234567}}, "no advert for 3.6 s"},
      RouterState{kLongest, VrrpState::kFault, {255}, Time::max(), kLongest, kLongest, 0xFFFFFFFF},
      RouterState{"web", VrrpState::kActive, {200}, Time{}, "", "", 0, Cause::kNoAdvert, 3'609'000},
      CheckState{"nginx", true, 100, Time{Duration{99}}, "connected in 0.3 ms"},
      CheckState{kLongest, false, 0, Time::min(), kLongest},
      CheckState{"load", true, 100, Time{}, "holds -3", -3},
      RunScript{"replication", kMost},
      ScriptResult{kLongest, kMost, ScriptVerdict::kNotMade, kLongest, {}},
      ScriptResult{"app", 1, ScriptVerdict::kGood, "", 50},
      Observation{"load", true, -2147483648, "holds -2147483648"},
      Observation{kLongest, false, {}, kLongest},
      AdvertCounters{},
      counters,
      longest_counters,
      Secret{"file /etc/holdfast/key", std::string("\0\xff\n", 3)},
      Secret{kLongest, kLongest},
      PingSocket{true, 0xabcd},
      AskChecks{},
      AskChecks{kLongest},
      CheckDetails{},
      CheckDetails{{{"app", 1, 2, Time{}, "connected", Time{}, "refused", Time{}, "no port", 100,
                     400, 900, Time{Duration{5}}, Time{Duration{6}}, "192.0.2.7", "shop"},
                    {"web", kMost, kMost, {}, "", {}, "", {}, "", 0, 0, 0, {}, {}, "", ""}},
                   true},
      RunCheck{"app", kMost},
      CheckRun{kMost, kLongest, {}},
      CheckRun{1, "connected in 0.4 ms", ScriptVerdict::kGood},
      Forbidden{"openat"},
      Forbidden{kLongest},
      ServiceState{"shop", true, 3, 2, 4, false, true, Time{Duration{7}}, "2 of 4 servers healthy"},
      ServiceState{kLongest, false, 0xFFFFFFFF, 0, 0, true, false, Time::min(), kLongest},
      ServerState{"shop/10.0.0.1:80", ServerUse::kServing, 1, true, true, Time{}, "has no check"},
      ServerState{kLongest, ServerUse::kAbsent, 0xFFFFFFFF, false, false, Time::max(), kLongest},
      ServerCounters{"shop/10.0.0.1:80", 1, 2, kMost, 4, kMost, 6},
      TableFilled{},
      ServerOrder{"shop/10.0.0.1:80", OrderKind::kWeight, 65535, Time{Duration{9}}},
      ServerOrder{kLongest, OrderKind::kNone, 0, {}},
      SystemFile{},
      CheckState{"app", false, 0, Time{}, "held", {}, Time{Duration{7}}, 0xFFFFFFFF},
      ServerSuspicion{"shop/10.0.0.1:80", true, "10 packets came in, none back"},
      ServerSuspicion{kLongest, false, kLongest},
      AskSocket{"app", kMost, true},
      AskSocket{kLongest, 0, false},
      MarkedSocket{kMost, true, true, 0xFFFFFFFF, kLongest},
      Listener{"127.0.0.1:9112"},
      Listener{kLongest},
  };
}

// Of what the supervisor and the later workers say.
std::vector<Message> more_samples() {
  return {
      WorkerState{Role::kMonitor, true, WorkerPhase::kRunning, 4711, 2, "hung", Time{Duration{3}}},
      WorkerState{Role::kVrrp, false, WorkerPhase::kStopping, 0xFFFFFFFF, 0, kLongest, Time::min()},
      DaemonState{1, "/etc/holdfast/holdfast.yaml", "abc", {3}, RealTime{Duration{5}}},
      DaemonState{0xFFFFFFFF, kLongest, kLongest, {}, RealTime::min(), RealTime::max(), kLongest},
      QueuedAlert{"7", 3, {"fault", "web", false, "why", RealTime{Duration{5}}}, {{"a"}, {"b"}}},
      QueuedAlert{"1023", kMost, {kLongest, kLongest, true, kLongest, RealTime::max()}, {}},
      AlertScript{"ops", 7, {"fault", "web", false, "why", RealTime{Duration{5}}}},
      AlertScript{kLongest, kMost, {kLongest, kLongest, true, kLongest, RealTime::min()}},
      ReceiverState{"ops", 5, 3, 1, Time{Duration{7}}, "HTTP 503"},
      ReceiverState{kLongest, kMost, kMost, 0xFFFFFFFF, Time::max(), kLongest},
      LeaseWish{"web", true},
      LeaseWish{kLongest, false},
      WitnessState{0x1122334455667788, Time{Duration{7}}, "connection refused"},
      WitnessState{kMost, Time::max(), kLongest},
      LeaseState{"web", true, 5, "", Time{Duration{7}}},
      LeaseState{kLongest, false, kMost, kLongest, Time::min()},
      longest_peers(),
      CheckCounters{"app", 1, 2, 3, histogram()},
      CheckCounters{kLongest, kMost, kMost, kMost, histogram()},
      CheckLoad{true, Time{Duration{7}}, 1'300'000, 20'000, 600'000, 455'000, histogram()},
      CheckLoad{false, Time::min(), 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, {}},
      ProcessUse{"holdfastd", 4096, 7, histogram()},
      ScriptCounters{"notify", 1, kMost, 3},
      Happened{kMost,
               {RealTime::max(),
                EventOf::kLast,
                kLongest,
                kLongest,
                kLongest,
                {255},
                kLongest,
                kLongest}},
  };
}

std::vector<Message> samples() {
  std::vector<Message> all = first_samples();
  for (Message& one : more_samples()) all.push_back(std::move(one));
  return all;
}

// Decodes, and if that succeeds, encodes to the same bytes: a message has one encoding.
void expect_decodes_exactly_or_not_at_all(const Bytes& bytes) {
  const Result<Message> message = decode(bytes);
  if (message) {
    EXPECT_EQ(encode(*message), bytes);
  } else {
    EXPECT_FALSE(message.error().message.empty());
  }
}

TEST(Messages, SamplesCoverEveryType) {
  std::set<std::size_t> types;
  for (const Message& message : samples()) types.insert(message.index());
  EXPECT_EQ(types.size(), std::variant_size_v<Message::variant>);
}

TEST(CheckLoad, InWords) {
  CheckLoad load;
  EXPECT_EQ(in_words(load), "checks begin in time");
  load = {true, {}, 1'345'678, 20'000, 600'000, 454'980, {}};
  EXPECT_EQ(in_words(load),
            "checks begin 1.3 s late: the check-worker has more to do than one processor manages "
            "(20000 checks, 10000 a second, of which 7583 a second are made)");
  load = {true, {}, 56'789, 1, 120, 60, {}};
  EXPECT_EQ(in_words(load),
            "checks begin 56 ms late: the check-worker has more to do than one processor manages "
            "(1 check, 120 a minute, of which 60 a minute are made)");
}

TEST(DurationHistogram, CountsEachInItsOwnSpan) {
  using std::chrono::microseconds;
  DurationHistogram made;
  for (const int took : {-5, 0, 100, 101, 3'000'000, 30'000'001}) made.add(microseconds{took});
  EXPECT_EQ(made.counts.front(), 3);
  EXPECT_EQ(made.counts.at(1), 1);
  EXPECT_EQ(made.counts.at(9), 1);
  EXPECT_EQ(made.counts.back(), 1);
  EXPECT_EQ(made.sum, 100 + 101 + 3'000'000 + 30'000'001);
}

TEST(Messages, RoundTrip) {
  for (const Message& message : samples()) {
    const Bytes bytes = encode(message);
    EXPECT_LE(bytes.size(), kMessageSizeMax);
    const Result<Message> decoded = decode(bytes);
    ASSERT_TRUE(decoded) << name_of(message) << ": " << decoded.error().message;
    EXPECT_TRUE(*decoded == message) << name_of(message);
  }
}

TEST(Messages, TruncatedAtAnyByteAreRefused) {
  for (const Message& message : samples()) {
    const Bytes bytes = encode(message);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_FALSE(decode(std::span(bytes).first(size))) << name_of(message) << " of " << size;
    }
  }
}

TEST(Messages, WithBytesAfterTheirEndAreRefused) {
  for (const Message& message : samples()) {
    Bytes bytes = encode(message);
    bytes.push_back(0);
    const Result<Message> decoded = decode(bytes);
    ASSERT_FALSE(decoded) << name_of(message);
    EXPECT_EQ(decoded.error().message, std::string(name_of(message)) + " has bytes after its end");
  }
}

TEST(Messages, OfUnknownTypeAreRefused) {
  for (unsigned type = std::variant_size_v<Message::variant>; type <= 255; ++type) {
    const Result<Message> decoded = decode(Bytes{static_cast<std::uint8_t>(type)});
    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error().message, "unknown message type " + std::to_string(type));
  }
  EXPECT_FALSE(decode({}));
}

TEST(Messages, WithEnumsOrBooleansOutOfRangeAreRefused) {
  Bytes hello = encode(Hello{Role::kLast, ""});
  ++hello.at(1);
  EXPECT_FALSE(decode(hello));
  Bytes state = encode(RouterState{"", VrrpState::kLast, {}, {}, ""});
  ++state.at(3);
  EXPECT_FALSE(decode(state));
  Bytes check = encode(CheckState{"", true, 0, {}, ""});
  ++check.at(3);
  EXPECT_FALSE(decode(check));
}

TEST(Messages, RandomBytesDecodeExactlyOrNotAtAll) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int i = 0; i < 50000; ++i) {
    Bytes bytes(random() % 80);
    for (std::uint8_t& byte : bytes)
      byte = static_cast<std::uint8_t>(random() % 4 == 0 ? random() : 0);
    if (!bytes.empty()) bytes[0] %= std::variant_size_v<Message::variant> + 1;
    expect_decodes_exactly_or_not_at_all(bytes);
  }
}

TEST(Messages, WithOneByteChangedDecodeExactlyOrNotAtAll) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (const Message& message : samples()) {
    const Bytes bytes = encode(message);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      Bytes changed = bytes;
      changed[i] = static_cast<std::uint8_t>(random());
      expect_decodes_exactly_or_not_at_all(changed);
    }
  }
}

TEST(Messages, KnowTheirNamesAndSubjects) {
  EXPECT_EQ(name_of(Hello{}), "Hello");
  EXPECT_EQ(name_of(Configured{}), "Configured");
  EXPECT_EQ(name_of(Heartbeat{}), "Heartbeat");
  EXPECT_EQ(name_of(Configure{}), "Configure");
  EXPECT_EQ(name_of(Start{}), "Start");
  EXPECT_EQ(name_of(Shutdown{}), "Shutdown");
  EXPECT_EQ(name_of(RouterState{}), "RouterState");
  EXPECT_EQ(name_of(CheckState{}), "CheckState");
  EXPECT_EQ(name_of(AdvertCounters{}), "AdvertCounters");
  EXPECT_EQ(name_of(RunScript{}), "RunScript");
  EXPECT_EQ(name_of(ScriptResult{}), "ScriptResult");
  EXPECT_EQ(name_of(Observation{}), "Observation");
  EXPECT_EQ(name_of(AskChecks{}), "AskChecks");
  EXPECT_EQ(name_of(CheckDetails{}), "CheckDetails");
  EXPECT_EQ(name_of(RunCheck{}), "RunCheck");
  EXPECT_EQ(name_of(CheckRun{}), "CheckRun");
  // Messages of their own: a subject is a view into the message.
  const Message router = RouterState{"web", {}, {}, {}, "reason"};
  const Message check = CheckState{"nginx", false, 0, {}, "reason"};
  const Message counters = AdvertCounters{"mail", 0, 0, {}};
  const Message hello = Hello{Role::kVrrp, "build"};
  EXPECT_EQ(subject_of(router), "web");
  EXPECT_EQ(subject_of(check), "nginx");
  EXPECT_EQ(subject_of(counters), "mail");
  EXPECT_EQ(subject_of(hello), "");
}

TEST(Messages, EnumsHaveTheirOwnNames) {
  EXPECT_EQ(to_string(Role::kVrrp), "vrrp-worker");
  EXPECT_EQ(to_string(Role::kCheck), "check-worker");
  EXPECT_EQ(to_string(VrrpState::kInitialize), "INIT");
  EXPECT_EQ(to_string(VrrpState::kBackup), "BACKUP");
  EXPECT_EQ(to_string(VrrpState::kActive), "MASTER");
  EXPECT_EQ(to_string(VrrpState::kFault), "FAULT");
  EXPECT_EQ(to_string(Rejection::kTtl), "ttl");
  EXPECT_EQ(to_string(Rejection::kAddressList), "address_list");
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kRejections; ++i) names.insert(to_string(static_cast<Rejection>(i)));
  EXPECT_EQ(names.size(), kRejections);
  EXPECT_FALSE(names.contains(""));
}

TEST(Bounded, KeepsWhatFits) {
  EXPECT_EQ(bounded(""), "");
  EXPECT_EQ(bounded(kLongest), kLongest);
}

TEST(Bounded, CutsToWhatAMessageCarries) {
  EXPECT_EQ(bounded(kLongest + "y"), kLongest);
  EXPECT_EQ(bounded(kLongest + kLongest), kLongest);
}

TEST(Bounded, DoesNotCutInsideACharacter) {
  for (const std::string character : {"\u00e9", "\u20ac", "\U0001F600"}) {
    for (std::size_t before = 1; before < character.size(); ++before) {
      const std::string head(kStringSizeMax - before, 'x');
      EXPECT_EQ(bounded(head + character), head);
    }
    const std::string head(kStringSizeMax - character.size(), 'x');
    EXPECT_EQ(bounded(head + character + "y"), head + character);
  }
}

TEST(Bounded, CutsBytesThatAreNoText) {
  EXPECT_LE(bounded(std::string(2 * kStringSizeMax, '\x80')).size(), kStringSizeMax);
}

}  // namespace
}  // namespace holdfast
