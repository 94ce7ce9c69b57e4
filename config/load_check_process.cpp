// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "config/load_check_kinds.h"

// `process` of a check.
namespace holdfast {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr std::size_t kNameMax = 15;  // of what the kernel keeps of a program's name

constexpr std::string_view kProcessName =
    "the name of a program, at most 15 bytes, as ps -e shows it";

bool is_process_name(std::string_view text) {
  return !text.empty() && text.size() <= kNameMax;
}

class ProcessReader {
 public:
  ProcessReader(const YamlNode& node, Faults& faults)
      : node_(node),
        faults_(faults),
        map_(faults, node, "process",
             {"name", "command", "min", "max", "delay", "fork_delay", "terminate_delay"}) {}

  ProcessCheck read() {
    if (!map_.is_map()) return {};
    if (map_.has("name") == map_.has("command")) {
      faults_.add(node_, "process needs either 'name' or 'command'");
    }
    map_.text("name", kProcessName, is_process_name, process_.name);
    if (map_.has("command")) read_command_line(*map_.find("command"));
    map_.integer("min", 0, 65535, process_.min);
    const YamlNode* max = map_.integer("max", 0, 65535, process_.max);
    if (max != nullptr && process_.max < process_.min) {
      expected(faults_, "max", *max, "at least min, " + std::to_string(process_.min));
    }
    map_.duration("delay", seconds{0}, hours{1}, process_.fork_delay);
    process_.terminate_delay = process_.fork_delay;
    map_.duration("fork_delay", seconds{0}, hours{1}, process_.fork_delay);
    map_.duration("terminate_delay", seconds{0}, hours{1}, process_.terminate_delay);
    return process_;
  }

 private:
  void read_command_line(const YamlNode& node) {
    const bool list = node.kind == YamlNode::Kind::kSequence;
    for (const YamlNode& word : list ? node.children : std::vector{node}) {
      const std::string* text = read_text(faults_, "command", word, "a word of a command line");
      if (text != nullptr) process_.command.push_back(*text);
    }
    const bool empty = process_.command.empty() || process_.command.front().empty();
    if (empty || process_.command.size() > 64) {
      expected(faults_, "command", node, "1 to 64 words, the first ones of a command line");
    }
  }

  const YamlNode& node_;
  Faults& faults_;
  MapReader map_;
  ProcessCheck process_;
};

}  // namespace

ProcessCheck read_process_check(const YamlNode& node, const Reading& into) {
  if (node.kind != YamlNode::Kind::kScalar) return ProcessReader(node, into.faults).read();
  if (!is_process_name(node.text)) expected(into.faults, "process", node, kProcessName);
  return {node.text, {}};
}

}  // namespace holdfast
