// SPDX-License-Identifier: Apache-2.0
#include "config/load_process.h"

#include <algorithm>
#include <chrono>

#include "config/reader.h"
#include "config/scalars.h"
#include "config/shapes.h"

namespace holdfast {
namespace {

constexpr std::size_t kProcessorsMax = 1024;  // of glibc's cpu_set_t

std::optional<std::uint16_t> processor_of(std::string_view text) {
  const auto number = parse_integer(text);
  if (!number || *number < 0 || *number >= static_cast<int>(kProcessorsMax)) return std::nullopt;
  return static_cast<std::uint16_t>(*number);
}

constexpr TextForm kProcessorText{"the number of a processor, 0 to 1023, once", "^[0-9]{1,4}$",
                                  [](std::string_view text) { return !!processor_of(text); }};

const Shape& real_time_shape() {
  static const Shape shape{
      "real_time",
      "real_time",
      {{"priority", form::whole(1, 99), kRequired, "Of SCHED_RR."},
       {"limit", form::time(std::chrono::milliseconds{10}, std::chrono::minutes{1}), "1s",
        "Who works longer without a pause is ended by the kernel, and started again."}},
      {}};
  return shape;
}

}  // namespace

const Shape& process_shape() {
  static const Shape shape{
      "process",
      "process",
      {{"memory_locked", form::boolean(), "false", "Never swapped out."},
       {"real_time", form::map(real_time_shape), "", "SCHED_RR: before all ordinary processes."},
       {"cpu_affinity", form::list(form::text(kProcessorText), 1, kProcessorsMax), "",
        "Processors where it may run; otherwise any."},
       {"oom_score", form::whole(-1000, 1000), "",
        "Who is killed first when memory is short; as the service's."}},
      {}};
  return shape;
}

ProcessConfig read_process(Faults& faults, const YamlNode& node) {
  ProcessConfig process;
  MapReader map(faults, node, process_shape());
  map.boolean("memory_locked", process.memory_locked);
  if (const YamlNode* found = map.find("real_time")) {
    MapReader inner(faults, *found, real_time_shape());
    RealTimeConfig real_time;
    inner.integer("priority", real_time.priority);
    inner.duration("limit", real_time.limit);
    process.real_time = real_time;
  }
  for (const YamlNode* one : map.list("cpu_affinity")) {
    constexpr std::string_view kWhat = kProcessorText.what;
    const YamlText* const text = read_text(faults, "cpu_affinity", *one, kWhat);
    if (text == nullptr) continue;
    const auto processor = processor_of(*text);
    auto& known = process.cpu_affinity;
    if (!processor || std::find(known.begin(), known.end(), *processor) != known.end()) {
      expected(faults, "cpu_affinity", *one, kWhat);
      continue;
    }
    known.push_back(*processor);
  }
  std::int16_t score = 0;
  if (map.integer("oom_score", score) != nullptr) process.oom_score = score;
  return process;
}

}  // namespace holdfast
