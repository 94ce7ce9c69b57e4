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
  std::stable_sort(faults_.begin(), faults_.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.line, a.column) < std::tie(b.line, b.column);
  });
  faults_.erase(std::unique(faults_.begin(), faults_.end()), faults_.end());
  return std::move(faults_);
}

std::string Diagnostic::to_string() const {
  return file + ':' + std::to_string(line) + ':' + std::to_string(column) + ": " + message;
}

}  // namespace holdfast
