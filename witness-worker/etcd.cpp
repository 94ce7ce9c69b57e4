// SPDX-License-Identifier: Apache-2.0
#include "witness-worker/etcd.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "common/core/number.h"
#include "common/core/overloaded.h"

namespace holdfast::witness {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::size_t kNodeMax = 64;
constexpr std::int64_t kTtlMax = 3600;

std::string base64(std::string_view text) {
  std::string coded;
  for (std::size_t i = 0; i < text.size(); i += 3) {
    std::uint32_t three = 0;
    for (std::size_t j = i; j < i + 3; ++j) {
      three = (three << 8U) | (j < text.size() ? static_cast<unsigned char>(text[j]) : 0U);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      coded += i + j > text.size() ? '=' : kDigits[(three >> (18 - 6 * j)) & 63U];
    }
  }
  return coded;
}

std::optional<std::string> from_base64(std::string_view coded) {
  std::string text;
  std::uint32_t bits = 0;
  unsigned count = 0;
  while (coded.ends_with('=')) coded.remove_suffix(1);
  for (const char c : coded) {
    const std::size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = (bits << 6U) | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    text += static_cast<char>((bits >> count) & 0xFFU);
  }
  return text;
}

std::string holders(const Speaker& speaker) {
  return speaker.prefix + "/holders/";
}

// A member of an object: null if it is left out, or there is no object.
const Json& at(const Json& object, const char* name) {
  static const Json kNull;
  if (!object.is_object()) return kNull;
  const auto found = object.find(name);
  return found == object.end() ? kNull : *found;
}

std::string text_at(const Json& object, const char* name) {
  const Json& value = at(object, name);
  return value.is_string() ? value.get<std::string>() : "";
}

// As a text, which the gateway writes, or a number.
std::int64_t number_at(const Json& object, const char* name) {
  const Json& value = at(object, name);
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (!value.is_string()) return 0;
  return whole_number<std::int64_t>(value.get_ref<const std::string&>()).value_or(0);
}

std::chrono::seconds ttl_at(const Json& object) {
  return std::chrono::seconds{std::clamp<std::int64_t>(number_at(object, "TTL"), 0, kTtlMax)};
}

// Of a key and its value: another node may have written anything.
Holder holder_of(const Json& pair) {
  Holder holder;
  holder.lease = static_cast<std::uint64_t>(number_at(pair, "lease"));
  const auto value = from_base64(text_at(pair, "value"));
  const Json said = Json::parse(value.value_or(""), nullptr, false);
  for (const char c : text_at(said, "node").substr(0, kNodeMax)) {
    holder.node += c > ' ' && c < 0x7f ? c : '?';
  }
  if (holder.node.empty()) holder.node = "somebody";
  return holder;
}

Json compare(const std::string& key, const char* target, const char* field, std::string value) {
  return {{"key", base64(key)}, {"target", target}, {"result", "EQUAL"}, {field, std::move(value)}};
}

Json take(const Take& question, const Speaker& speaker) {
  const std::string key = holders(speaker) + question.router;
  const Json value{{"node", speaker.node}};
  const Json put{{"key", base64(key)},
                 {"value", base64(value.dump(-1, ' ', true, Json::error_handler_t::replace))},
                 {"lease", std::to_string(question.lease)}};
  return {{"compare", Json::array({compare(key, "CREATE", "create_revision", "0")})},
          {"success", Json::array({Json{{"request_put", put}}})},
          {"failure", Json::array({Json{{"request_range", {{"key", base64(key)}}}}})}};
}

Json give_up(const GiveUp& question, const Speaker& speaker) {
  const std::string key = holders(speaker) + question.router;
  return {
      {"compare", Json::array({compare(key, "LEASE", "lease", std::to_string(question.lease))})},
      {"success", Json::array({Json{{"request_delete_range", {{"key", base64(key)}}}}})}};
}

// All keys that begin with the prefix.
Json look(const Speaker& speaker) {
  const std::string first = holders(speaker);
  std::string end = first;
  ++end.back();  // '/' becomes '0'
  return {{"key", base64(first)}, {"range_end", base64(end)}};
}

// What the range of a failed take has found.
Taken taken(const Json& reply) {
  if (at(reply, "succeeded") == true) return {true, {}};
  const Json& responses = at(reply, "responses");
  if (!responses.is_array() || responses.empty()) return {};
  const Json& pairs = at(at(responses.front(), "response_range"), "kvs");
  if (!pairs.is_array() || pairs.empty()) return {};
  return {false, holder_of(pairs.front())};
}

Looked looked(const Json& reply, const Speaker& speaker) {
  Looked found;
  const std::string prefix = holders(speaker);
  const Json& pairs = at(reply, "kvs");
  if (!pairs.is_array()) return found;
  for (const Json& pair : pairs) {
    const auto key = from_base64(text_at(pair, "key"));
    if (key && key->starts_with(prefix)) {
      found.holders.insert_or_assign(key->substr(prefix.size()), holder_of(pair));
    }
  }
  return found;
}

}  // namespace

