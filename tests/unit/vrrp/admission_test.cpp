// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/admission.h"

#include <gtest/gtest.h>

#include "tests/unit/vrrp/adverts.h"

// RFC 9568 §7.1 and RFC 3768 §7.1: what the configuration has to say about an advert.
namespace holdfast::vrrp {
namespace {

using namespace std::chrono_literals;

InstanceConfig instance(VrrpVersion version = VrrpVersion::k3) {
  InstanceConfig config;
  config.name = "one";
  config.interface = "eth0";
  config.vrid = Vrid{51};
  config.version = version;
  config.addresses = {prefix("192.0.2.10/24"), prefix("192.0.2.11/32")};
  return config;
}

InstanceConfig owner() {
  InstanceConfig config = instance();
  config.priority = kPriorityOwner;
  return config;
}

TEST(Admission, OfWhatMatchesTheConfiguration) {
  EXPECT_EQ(refuse(v3_advert(), datagram({}), instance()), std::nullopt);
  EXPECT_EQ(refuse(v2_advert(), datagram({}), instance(VrrpVersion::k2)), std::nullopt);
}

TEST(Admission, IsForAllowedSourcesIfAnyAreNamed) {
  InstanceConfig config = instance();
  config.allowed_sources = {prefix("203.0.113.7"), prefix("198.51.100.0/30")};
  const auto from = [&](const char* source) {
    return refuse(v3_advert(), datagram({}, ip(source)), config);
  };
  EXPECT_EQ(from("198.51.100.3"), std::nullopt);
  EXPECT_EQ(from("203.0.113.7"), std::nullopt);
  EXPECT_EQ(from("198.51.100.4"), Rejection::kPeer);
  EXPECT_EQ(from("203.0.113.8"), Rejection::kPeer);
}

TEST(Rfc9568_7_1_Admission, TheVersionIsThatOfTheConfiguration) {
  EXPECT_EQ(refuse(v2_advert(), datagram({}), instance()), Rejection::kVersion);
  EXPECT_EQ(refuse(v3_advert(), datagram({}), instance(VrrpVersion::k2)), Rejection::kVersion);
}

TEST(Rfc9568_7_1_Admission, AnOwnerListensToNobody) {
  for (const int priority : {0, 1, 254, 255}) {
    Advert advert = v3_advert();
    advert.priority = Priority{static_cast<std::uint8_t>(priority)};
    EXPECT_EQ(refuse(advert, datagram({}), owner()), Rejection::kOwner);
    EXPECT_EQ(refuse(advert, datagram({}), instance()), std::nullopt);
  }
}

TEST(Rfc3768_7_1_Admission, AuthenticationIsNoneOrRefused) {
  for (const int type : {1, 2, 255}) {
    Advert advert = v2_advert();
    advert.authentication_type = static_cast<std::uint8_t>(type);
    EXPECT_EQ(refuse(advert, datagram({}), instance(VrrpVersion::k2)), Rejection::kAuthentication);
  }
}

TEST(Rfc9568_7_1_Admission, TheAddressesAreThoseConfiguredInAnyOrder) {
  Advert advert = v3_advert();
  std::swap(advert.addresses[0], advert.addresses[1]);
  EXPECT_EQ(refuse(advert, datagram({}), instance()), std::nullopt);
  for (const auto& other : std::vector<std::vector<IpAddress>>{
           {ip("192.0.2.10")},
           {ip("192.0.2.10"), ip("192.0.2.12")},
           {ip("192.0.2.10"), ip("192.0.2.10")},
           {ip("192.0.2.10"), ip("192.0.2.11"), ip("192.0.2.12")}}) {
    advert.addresses = other;
    EXPECT_EQ(refuse(advert, datagram({}), instance()), Rejection::kAddressList);
  }
}

TEST(Rfc3768_7_1_Admission, AnOwnerMayNameOtherAddresses) {
  Advert advert = v2_advert();
  advert.addresses.pop_back();
  advert.priority = Priority{254};
  EXPECT_EQ(refuse(advert, datagram({}), instance(VrrpVersion::k2)), Rejection::kAddressList);
  advert.priority = kPriorityOwner;
  EXPECT_EQ(refuse(advert, datagram({}), instance(VrrpVersion::k2)), std::nullopt);
}

TEST(Rfc9568_7_1_Admission, AnyIntervalButZeroIsAdopted) {
  Advert advert = v3_advert();
  for (const Duration interval : {Duration{10ms}, Duration{40950ms}}) {
    advert.interval = interval;
    EXPECT_EQ(refuse(advert, datagram({}), instance()), std::nullopt);
  }
  advert.interval = 0s;
  EXPECT_EQ(refuse(advert, datagram({}), instance()), Rejection::kInterval);
}

TEST(Rfc3768_7_1_Admission, TheIntervalIsThatOfTheConfiguration) {
  Advert advert = v2_advert();
  for (const Duration interval : {Duration{0s}, Duration{2s}, Duration{255s}}) {
    advert.interval = interval;
    EXPECT_EQ(refuse(advert, datagram({}), instance(VrrpVersion::k2)), Rejection::kInterval);
  }
}

TEST(Rfc9568_7_1_Admission, OfTwoFaultsTheEarlierCheckNamesIt) {
  Advert advert = v3_advert();
  advert.interval = 0s;
  advert.addresses.pop_back();
  EXPECT_EQ(refuse(advert, datagram({}), instance()), Rejection::kInterval);
  EXPECT_EQ(refuse(advert, datagram({}), owner()), Rejection::kOwner);
  advert.version = VrrpVersion::k2;
  EXPECT_EQ(refuse(advert, datagram({}), owner()), Rejection::kVersion);
}

TEST(Rfc3768_7_1_Admission, OfTwoFaultsTheEarlierCheckNamesIt) {
  InstanceConfig config = instance(VrrpVersion::k2);
  Advert advert = v2_advert();
  advert.interval = 5s;
  advert.addresses.pop_back();
  EXPECT_EQ(refuse(advert, datagram({}), config), Rejection::kAddressList);
  advert.authentication_type = 1;
  EXPECT_EQ(refuse(advert, datagram({}), config), Rejection::kAuthentication);
  config.priority = kPriorityOwner;
  EXPECT_EQ(refuse(advert, datagram({}), config), Rejection::kAuthentication);
  advert.authentication_type = 0;
  EXPECT_EQ(refuse(advert, datagram({}), config), Rejection::kOwner);
}

TEST(Rfc2338_5_3_6, ThePasswordMustBeTheOneConfigured) {
  InstanceConfig config = instance(VrrpVersion::k2);
  config.password = "secret";
  Advert advert = v2_advert();
  EXPECT_EQ(refuse(advert, datagram({}), config), Rejection::kAuthentication);
  set_password(advert, "secret");
  EXPECT_EQ(refuse(advert, datagram({}), config), std::nullopt);
  for (const char* other : {"secreT", "secre", "secret1"}) {
    set_password(advert, other);
    EXPECT_EQ(refuse(advert, datagram({}), config), Rejection::kPassword) << other;
  }
  set_password(advert, "secret");
  advert.authentication_type = 2;
  EXPECT_EQ(refuse(advert, datagram({}), config), Rejection::kAuthentication);
}

}  // namespace
}  // namespace holdfast::vrrp
