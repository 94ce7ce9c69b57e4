// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/ipvs/table.h"

// Services and their options, in and out of a real kernel; ipvsadm says what it sees of them.
namespace holdfast::balance {
namespace {

TEST_F(IpvsTest, ATableIsEmptyAtFirst) {
  const IpvsTable table = read();
  EXPECT_TRUE(table.services.empty());
  EXPECT_TRUE(table.sync.empty());
  EXPECT_EQ(table.timeouts, (Timeouts{900, 120, 300}));
}

TEST_F(IpvsTest, ServicesOfEveryProtocolFamilyAndMark) {
  ServiceKey sctp = tcp("192.0.2.10:80");
  sctp.protocol = Protocol::kSctp;
  ServiceKey sctp6 = tcp("[2001:db8::10]:80");
  sctp6.protocol = Protocol::kSctp;
  for (const ServiceKey& key :
       {tcp("192.0.2.10:80"), udp("192.0.2.10:80"), sctp, tcp("[2001:db8::10]:80"),
        udp("[2001:db8::10]:80"), sctp6, marked(7), marked(7, Family::kIpv6), marked(~0U)}) {
    round_trip(key, {options("rr"), {}});
  }
}

TEST_F(IpvsTest, ServicesOfBothFamiliesAndAllKindsStandSideBySide) {
  std::vector<IpvsCommand> commands;
  IpvsTable wanted = read();
  for (const ServiceKey& key : {tcp("192.0.2.10:80"), udp("192.0.2.10:80"), tcp("192.0.2.10:81"),
                                tcp("[2001:db8::10]:80"), marked(1), marked(1, Family::kIpv6)}) {
    commands.emplace_back(AddService{key, options("rr")});
    wanted.services[key] = {options("rr"), {}};
  }
  execute(commands);
  EXPECT_EQ(read(), wanted);
}

TEST_F(IpvsTest, EverySchedulerIsLoadedByItsName) {
  for (const std::string name :
       {"rr", "wrr", "lc", "wlc", "fo", "ovf", "lblc", "lblcr", "dh", "sh", "mh", "sed", "nq"}) {
    round_trip(tcp("192.0.2.10:80"), {options(name), {}});
  }
}

TEST_F(IpvsTest, FlagsOfASchedulerAreSetAndCleared) {
  const ServiceKey key = tcp("192.0.2.10:80");
  for (const std::string name : {"sh", "mh"}) {
    for (unsigned flags = 0; flags < 8; ++flags) {
      ServiceOptions some = options(name);
      some.scheduler_flag_1 = (flags & 1U) != 0;
      some.scheduler_flag_2 = (flags & 2U) != 0;
      some.scheduler_flag_3 = (flags & 4U) != 0;
      round_trip(key, {some, {}});
    }
  }
  ServiceOptions before = options("sh");
  before.scheduler_flag_1 = before.scheduler_flag_2 = true;
  execute({AddService{key, before}, EditService{key, options("sh")}});
  EXPECT_EQ(read().services.at(key).options, options("sh"));
  execute({EditService{key, before}});
  EXPECT_NE(run("ipvsadm -Sn").find("-s sh -b sh-fallback,sh-port"), std::string::npos);
}

TEST_F(IpvsTest, PersistenceWithTimeoutPrefixAndEngine) {
  ServiceOptions some = options("wlc");
  some.persistence = 1;
  round_trip(tcp("192.0.2.10:80"), {some, {}});
  some.persistence = 86400;
  ServiceKey every_port = tcp("192.0.2.10:80");
  every_port.endpoint.port = 0;
  for (const std::uint8_t prefix : std::vector<std::uint8_t>{1, 8, 24, 31}) {
    some.persistence_prefix = prefix;
    round_trip(every_port, {some, {}});
    round_trip(marked(3), {some, {}});
  }
  for (const std::uint8_t prefix : std::vector<std::uint8_t>{1, 48, 64, 127}) {
    some.persistence_prefix = prefix;
    round_trip(tcp("[2001:db8::10]:80"), {some, {}});
    round_trip(marked(3, Family::kIpv6), {some, {}});
  }
  some.persistence_engine = "sip";
  some.persistence_prefix = 0;
  round_trip(udp("192.0.2.10:5060"), {some, {}});
  execute({AddService{udp("192.0.2.10:5060"), some}});
  EXPECT_NE(run("ipvsadm -Sn").find("-p 86400 --pe sip"), std::string::npos);
}

TEST_F(IpvsTest, PersistenceCanBeTakenBack) {
  const ServiceKey key = udp("192.0.2.10:5060");
  ServiceOptions some = options("rr");
  some.persistence = 60;
  some.persistence_prefix = 24;
  some.persistence_engine = "sip";
  some.one_packet = true;
  execute({AddService{key, some}, EditService{key, options("rr")}});
  EXPECT_EQ(read().services.at(key).options, options("rr"));
}

TEST_F(IpvsTest, OnePacketScheduling) {
  ServiceOptions some = options("rr");
  some.one_packet = true;
  round_trip(udp("192.0.2.10:53"), {some, {}});
  execute({AddService{udp("192.0.2.10:53"), some}});
  EXPECT_NE(run("ipvsadm -Sn").find("-s rr -o"), std::string::npos);
}

TEST_F(IpvsTest, ASchedulerIsReplacedUnderConnections) {
  const ServiceKey key = tcp("192.0.2.10:80");
  const Endpoint server = endpoint("192.0.2.1:80");
  execute({AddService{key, options("rr")},
           AddDestination{key, server, forwarded(Forwarding::kMasquerade)},
           EditService{key, options("mh")}});
  const Service service = read().services.at(key);
  EXPECT_EQ(service.options, options("mh"));
  EXPECT_EQ(service.destinations.size(), 1U);
}

// What is to be compared with what the kernel has is made canonical first; it then is equal.
TEST_F(IpvsTest, WhatTheKernelFillsInIsCanonical) {
  const ServiceKey key = tcp("192.0.2.10:80");
  ServiceOptions host = options("rr");
  host.persistence = 300;
  host.persistence_prefix = 32;
  execute({AddService{key, host}});
  host.persistence_prefix = 0;
  EXPECT_EQ(read().services.at(key).options, host);
}

TEST_F(IpvsTest, WhatIsRefusedIsSaidInWordsAndTheRestIsDone) {
  const ServiceKey one = tcp("192.0.2.10:80");
  const ServiceKey two = tcp("192.0.2.11:80");
  const std::vector<std::string> errors =
      refused({AddService{one, options("wrong")}, AddService{two, options("rr")},
               AddService{two, options("rr")}, EditService{one, options("rr")}});
  EXPECT_EQ(errors,
            (std::vector<std::string>{
                "cannot add the service tcp 192.0.2.10:80: no such scheduler: wrong (module "
                "ip_vs_wrong)",
                "cannot add the service tcp 192.0.2.11:80: there is such a service already",
                "cannot change the service tcp 192.0.2.10:80: no such service"}));
  EXPECT_EQ(read().services.size(), 1U);
}

TEST_F(IpvsTest, WhatIsGoneAlreadyIsAsItShouldBe) {
  const ServiceKey key = tcp("192.0.2.10:80");
  execute({RemoveService{key}, RemoveDestination{key, endpoint("192.0.2.1:80")},
           StopSync{SyncRole::kMaster}, StopSync{SyncRole::kBackup}});
  execute({AddService{key, options("rr")}, RemoveDestination{key, endpoint("192.0.2.1:80")}});
}

TEST_F(IpvsTest, ForeignServicesAreSeenAndLeftAlone) {
  run("ipvsadm -A -t 198.51.100.1:443 -s wlc -p 120 -M 255.255.255.0");
  run("ipvsadm -a -t 198.51.100.1:443 -r 203.0.113.5:443 -g -w 7");
  const std::string foreign = run("ipvsadm -Sn");
  ServiceOptions theirs = options("wlc");
  theirs.persistence = 120;
  theirs.persistence_prefix = 24;
  const Service expected{theirs,
                         {{endpoint("203.0.113.5:443"), forwarded(Forwarding::kDirect, 7)}}};
  EXPECT_EQ(read().services.at(tcp("198.51.100.1:443")), expected);

  round_trip(tcp("192.0.2.10:80"),
             {options("rr"), {{endpoint("192.0.2.1:80"), forwarded(Forwarding::kMasquerade)}}});
  EXPECT_EQ(run("ipvsadm -Sn"), foreign);
}

TEST_F(IpvsTest, TimeoutsAreSetOneByOne) {
  execute({SetTimeouts{{600, 0, 0}}});
  EXPECT_EQ(read().timeouts, (Timeouts{600, 120, 300}));
  execute({SetTimeouts{{0, 30, 60}}});
  EXPECT_EQ(read().timeouts, (Timeouts{600, 30, 60}));
  EXPECT_NE(run("ipvsadm -Ln --timeout").find("600 30 60"), std::string::npos);
  EXPECT_EQ(refused({SetTimeouts{{~0U, 0, 0}}}),
            (std::vector<std::string>{"cannot set the timeouts: a timeout out of range"}));
}

}  // namespace
}  // namespace holdfast::balance
