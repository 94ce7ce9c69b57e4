// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/messages.h"
#include "common/core/time.h"
#include "status/status.h"

// What the parts of a document have in common.
namespace holdfast {

// Keys in the order in which they are written: a person reads it too.
using Json = nlohmann::ordered_json;

std::string iso8601(WallTime when);
// Of a worker's word, which is good for no more than it can be: to the millisecond, and not less
// than nothing.
double seconds_of(Duration duration);
void add_since(Json& json, const NodeStatus& node, std::optional<Time> since);
// Texts of workers may hold any bytes; JSON has characters.
std::string text_of(const Json& json);

// The retained messages of one type, by subject.
template <typename T>
std::map<std::string_view, const T*> by_subject(const std::vector<Message>& retained) {
  std::map<std::string_view, const T*> found;
  for (const Message& message : retained) {
    if (const T* one = std::get_if<T>(&message)) found.emplace(subject_of(message), one);
  }
  return found;
}

template <typename T>
const T* find(const std::map<std::string_view, const T*>& messages, std::string_view subject) {
  const auto found = messages.find(subject);
  return found == messages.end() ? nullptr : found->second;
}

// ---- The parts.

Json routers_of(const NodeStatus& node);
Json rejected(const AdvertCounters* counters);
using DetailsByCheck = std::map<std::string, CheckDetail>;
Json checks_late(const NodeStatus& node);  // null: they are not
Json checks_of(const NodeStatus& node,
               const DetailsByCheck* details);  // null: they were not asked for
Json services_of(const NodeStatus& node);

}  // namespace holdfast
