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
