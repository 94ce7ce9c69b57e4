// SPDX-License-Identifier: Apache-2.0
#include "check-worker/core/transcript.h"

#include <iomanip>
#include <sstream>

#include "check-worker/core/excerpt.h"

namespace holdfast::check {
namespace {

// Of what is said at once: four characters a byte, if all of it is binary.
constexpr std::size_t kBytesShown = 400;

}  // namespace

void Transcript::note(Time now, const std::string& what) {
  if (lines_.size() >= kLinesMax - 1) {
    ++left_out_;
    return;
  }
  std::ostringstream line;
  line << std::fixed << std::setprecision(1) << std::setw(8)
       << static_cast<double>((now - start_).count()) / 1e3 << " ms  " << what;
  lines_.push_back(bounded(line.str()));
}

void Transcript::said(Time now, const std::string& how, std::string_view bytes) {
  note(now, how + std::to_string(bytes.size()) + (bytes.size() == 1 ? " byte: " : " bytes: ") +
                excerpt(bytes, kBytesShown));
}

std::vector<std::string> Transcript::lines() const {
  std::vector<std::string> all = lines_;
  if (left_out_ > 0) all.push_back("and " + std::to_string(left_out_) + " more");
  return all;
}

}  // namespace holdfast::check
