// SPDX-License-Identifier: Apache-2.0
#include "balance-worker/core/nft_service.h"

#include <algorithm>
#include <sstream>
#include <string_view>

#include "common/core/number.h"

namespace holdfast::balance {
namespace {

std::string_view name_of(Protocol protocol) {
  switch (protocol) {
    case Protocol::kTcp:
      return "tcp";
    case Protocol::kUdp:
      return "udp";
    case Protocol::kSctp:
      return "sctp";
  }
  return "";
}

std::optional<Protocol> protocol_named(std::string_view name) {
  for (const Protocol one : {Protocol::kTcp, Protocol::kUdp, Protocol::kSctp}) {
    if (name == name_of(one)) return one;
  }
  return std::nullopt;
}

// Without colons, which nft(8) takes for a sign of its own.
std::string name_of(const Endpoint& endpoint) {
  std::string name = endpoint.address.to_string();
  std::replace(name.begin(), name.end(), ':', '_');
  if (endpoint.port != 0) name += '-' + std::to_string(endpoint.port);
  return name;
}

// An option with a number: the next word.
template <typename T>
bool take_number(std::istream& words, T& value) {
  std::string word;
  words >> word;
  const auto number = whole_number<T>(word);
  if (number) value = *number;
  return number.has_value();
}

bool take_option(const std::string& word, std::istream& words, ServiceOptions& options) {
  if (word == "fallback") {
    options.scheduler_flag_1 = true;
  } else if (word == "port") {
    options.scheduler_flag_2 = true;
  } else if (word == "source_nat") {
    options.source_nat = true;
  } else if (word == "prefix") {
    return take_number(words, options.persistence_prefix);
  } else if (word == "persistence") {
    return take_number(words, options.persistence.emplace());
  } else {
    return false;
  }
  return true;
}

std::optional<ServiceKey> take_key(std::istream& words) {
  std::string kind;
  std::string what;
  words >> kind >> what;
  ServiceKey key;
  if (kind == "mark4" || kind == "mark6") {
    key.family = kind == "mark4" ? Family::kIpv4 : Family::kIpv6;
    const auto mark = whole_number<std::uint32_t>(what);
    if (!mark || *mark == 0) return std::nullopt;
    key.mark = *mark;
    return key;
  }
  const auto protocol = protocol_named(kind);
  if (!protocol) return std::nullopt;
  key.protocol = *protocol;
  if (const Result<IpAddress> address = IpAddress::parse(what)) {
    key.endpoint.address = *address;
  } else if (const Result<Endpoint> endpoint = Endpoint::parse(what)) {
    key.endpoint = *endpoint;
  } else {
    return std::nullopt;
  }
  key.family = key.endpoint.address.family();
  return key;
}

}  // namespace

std::string nft_name(const ServiceKey& key) {
  if (key.mark != 0) {
    return std::string(key.family == Family::kIpv4 ? "mark4-" : "mark6-") +
           std::to_string(key.mark);
  }
  return std::string(name_of(key.protocol)) + '-' + name_of(key.endpoint);
}

std::string chain_of_server(const std::string& service, const Endpoint& server) {
  return service + '.' + name_of(server);
}

// A client that is known stays with its server while that is one, whatever its weight: whoever
// takes a server out forgets its clients. One that is not known is remembered, if there is room,
// and served in any case.
NftChains chains_of(const ServiceKey& key, const Service& service) {
  const std::string name = nft_name(key);
  const ServiceOptions& options = service.options;
  const Spread spread = spread_of(options, service.destinations);
  const Translate translate{
      std::any_of(service.destinations.begin(), service.destinations.end(),
                  [](const auto& destination) { return destination.first.port != 0; })};
  const Client client{options.persistence_prefix};
  const bool persistent = options.persistence.has_value();
  NftChains chains;
  std::vector<NftRule>& rules = chains[name];
  rules.push_back({service_text(key, options), {Count{}}});
  if (persistent) {
    rules.push_back({"known clients", {client, Seen{*options.persistence}, Known{}, translate}});
  }
  if (spread.numbers == 0) return chains;
  rules.push_back(
      {"new clients",
       {Number{spread.numbering, spread.numbers}, Pick{spread.slots, spread.numbers, persistent}}});
  if (!persistent) {
    rules.back().steps.emplace_back(translate);
    return chains;
  }
  for (const Slot& slot : spread.slots) {
    std::vector<NftRule>& of_server = chains[chain_of_server(name, slot.server)];
    if (!of_server.empty()) continue;
    const std::string text = service_text(key, options);
    of_server.push_back(
        {"a client of " + text, {client, Learn{slot.server, *options.persistence}}});
    of_server.push_back({"to the server", {Count{}, Server{slot.server}, translate}});
  }
  return chains;
}

// ---- Comments.

std::string service_text(const ServiceKey& key, const ServiceOptions& options) {
  std::string text;
  if (key.mark != 0) {
    text = (key.family == Family::kIpv4 ? "mark4 " : "mark6 ") + std::to_string(key.mark);
  } else {
    text = std::string(name_of(key.protocol)) + ' ' +
           (key.endpoint.port == 0 ? key.endpoint.address.to_string() : key.endpoint.to_string());
  }
  text += ' ' + options.scheduler;
  if (options.scheduler_flag_1) text += " fallback";
  if (options.scheduler_flag_2) text += " port";
  if (options.persistence) text += " persistence " + std::to_string(*options.persistence);
  if (options.persistence_prefix != 0) {
    text += " prefix " + std::to_string(options.persistence_prefix);
  }
  if (options.source_nat) text += " source_nat";
  return text;
}

std::optional<std::pair<ServiceKey, ServiceOptions>> parse_service_text(const std::string& text) {
  std::istringstream words(text);
  const auto key = take_key(words);
  ServiceOptions options;
  if (!key || !(words >> options.scheduler)) return std::nullopt;
  for (std::string word; words >> word;) {
    if (!take_option(word, words, options)) return std::nullopt;
  }
  return std::pair{*key, options};
}

std::string weight_text(std::uint32_t weight) {
  return "weight " + std::to_string(weight);
}

std::optional<std::uint32_t> parse_weight_text(const std::string& text) {
  constexpr std::string_view kWord = "weight ";
  if (!text.starts_with(kWord)) return std::nullopt;
  return whole_number<std::uint32_t>(std::string_view(text).substr(kWord.size()));
}

}  // namespace holdfast::balance
