// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "config/check_endpoint.h"

namespace holdfast {

struct WebhookUrl {
  bool tls = false;
  CheckEndpoint endpoint;  // with the port, which may be left out: 80 or 443
  bool operator==(const WebhookUrl&) const = default;
};

// An address of HTTP or HTTPS: https://HOST[:PORT][/PATH], printable ASCII, at most 2048 bytes, and
// without a user, a password and a fragment. HOST is a name, or an IPv4 address, or an IPv6 address
// in brackets.
std::optional<WebhookUrl> parse_webhook_url(std::string_view text);

}  // namespace holdfast
