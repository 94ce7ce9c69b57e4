// SPDX-License-Identifier: Apache-2.0
#include "supervisor/core/retained.h"

namespace holdfast::supervisor {
namespace {

bool belongs(const Message& message, const Subjects& subjects) {
  const Rule* rule = rule_of(message);
  return rule != nullptr && rule->keep != Keep::kNot &&
         subjects.has(rule->subject, subject_of(message));
}

bool tell(Role role, const Message& message) {
  const Rule* rule = rule_of(message);
  return rule->copied_to.contains(role) || (rule->from.contains(role) && rule->keep == Keep::kTold);
}

}  // namespace

void Retained::keep(const Message& message, const Subjects& subjects) {
  if (!belongs(message, subjects)) return;
  messages_.insert_or_assign({message.index(), std::string(subject_of(message))}, message);
}

void Retained::forget_all_but(const Subjects& subjects) {
  std::erase_if(messages_, [&](const auto& entry) { return !belongs(entry.second, subjects); });
}

std::vector<Message> Retained::all() const {
  std::vector<Message> all;
  for (const auto& [key, message] : messages_) all.push_back(message);
  return all;
}

std::vector<Message> Retained::for_new_life(Role role) const {
  std::vector<Message> told;
  for (const auto& [key, message] : messages_) {
    if (tell(role, message)) told.push_back(message);
  }
  return told;
}

}  // namespace holdfast::supervisor
