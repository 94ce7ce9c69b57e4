// SPDX-License-Identifier: Apache-2.0
#include "supervisor/core/retained.h"

#include <string_view>

#include "common/core/result.h"

namespace holdfast::supervisor {
namespace {

bool belongs(std::size_t type, std::string_view subject, const Subjects& subjects) {
  const Rule* rule = rule_of(type);
  return rule != nullptr && rule->keep != Keep::kNot && subjects.has(rule->subject, subject);
}

bool tell(Role role, std::size_t type) {
  const Rule* rule = rule_of(type);
  return rule->copied_to.contains(role) || (rule->from.contains(role) && rule->keep == Keep::kTold);
}

Message decoded(const std::vector<std::uint8_t>& bytes) {
  Result<Message> message = decode(bytes);
  HF_CHECK(message.has_value());  // encode() made them
  return std::move(*message);
}

}  // namespace

void Retained::keep(const Message& message) {
  const Rule* const rule = rule_of(message);
  if (rule == nullptr || rule->keep == Keep::kNot) return;
  const std::vector<std::uint8_t> bytes = encode(message);
  // A copy has no room to spare.
  messages_[{message.index(), std::string(subject_of(message))}] = bytes;
}

void Retained::keep(const Message& message, const Subjects& subjects) {
  if (belongs(message.index(), subject_of(message), subjects)) keep(message);
}

void Retained::forget_all_but(const Subjects& subjects) {
  std::erase_if(messages_, [&](const auto& entry) {
    return !belongs(entry.first.first, entry.first.second, subjects);
  });
}

std::vector<Message> Retained::all() const {
  std::vector<Message> all;
  for (const auto& [key, bytes] : messages_) all.push_back(decoded(bytes));
  return all;
}

std::vector<Message> Retained::of(std::size_t type) const {
  std::vector<Message> all;
  for (auto it = messages_.lower_bound({type, ""});
       it != messages_.end() && it->first.first == type; ++it) {
    all.push_back(decoded(it->second));
  }
  return all;
}

std::vector<Message> Retained::for_new_life(Role role) const {
  std::vector<Message> told;
  for (const auto& [key, bytes] : messages_) {
    if (tell(role, key.first)) told.push_back(decoded(bytes));
  }
  return told;
}

}  // namespace holdfast::supervisor
