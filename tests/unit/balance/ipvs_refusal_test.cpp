// SPDX-License-Identifier: Apache-2.0
#include "balance-worker/core/ipvs_refusal.h"

#include <gtest/gtest.h>

#include <cerrno>

// Most refusals are shown by tests/ipvs, where a kernel makes them; these are those it would not.
namespace holdfast::balance {
namespace {

ServiceKey key() {
  ServiceKey key;
  key.family = Family::kIpv6;
  key.protocol = Protocol::kSctp;
  key.endpoint = Endpoint::parse("[2001:db8::10]:80").value();
  return key;
}

TEST(IpvsRefusal, ServicesAreNamed) {
  EXPECT_EQ(to_string(key()), "sctp [2001:db8::10]:80");
  ServiceKey marked;
  marked.mark = 7;
  marked.family = Family::kIpv6;
  EXPECT_EQ(to_string(marked), "mark 7 (IPv6)");
}

TEST(IpvsRefusal, AMissingModuleIsNamed) {
  ServiceOptions options;
  options.scheduler = "twos";
  options.persistence_engine = "sip";
  EXPECT_EQ(refusal(AddService{key(), options}, ENOENT),
            "cannot add the service sctp [2001:db8::10]:80: no such scheduler: twos (module "
            "ip_vs_twos), or no such persistence engine: sip (module ip_vs_pe_sip)");
  EXPECT_EQ(refusal(AddService{key(), options}, EAFNOSUPPORT),
            "cannot add the service sctp [2001:db8::10]:80: IPVS in this kernel has no IPv6");
}

TEST(IpvsRefusal, AnErrorThatNobodyExpectedIsInTheSystemsWords) {
  EXPECT_EQ(refusal(RemoveService{key()}, ENOMEM),
            "cannot remove the service sctp [2001:db8::10]:80: Cannot allocate memory");
  EXPECT_EQ(refusal(SetTimeouts{}, ENOMEM, "no room"),
            "cannot set the timeouts: Cannot allocate memory (no room)");
  EXPECT_EQ(
      refusal(StopSync{SyncRole::kBackup}, EPERM),
      "cannot stop the synchronization of connections as backup: not permitted: CAP_NET_ADMIN "
      "is needed in this network namespace");
}

TEST(IpvsRefusal, WhatTheKernelMeansByAnErrorIsSaid) {
  const Endpoint six = Endpoint::parse("[2001:db8::1]:80").value();
  const Endpoint four = Endpoint::parse("10.0.0.1:80").value();
  DestinationOptions tunnel;
  tunnel.forwarding = Forwarding::kTunnel;
  DestinationOptions gue = tunnel;
  gue.tunnel.kind = TunnelKind::kGue;
  gue.tunnel.port = 0;
  SyncDaemon daemon;
  daemon.interface = "eth1";
  const StartSync start{SyncRole::kMaster, daemon};
  const struct {
    IpvsCommand command;
    int error;
    std::string why;
  } cases[] = {
      {EditService{key(), {}}, EEXIST, "there is such a service already"},
      {EditService{key(), {}}, ESRCH, "no such service"},
      {EditService{key(), {}}, EINVAL, "the kernel takes these options for wrong"},
      {AddDestination{key(), six, {}}, ESRCH, "no such service"},
      {EditDestination{key(), six, {}}, ENOENT, "no such server"},
      {AddDestination{key(), six, {}}, EEXIST, "there is such a server already"},
      {AddDestination{key(), six, {}}, ERANGE,
       "a weight or threshold out of range, or the lower one above the upper"},
      {AddDestination{key(), six, {}}, EAFNOSUPPORT, "IPVS in this kernel has no IPv6"},
      {AddDestination{key(), six, {}}, EINVAL,
       "not an address of a single host, or a link-local one"},
      {AddDestination{key(), four, {}}, EINVAL,
       "a server of another family is reached by a tunnel only"},
      {AddDestination{key(), four, tunnel}, EINVAL,
       "no server of another family while connections are synchronized"},
      {AddDestination{key(), six, gue}, EINVAL, "a GUE tunnel needs a port"},
      {start, EEXIST, "one runs already"},
      {start, ENODEV, "no such interface, or it has no address of the group's family: eth1"},
      {start, EADDRNOTAVAIL, "eth1 has no address to send from"},
      {start, EINVAL,
       "servers of another family than their service's are not synchronized, or the kernel takes "
       "the group for wrong"},
      {SetTimeouts{}, EINVAL, "a timeout out of range"}};
  for (const auto& [command, error, why] : cases) {
    EXPECT_EQ(refusal(command, error), attempt(command) + ": " + why);
  }
}

TEST(IpvsRefusal, WhatWasTriedIsNamed) {
  const Endpoint server = Endpoint::parse("[2001:db8::1]:80").value();
  const std::string of = "server [2001:db8::1]:80 of sctp [2001:db8::10]:80";
  EXPECT_EQ(attempt(AddDestination{key(), server, {}}), "cannot add the " + of);
  EXPECT_EQ(attempt(EditDestination{key(), server, {}}), "cannot change the " + of);
  EXPECT_EQ(attempt(RemoveDestination{key(), server}), "cannot remove the " + of);
  EXPECT_EQ(attempt(EditService{key(), {}}), "cannot change the service sctp [2001:db8::10]:80");
}

TEST(IpvsRefusal, OnlyWhatIsToGoMayBeGone) {
  const Endpoint server = Endpoint::parse("[2001:db8::1]:80").value();
  for (const int error : {ESRCH, ENOENT}) {
    EXPECT_TRUE(is_as_asked(RemoveService{key()}, error));
    EXPECT_TRUE(is_as_asked(RemoveDestination{key(), server}, error));
    EXPECT_TRUE(is_as_asked(StopSync{}, error));
    EXPECT_FALSE(is_as_asked(AddService{key(), {}}, error));
    EXPECT_FALSE(is_as_asked(EditDestination{key(), server, {}}, error));
  }
  EXPECT_FALSE(is_as_asked(RemoveService{key()}, EPERM));
  EXPECT_FALSE(is_as_asked(AddService{key(), {}}, EEXIST));
  EXPECT_TRUE(is_as_asked(AddService{key(), {}}, 0));
}

}  // namespace
}  // namespace holdfast::balance
