// SPDX-License-Identifier: Apache-2.0
#include <random>

#include "tests/unit/vrrp/core_support.h"

// Packets in and out, and what is counted.
namespace holdfast::vrrp {
namespace {

std::string refused_line(const std::string& why, int count = 1, const std::string& who = "one") {
  return "warning " + who + ": refused an advert from 198.51.100.2: " + why + " (" +
         std::to_string(count) + " so far)";
}

// ---- What is sent.

TEST_F(VrrpCoreTest, AdvertsSayWhatIsConfigured) {
  InstanceConfig config = instance();
  config.advert_interval = 100ms;
  config.priority = Priority{7};
  config.addresses.push_back(prefix("192.0.2.11/32"));
  begin(config_of({config}));
  wake_when_due();
  const auto& packet = std::get<SendPacket>(actions_.front());
  Advert said = advert(7, config);
  EXPECT_EQ(packet, (SendPacket{2, kSource, ip("224.0.0.18"), 255, encoded(said)}));
}

TEST_F(VrrpCoreTest, AdvertsHaveTheChecksumAndVersionConfigured) {
  InstanceConfig v2 = instance();
  v2.version = VrrpVersion::k2;
  InstanceConfig message_only = instance();
  message_only.checksum = ChecksumForm::kMessageOnly;
  for (const InstanceConfig& config : {v2, message_only}) {
    core_ = VrrpCore{};
    now_ = kStart;
    begin(config_of({config}));
    wake_when_due();
    EXPECT_EQ(std::get<SendPacket>(actions_.front()).payload,
              encoded(advert(100, config), kSource, config.checksum));
  }
}

TEST_F(VrrpCoreTest, AnnouncementsCarryTheInterfacesAddress) {
  be_active();
  EXPECT_EQ(std::get<SendFrame>(actions_.at(2)).frame,
            Payload(hex("ffffffffffff 02005e100001 0806 0001080006040001 02005e100001 c000020a"
                        "000000000000 c000020a")));
}

// ---- What is received, and counted.

TEST_F(VrrpCoreTest, CountersWaitFiveSecondsForMore) {
  begin(config_of({instance()}));
  EXPECT_EQ(receive(advert(150)), Lines{});
  now_ += 1s;
  EXPECT_EQ(receive(advert(150)), Lines{});
  EXPECT_EQ(wake_at(kStart + 4600ms), Lines{});
  receive(advert(150));
  EXPECT_EQ(core_.deadline(), kStart + 5s);
  EXPECT_EQ(wake_at(kStart + 5s), Lines{"counters one sent 0 received 3"});
  EXPECT_EQ(core_.deadline(), kStart + 4600ms + kDown);
}

TEST_F(VrrpCoreTest, CountersOfRefusedAdvertsWaitOneSecond) {
  begin(config_of({instance(), two()}));
  receive(advert(150));
  Advert wrong = advert(150);
  wrong.addresses = {ip("192.0.2.99")};
  EXPECT_EQ(receive(wrong), Lines{refused_line("address_list")});
  EXPECT_EQ(core_.deadline(), kStart + 1s);
  EXPECT_EQ(wake_at(kStart + 1s), Lines{"counters one sent 0 received 1 address_list 1"});
  EXPECT_EQ(wake_at(kStart + 3s), Lines{});
}

TEST_F(VrrpCoreTest, CountersGoOutAtStop) {
  begin(config_of({instance(), two()}));
  receive(advert(150));
  EXPECT_EQ(handle(Stop{}).back(), "counters one sent 0 received 1");
}

TEST_F(VrrpCoreTest, RefusedAdvertsAreLoggedAtThe1st2nd4thAnd8th) {
  begin(config_of({instance()}));
  Advert wrong = advert(150);
  wrong.addresses = {ip("192.0.2.99")};
  for (int count = 1; count <= 10; ++count) {
    const bool logged = count == 1 || count == 2 || count == 4 || count == 8;
    EXPECT_EQ(receive(wrong), logged ? Lines{refused_line("address_list", count)} : Lines{});
  }
}

TEST_F(VrrpCoreTest, AnotherIntervalIsLoggedAtThe1st2ndAnd4th) {
  begin(config_of({instance()}));
  EXPECT_EQ(receive(advert(150)), Lines{});
  Advert slow = advert(150);
  slow.interval = 2s;
  for (int count = 1; count <= 5; ++count) {
    const bool logged = count == 1 || count == 2 || count == 4;
    const Lines line{"warning one: 198.51.100.2 advertises every 2.000 s, we every 1.000 s"};
    EXPECT_EQ(receive(slow), logged ? line : Lines{}) << count;
  }
}

TEST_F(VrrpCoreTest, AnAdvertOfAnotherVridIsNoTrouble) {
  begin(config_of({instance()}));
  EXPECT_EQ(receive(advert(150, two())),
            Lines{"debug eth0: refused an advert from 198.51.100.2: vrid (1 so far)"});
  EXPECT_EQ(wake_at(kStart + 1s), Lines{"counters  sent 0 received 0 vrid 1"});
}

TEST_F(VrrpCoreTest, AVridBelongsToItsInterface) {
  begin(config_of({instance()}), {eth0(), eth1()});
  EXPECT_EQ(receive(advert(0), kPeer, 3),
            Lines{"debug eth1: refused an advert from 198.51.100.2: vrid (1 so far)"});
  EXPECT_EQ(receive(advert(0), kPeer, 9), Lines{}) << "an interface that is gone";
}

TEST_F(VrrpCoreTest, OurOwnAdvertsComeBackUnheard) {
  be_active();
  const Lines warned{
      "warning one: adverts from our own address 198.51.100.1 come in on eth0: a loop, or another "
      "node has the address too"};
  EXPECT_EQ(receive(advert(100), kSource), warned);
  EXPECT_EQ(receive(advert(255), kSource), warned);
  EXPECT_EQ(receive(advert(255), kSource), Lines{});
  EXPECT_EQ(receive(advert(255), kSource), warned);
}

// Who says the same again is not read anew, unless anything else about it is another.
TEST_F(VrrpCoreTest, TheSameWordsByAnotherWayAreExamined) {
  begin(config_of({instance()}));
  const Bytes words = encoded(advert(150), kPeer);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(receive(words), Lines{});
  EXPECT_EQ(receive(words, kPeer, 2, 254), Lines{refused_line("ttl")});
  EXPECT_EQ(handle(PacketReceived{2, {kPeer, kSource, kVrrpTtl, words}}),
            Lines{refused_line("checksum")});
  EXPECT_EQ(receive(words), Lines{});
  Bytes more = words;
  more.push_back(0);
  EXPECT_EQ(receive(more), Lines{refused_line("length")});
  EXPECT_EQ(receive(words), Lines{});
  EXPECT_EQ(wake_at(kStart + 1s),
            Lines{"counters one sent 0 received 5 ttl 1 length 1 checksum 1"});
}

TEST_F(VrrpCoreTest, TheSameWordsFromWhatIsOurAddressNowAreALoop) {
  begin(config_of({instance()}));
  for (int i = 0; i < 2; ++i) EXPECT_EQ(receive(advert(150)), Lines{});
  Link link = eth0();
  link.addresses = {{IpPrefix{kPeer, 24}}};
  handle(LinkChanged{link});
  EXPECT_EQ(only(receive(advert(150)), "warning").size(), 1);
}

TEST_F(VrrpCoreTest, AnAtFaultRouterHearsAndDoesNothing) {
  Link down = eth0();
  down.up = false;
  begin(config_of({instance()}), {down});
  EXPECT_EQ(receive(advert(0)), Lines{});
  EXPECT_EQ(receive(advert(200)), Lines{});
}

// ---- Hostile packets: counted by reason, and nothing else.

class HostileAdvertTest : public VrrpCoreTest {
 protected:
  static constexpr Duration kLeft = 1s;  // until the next advert

