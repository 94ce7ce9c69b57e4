// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

// libyaml takes any ':' that begins a word in brackets or braces for the end of a key, even in
// `[::1]`, which YAML 1.2 (§7.3.3) takes for the address that it is. A character that nobody writes
// stands there instead while it reads.
namespace holdfast {

// The document with a stand-in for each colon of a "::" that begins a word, character for
// character; empty if there is none, or if somebody did write that.
std::string without_leading_colons(std::string_view document);

std::string with_colons(std::string_view text);  // of such a document

}  // namespace holdfast
