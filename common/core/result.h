// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace holdfast {

// What went wrong, for a person: lower case, no full stop, names the thing it is about.
struct Error {
  std::string message;
  bool operator==(const Error&) const = default;
};

// What the outside world can cause is a Result; what only a bug can cause is an HF_CHECK.
template <typename T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(std::string message) {
  return tl::unexpected<Error>(Error{std::move(message)});
}

// Prints the broken invariant to standard error and aborts; the supervisor restarts the worker.
[[noreturn]] void check_failed(const char* expression, const char* file, int line);

}  // namespace holdfast

// On in release: going on with a broken invariant is worse than a restart.
#define HF_CHECK(expression) \
  ((expression) ? static_cast<void>(0) : ::holdfast::check_failed(#expression, __FILE__, __LINE__))
