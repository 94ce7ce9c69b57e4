// SPDX-License-Identifier: Apache-2.0
#include "config/faults.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace holdfast {

void Faults::add(int line, int column, std::string message) {
  if (full()) return;
  faults_.push_back({file_, line, column, std::move(message)});
}

std::vector<Diagnostic> Faults::take() {
  const bool cut = full();
  const auto key = [](const Diagnostic& fault) {
    return std::tie(fault.line, fault.column, fault.message);
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
  return file + ':' + std::to_string(line) + ':' + std::to_string(column) + ": " + message;
}

}  // namespace holdfast
