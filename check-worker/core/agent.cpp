// SPDX-License-Identifier: Apache-2.0
#include "check-worker/core/agent.h"

#include <algorithm>
#include <array>
#include <utility>

#include "check-worker/core/excerpt.h"

namespace holdfast::check {
namespace {

using Health = AgentReport::Health;
using Mode = AgentReport::Mode;

constexpr std::array kHealths{
    std::pair{std::string_view("up"), Health::kUp},
    std::pair{std::string_view("down"), Health::kDown},
    std::pair{std::string_view("fail"), Health::kFail},
    std::pair{std::string_view("failed"), Health::kFail},
    std::pair{std::string_view("stopped"), Health::kStopped},
};
constexpr std::array kModes{
    std::pair{std::string_view("ready"), Mode::kReady},
    std::pair{std::string_view("drain"), Mode::kDrain},
    std::pair{std::string_view("maint"), Mode::kMaint},
};

bool all_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<std::uint8_t> percent(std::string_view word) {
  if (!word.ends_with('%')) return std::nullopt;
  word.remove_suffix(1);
  if (!all_digits(word)) return std::nullopt;
  unsigned value = 0;
  for (const char digit : word)
    value = std::min(100U, value * 10 + static_cast<unsigned>(digit - '0'));
  return static_cast<std::uint8_t>(value);
}

void take_word(std::string word, AgentReport& report) {
  for (char& c : word) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  for (const auto& [name, health] : kHealths) {
    if (name == word) {
      report.health = health;
      return;
    }
  }
  for (const auto& [name, mode] : kModes) {
    if (name == word) {
      report.mode = mode;
      return;
    }
  }
  if (const auto weight = percent(word)) {
    report.weight = weight;
  } else if (!word.starts_with("maxconn:") || !all_digits(std::string_view(word).substr(8))) {
    if (report.unknown.empty()) report.unknown = word;
  }
}

std::string with_comment(std::string text, const AgentReport& report) {
  return report.comment.empty() ? text : std::move(text) + ": " + excerpt(report.comment);
}

// What does not say that the server is down is good; in maintenance it gets nothing, however well.
Step judge(const AgentReport& report, std::string_view line) {
  if (!report.unknown.empty()) {
    return conclude(false,
                    "the agent says " + excerpt(report.unknown) + ", which is no word of it");
  }
  if (report.mode == Mode::kMaint) return conclude(false, with_comment("agent: maint", report));
  if (report.health == Health::kDown) return conclude(false, with_comment("agent: down", report));
  if (report.health == Health::kFail) return conclude(false, with_comment("agent: fail", report));
  if (report.health == Health::kStopped) {
    return conclude(false, with_comment("agent: stopped", report));
  }
  if (!report.health && !report.mode && !report.weight) {
    return conclude(false, "the agent says " + excerpt(line));
  }
  Step next = conclude(true, report.mode == Mode::kDrain ? "agent: drain" : "agent: up");
  next.end->weight = report.mode == Mode::kDrain ? std::uint8_t{0} : report.weight;
  next.end->reason = with_comment(std::move(next.end->reason), report);
  return next;
}

}  // namespace

AgentReport parse_agent_line(std::string_view line) {
  constexpr std::string_view kBetween = " \t,\r\n";
  AgentReport report;
  const std::size_t sharp = line.find('#');
  if (sharp != std::string_view::npos) {
    std::string_view comment = line.substr(sharp + 1);
    comment.remove_prefix(std::min(comment.find_first_not_of(kBetween), comment.size()));
    report.comment = comment.substr(0, comment.find_last_not_of(kBetween) + 1);
    line = line.substr(0, sharp);
  }
  while (true) {
    line.remove_prefix(std::min(line.find_first_not_of(kBetween), line.size()));
    if (line.empty()) return report;
    const std::string_view word = line.substr(0, line.find_first_of(kBetween));
    take_word(std::string(word), report);
    line.remove_prefix(word.size());
  }
}

Step AgentConversation::begin() {
  line_.clear();
  return say(send_);
}

// As HAProxy takes it, CR ends a line as well as LF does.
Step AgentConversation::received(std::string_view bytes) {
  line_ += bytes.substr(0, kLineMax + 1 - std::min(line_.size(), kLineMax + 1));
  const std::size_t end = line_.find_first_of("\r\n");
  if (end == std::string::npos) {
    return line_.size() > kLineMax ? conclude(false, "an endless line of the agent") : Step{};
  }
  const std::string line = line_.substr(0, end);
  return judge(parse_agent_line(line), line);
}

// An agent that forgets the end of its line has still said it.
Step AgentConversation::closed() {
  if (line_.empty()) return conclude(false, "the agent closed the connection and said nothing");
  return judge(parse_agent_line(line_), line_);
}

Conclusion AgentConversation::silence() const {
  return {false, line_.empty() ? "no answer" : "no end of the line " + excerpt(line_)};
}

}  // namespace holdfast::check
