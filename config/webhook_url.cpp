// SPDX-License-Identifier: Apache-2.0
#include "config/webhook_url.h"

#include <algorithm>
#include <cstddef>
#include <string>

#include "config/host_name.h"
#include "config/scalars.h"

namespace holdfast {
namespace {

constexpr std::size_t kUrlMax = 2048;

bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

std::optional<std::uint16_t> port_of(std::string_view text) {
  const auto number = parse_integer(text);
  if (!number || *number < 1 || *number > 65535) return std::nullopt;
  return static_cast<std::uint16_t>(*number);
}

}  // namespace

std::optional<WebhookUrl> parse_webhook_url(std::string_view text) {
  const bool printable =
      std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
  if (text.size() > kUrlMax || !printable) return std::nullopt;
  if (text.find('#') != std::string_view::npos) return std::nullopt;
  WebhookUrl url;
  url.tls = take(text, "https://");
  if (!url.tls && !take(text, "http://")) return std::nullopt;
  std::string_view authority = text.substr(0, text.find_first_of("/?"));
  if (authority.find('@') != std::string_view::npos) return std::nullopt;
  const bool bracket = authority.starts_with('[');
  const std::size_t end = bracket ? authority.find(']') : authority.find(':');
  if (bracket && end == std::string_view::npos) return std::nullopt;
  const std::string host(bracket ? authority.substr(1, end - 1) : authority.substr(0, end));
  authority.remove_prefix(std::min(authority.size(), bracket ? end + 1 : host.size()));
  url.endpoint.port = url.tls ? 443 : 80;
  if (!authority.empty()) {
    if (!take(authority, ":")) return std::nullopt;
    const auto port = port_of(authority);
    if (!port) return std::nullopt;
    url.endpoint.port = *port;
  }
  const Result<IpAddress> address = IpAddress::parse(host);
  if (address && (address->family() == Family::kIpv6) == bracket) {
    url.endpoint.address = *address;
    return url;
  }
  if (bracket || !is_host_name(host)) return std::nullopt;
  url.endpoint.host = host;
  return url;
}

}  // namespace holdfast
