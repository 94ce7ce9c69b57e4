// SPDX-License-Identifier: Apache-2.0
#include "check-worker/core/grpc.h"

#include <gtest/gtest.h>

#include <string>

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
const std::string kSettingsAck = frame(4, 1, 0, "");  // NOLINT(cert-err58-cpp)
const std::string kHeaders = frame(1, 4, 1, "\x88");  // NOLINT(cert-err58-cpp)

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
  GrpcConversation whole(check);
  whole.begin();
  const Step step = whole.received(bytes);
  GrpcConversation dripped(check);
  dripped.begin();
  Step last;
  for (const char& byte : bytes) {
    last = dripped.received({&byte, 1});
    if (last.end) break;
  }
  EXPECT_EQ(last.end, step.end);
  return step;
}

TEST(Rfc9113, TheFirstBytes) {
  const GrpcCheck check = orders();
  const std::string sent = GrpcConversation(check).begin().send;
  const std::string settings = frame(4, 0, 0, std::string("\0\1\0\0\0\0\0\2\0\0\0\0", 12));
  const std::string block =
      "\x83\x86\x04\x1c/grpc.health.v1.Health/Check\x01\x0f"
      "192.0.2.1:50051"
      "\x0f\x10\x10"
      "application/grpc" +
      std::string(1, '\0') + "\x02te\x08trailers\x0f\x2b\x08holdfast";
  EXPECT_EQ(sent, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + settings + frame(1, 4, 1, block) +
                      frame(0, 1, 1, message("\x0a\x06Orders")));
}

TEST(Rfc7541_5_2, ALongNameHasALengthOfMoreBytes) {
  GrpcCheck check = orders();
  for (const std::size_t size : {126U, 127U, 128U, 254U, 255U}) {
    check.host = std::string(size, 'h');
    const std::string sent = GrpcConversation(check).begin().send;
    const std::size_t at = sent.find(check.host);
    ASSERT_NE(at, std::string::npos);
    const std::string length = size < 127   ? std::string(1, static_cast<char>(size))
                               : size < 255 ? "\x7f" + std::string(1, static_cast<char>(size - 127))
                                            : std::string("\x7f\x80\x01");
    EXPECT_EQ(sent.substr(at - length.size(), length.size()), length) << size;
  }
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

TEST(Rfc9113_6, SettingsAndPingsAreAnswered) {
  const GrpcCheck check = orders();
  GrpcConversation conversation(check);
  conversation.begin();
  EXPECT_EQ(conversation.silence().reason, "no HTTP/2 in answer");
  EXPECT_EQ(conversation.received(kSettings + kSettingsAck), say(kSettingsAck));
  EXPECT_EQ(conversation.silence().reason, "no health status");
  EXPECT_EQ(conversation.received(frame(6, 0, 0, "12345678")), say(frame(6, 1, 0, "12345678")));
  EXPECT_EQ(conversation.received(frame(6, 1, 0, "12345678") + frame(8, 0, 0, "abcd") +
                                  frame(99, 0, 0, "unknown")),
            Step{});
}

TEST(Rfc9113_6, FaultsAreNamed) {
  EXPECT_EQ(answered("HTTP/1.1 400 Bad Request\r\n").end,
            (Conclusion{false, "no HTTP/2 in answer"}));
  EXPECT_EQ(answered(kHeaders).end, (Conclusion{false, "no HTTP/2 in answer"}));
  EXPECT_EQ(answered(kSettings + frame(3, 0, 1, std::string("\0\0\0\7", 4))).end,
            (Conclusion{false, "reset the stream with the HTTP/2 error 7"}));
  EXPECT_EQ(answered(kSettings + frame(7, 0, 0, std::string("\0\0\0\0\0\0\0\2", 8))).end,
            (Conclusion{false, "left with the HTTP/2 error 2"}));
  EXPECT_EQ(answered(kSettings + frame(7, 0, 0, "")).end, std::nullopt);
  EXPECT_EQ(answered(kSettings + std::string("\xff\xff\xff\0\0\0\0\0\1", 9)).end,
            (Conclusion{false, "an HTTP/2 frame too long"}));
  EXPECT_EQ(answered(kSettings + frame(0, 8, 1, "\x09")).end,
            (Conclusion{false, "a faulty HTTP/2 frame"}));
  EXPECT_EQ(answered(kSettings + frame(5, 0, 1, "x")).end,
            (Conclusion{false, "pushed what it must not push"}));
  EXPECT_EQ(answered(kSettings + frame(0, 0, 1, "\x01" + std::string(4, '\0'))).end,
            (Conclusion{false, "a packed health status"}));
  EXPECT_EQ(answered(kSettings + frame(0, 0, 1, std::string(2000, '\0'))).end,
            (Conclusion{false, "a health status too long"}));
}

TEST(HostileHttp2, AnEndlessRowOfFramesEnds) {
  const GrpcCheck check = orders();
  GrpcConversation conversation(check);
  conversation.begin();
  Step step;
  int frames = 0;
  for (; !step.end && frames < 5000; ++frames) step = conversation.received(kSettings);
  EXPECT_EQ(step.end, (Conclusion{false, "more than 1000 HTTP/2 frames"}));
  EXPECT_EQ(frames, 1001);
}

}  // namespace
}  // namespace holdfast::check
