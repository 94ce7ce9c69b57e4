// SPDX-License-Identifier: Apache-2.0
#include "witness-worker/etcd.h"

#include <gtest/gtest.h>

namespace holdfast::witness {
namespace {

using namespace std::chrono_literals;

const Speaker kSpeaker{"lb1", "/ha", "bob", "se\"cret"};  // NOLINT(cert-err58-cpp)
constexpr const char* kHeader = R"("header":{"cluster_id":"1","revision":"7"})";

EtcdReply reply(const Question& question, const std::string& rest) {
  const auto read = reply_of(question, kSpeaker, "{" + std::string(kHeader) + rest + "}");
  EXPECT_TRUE(read.has_value());
  return read.value_or(EtcdReply{});
}

TEST(Etcd, WhatIsAskedIsAsTheGatewayHasIt) {
  EXPECT_EQ(request_of(Grant{5s}, kSpeaker).path, "/v3/lease/grant");
  EXPECT_EQ(request_of(Grant{5s}, kSpeaker).body, R"({"TTL":"5"})");
  EXPECT_EQ(request_of(Renew{7587848390021538825}, kSpeaker).body,
            R"({"ID":"7587848390021538825"})");
  EXPECT_EQ(request_of(Authenticate{}, kSpeaker).body, R"({"name":"bob","password":"se\"cret"})");
  // L2hhL2hvbGRlcnMvd2Vi: /ha/holders/web
  const EtcdRequest take = request_of(Take{"web", 9}, kSpeaker);
  EXPECT_EQ(take.path, "/v3/kv/txn");
  EXPECT_NE(take.body.find(R"({"create_revision":"0","key":"L2hhL2hvbGRlcnMvd2Vi",)"),
            std::string::npos)
      << take.body;
  EXPECT_NE(take.body.find(R"("lease":"9")"), std::string::npos);
  const EtcdRequest give = request_of(GiveUp{"web", 9}, kSpeaker);
  EXPECT_NE(give.body.find(R"("target":"LEASE")"), std::string::npos) << give.body;
  EXPECT_EQ(request_of(Look{}, kSpeaker).body,
            R"({"key":"L2hhL2hvbGRlcnMv","range_end":"L2hhL2hvbGRlcnMw"})");
}

TEST(Etcd, ALeaseThatIsGoneIsAnAnswerWithoutTtl) {
  const std::string alive = R"({"result":{"header":{"revision":"7"},"ID":"9","TTL":"5"}})";
  const std::string gone = R"({"result":{"header":{"revision":"7"},"ID":"9"}})";
  EXPECT_EQ(std::get<Renewed>(reply_of(Renew{9}, kSpeaker, alive)->answer).ttl, 5s);
  EXPECT_EQ(std::get<Renewed>(reply_of(Renew{9}, kSpeaker, gone)->answer).ttl, 0s);
  EXPECT_FALSE(reply_of(Renew{9}, kSpeaker, R"({"error":{"grpc_code":14}})").has_value());
}

TEST(Etcd, WhatIsTakenAndByWhom) {
  EXPECT_TRUE(std::get<Taken>(reply(Take{"web", 9}, R"(,"succeeded":true)").answer).ours);
  // {"node":"lb2"}
  const auto other = std::get<Taken>(
      reply(Take{"web", 9}, R"(,"responses":[{"response_range":{"kvs":[{"key":"L2hh",)"
                            R"("value":"eyJub2RlIjoibGIyIn0=","lease":"11"}]}}])")
          .answer);
  EXPECT_FALSE(other.ours);
  EXPECT_EQ(other.holder, (Holder{"lb2", 11}));
}

TEST(Etcd, WhoeverWroteNoHolderIsSomebody) {
  const auto looked = std::get<Looked>(
      reply(Look{}, R"(,"kvs":[{"key":"L2hhL2hvbGRlcnMvd2Vi","value":"gibberish"},)"
                    R"({"key":"L3RtcA==","value":""},{"key":"?"},7])")
          .answer);
  ASSERT_EQ(looked.holders.size(), 1U);
  EXPECT_EQ(looked.holders.at("web"), (Holder{"somebody", 0}));
}

TEST(Etcd, WhatIsNoAnswerIsAnError) {
  for (const char* const body : {"", "[]", "7", "{}", "null", R"({"header":7})", "{\"header\":"}) {
    for (const Question& question : {Question{Grant{5s}}, Question{Renew{9}}, Question{Look{}},
                                     Question{Take{"web", 9}}, Question{Authenticate{}}}) {
      EXPECT_FALSE(reply_of(question, kSpeaker, body).has_value()) << body;
    }
  }
  EXPECT_FALSE(reply_of(Grant{5s}, kSpeaker, R"({"header":{},"ID":"0","TTL":"5"})").has_value());
}

TEST(Etcd, ATroubleIsPrintable) {
  EXPECT_EQ(trouble_of(503, "\x01"), "HTTP 503");
  EXPECT_EQ(trouble_of(400, R"({"error":"etcdserver: user name is empty"})"),
            "HTTP 400: etcdserver: user name is empty");
  EXPECT_TRUE(is_unauthorized(400, R"({"error":"etcdserver: user name is empty"})"));
  EXPECT_TRUE(is_unauthorized(401, ""));
  EXPECT_FALSE(is_unauthorized(503, "no leader"));
}

}  // namespace
}  // namespace holdfast::witness
