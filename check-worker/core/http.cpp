// SPDX-License-Identifier: Apache-2.0
#include "check-worker/core/http.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "check-worker/core/excerpt.h"

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

std::string authority_of(const HttpCheck& check) {
  return check.host.empty() ? check.endpoint.to_string() : check.host;
}

bool gives(const HttpCheck& check, std::string_view name) {
  return std::any_of(check.headers.begin(), check.headers.end(), [name](const auto& header) {
    return std::equal(name.begin(), name.end(), header.first.begin(), header.first.end(),
                      [](char a, char b) { return (a | 0x20) == (b | 0x20); });
  });
}

// Calls `take` with what the operator gives, and what else belongs there.
template <typename Take>
void for_each_field(const HttpCheck& check, Take take) {
  for (const auto& [name, value] : check.headers) take(name, value);
  using Field = std::pair<std::string_view, std::string_view>;
  constexpr std::array<Field, 3> kUsual{Field{"User-Agent", "holdfast"}, Field{"Accept", "*/*"},
                                        // An answer that is packed is one that nobody here unpacks.
                                        Field{"Accept-Encoding", "identity"}};
  for (const auto& [name, value] : kUsual) {
    if (!gives(check, name)) take(name, value);
  }
}

// RFC 9113 §8.2.2: over HTTP/2 these make a request malformed.
bool is_of_the_connection(std::string_view name) {
  constexpr std::array<std::string_view, 4> kNames{"keep-alive", "proxy-connection", "te",
                                                   "upgrade"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

}  // namespace

std::string http_request(const HttpCheck& check, const HttpRequest& request) {
  constexpr std::size_t kUsual = 256;  // more than most take
  std::string text;
  text.reserve(kUsual);
  text.append(check.method).append(" ").append(request.path).append(" HTTP/1.1\r\n");
  text.append("Host: ").append(authority_of(check)).append("\r\n");
  for_each_field(check, [&text](std::string_view name, std::string_view value) {
    text.append(name).append(": ").append(value).append("\r\n");
  });
  text.append("Connection: close\r\n\r\n");
  return text;
}

Http2Fields http2_request(const HttpCheck& check, const HttpRequest& request) {
  Http2Fields fields{{":method", check.method},
                     {":scheme", check.tls ? "https" : "http"},
                     {":authority", authority_of(check)},
                     {":path", request.path}};
  for_each_field(check, [&fields](std::string_view name, std::string_view value) {
    std::string lower(name);
    for (char& c : lower) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    if (!is_of_the_connection(lower)) fields.emplace_back(std::move(lower), value);
  });
  return fields;
}

HttpConversation::HttpConversation(const HttpCheck& check, const Tools& tools)
    : check_(check), tools_(tools) {}

Step HttpConversation::begin() {
  const bool needs_http2 = check_.tls && check_.http2 == Http2Use::kOnly;
  if (needs_http2 && !http2_) return bad("the server does not agree to HTTP/2");
  if (http2_) {
    answer_ = tools_.http2(http2_request(check_, request()), {});
  } else {
    answer_ =
        std::make_unique<HttpResponse>(check_.method == kHead, http_request(check_, request()));
  }
  return say(answer_->take_outgoing());
}

Step HttpConversation::received(std::string_view bytes) {
  answer_->feed(bytes);
  Step step = look();
  if (!step.end && !step.anew) step.send = answer_->take_outgoing();
  return step;
}

Step HttpConversation::closed() {
  answer_->close();
  return look();
}

Conclusion HttpConversation::silence() const {
  return *bad(answer_->awaited()).end;
}

bool HttpConversation::wants_body() const {
  const HttpRequest& wanted = request();
  return !wanted.contains.empty() || !wanted.matches.empty() || wanted.sha256;
}

Step HttpConversation::look() {
  if (answer_->has_head()) {
    if (const std::string fault = fault_of_status(); !fault.empty()) return bad(fault);
    if (!wants_body()) return good();
  }
  if (!answer_->fault().empty()) return bad(answer_->fault());
  if (!answer_->has_head() || (!answer_->complete() && !answer_->body_cut())) return {};
  if (const std::string fault = fault_of_body(); !fault.empty()) return bad(fault);
  return good();
}

Step HttpConversation::good() {
  if (++next_ < check_.requests.size()) {
    return {.anew = check_.tls ? Transport::kTls : Transport::kTcp};
  }
  if (next_ > 1) return conclude(true, std::to_string(next_) + " requests answered");
  return conclude(true,
                  "status " + std::to_string(answer_->status()) + (http2_ ? " over HTTP/2" : ""));
}

Step HttpConversation::bad(std::string_view why) const {
  const bool several = check_.requests.size() > 1;
  return conclude(false, (several ? request().path + ": " : "").append(why));
}

std::string HttpConversation::fault_of_status() const {
  const int status = answer_->status();
  const auto& wanted = request().statuses;
  const auto includes = [status](const HttpStatusRange& range) {
    return status >= range.first && status <= range.last;
  };
  if (std::any_of(wanted.begin(), wanted.end(), includes)) return {};
  return "status " + std::to_string(status) + ", expected " + in_words(wanted);
}

// Both shortened, so that who reads it sees the end of it, too.
std::string HttpConversation::lacks(const std::string& verb, const std::string& what) const {
  constexpr std::size_t kShown = 40;
  const std::string& body = answer_->body();
  const std::string where = answer_->body_cut() ? "the first " + std::to_string(body.size()) +
                                                      " bytes of the body do not "
                                                : "the body does not ";
  return where + verb + ' ' + excerpt(what, kShown) +
         (body.size() > kShown ? ", it begins with " : ", it is ") + excerpt(body, kShown);
}

std::string HttpConversation::fault_of_body() const {
  const HttpRequest& wanted = request();
  const std::string& body = answer_->body();
  if (wanted.sha256) {
    if (answer_->body_cut()) return "the body is too long for its digest to be taken";
    const auto digest = tools_.sha256(body);
    if (digest != *wanted.sha256) return "the body has the SHA-256 digest " + hex(digest);
  }
  if (body.find(wanted.contains) == std::string::npos) {
    return lacks("contain", wanted.contains);
  }
  if (!wanted.matches.empty()) {
    const Result<bool> found = tools_.matches(wanted.matches, body);
    if (!found) return found.error().message;
    if (!*found) return lacks("match", wanted.matches);
  }
  return {};
}

}  // namespace holdfast::check
