// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "check-worker/core/conversation.h"
#include "check-worker/core/http_answer.h"
#include "common/core/ip.h"
#include "common/core/result.h"
#include "config/config.h"

namespace holdfast::check {

// What conversations are given from outside, since a core links no library and rolls no dice.
struct Tools {
  // Whether a pattern (PCRE2's) is found; an error if that took more steps than it may.
  Result<bool> (*matches)(const std::string& pattern, std::string_view text) = nullptr;
  std::array<std::uint8_t, 32> (*sha256)(std::string_view bytes) = nullptr;
  std::unique_ptr<HttpAnswer> (*http2)(const Http2Fields& request,
                                       const std::string& body) = nullptr;
  std::uint64_t random = 0;  // another one each probe: for identifiers that nobody may guess
};

// How a target is asked.
struct Inquiry {
  Transport transport{};
  Endpoint endpoint;               // where; the port of a ping is 0
  const TlsConfig* tls = nullptr;  // of kTls and Step::start_tls; points into the target
  std::unique_ptr<Conversation> conversation;
  bool speaks_first = false;  // once it is connected it says something, or ends
  bool takes_echo = false;    // its own words, or none, may be a good answer
};

// What a target's TLS is like; null: it has none.
const TlsConfig* tls_of(const CheckTarget& target);

// One line a kind, in inquiry.cpp. Not for scripts and what is watched. The target must outlive it.
Inquiry inquiry_of(const CheckTarget& target, const Tools& tools);

}  // namespace holdfast::check
