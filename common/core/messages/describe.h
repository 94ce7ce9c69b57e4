// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <type_traits>

// How messages describe what is not one plain value.
namespace holdfast {

// A std::optional of a message, whichever way it goes: is there one, and which.
void describe_optional(auto& archive, auto& optional) {
  bool known = optional.has_value();
  auto value = optional.value_or(typename std::remove_cvref_t<decltype(optional)>::value_type{});
  archive(known);
  if (known) archive(value);
  if constexpr (requires { optional.reset(); }) {
    if (known) optional = value;
  }
}

// A std::vector of what has a describe(): of at most kListSizeMax elements.
void describe_list(auto& archive, auto& list) {
  if constexpr (requires { list.resize(0); }) {
    list.resize(archive.list_size());
  } else {
    archive.list_size(list.size());
  }
  for (auto& one : list) std::remove_cvref_t<decltype(one)>::describe(archive, one);
}

}  // namespace holdfast
