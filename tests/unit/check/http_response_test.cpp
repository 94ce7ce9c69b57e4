// SPDX-License-Identifier: Apache-2.0
#include "check-worker/core/http_response.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace holdfast::check {
namespace {

HttpResponse fed(std::string_view bytes, bool to_head = false) {
  HttpResponse response(to_head);
  response.feed(bytes);
  return response;
}

std::string fault_of(std::string_view bytes) {
  return fed(bytes).fault();
}

const std::string kOk = "HTTP/1.1 200 OK\r\n";  // NOLINT(cert-err58-cpp)

// ---- RFC 9112 §4: the status line.

TEST(Rfc9112_4, StatusLines) {
  EXPECT_EQ(fed(kOk + "\r\n").status(), 200);
  EXPECT_EQ(fed("HTTP/1.0 404 Not \xc3\xa9 Found\n\n").status(), 404);
  EXPECT_EQ(fed("HTTP/1.1 503\r\n\r\n").status(), 503);
  EXPECT_EQ(fed("HTTP/1.1 503 \r\n\r\n").status(), 503);
  EXPECT_EQ(fed("HTTP/1.1 999 x\r\n\r\n").status(), 999);
  EXPECT_FALSE(fed(kOk).has_head());
}

TEST(Rfc9112_4, WhatIsNoStatusLine) {
  for (const char* const line :
       {"HTTP/1.1 20 OK", "HTTP/1.1 2000 OK", "HTTP/1.1  200", "HTTP/1.1 099 x", "HTTP/1.x 200 OK",
        "HTTP/1.1 2x0 OK", "HTTP/1.1", "HTTP/1.1 200\tOK", "HTTP/1.1 -20 OK"}) {
    EXPECT_NE(fault_of(line + std::string("\r\n\r\n")), "") << line;
  }
  EXPECT_EQ(fault_of("HTTP/1.1 2\x01\r\n"), "a control character in a line");
}

TEST(Rfc9112_4, AnotherProtocolIsNamedAtItsFirstBytes) {
  EXPECT_EQ(fault_of("SSH-2.0-OpenSSH_9.2\r\n"), "no HTTP/1: it began with 'SSH-2.0-OpenSSH_9.2?'");
  EXPECT_EQ(fault_of("\x15\x03\x01"), "no HTTP/1: it began with '?\?\?'");
  EXPECT_EQ(fault_of("HTTP/2"), "no HTTP/1: it began with 'HTTP/2'");
  EXPECT_EQ(fault_of("HTT"), "");
  EXPECT_EQ(fault_of("\r\nHTTP/1.1 200 OK"), "no HTTP/1: it began with '?'");
}

// ---- RFC 9112 §5: headers.

TEST(Rfc9112_5, Faults) {
  EXPECT_EQ(fault_of(kOk + "No colon\r\n\r\n"), "a faulty header: 'No colon'");
  EXPECT_EQ(fault_of(kOk + "Content-Length : 5\r\n\r\n"), "a faulty header: 'Content-Length : 5'");
  EXPECT_EQ(fault_of(kOk + "A: b\r\n folded\r\n\r\n"), "a faulty header: ' folded'");
  EXPECT_EQ(fault_of(kOk + ": x\r\n\r\n"), "a faulty header: ': x'");
  EXPECT_EQ(fault_of(kOk + std::string("A: \0\r\n", 6)), "a control character in a line");
  EXPECT_EQ(fault_of(kOk + "A: x\ry\r\n"), "a control character in a line");
  EXPECT_EQ(fault_of(kOk + "A: caf\xc3\xa9\tx\r\n\r\n"), "");
}

TEST(Rfc9112_5, EndlessHeadersAndLinesEnd) {
  std::string many = kOk;
  for (int i = 0; i < 256; ++i) many += "A: b\r\n";
  EXPECT_EQ(fault_of(many), "");
  EXPECT_EQ(fault_of(many + "A: b\r\n"), "more than 256 headers");
  EXPECT_EQ(fault_of(kOk + "A: " + std::string(100'000, 'x')), "a line of more than 8192 bytes");
  EXPECT_EQ(fault_of("HTTP/1.1 200 " + std::string(100'000, 'x') + "\r\n\r\n"),
            "a line of more than 8192 bytes");
  EXPECT_EQ(fault_of(kOk + "A: " + std::string(8192 - 5, 'x') + "\r\n"), "");
}

// ---- RFC 9112 §6: bodies.

TEST(Rfc9112_6, ByLength) {
  const HttpResponse whole = fed(kOk + "content-length:  5 \r\n\r\nhellomore");
  EXPECT_TRUE(whole.complete());
  EXPECT_EQ(whole.body(), "hello");
  HttpResponse part = fed(kOk + "Content-Length: 5\r\n\r\nhell");
  EXPECT_FALSE(part.complete());
  EXPECT_EQ(part.awaited(), "no end of the body");
  part.close();
  EXPECT_EQ(part.fault(), "closed the connection: no end of the body");
  EXPECT_TRUE(fed(kOk + "Content-Length: 0\r\n\r\n").complete());
  EXPECT_TRUE(fed(kOk + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello").complete());
}

TEST(Rfc9112_6, FaultyLengths) {
  for (const char* const length : {"-1", "+5", "5x", "", "0x5", "5, 5", "99999999999999999999"}) {
    EXPECT_NE(fault_of(kOk + "Content-Length: " + length + "\r\n\r\n"), "") << length;
  }
  EXPECT_EQ(fault_of(kOk + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n"),
            "a faulty Content-Length: '6'");
}

TEST(Rfc9112_6, UntilTheConnectionCloses) {
  HttpResponse response = fed(kOk + "\r\nhello ");
  response.feed("world");
  EXPECT_FALSE(response.complete());
  response.close();
  EXPECT_TRUE(response.complete());
  EXPECT_EQ(response.body(), "hello world");
}

TEST(Rfc9112_6, WithoutABody) {
  EXPECT_TRUE(fed("HTTP/1.1 204 No Content\r\n\r\n").complete());
  EXPECT_TRUE(fed("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n").complete());
  EXPECT_TRUE(fed(kOk + "Content-Length: 5\r\n\r\n", true).complete()) << "HEAD";
}

TEST(Rfc9112_7, Chunks) {
  const std::string head = kOk + "Transfer-Encoding: chunked\r\n\r\n";
  const HttpResponse whole =
      fed(head + "5\r\nhello\r\n00006;x=\"y\"\r\n world\r\n0\r\nTrailer: x\r\n\r\n");
  EXPECT_EQ(whole.fault(), "");
  EXPECT_TRUE(whole.complete());
  EXPECT_EQ(whole.body(), "hello world");
  EXPECT_EQ(fault_of(head + "5\r\nhelloX\r\n"), "a chunk longer than its size");
  for (const char* const size : {"", "x", "-1", " ", "+5", "0x5", "fffffffffffffffff"}) {
    EXPECT_NE(fault_of(head + size + "\r\n"), "") << size;
  }
  HttpResponse cut = fed(head + "5\r\nhello\r\n");
  cut.close();
  EXPECT_EQ(cut.fault(), "closed the connection: no end of the body");
  EXPECT_TRUE(fed(kOk + "Transfer-Encoding: gzip, Chunked\r\n\r\n0\r\n\r\n").complete());
}

TEST(Rfc9112_6_3, ATransferEncodingOverridesTheLength) {
  const std::string head = kOk + "Content-Length: 1\r\nTransfer-Encoding: ";
  EXPECT_EQ(fed(head + "chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n").body(), "hello");
  EXPECT_FALSE(fed(head + "gzip\r\n\r\nx").complete());
}

// ---- RFC 9110 §15.2: interim responses.

TEST(Rfc9110_15_2, InterimResponsesArePassedOver) {
  const std::string interim = "HTTP/1.1 103 Early Hints\r\nContent-Length: 7\r\nLink: x\r\n\r\n";
  const HttpResponse response = fed(interim + interim + kOk + "Content-Length: 2\r\n\r\nok");
  EXPECT_EQ(response.status(), 200);
  EXPECT_EQ(response.body(), "ok");
}

TEST(Rfc9110_15_2, AFloodOfThemEnds) {
  std::string flood;
  for (int i = 0; i < 8; ++i) flood += "HTTP/1.1 100 Continue\r\n\r\n";
  EXPECT_EQ(fault_of(flood), "");
  EXPECT_EQ(fault_of(flood + "HTTP/1.1 100 Continue\r\n\r\n"), "more than 8 interim responses");
  EXPECT_EQ(fed("HTTP/1.1 101 Switching Protocols\r\n\r\n").status(), 101);
}

// ---- Hostile servers.

TEST(HostileHttp, ABodyIsKeptToItsLimitOnly) {
  HttpResponse response = fed(kOk + "\r\n");
  for (int i = 0; i < 10; ++i) response.feed(std::string(10'000, 'x'));
  EXPECT_EQ(response.body().size(), HttpResponse::kBodyMax);
  EXPECT_TRUE(response.body_cut());
}

TEST(HostileHttp, EndlessFramingEnds) {
  HttpResponse response = fed(kOk + "Transfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = "1;" + std::string(8000, 'x') + "\r\ny\r\n";
  int chunks = 0;
  while (response.fault().empty() && chunks < 10'000) {
    response.feed(chunk);
    ++chunks;
  }
  EXPECT_EQ(response.fault(), "the response has no end");
  EXPECT_LT(chunks, 600);
}

// However the bytes are cut, the end is the same.
TEST(HostileHttp, ByteByByteIsAsInOnePiece) {
  const std::vector<std::string> responses{
      kOk + "Content-Length: 5\r\n\r\nhello",
      kOk + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3;x\r\nabc\r\n0\r\nA: b\r\n\r\n",
      "HTTP/1.1 100 C\r\n\r\nHTTP/1.0 500 E\r\nA: b\r\n\r\nuntil the end",
      kOk + "A: \x01\r\n\r\n",
      "SSH-2.0-x\r\n",
      kOk + "Transfer-Encoding: chunked\r\n\r\n5\r\nhelloworld",
      kOk + std::string(9000, 'x') + "\r\n\r\n",
      "HTTP/1.1 2\r\n\r\n",
  };
  for (const std::string& bytes : responses) {
    HttpResponse whole = fed(bytes);
    HttpResponse dripped(false);
    for (const char& byte : bytes) dripped.feed({&byte, 1});
    for (HttpResponse* response : {&whole, &dripped}) response->close();
    EXPECT_EQ(dripped.status(), whole.status()) << bytes;
    EXPECT_EQ(dripped.body(), whole.body()) << bytes;
    EXPECT_EQ(dripped.complete(), whole.complete()) << bytes;
    EXPECT_EQ(dripped.fault().empty(), whole.fault().empty()) << bytes;
  }
}

}  // namespace
}  // namespace holdfast::check
