// SPDX-License-Identifier: Apache-2.0
#include "supervisor/core/script_end.h"

#include <algorithm>

#include "common/core/words.h"
#include "supervisor/core/life_end.h"

namespace holdfast::supervisor {

void FirstLine::take(std::string_view bytes) {
  bytes_ += bytes.size();
  while (!ended_ && !bytes.empty()) {
    const std::size_t size = std::min(bytes.find('\n'), bytes.size());
    line_ += bytes.substr(0, std::min(size, kMax - line_.size()));
    if (size == bytes.size()) return;
    // An empty line says nothing; the next may.
    ended_ = line_.find_first_not_of(" \t\r") != std::string::npos;
    if (!ended_) line_.clear();
    bytes.remove_prefix(size + 1);
  }
}

std::string FirstLine::text() const {
  std::string text = line_;
  for (char& c : text) {
    if (c == '\t' || c == '\r') c = ' ';
    if (c < 0x20 || c == 0x7f) c = '?';
  }
  text.erase(text.find_last_not_of(' ') + 1);
  return text.substr(std::min(text.find_first_not_of(' '), text.size()));
}

ScriptVerdictAndWeight verdict_of(const ScriptEnd& end, bool dynamic_weight) {
  if (!end.error.empty() || end.late || end.signal != 0) return {};
  if (end.status == 0) return {true, std::nullopt};
  if (!dynamic_weight || end.status < 2) return {};
  return {true, static_cast<std::uint8_t>(std::min(end.status - 2, 100))};
}

std::string reason_of(const ScriptEnd& end, Duration timeout) {
  if (!end.error.empty()) return end.error;
  std::string text =
      end.late ? "did not end within " + in_words(timeout) : how_it_ended(end.status, end.signal);
  if (!end.line.empty()) text += ": " + end.line;
  return text;
}

}  // namespace holdfast::supervisor
