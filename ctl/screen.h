// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <termios.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "common/core/result.h"

namespace holdfast::ctl {

// As much of a text as fits: lines cut at `columns`, of which a sequence that colours takes none,
// and at most `rows` of them. Every line ends without a colour.
std::string cut_to(std::string_view text, std::size_t rows, std::size_t columns);

// The whole terminal for as long as it lives; then as it was before, however it ends but SIGKILL.
class Screen {
 public:
  static Result<void> possible();  // both ends are one terminal

  Screen();
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  void draw(std::string_view text) const;  // as much of it as fits

  // Until the time is over, the window has another size, or the person wants to go, by q or a
  // signal that ends programs. False: go.
  bool wait(std::chrono::milliseconds time) const;

 private:
  termios before_{};
};

}  // namespace holdfast::ctl
