// SPDX-License-Identifier: Apache-2.0
#include "supervisor/core/process_stat.h"

#include <array>
#include <cstddef>

#include "common/core/number.h"

namespace holdfast::supervisor {

std::optional<ProcessStat> parse_process_stat(std::string_view text) {
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  // Counted as proc(5) does, from 1; the first behind the name is the third.
  constexpr std::size_t kUser = 14;
  constexpr std::size_t kKernel = 15;
  constexpr std::size_t kResident = 24;
  std::array<std::string_view, kResident + 1> fields{};
  std::string_view rest = text.substr(name_end + 1);
  for (std::size_t field = 3; field < fields.size(); ++field) {
    const std::size_t begin = rest.find_first_not_of(" \n");
    if (begin == std::string_view::npos) return std::nullopt;
    rest.remove_prefix(begin);
    fields.at(field) = rest.substr(0, rest.find_first_of(" \n"));
    rest.remove_prefix(fields.at(field).size());
  }
  const auto user = whole_number<std::uint64_t>(fields[kUser]);
  const auto kernel = whole_number<std::uint64_t>(fields[kKernel]);
  const auto resident = whole_number<std::uint64_t>(fields[kResident]);
  if (!user || !kernel || !resident) return std::nullopt;
  return ProcessStat{*user + *kernel, *resident};
}

}  // namespace holdfast::supervisor
