// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/core/result.h"
#include "ctl/text.h"

// What every report takes out of the daemon's documents. A document that is not as expected throws
// the library's exception; shown() is where those end.
namespace holdfast::ctl {

using Json = nlohmann::ordered_json;

std::string text_of(const Json& json);    // without what a terminal would obey
std::string number_of(const Json& json);  // "-" for null
std::string age_of(const Json& json);     // of an object's since_seconds, "-" for null
std::string plural(std::size_t count, const std::string& one, const std::string& many);
Colour colour_of(const std::string& state);  // of a router, check, server or worker

// Is it one of these, or like one, which may be shell patterns? Of none: yes.
bool is_one_of(const std::vector<std::string>& patterns, const std::string& name);
// The first of the patterns that none of the names is like: a typo, most probably.
std::optional<std::string> like_none(const std::vector<std::string>& patterns,
                                     const std::vector<std::string>& names);

std::string dumped(const Json& json);  // as the daemon writes its documents

// Reads an answer of the daemon's, which may be that there is none.
// `Show` makes a T, or a Result of one, of what was parsed.
template <typename T = std::string, typename Show>
Result<T> shown(const std::string& document, Show show) {
  try {
    Json json = Json::parse(document);
    if (json.contains("error")) return fail(text_of(json.at("error")));
    return show(std::move(json));
  } catch (const Json::exception& error) {
    // The library reports by exceptions; they end here.
    return fail(std::string("this holdfastctl does not understand the answer: ") + error.what());
  }
}

}  // namespace holdfast::ctl
