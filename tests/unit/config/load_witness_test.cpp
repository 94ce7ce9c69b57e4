// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "tests/unit/config/faults_of.h"

namespace holdfast {
namespace {

using std::chrono::seconds;

const std::string kWitness = "witness: {endpoints: ['http://10.0.0.1:2379']}\n";

Config witness_of(const std::string& keys) {
  return config_of("version: 1\nwitness: {" + keys + "}\n");
}
Texts faults_in(const std::string& keys) {
  return faults_of("version: 1\nwitness: {" + keys + "}\n");
}
Texts of_instance(const std::string& lines) {
  return faults_of(instance_with(lines) + kWitness);
}

TEST(LoadWitness, ThereIsNoneByDefault) {
  EXPECT_TRUE(config_of("version: 1\n").witness.endpoints.empty());
  EXPECT_EQ(config_of(instance_with("")).instances[0].witness, std::nullopt);
}

TEST(LoadWitness, Defaults) {
  const WitnessConfig witness = witness_of("endpoints: ['http://10.0.0.1:2379']").witness;
  ASSERT_EQ(witness.endpoints.size(), 1U);
  EXPECT_EQ(witness.endpoints[0].to_string(), "10.0.0.1:2379");
  EXPECT_FALSE(witness.tls);
  EXPECT_EQ(witness.prefix, "/holdfast");
  EXPECT_EQ(witness.ttl, seconds{5});
  EXPECT_EQ(witness.ca_file, "");
  EXPECT_EQ(witness.user, "");
}

TEST(LoadWitness, EveryKey) {
  const Loaded loaded = load_config(
      "version: 1\nwitness: {endpoints: ['https://etcd1.example.net:2379', "
      "'https://[2001:db8::1]'], "
      "prefix: /ha/lb, ttl: 3s, tls: {ca: /ca, certificate: /cert, key: /key}, user: bob, "
      "password_file: /password}\n",
      "f", "host");
  ASSERT_EQ(texts_of(loaded.diagnostics), Texts{});
  const WitnessConfig& witness = loaded.config.witness;
  ASSERT_EQ(witness.endpoints.size(), 2U);
  EXPECT_EQ(witness.endpoints[0].host, "etcd1.example.net");
  EXPECT_EQ(witness.endpoints[1].port, 443);
  EXPECT_TRUE(witness.tls);
  EXPECT_EQ(witness.prefix, "/ha/lb");
  EXPECT_EQ(witness.ttl, seconds{3});
  EXPECT_EQ(witness.certificate_file, "/cert");
  EXPECT_EQ(witness.key_file, "/key");
  EXPECT_EQ(witness.password_file, "/password");
  ASSERT_EQ(loaded.witness_files.size(), 3U);
  EXPECT_TRUE(loaded.witness_files[2].closed);
  ASSERT_EQ(loaded.witness_secrets.size(), 1U);
  EXPECT_TRUE(loaded.witness_secrets[0].closed);
}

TEST(LoadWitness, ASecretMayBeACredentialByAName) {
  const auto with = [](const std::string& secret) {
    return "endpoints: ['https://10.0.0.1'], user: bob, password_file: '" + secret +
           "', tls: {certificate: /cert, key: '" + secret + "'}";
  };
  EXPECT_EQ(witness_of(with("credential:etcd")).witness.password_file, "credential:etcd");
  EXPECT_EQ(witness_of(with("credential:etcd")).witness.key_file, "credential:etcd");
  for (const char* const bad : {"credential:", "credential:../shadow", "etcd"}) {
    EXPECT_EQ(faults_in(with(bad)).size(), 2U) << bad;
  }
}

TEST(LoadWitness, WhatIsNoWitness) {
  const std::string one = "endpoints: ['http://10.0.0.1:2379']";
  for (const std::string& bad :
       {std::string(""), std::string("endpoints: []"), std::string("endpoints: [10.0.0.1]"),
        std::string("endpoints: ['http://10.0.0.1:2379/v3']"),
        std::string("endpoints: ['http://a:1', 'http://a:1']"),
        std::string("endpoints: ['http://a:1', 'https://b:1']"), one + ", prefix: holdfast",
        one + ", prefix: /a/", one + ", ttl: 2s", one + ", ttl: 3500ms", one + ", ttl: 61s",
        one + ", user: bob", one + ", user: bob, password_file: /p", one + ", tls: {ca: /ca}",
        std::string("endpoints: ['https://a:1'], tls: {certificate: /c}"), one + ", tt: 5s",
        std::string("endpoints: ['https://a:1'], tls: {ca: 'credential:ca'}")}) {
    EXPECT_EQ(faults_in(bad).size(), 1U) << bad;
  }
}

TEST(LoadWitness, AnInstanceSaysWhatItDoesWithoutIt) {
  const auto does = [](const std::string& word) {
    return config_of(instance_with("      witness: {when_unreachable: " + word + "}\n") + kWitness)
        .instances[0]
        .witness;
  };
  EXPECT_EQ(does("hold"), WhenUnreachable::kHold);
  EXPECT_EQ(does("release"), WhenUnreachable::kRelease);
  EXPECT_EQ(of_instance("      witness: {}\n").size(), 1U);
  EXPECT_EQ(of_instance("      witness: {when_unreachable: keep}\n").size(), 1U);
}

TEST(LoadWitness, AnInstanceNeedsOneToAsk) {
  const std::string asks = "      witness: {when_unreachable: hold}\n";
  EXPECT_EQ(faults_of(instance_with(asks)),
            Texts{"f:8:16: witness: there is none to ask, expected a 'witness' beside 'vrrp' that "
                  "says where it is"});
}

TEST(LoadWitness, TheOwnerAndTheMembersOfGroupsHaveNone) {
  const std::string asks = "      witness: {when_unreachable: hold}\n";
  EXPECT_EQ(of_instance("      priority: 255\n" + asks).size(), 1U);
  EXPECT_EQ(of_instance(asks + "  sync_groups: [{name: g, instances: [web]}]\n").size(), 1U);
}

}  // namespace
}  // namespace holdfast