EtcdRequest request_of(const Question& question, const Speaker& speaker) {
  using std::chrono::seconds;
  const auto [path, body] = std::visit(
      Overloaded{
          [&](const Authenticate&) {
            return std::pair<const char*, Json>(
                "/v3/auth/authenticate", {{"name", speaker.user}, {"password", speaker.password}});
          },
          [](const Grant& one) {
            const auto ttl = std::chrono::duration_cast<seconds>(one.ttl).count();
            return std::pair<const char*, Json>("/v3/lease/grant", {{"TTL", std::to_string(ttl)}});
          },
          [](const Renew& one) {
            return std::pair<const char*, Json>("/v3/lease/keepalive",
                                                {{"ID", std::to_string(one.lease)}});
          },
          [&](const Take& one) {
            return std::pair<const char*, Json>("/v3/kv/txn", take(one, speaker));
          },
          [&](const GiveUp& one) {
            return std::pair<const char*, Json>("/v3/kv/txn", give_up(one, speaker));
          },
          [&](const Look&) { return std::pair<const char*, Json>("/v3/kv/range", look(speaker)); },
      },
      question);
  return {path, body.dump(-1, ' ', true, Json::error_handler_t::replace)};
}

Result<EtcdReply> reply_of(const Question& question, const Speaker& speaker,
                           const std::string& body) {
  const Json reply = Json::parse(body, nullptr, false);
  // Each has a header, that of a stream in its result.
  const bool streamed = std::holds_alternative<Renew>(question);
  const Json& whole = streamed ? at(reply, "result") : reply;
  if (!at(whole, "header").is_object()) return fail("no answer of etcd");
  return std::visit(Overloaded{
                        [&](const Authenticate&) -> Result<EtcdReply> {
                          const std::string token = text_at(whole, "token");
                          if (token.empty()) return fail("etcd gave no token");
                          return EtcdReply{Authenticated{}, token};
                        },
                        [&](const Grant&) -> Result<EtcdReply> {
                          const auto lease = static_cast<std::uint64_t>(number_at(whole, "ID"));
                          const auto ttl = ttl_at(whole);
                          if (lease == 0 || ttl.count() == 0) return fail("etcd gave no lease");
                          return EtcdReply{Granted{lease, ttl}, {}};
                        },
                        [&](const Renew&) -> Result<EtcdReply> {
                          return EtcdReply{Renewed{ttl_at(whole)}, {}};
                        },
                        [&](const Take&) -> Result<EtcdReply> {
                          return EtcdReply{taken(whole), {}};
                        },
                        [](const GiveUp&) -> Result<EtcdReply> {
                          return EtcdReply{GivenUp{}, {}};
                        },
                        [&](const Look&) -> Result<EtcdReply> {
                          return EtcdReply{looked(whole, speaker), {}};
                        },
                    },
                    question);
}

std::string trouble_of(long status, const std::string& body) {
  const Json reply = Json::parse(body, nullptr, false);
  std::string said = text_at(reply, "message");
  if (said.empty()) said = text_at(reply, "error");
  std::string clean = "HTTP " + std::to_string(status);
  if (!said.empty()) clean += ": ";
  for (const char c : said.substr(0, 200)) clean += c >= ' ' && c < 0x7f ? c : '?';
  return clean;
}

bool is_unauthorized(long status, const std::string& body) {
  return status == 401 || body.find("invalid auth token") != std::string::npos ||
         body.find("user name is empty") != std::string::npos;
}

}  // namespace holdfast::witness
