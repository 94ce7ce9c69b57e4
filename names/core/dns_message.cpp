// SPDX-License-Identifier: Apache-2.0
#include "names/core/dns_message.h"

#include <array>
#include <string_view>

#include "names/core/dns_cursor.h"

namespace holdfast {
namespace {

constexpr std::size_t kHeaderSize = 12;
constexpr std::size_t kLabelMax = 63;
constexpr std::size_t kNameMax = 255;    // RFC 1035 §2.3.4, on the wire
constexpr std::size_t kAnswersMax = 64;  // more are not looked at
constexpr std::uint16_t kClassIn = 1;

constexpr std::uint16_t kResponse = 0x8000;
constexpr std::uint16_t kOpcode = 0x7800;
constexpr std::uint16_t kTruncated = 0x0200;
constexpr std::uint16_t kRecursionDesired = 0x0100;
constexpr std::uint16_t kRcode = 0x000f;

constexpr std::array<std::string_view, 11> kRcodes{"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN",
                                                   "NOTIMP",  "REFUSED", "YXDOMAIN", "YXRRSET",
                                                   "NXRRSET", "NOTAUTH", "NOTZONE"};

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

void put16(std::vector<std::uint8_t>& bytes, std::uint16_t value) {
  bytes.push_back(static_cast<std::uint8_t>(value >> 8U));
  bytes.push_back(static_cast<std::uint8_t>(value));
}

bool put_name(std::vector<std::uint8_t>& bytes, std::string_view name) {
  const std::size_t begin = bytes.size();
  if (name.ends_with('.')) name.remove_suffix(1);
  while (!name.empty()) {
    const std::size_t size = std::min(name.find('.'), name.size());
    if (size == 0 || size > kLabelMax || size + 1 == name.size()) return false;
    bytes.push_back(static_cast<std::uint8_t>(size));
    bytes.insert(bytes.end(), name.begin(), name.begin() + static_cast<std::ptrdiff_t>(size));
    name.remove_prefix(std::min(size + 1, name.size()));
  }
  bytes.push_back(0);
  return bytes.size() - begin <= kNameMax;
}

// Answers of other classes are left out, but must be whole.
bool read_answer(DnsCursor& cursor, std::vector<DnsRecord>& answers) {
  DnsRecord record;
  record.name = cursor.name();
  record.type = cursor.number16();
  const std::uint16_t class_of = cursor.number16();
  // RFC 2181 §8: one with the highest bit is zero.
  const std::uint32_t ttl = cursor.number32();
  record.ttl = ttl > 0x7fffffffU ? 0 : ttl;
  const std::uint16_t size = cursor.number16();
  if (!cursor.ok()) return false;
  const std::optional<std::string> data = cursor.data(record.type, size);
  if (!data) return false;
  record.data = *data;
  if (class_of == kClassIn) answers.push_back(std::move(record));
  return true;
}

}  // namespace

bool same_dns_name(std::string_view a, std::string_view b) {
  if (a.ends_with('.')) a.remove_suffix(1);
  if (b.ends_with('.')) b.remove_suffix(1);
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

std::optional<std::vector<std::uint8_t>> dns_query(const DnsQuestion& question, std::uint16_t id) {
  std::vector<std::uint8_t> bytes;
  put16(bytes, id);
  put16(bytes, kRecursionDesired);
  put16(bytes, 1);  // questions
  for (int section = 0; section < 3; ++section) put16(bytes, 0);
  if (!put_name(bytes, question.name)) return std::nullopt;
  put16(bytes, question.type);
  put16(bytes, kClassIn);
  return bytes;
}

bool is_dns_reply_to(std::span<const std::uint8_t> bytes, std::uint16_t id) {
  DnsCursor cursor(bytes);
  const std::uint16_t found = cursor.number16();
  const std::uint16_t flags = cursor.number16();
  return cursor.ok() && found == id && (flags & kResponse) != 0;
}

Result<DnsReply> parse_dns_reply(std::span<const std::uint8_t> bytes, const DnsQuestion& question) {
  if (bytes.size() < kHeaderSize) return fail("the reply ends within its header");
  DnsCursor cursor(bytes);
  cursor.number16();  // the id
  const std::uint16_t flags = cursor.number16();
  const std::uint16_t questions = cursor.number16();
  const std::uint16_t answers = cursor.number16();
  cursor.number32();  // how many there are in the sections that are not read
  if ((flags & kOpcode) != 0) return fail("the reply is to another kind of question");
  DnsReply reply;
  reply.rcode = static_cast<std::uint8_t>(flags & kRcode);
  reply.truncated = (flags & kTruncated) != 0;
  // A server that could not read the question need not repeat it.
  if (questions == 0 && reply.rcode != kDnsNoError) return reply;
  if (questions != 1) return fail("the reply has " + std::to_string(questions) + " questions");
  const std::string name = cursor.name();
  const std::uint16_t type = cursor.number16();
  const std::uint16_t class_of = cursor.number16();
  if (!cursor.ok()) return fail("the reply's question is malformed");
  if (!same_dns_name(name, question.name) || type != question.type || class_of != kClassIn) {
    return fail("the reply is to another question");
  }
  // What was cut off may be anywhere in it.
  if (reply.truncated) return reply;
  for (std::size_t i = 0; i < answers && i < kAnswersMax; ++i) {
    if (!read_answer(cursor, reply.answers)) {
      return fail("answer " + std::to_string(i + 1) + " of the reply is malformed");
    }
  }
  return reply;
}

std::string dns_rcode_name(std::uint8_t rcode) {
  return rcode < kRcodes.size() ? std::string(kRcodes.at(rcode)) : "RCODE" + std::to_string(rcode);
}

}  // namespace holdfast
