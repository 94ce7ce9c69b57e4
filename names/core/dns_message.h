// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/result.h"

// The messages of RFC 1035 §4: one question out, what a server makes of it back.
namespace holdfast {

inline constexpr std::uint8_t kDnsNoError = 0;

struct DnsQuestion {
  std::string name;        // "example.com" or "example.com.", at most 253 bytes; ".": the root
  std::uint16_t type = 0;  // 1: A. The class is IN
  bool operator==(const DnsQuestion&) const = default;
};

struct DnsRecord {
  std::string name;  // without the dot at its end
  std::uint16_t type = 0;
  std::string data;  // as a zone file has it, names without the dot at their end; of a type that is
                     // not known here, as in RFC 3597: "\# 2 abcd"
  std::uint32_t ttl = 0;  // seconds
  bool operator==(const DnsRecord&) const = default;
};

struct DnsReply {
  std::uint8_t rcode = 0;          // 0..15; those of EDNS are not asked for
  bool truncated = false;          // TC: then there are no answers, the question is to go by TCP
  std::vector<DnsRecord> answers;  // of class IN, of the answer section, in its order
  bool operator==(const DnsReply&) const = default;
};

// With or without the dot at its end, and in either case (RFC 4343).
bool same_dns_name(std::string_view a, std::string_view b);

// Asks for recursion (RD), since that is what clients do. Nothing, if no such name can be.
std::optional<std::vector<std::uint8_t>> dns_query(const DnsQuestion& question, std::uint16_t id);

// Has these bytes the id of our question, and are they a reply? A datagram that is not is nobody's:
// it may be an old one, or a guess of somebody on the way.
bool is_dns_reply_to(std::span<const std::uint8_t> bytes, std::uint16_t id);

// Of such bytes. An error is what makes them no answer to this question. Reads each byte a bounded
// number of times, whatever the pointers of compressed names say.
Result<DnsReply> parse_dns_reply(std::span<const std::uint8_t> bytes, const DnsQuestion& question);

// "NXDOMAIN"; "RCODE12" where there is no name.
std::string dns_rcode_name(std::uint8_t rcode);

}  // namespace holdfast
