// SPDX-License-Identifier: Apache-2.0
#include "check-worker/http2.h"

#include <gtest/gtest.h>

#include <string>

#include "check-worker/core/http.h"
#include "common/hmac_sha256.h"
#include "common/pattern.h"

namespace holdfast::check {
namespace {

enum : std::uint8_t {
  kData = 0,
  kHeaders = 1,
  kReset = 3,
  kSettings = 4,
  kPush = 5,
  kPing = 6,
  kGoAway = 7,
  kContinuation = 9
};
constexpr std::uint8_t kEndStream = 1;
constexpr std::uint8_t kEndHeaders = 4;

std::string number(std::size_t value, unsigned bytes) {
  std::string text;
  while (bytes > 0) text += static_cast<char>(static_cast<std::uint8_t>(value >> (8 * --bytes)));
  return text;
}

// RFC 9113 §4.1.
std::string frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream,
                  const std::string& payload) {
  return number(payload.size(), 3) + static_cast<char>(type) + static_cast<char>(flags) +
         number(stream, 4) + payload;
}

const std::string kHello = frame(kSettings, 0, 0, "");  // NOLINT(cert-err58-cpp)
const std::string kOk = "\x88";                         // NOLINT(cert-err58-cpp): :status 200

std::string head(const std::string& block = kOk, std::uint8_t flags = kEndHeaders) {
  return frame(kHeaders, flags, 1, block);
}
std::string data(const std::string& body, bool last = false) {
  return frame(kData, last ? kEndStream : 0, 1, body);
}
// RFC 7541 §6.2.2: a literal that no table remembers.
std::string literal(const std::string& name, const std::string& value) {
  return std::string(1, '\0') + static_cast<char>(name.size()) + name +
         static_cast<char>(value.size()) + value;
}

Http2Fields request() {
  HttpCheck check;
  check.endpoint = Endpoint::parse("192.0.2.1:443").value();
  check.tls.emplace();
  return http2_request(check, {});
}

// What comes of these bytes, byte by byte and in one piece.
std::unique_ptr<HttpAnswer> answered(const std::string& bytes) {
  auto whole = http2_exchange(request());
  whole->take_outgoing();
  whole->feed(bytes);
  auto dripped = http2_exchange(request());
  dripped->take_outgoing();
  for (const char& byte : bytes) {
    dripped->feed({&byte, 1});
    dripped->take_outgoing();
  }
  EXPECT_EQ(dripped->fault(), whole->fault());
  EXPECT_EQ(dripped->complete(), whole->complete());
  EXPECT_EQ(dripped->body(), whole->body());
  return whole;
}

std::string fault_of(const std::string& bytes) {
  return answered(bytes)->fault();
}
std::string times(std::size_t count, const std::string& bytes) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += bytes;
  return all;
}

TEST(Http2, TheRequestAndItsFields) {
  HttpCheck check;
  check.endpoint = Endpoint::parse("192.0.2.1:443").value();
  check.tls.emplace();
  check.host = "example.com";
  check.headers = {{"X-Key", "a b"}, {"TE", "gzip"}, {"Accept", "text/plain"}};
  HttpRequest request;
  request.path = "/health";
  EXPECT_EQ(http2_request(check, request), (Http2Fields{{":method", "GET"},
                                                        {":scheme", "https"},
                                                        {":authority", "example.com"},
                                                        {":path", "/health"},
                                                        {"x-key", "a b"},
                                                        {"accept", "text/plain"},
                                                        {"user-agent", "holdfast"},
                                                        {"accept-encoding", "identity"}}));
  const std::string sent = http2_exchange(http2_request(check, request))->take_outgoing();
  EXPECT_TRUE(sent.starts_with("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" +
                               frame(kSettings, 0, 0, std::string("\0\1\0\0\0\0\0\2\0\0\0\0", 12))))
      << "no table of headers, no push";
}

TEST(Http2, AnAnswerInPieces) {
  const auto answer = answered(kHello + head() + data("all is") + data(" well", true));
  EXPECT_EQ(answer->fault(), "");
  EXPECT_TRUE(answer->complete());
  EXPECT_EQ(answer->status(), 200);
  EXPECT_EQ(answer->body(), "all is well");
}

