// SPDX-License-Identifier: Apache-2.0
#include "check-worker/core/grpc.h"

#include <gtest/gtest.h>

#include <string>

#include "check-worker/http2.h"

namespace holdfast::check {
namespace {

std::string frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream,
                  const std::string& payload) {
  std::string text;
  for (const unsigned shift : {16U, 8U, 0U}) {
    text += static_cast<char>(static_cast<std::uint8_t>(payload.size() >> shift));
  }
  text += static_cast<char>(type);
  text += static_cast<char>(flags);
  for (const unsigned shift : {24U, 16U, 8U, 0U}) {
    text += static_cast<char>(static_cast<std::uint8_t>(stream >> shift));
  }
  return text + payload;
}

const std::string kSettings = frame(4, 0, 0, "");     // NOLINT(cert-err58-cpp)
const std::string kHeaders = frame(1, 4, 1, "\x88");  // NOLINT(cert-err58-cpp)

const Tools kTools{nullptr, nullptr, http2_exchange, 0};

std::string message(const std::string& body) {
  return std::string(4, '\0') + static_cast<char>(body.size()) + body;
}
std::string data(const std::string& body) {
  return frame(0, 0, 1, message(body));
}

GrpcCheck orders() {
  GrpcCheck check;
  check.endpoint = Endpoint::parse("192.0.2.1:50051").value();
  check.service = "Orders";
  return check;
}

// What comes of these bytes, in one piece and byte by byte.
Step answered(const std::string& bytes) {
  const GrpcCheck check = orders();
  GrpcConversation whole(check, kTools);
  whole.begin();
  const Step step = whole.received(bytes);
  GrpcConversation dripped(check, kTools);
  dripped.begin();
  Step last;
  for (const char& byte : bytes) {
    last = dripped.received({&byte, 1});
    if (last.end) break;
  }
  EXPECT_EQ(last.end, step.end);
  return step;
}

TEST(GrpcHealth, TheRequest) {
  const GrpcCheck check = orders();
  const std::string sent = GrpcConversation(check, kTools).begin().send;
  EXPECT_TRUE(sent.starts_with("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
  EXPECT_TRUE(sent.ends_with(frame(0, 1, 1, message("\x0a\x06Orders"))));
  GrpcCheck whole_server = orders();
  whole_server.service.clear();
  EXPECT_TRUE(
      GrpcConversation(whole_server, kTools).begin().send.ends_with(frame(0, 1, 1, message(""))));
}

TEST(GrpcHealth, Statuses) {
  EXPECT_EQ(answered(kSettings + kHeaders + data("\x08\x01")).end, (Conclusion{true, "SERVING"}));
  EXPECT_EQ(answered(kSettings + kHeaders + data("\x08\x02")).end,
            (Conclusion{false, "NOT_SERVING"}));
  EXPECT_EQ(answered(kSettings + kHeaders + data("")).end, (Conclusion{false, "UNKNOWN"}));
  EXPECT_EQ(answered(kSettings + kHeaders + data("\x08\x63")).end,
            (Conclusion{false, "no health status known here"}));
  EXPECT_EQ(answered(kSettings + kHeaders + data("\xff\xff")).end,
            (Conclusion{false, "no health status known here"}));
  EXPECT_EQ(
      answered(kSettings + kHeaders + frame(0, 8, 1, "\x03" + message("\x08\x01") + "ppp")).end,
      (Conclusion{true, "SERVING"}))
      << "padded";
}

TEST(GrpcHealth, AnUnknownServiceHasNoMessage) {
  EXPECT_EQ(answered(kSettings + frame(1, 5, 1, "\x88")).end,
            (Conclusion{false,
                        "no health status: it does not know the service, or has no health "
                        "service"}));
}

TEST(GrpcHealth, WhatIsNoGrpcHasAnotherStatus) {
  EXPECT_EQ(answered(kSettings + frame(1, 5, 1, "\x8d")).end,
            (Conclusion{false, "status 404, expected 200"}));
}

TEST(GrpcHealth, WhatIsAwaitedIsNamed) {
  const GrpcCheck check = orders();
  GrpcConversation conversation(check, kTools);
  conversation.begin();
  EXPECT_EQ(conversation.silence().reason, "no HTTP/2 in answer");
  EXPECT_EQ(conversation.received(kSettings), say(frame(4, 1, 0, "")));
  EXPECT_EQ(conversation.silence().reason, "no status");
  EXPECT_EQ(conversation.received(kHeaders), Step{});
  EXPECT_EQ(conversation.silence().reason, "no health status");
}

TEST(GrpcHealth, FaultsAreNamed) {
  EXPECT_EQ(answered("HTTP/1.1 400 Bad Request\r\n").end,
            (Conclusion{false, "no HTTP/2 in answer"}));
  EXPECT_EQ(answered(kHeaders).end, (Conclusion{false, "no HTTP/2 in answer"}));
  EXPECT_EQ(answered(kSettings + frame(3, 0, 1, std::string("\0\0\0\7", 4))).end,
            (Conclusion{false, "reset the stream with the HTTP/2 error REFUSED_STREAM"}));
  EXPECT_EQ(answered(kSettings + kHeaders + frame(0, 0, 1, "\x01" + std::string(4, '\0'))).end,
            (Conclusion{false, "a packed health status"}));
  EXPECT_EQ(answered(kSettings + kHeaders + frame(0, 0, 1, std::string("\0\0\0\4\1", 5))).end,
            (Conclusion{false, "a health status too long"}));
}

TEST(HostileHttp2, AnEndlessRowOfFramesEnds) {
  const GrpcCheck check = orders();
  GrpcConversation conversation(check, kTools);
  conversation.begin();
  Step step;
  int frames = 0;
  for (; !step.end && frames < 5000; ++frames) step = conversation.received(kSettings);
  EXPECT_EQ(step.end, (Conclusion{false, "more than 2000 HTTP/2 frames"}));
}

}  // namespace
}  // namespace holdfast::check
