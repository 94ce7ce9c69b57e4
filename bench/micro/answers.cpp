// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <string_view>
#include <vector>

#include "bench/micro/micro.h"
#include "check-worker/core/http_response.h"
#include "names/core/dns_message.h"

namespace holdfast::micro {
namespace {

// Two segments, as they come: a head of ten fields, and a body of two kilobytes.
void http_answer(benchmark::State& state) {
  std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 2048\r\n";
  for (const char* const field :
       {"Server: nginx", "Date: Fri, 27 Nov 2026 09:00:00 GMT", "Content-Type: text/html",
        "Connection: close", "ETag: \"abc\"", "Cache-Control: no-store", "X-Frame-Options: DENY",
        "X-Request-Id: 0123456789abcdef", "Vary: Accept-Encoding"}) {
    head.append(field).append("\r\n");
  }
  head.append("\r\n");
  const std::string body(2048, 'x');
  for (auto _ : state) {
    check::HttpResponse response(false);
    response.feed(head);
    response.feed(body);
    if (!response.complete() || response.status() != 200) state.SkipWithError("is no answer");
    benchmark::DoNotOptimize(response);
  }
}

// In chunks of a hundred bytes.
void http_answer_chunked(benchmark::State& state) {
  std::string bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int at = 0; at < 20; ++at) bytes.append("64\r\n").append(100, 'x').append("\r\n");
  bytes.append("0\r\n\r\n");
  for (auto _ : state) {
    check::HttpResponse response(false);
    response.feed(bytes);
    if (!response.complete()) state.SkipWithError("is not complete");
    benchmark::DoNotOptimize(response);
  }
}

// Eight addresses of one name, which stands compressed in each.
void dns_answer(benchmark::State& state) {
  constexpr std::uint8_t kAnswers = 8;
  const DnsQuestion question{"www.example.com", 1};
  std::vector<std::uint8_t> bytes = *dns_query(question, 0x1234);
  bytes[2] |= 0x80U;  // QR: a reply
  bytes[7] = kAnswers;
  for (std::uint8_t last = 1; last <= kAnswers; ++last) {
    const std::uint8_t record[] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 192, 0, 2, last};
    bytes.insert(bytes.end(), std::begin(record), std::end(record));
  }
  for (auto _ : state) {
    const auto reply = parse_dns_reply(bytes, question);
    if (!reply || reply->answers.size() != kAnswers) state.SkipWithError("is no answer");
    benchmark::DoNotOptimize(reply);
  }
}

}  // namespace

void add_answers() {
  add("http_answer", http_answer);
  add("http_answer_chunked", http_answer_chunked);
  add("dns_answer", dns_answer);
}

}  // namespace holdfast::micro
