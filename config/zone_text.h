// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace holdfast {

// What a TXT record holds, written as in a zone file (RFC 1035 §5.1): "one" "or more" texts in
// quotation marks, which are one, with \" and \DDD for bytes. As DnsRecord has it: joined, without
// quotation marks, what is not printable as \DDD. What does not begin with one is that already.
// Nothing, if a quotation mark is not closed, or something stands between the texts.
std::optional<std::string> joined_zone_text(std::string_view text);

}  // namespace holdfast
