// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "config/load_check_kinds.h"
#include "config/shapes.h"

// `process` of a check.
namespace holdfast {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr std::size_t kWordsMax = 64;
constexpr std::size_t kNameMax = 15;  // of what the kernel keeps of a program's name

class ProcessReader {
 public:
  ProcessReader(const YamlNode& node, Faults& faults)
      : node_(node), faults_(faults), map_(faults, node, watched_process_shape()) {}

  ProcessCheck read() {
    if (!map_.is_map()) return {};
    if (map_.has("name") == map_.has("command")) {
      faults_.add(node_, "process needs either 'name' or 'command'");
    }
    map_.text("name", process_.name);
    if (map_.has("command")) read_command_line(*map_.find("command"));
    map_.integer("min", process_.min);
    const YamlNode* max = map_.integer("max", process_.max);
    if (max != nullptr && process_.max < process_.min) {
      expected(faults_, "max", *max, "at least min, " + std::to_string(process_.min));
    }
    map_.duration("delay", process_.fork_delay);
    process_.terminate_delay = process_.fork_delay;
    map_.duration("fork_delay", process_.fork_delay);
    map_.duration("terminate_delay", process_.terminate_delay);
    return process_;
  }

 private:
  void read_command_line(const YamlNode& node) {
    const bool list = node.kind == YamlNode::Kind::kSequence;
    for (const YamlNode& word : list ? node.children.all() : std::span(&node, 1)) {
      const YamlText* text = read_text(faults_, "command", word, "a word of a command line");
      if (text != nullptr) process_.command.push_back(*text);
    }
    const bool empty = process_.command.empty() || process_.command.front().empty();
    if (empty || process_.command.size() > kWordsMax) {
      expected(faults_, "command", node, "1 to 64 words, the first ones of a command line");
    }
  }

  const YamlNode& node_;
  Faults& faults_;
  MapReader map_;
  ProcessCheck process_;
};

}  // namespace

bool is_process_name(std::string_view text) {
  return !text.empty() && text.size() <= kNameMax;
}

const Shape& watched_process_shape() {
  static const Shape shape{
      "watched_process",
      "process",
      {{"name", form::text(kProcessName), "", "The program's name as the kernel has it (ps -e)."},
       {"command", form::list(form::text(kAnyText), 1, kWordsMax) | form::text(kAnyText), "",
        "Instead of name: the first words of its command line."},
       {"min", form::whole(0, 65535), "1", "So many must run."},
       {"max", form::whole(0, 65535), "", "And not more."},
       {"delay", form::time(seconds{0}, hours{1}), "0s", "Both of the following."},
       {"fork_delay", form::time(seconds{0}, hours{1}), "",
        "So long there must be enough before the check is up; as delay."},
       {"terminate_delay", form::time(seconds{0}, hours{1}), "",
        "So long there must be too few, or too many, before it is down; as delay."}},
      {"name", "command"}};
  return shape;
}

ProcessCheck read_process_check(const YamlNode& node, const Reading& into) {
  if (node.kind != YamlNode::Kind::kScalar) return ProcessReader(node, into.faults).read();
  if (!is_process_name(node.text)) expected(into.faults, "process", node, kProcessName.what);
  return {node.text, {}};
}

}  // namespace holdfast
