// SPDX-License-Identifier: Apache-2.0
#include "import/scope.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "common/core/result.h"
#include "config/nearest.h"

namespace holdfast::importer {
namespace {

constexpr std::int64_t kSecond = 1'000'000;

int count_of(const Directive& block) {
  int count = 1;
  for (const Directive& one : block.children) count += count_of(one);
  return count;
}

}  // namespace

void Findings::note(const Directive& at, std::string reason) {
  add({Finding::Kind::kNote, at.place, at.name(), std::move(reason)});
}

void Findings::report(const Directive& at, std::string reason) {
  if (reported_.insert(&at).second) ++reported_count_;
  add({Finding::Kind::kReported, at.place, at.name(), std::move(reason)});
}

void Findings::unknown(Section section, const Directive& at) {
  if (reported_.insert(&at).second) ++unknown_;
  name_unknown(section, at);
}

void Findings::name_unknown(Section section, const Directive& at) {
  std::vector<std::string_view> names;
  for (const Row& row : all_directives()) {
    if (row.section == section) names.push_back(row.name);
  }
  add({Finding::Kind::kUnknown, at.place, at.name(),
       "keepalived 2.3 has no such directive here" + did_you_mean(at.name(), names)});
}

void Findings::report_block(const Directive& block, const std::string& reason) {
  report(block, reason);
  reported_count_ += count_of(block) - 1;  // itself is counted already
}

std::vector<Finding> Findings::sorted() const {
  std::vector<Finding> all = list_;
  std::stable_sort(all.begin(), all.end(), [](const Finding& a, const Finding& b) {
    return a.place.file == b.place.file && a.place.line < b.place.line;
  });
  return all;
}

const Directive* Scope::take(std::string_view name) {
  const std::vector<const Directive*> all = take_all(name);
  if (all.empty()) return nullptr;
  for (const Directive* one : all) {
    if (one != all.back()) findings_.report(*one, "given again below, where the last one counts");
  }
  return all.back();
}

std::vector<const Directive*> Scope::take_all(std::string_view name) {
  const Row* const row = find_directive(section_, name);
  HF_CHECK(row != nullptr && row->translated());
  std::vector<const Directive*> found;
  for (const Directive& one : children_) {
    if (one.name() != name) continue;
    if (taken_.insert(&one).second) {
      pending_.insert(pending_.end(), one.comments.begin(), one.comments.end());
    }
    found.push_back(&one);
  }
  return found;
}

bool Scope::has(std::string_view name) const {
  return std::any_of(children_.begin(), children_.end(),
                     [name](const Directive& one) { return one.name() == name; });
}

std::optional<bool> Scope::truth(std::string_view name) {
  const Directive* const one = take(name);
  if (one == nullptr) return std::nullopt;
  if (one->words.size() == 1) return true;
  const auto value = parse_truth(one->argument());
  if (!value) findings_.report(*one, "expected on, off, true, false, yes or no");
  return value;
}

std::optional<std::int64_t> Scope::number(std::string_view name, std::int64_t least,
                                          std::int64_t most) {
  const Directive* const one = take(name);
  if (one == nullptr) return std::nullopt;
  const auto value = parse_number(one->argument());
  if (value && *value >= least && *value <= most) return value;
  findings_.report(*one, "Holdfast takes whole numbers from " + std::to_string(least) + " to " +
                             std::to_string(most) + " here");
  return std::nullopt;
}

std::optional<std::int64_t> Scope::seconds(std::string_view name, std::int64_t least,
                                           std::int64_t most) {
  const Directive* const one = take(name);
  if (one == nullptr) return std::nullopt;
  const auto value = parse_seconds(one->argument());
  if (value && *value >= least && *value <= most) return value;
  findings_.report(*one, "Holdfast takes times from " + duration_text(least) + " to " +
                             duration_text(most) + " here");
  return std::nullopt;
}

std::vector<std::string> Scope::comments() {
  return std::exchange(pending_, {});
}

void Scope::leave_out(const Directive& one) {
  const Row* const row = find_directive(section_, one.name());
  pending_.insert(pending_.end(), one.comments.begin(), one.comments.end());
  if (row == nullptr) {
    findings_.unknown(section_, one);
    return;
  }
  // A translated one that nobody took does not fit what stands beside it.
  findings_.report_block(one, row->translated() ? "it says nothing here, beside what else is given"
                                                : std::string(row->reason));
}

void Scope::name_unknown() const {
  for (const Directive& one : children_) {
    if (find_directive(section_, one.name()) == nullptr) findings_.name_unknown(section_, one);
  }
}

void Scope::finish(Yaml* into) {
  for (const Directive& one : children_) {
    if (!one.words.empty() && one.words.back().open) {
      findings_.report(one,
                       "its last quotation mark is not closed: all of the line behind it counts");
    }
    if (!taken_.contains(&one)) {
      leave_out(one);
      continue;
    }
    if (one.has_unread() && !findings_.is_reported(one)) {
      // Not which words: they may be secret.
      findings_.report(one, "it has more words than are read there, and they are left out");
    }
    if (!findings_.is_reported(one)) findings_.count_translated();
  }
  if (into != nullptr) into->comment_at_end(comments());
}

std::optional<std::int64_t> parse_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const bool hex = text.starts_with("0x");
  if (hex) text.remove_prefix(2);
  std::int64_t value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, hex ? 16 : 10);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::int64_t> parse_seconds(std::string_view text) {
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, point);
  std::string decimals(text.substr(std::min(point + 1, text.size())));
  decimals.resize(6, '0');
  const auto seconds = whole.empty() ? std::optional<std::int64_t>(0) : parse_number(whole);
  const auto rest = parse_number(decimals);
  if (text.empty() || !seconds || !rest || *rest < 0 || *seconds < 0) return std::nullopt;
  if (*seconds > 1'000'000'000) return std::nullopt;
  return *seconds * kSecond + *rest;
}

std::optional<bool> parse_truth(std::string_view text) {
  if (text == "on" || text == "true" || text == "yes") return true;
  if (text == "off" || text == "false" || text == "no") return false;
  return std::nullopt;
}

}  // namespace holdfast::importer
