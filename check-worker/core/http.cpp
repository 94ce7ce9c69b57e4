// SPDX-License-Identifier: Apache-2.0
#include "check-worker/core/http.h"

#include <algorithm>
#include <array>

namespace holdfast::check {
namespace {

constexpr std::string_view kHead = "HEAD";

std::string hex(const std::array<std::uint8_t, 32>& digest) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : digest) {
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 15U];
  }
  return text;
}

std::string in_words(const std::vector<HttpStatusRange>& statuses) {
  std::string text;
  for (const HttpStatusRange& range : statuses) {
    if (!text.empty()) text += " or ";
    text += std::to_string(range.first);
    if (range.last != range.first) text += " to " + std::to_string(range.last);
  }
  return text;
}

}  // namespace

std::string http_request(const HttpCheck& check, const HttpRequest& request) {
  const auto given = [&check](std::string_view name) {
    return std::any_of(check.headers.begin(), check.headers.end(), [name](const auto& header) {
      return std::equal(name.begin(), name.end(), header.first.begin(), header.first.end(),
                        [](char a, char b) { return (a | 0x20) == (b | 0x20); });
    });
  };
  std::string text = check.method + " " + request.path + " HTTP/1.1\r\n";
  text += "Host: " + (check.host.empty() ? check.endpoint.to_string() : check.host) + "\r\n";
  for (const auto& [name, value] : check.headers) {
    text.append(name).append(": ").append(value).append("\r\n");
  }
  if (!given("User-Agent")) text += "User-Agent: holdfast\r\n";
  if (!given("Accept")) text += "Accept: */*\r\n";
  // An answer that is packed is one that nobody here unpacks.
  if (!given("Accept-Encoding")) text += "Accept-Encoding: identity\r\n";
  return text + "Connection: close\r\n\r\n";
}

HttpConversation::HttpConversation(const HttpCheck& check, const Tools& tools)
    : check_(check), tools_(tools), response_(check.method == kHead) {}

Step HttpConversation::begin() {
  response_ = HttpResponse(check_.method == kHead);
  return say(http_request(check_, request()));
}

Step HttpConversation::received(std::string_view bytes) {
  response_.feed(bytes);
  return look();
}

Step HttpConversation::closed() {
  response_.close();
  return look();
}

Conclusion HttpConversation::silence() const {
  return *bad(response_.awaited()).end;
}

bool HttpConversation::wants_body() const {
  const HttpRequest& wanted = request();
  return !wanted.contains.empty() || !wanted.matches.empty() || wanted.sha256;
}

Step HttpConversation::look() {
  if (response_.has_head()) {
    if (const std::string fault = fault_of_status(); !fault.empty()) return bad(fault);
    if (!wants_body()) return good();
  }
  if (!response_.fault().empty()) return bad(response_.fault());
  if (!response_.has_head() || (!response_.complete() && !response_.body_cut())) return {};
  if (const std::string fault = fault_of_body(); !fault.empty()) return bad(fault);
  return good();
}

Step HttpConversation::good() {
  if (++next_ < check_.requests.size()) {
    return {.anew = check_.tls ? Transport::kTls : Transport::kTcp};
  }
  if (next_ > 1) return conclude(true, std::to_string(next_) + " requests answered");
  return conclude(true, "status " + std::to_string(response_.status()));
}

Step HttpConversation::bad(std::string_view why) const {
  const bool several = check_.requests.size() > 1;
  return conclude(false, (several ? request().path + ": " : "").append(why));
}

std::string HttpConversation::fault_of_status() const {
  const int status = response_.status();
  const auto& wanted = request().statuses;
  const auto includes = [status](const HttpStatusRange& range) {
    return status >= range.first && status <= range.last;
  };
  if (std::any_of(wanted.begin(), wanted.end(), includes)) return {};
  return "status " + std::to_string(status) + ", expected " + in_words(wanted);
}

std::string HttpConversation::fault_of_body() const {
  const HttpRequest& wanted = request();
  const std::string& body = response_.body();
  const std::string where = response_.body_cut()
                                ? "the first " + std::to_string(body.size()) + " bytes of the body"
                                : "the body";
  if (wanted.sha256) {
    if (response_.body_cut()) return "the body is too long for its digest to be taken";
    const auto digest = tools_.sha256(body);
    if (digest != *wanted.sha256) return "the body has the SHA-256 digest " + hex(digest);
  }
  if (body.find(wanted.contains) == std::string::npos) {
    return where + " does not contain the text that it must";
  }
  if (!wanted.matches.empty()) {
    const Result<bool> found = tools_.matches(wanted.matches, body);
    if (!found) return found.error().message;
    if (!*found) return where + " does not match the pattern";
  }
  return {};
}

}  // namespace holdfast::check