  static InstanceConfig config() {
    InstanceConfig config = instance();
    config.priority = Priority{100};
    return config;
  }
  HostileAdvertTest() { be_active(); }

  // Refused for that reason; the router goes on to its next advert as if nothing had come.
  void expect_refused(const Bytes& message, const std::string& why, const std::string& who = "one",
                      std::uint8_t ttl = kVrrpTtl) {
    SCOPED_TRACE(why);
    const auto before = core_.deadline();
    EXPECT_EQ(receive(message, kPeer, 2, ttl), Lines{refused_line(why, 1, who)});
    EXPECT_EQ(std::min(core_.deadline(), before), before);
    EXPECT_EQ(before, kStart + kDown + kLeft);
  }
  static Bytes message(int priority = 255) { return encoded(advert(priority), kPeer); }
};

TEST_F(HostileAdvertTest, ChangesNothingWhateverIsWrongWithIt) {
  expect_refused(message(), "ttl", "one", 254);
  Bytes bytes = message();
  bytes[0] = 0x41;
  expect_refused(bytes, "version");
  bytes[0] = 0x32;
  expect_refused(bytes, "type");
  bytes = message();
  bytes.pop_back();
  expect_refused(bytes, "length");
  bytes = message();
  bytes[2] = 254;
  expect_refused(bytes, "checksum");
  Advert wrong = advert(254);
  wrong.addresses = {ip("192.0.2.99")};
  expect_refused(encoded(wrong, kPeer), "address_list");
  wrong = advert(254);
  wrong.interval = 0s;
  expect_refused(encoded(wrong, kPeer), "interval");

  EXPECT_EQ(wake_when_due(),
            (Lines{"advert from 198.51.100.1 on 2: vrid 51 priority 100",
                   "counters one sent 2 received 0 ttl 1 version 1 type 1 length 1 checksum 1 "
                   "address_list 1 interval 1"}));
}

TEST_F(HostileAdvertTest, OfTheOtherVersionIsRefused) {
  InstanceConfig v2 = instance();
  v2.version = VrrpVersion::k2;
  expect_refused(encoded(advert(255, v2), kPeer), "version");
}

TEST_F(HostileAdvertTest, WithoutAVridIsCountedForTheInterface) {
  expect_refused({0x31}, "length", "eth0");
  EXPECT_EQ(receive(Bytes{}),
            Lines{"warning eth0: refused an advert from 198.51.100.2: length (2 so far)"});
}

TEST_F(HostileAdvertTest, IsNotHeardByAnOwner) {
  core_ = VrrpCore{};
  now_ = kStart;
  InstanceConfig owner = instance();
  owner.priority = kPriorityOwner;
  begin(config_of({owner}));
  EXPECT_EQ(receive(advert(254)), Lines{refused_line("owner")});
  EXPECT_EQ(core_.deadline(), kStart + 1s);
}

TEST_F(HostileAdvertTest, MakesAnOwnerAnnounceItsAddressesAnew) {
  core_ = VrrpCore{};
  now_ = kStart;
  InstanceConfig owner = instance();
  owner.priority = kPriorityOwner;
  begin(config_of({owner}));
  now_ += 2s;
  EXPECT_EQ(receive(advert(100)), burst("192.0.2.10") + Lines{refused_line("owner")});
  now_ += 10ms;
  EXPECT_EQ(receive(advert(100)), Lines{"warning one: refused an advert from 198.51.100.2: owner "
                                        "(2 so far)"})
      << "not more than a burst a second";
}

TEST_F(VrrpCoreTest, TwoOwnersAreAnError) {
  InstanceConfig owner = instance();
  owner.priority = kPriorityOwner;
  begin(config_of({owner}));
  const std::string said =
      "error one: 198.51.100.2 has priority 255 too: two nodes are configured "
      "as the owner";
  const auto says = [&](const Lines& lines) {
    return std::find(lines.begin(), lines.end(), said) != lines.end();
  };
  EXPECT_FALSE(says(receive(advert(254))));
  EXPECT_TRUE(says(receive(advert(255))));
  EXPECT_TRUE(says(receive(advert(255))));
  EXPECT_FALSE(says(receive(advert(255)))) << "the 3rd";
}

TEST_F(HostileAdvertTest, OfVersion2WithAuthenticationOrAnotherIntervalIsRefused) {
  core_ = VrrpCore{};
  now_ = kStart;
  InstanceConfig v2 = instance();
  v2.version = VrrpVersion::k2;
  begin(config_of({v2}));
  Advert wrong = advert(255, v2);
  wrong.authentication_type = 1;
  EXPECT_EQ(receive(wrong), Lines{refused_line("authentication")});
  wrong = advert(255, v2);
  wrong.interval = 2s;
  EXPECT_EQ(receive(wrong), Lines{refused_line("interval")});
  pass(kDown);
  EXPECT_EQ(std::get<SendPacket>(core_.handle(Wake{}, now_ + 1s).front()).link, 2);
}

TEST_F(HostileAdvertTest, AtRandomNeverMovesTheRouter) {
  const unsigned seed = random_seed();
  SCOPED_TRACE("HOLDFAST_SEED=" + std::to_string(seed));
  std::mt19937 random(seed);
  const Bytes good = message();
  for (int i = 0; i < 20000; ++i) {
    Bytes packet = good;
    // One to four bytes of the message are others, so that only the checksum can let it through:
    // not one change of a byte does.
    const std::size_t at = random() % packet.size();
    packet[at] = static_cast<std::uint8_t>(packet[at] + 1 + random() % 255);
    if (random() % 4 == 0) packet.resize(random() % packet.size());
    for (const VrrpAction& action :
         core_.handle(PacketReceived{2, datagram(packet, kPeer)}, now_)) {
      EXPECT_TRUE(std::holds_alternative<LogLine>(action));
    }
  }
  const Lines lines = wake_at(kStart + kDown + kLeft);
  EXPECT_EQ(lines.front(), "advert from 198.51.100.1 on 2: vrid 51 priority 100");
}

}  // namespace
}  // namespace holdfast::vrrp
