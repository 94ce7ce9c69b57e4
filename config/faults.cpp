// SPDX-License-Identifier: Apache-2.0
#include "config/faults.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace holdfast {

void Faults::add(int line, int column, std::string message) {
  add_in(file_, line, column, std::move(message));
}

void Faults::add(std::vector<Diagnostic> of_another_file) {
  for (Diagnostic& fault : of_another_file) {
    if (!full()) faults_.push_back(std::move(fault));
  }
}

void Faults::add_in(std::string_view file, int line, int column, std::string message) {
  if (full()) return;
  faults_.push_back({std::string(file), line, column, std::move(message)});
}

std::vector<Diagnostic> Faults::take() {
  const bool cut = full();
  const auto key = [this](const Diagnostic& fault) {
    return std::make_tuple(fault.file != file_, std::string_view(fault.file), fault.line,
                           fault.column, std::string_view(fault.message));
  };
  std::sort(faults_.begin(), faults_.end(),
            [&](const Diagnostic& a, const Diagnostic& b) { return key(a) < key(b); });
  faults_.erase(std::unique(faults_.begin(), faults_.end()), faults_.end());
  if (cut) {
    Diagnostic last = faults_.back();
    last.message = "there may be more faults than these " + std::to_string(kMax);
    faults_.push_back(std::move(last));
  }
  return std::exchange(faults_, {});
}

std::string Diagnostic::to_string() const {
  std::string text = file + ':' + std::to_string(line) + ':' + std::to_string(column) + ": ";
  if (warning.empty()) return text + message;
  return text + "warning: " + message + " [" + warning + ']';
}

}  // namespace holdfast
