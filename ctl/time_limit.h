// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "common/core/result.h"

namespace holdfast::ctl {

// --for and --until of an order, of which at most one is given.
struct TimeLimit {
  std::string duration;
  std::string until;

  void add_to(CLI::App& verb);
  std::string in_words() const;  // " for 2h", as it was given; empty: for ever

  // From now, at least one; nothing: for ever. An error says what the option expects.
  Result<std::optional<std::int64_t>> seconds() const;
};

}  // namespace holdfast::ctl