TEST(Http2, InterimAnswersAndTrailersAreNotTheAnswer) {
  const auto answer = answered(kHello + head(literal(":status", "103")) + head() + data("x") +
                               head(literal("a", "b"), kEndHeaders | kEndStream));
  EXPECT_EQ(answer->fault(), "");
  EXPECT_TRUE(answer->complete());
  EXPECT_EQ(answer->status(), 200);
  EXPECT_EQ(fault_of(kHello + times(9, head(literal(":status", "100")))),
            "more than 8 interim responses");
}

TEST(Http2, SettingsAndPingsAreAnswered) {
  auto exchange = http2_exchange(request());
  exchange->take_outgoing();
  exchange->feed(kHello + frame(kPing, 0, 0, "12345678"));
  EXPECT_EQ(exchange->take_outgoing(), frame(kSettings, 1, 0, "") + frame(kPing, 1, 0, "12345678"));
  EXPECT_EQ(exchange->awaited(), "no status");
}

TEST(Http2, WhatDoesNotEndIsAwaited) {
  EXPECT_EQ(answered("")->awaited(), "no HTTP/2 in answer");
  EXPECT_EQ(answered(kHello + head() + data("x"))->awaited(), "no end of the body");
  auto closed = answered(kHello + head() + data("x"));
  closed->close();
  EXPECT_EQ(closed->fault(), "closed the connection before the end of its answer");
}

TEST(Http2, ABodyIsCut) {
  const auto answer = answered(kHello + head() + times(4, data(std::string(16'384, 'x'))));
  EXPECT_TRUE(answer->body_cut());
  EXPECT_EQ(answer->body().size(), Http2Limits::kBodyMax);
}

TEST(Http2, WhatIsEndlessIsNamed) {
  EXPECT_EQ(fault_of(kHello + times(2001, frame(kPing, 1, 0, "12345678"))),
            "more than 2000 HTTP/2 frames");
  EXPECT_EQ(fault_of(kHello + head() + times(2001, data(""))), "more than 2000 HTTP/2 frames");
  EXPECT_EQ(fault_of(kHello + head(times(257, literal("a", "b")), 0)), "more than 256 headers");
  EXPECT_EQ(
      fault_of(kHello + head(kOk, 0) + times(100'000, frame(kContinuation, 0, 1, ""))).empty(),
      false)
      << "a flood of CONTINUATION";
}

TEST(Http2, WhatIsNoneIsNamed) {
  EXPECT_EQ(fault_of("HTTP/1.1 400 Bad Request\r\n\r\n"), "no HTTP/2 in answer");
  EXPECT_NE(fault_of(kHello + number(1'000'000, 3) + std::string("\0\0\0\0\0\1", 6)), "");
  EXPECT_EQ(fault_of(kHello + frame(kPush, kEndHeaders, 1, number(2, 4) + "\x82")),
            "pushed what it must not push");
  EXPECT_EQ(fault_of(kHello + frame(kReset, 0, 1, number(7, 4))),
            "reset the stream with the HTTP/2 error REFUSED_STREAM");
  EXPECT_EQ(fault_of(kHello + frame(kGoAway, 0, 0, number(1, 4) + number(11, 4))),
            "left with the HTTP/2 error ENHANCE_YOUR_CALM");
}

TEST(HttpConversation, SpeaksHttp2IfThatWasAgreedUpon) {
  HttpCheck check;
  check.endpoint = Endpoint::parse("192.0.2.1:443").value();
  check.tls.emplace();
  check.http2 = Http2Use::kOnly;
  check.requests[0].contains = "well";
  check.requests.push_back({});
  const Tools tools{matches, sha256, http2_exchange, 0};
  HttpConversation conversation(check, tools);
  conversation.negotiated("h2");
  EXPECT_TRUE(conversation.begin().send.starts_with("PRI * HTTP/2.0"));
  EXPECT_EQ(conversation.received(kHello), say(frame(kSettings, 1, 0, "")));
  EXPECT_EQ(conversation.received(head()), Step{});
  EXPECT_EQ(conversation.received(data("all is well", true)), (Step{.anew = Transport::kTls}));
  conversation.negotiated("h2");
  conversation.begin();
  EXPECT_EQ(conversation.received(kHello + head()).end, (Conclusion{true, "2 requests answered"}));

  HttpConversation refused(check, tools);
  refused.negotiated("");
  EXPECT_EQ(refused.begin().end, (Conclusion{false, "/: the server does not agree to HTTP/2"}));
}

}  // namespace
}  // namespace holdfast::check
