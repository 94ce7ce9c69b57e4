// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace holdfast {

// One lambda an alternative for std::visit: the compiler refuses a visit that forgets one.
template <typename... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};
template <typename... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

}  // namespace holdfast
