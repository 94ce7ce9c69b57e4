// SPDX-License-Identifier: Apache-2.0
#include "config/load_process.h"

#include <algorithm>
#include <chrono>

#include "config/reader.h"
#include "config/scalars.h"

namespace holdfast {
namespace {

constexpr std::size_t kProcessorsMax = 1024;  // of glibc's cpu_set_t

}  // namespace

ProcessConfig read_process(Faults& faults, const YamlNode& node) {
  ProcessConfig process;
  MapReader map(faults, node, "process",
                {"memory_locked", "real_time", "cpu_affinity", "oom_score"});
  map.boolean("memory_locked", "true or false", process.memory_locked);
  if (const YamlNode* found = map.find("real_time")) {
    MapReader inner(faults, *found, "real_time", {"priority", "limit"});
    inner.require({"priority"});
    RealTimeConfig real_time;
    inner.integer("priority", 1, 99, real_time.priority);
    inner.duration("limit", std::chrono::milliseconds{10}, std::chrono::minutes{1},
                   real_time.limit);
    process.real_time = real_time;
  }
  for (const YamlNode* one : map.list("cpu_affinity", 1, kProcessorsMax)) {
    constexpr auto kWhat = "the number of a processor, 0 to 1023, once";
    const std::string* const text = read_text(faults, "cpu_affinity", *one, kWhat);
    if (text == nullptr) continue;
    const auto number = parse_integer(*text);
    const bool valid = number && *number >= 0 && *number < static_cast<int>(kProcessorsMax);
    auto& known = process.cpu_affinity;
    const auto processor = static_cast<std::uint16_t>(number.value_or(0));
    if (!valid || std::find(known.begin(), known.end(), processor) != known.end()) {
      expected(faults, "cpu_affinity", *one, kWhat);
      continue;
    }
    known.push_back(processor);
  }
  std::int16_t score = 0;
  if (map.integer("oom_score", -1000, 1000, score) != nullptr) process.oom_score = score;
  return process;
}

}  // namespace holdfast
