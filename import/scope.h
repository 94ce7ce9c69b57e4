// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "import/directives.h"
#include "import/tree.h"
#include "import/yaml.h"

// How a block is taken apart so that no directive in it can be forgotten: what nobody takes is
// reported.
namespace holdfast::importer {

struct Finding {
  enum class Kind : std::uint8_t {
    kNote,      // translated; there is something to know
    kReported,  // not translated, or not all of what it says
    kUnknown,   // not a directive of keepalived 2.3
  };
  Kind kind{};
  Place place;
  std::string directive;
  std::string reason;
};

// What is found on the way through the whole file.
class Findings {
 public:
  void note(const Directive& at, std::string reason);
  void report(const Directive& at, std::string reason);
  void unknown(Section section, const Directive& at);
  void name_unknown(Section section, const Directive& at);  // without counting it
  // Of a whole block that is left out: it and all in it count as reported.
  void report_block(const Directive& block, const std::string& reason);
  void add(Finding finding) { list_.push_back(std::move(finding)); }
  bool is_reported(const Directive& at) const { return reported_.contains(&at); }
  void count_translated() { ++translated_; }

  std::vector<Finding> sorted() const;
  int translated() const { return translated_; }
  int reported() const { return reported_count_; }
  int unknown() const { return unknown_; }

 private:
  std::vector<Finding> list_;
  std::set<const Directive*> reported_;
  int translated_ = 0;
  int reported_count_ = 0;
  int unknown_ = 0;
};

// The directives of one block. Each is taken by its name; finish() reports the others.
class Scope {
 public:
  Scope(Section section, const std::vector<Directive>& children, Findings& findings)
      : section_(section), children_(children), findings_(findings) {}

  // The last of this name, as in keepalived, or null. Those before it are taken, and reported.
  const Directive* take(std::string_view name);
  std::vector<const Directive*> take_all(std::string_view name);
  bool has(std::string_view name) const;

  // Takes a directive that says yes or no; without a word it says yes. A faulty word is reported.
  std::optional<bool> truth(std::string_view name);
  // Takes a directive with a number from least to most; anything else is reported.
  std::optional<std::int64_t> number(std::string_view name, std::int64_t least, std::int64_t most);
  // Takes one with a time in seconds; the result is in microseconds, from least to most.
  std::optional<std::int64_t> seconds(std::string_view name, std::int64_t least, std::int64_t most);
  // The comments of what was taken last, and of what was left out before it, for its key.
  std::vector<std::string> comments();

  // Names what keepalived does not know, of a block that is left out and counted as a whole.
  void name_unknown() const;
  // Counts everything, and leaves comments that found no key at the end of `into`.
  void finish(Yaml* into);
  Findings& findings() { return findings_; }
  bool is(Section section) const { return section_ == section; }

 private:
  void leave_out(const Directive& one);

  Section section_;
  const std::vector<Directive>& children_;
  Findings& findings_;
  std::set<const Directive*> taken_;
  std::vector<std::string> pending_;
};

std::optional<std::int64_t> parse_number(std::string_view text);
// Seconds with decimals, as microseconds; what is finer is cut off.
std::optional<std::int64_t> parse_seconds(std::string_view text);
std::optional<bool> parse_truth(std::string_view text);

}  // namespace holdfast::importer
