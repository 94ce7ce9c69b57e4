// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "config/load_parts.h"
#include "config/reader.h"

// What stands under `checks`.
namespace holdfast {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t kNameMax = 15;  // of what the kernel keeps of a program's name

TcpCheck read_tcp(const YamlNode& node, Faults& faults) {
  constexpr std::string_view kWhat = "an IP address and a port, such as 192.0.2.1:80";
  const std::string* text = read_text(faults, "tcp", node, kWhat);
  if (text == nullptr) return {};
  const Result<Endpoint> parsed = Endpoint::parse(*text);
  if (!parsed || parsed->address.is_unspecified() || parsed->address.is_multicast()) {
    expected(faults, "tcp", node, kWhat);
    return {};
  }
  return {*parsed};
}

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

ProcessCheck read_process(const YamlNode& node, Faults& faults) {
  if (node.kind != YamlNode::Kind::kScalar) return ProcessReader(node, faults).read();
  if (!is_process_name(node.text)) expected(faults, "process", node, kProcessName);
  return {node.text, {}};
}

std::string read_file_path(const YamlNode& node, Faults& faults) {
  std::string path;
  if (node.kind == YamlNode::Kind::kMap) {
    MapReader map(faults, node, "file", {"path"});
    map.require({"path"});
    map.text("path", kPathWhat, is_path, path);
  } else if (const std::string* text = read_text(faults, "file", node, "the path of a file")) {
    path = *text;
    if (!is_path(path)) expected(faults, "file", node, kPathWhat);
  }
  return path;
}

CheckTarget read_target(MapReader& map, const Reading& into) {
  if (map.has("script")) {
    return ScriptCheck{read_command("script", *map.find("script"), into).value_or(Command{})};
  }
  if (map.has("file")) return FileCheck{read_file_path(*map.find("file"), into.faults)};
  if (map.has("process")) return read_process(*map.find("process"), into.faults);
  return map.has("tcp") ? read_tcp(*map.find("tcp"), into.faults) : TcpCheck{};
}

void refuse_what_means_nothing(const MapReader& map, const CheckTarget& target, Faults& faults) {
  if (!is_watched(target)) return;
  const bool file = std::holds_alternative<FileCheck>(target);
  for (const std::string_view key : {"interval", "timeout", "rise", "fall"}) {
    if (!map.has(key) || (key == "interval" && !file)) continue;
    faults.add(*map.find(key), std::string(key) + ": a " + (file ? "file" : "process") +
                                   " is watched, not asked, expected no such key");
  }
}

}  // namespace

void read_check(const YamlNode& node, const Reading& into) {
  MapReader map(
      into.faults, node, "a check",
      {"name", "tcp", "script", "file", "process", "interval", "timeout", "rise", "fall"});
  map.require({"name"});
  CheckConfig check;
  CheckPlaces at;
  at.name = map.name("name", check.name);
  into.places.all_checks_named = into.places.all_checks_named && at.name != nullptr;
  const int kinds = map.has("tcp") + map.has("script") + map.has("file") + map.has("process");
  if (map.is_map() && kinds != 1) {
    into.faults.add(node, "a check needs one of 'tcp', 'script', 'file' and 'process'");
  }
  check.target = read_target(map, into);
  map.duration("interval", milliseconds{10}, hours{24}, check.interval);
  at.timeout = map.duration("timeout", milliseconds{1}, hours{24}, check.timeout);
  if (!map.has("timeout")) check.timeout = std::min(check.timeout, check.interval);
  map.integer("rise", 1, 1000, check.rise);
  map.integer("fall", 1, 1000, check.fall);
  refuse_what_means_nothing(map, check.target, into.faults);
  into.config.checks.push_back(std::move(check));
  into.places.checks.push_back(at);
}

}  // namespace holdfast
