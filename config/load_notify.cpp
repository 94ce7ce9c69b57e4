// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <utility>

#include "config/load_parts.h"
#include "config/reader.h"

// What stands under `notify`, of `vrrp` and of an instance or a group.
namespace holdfast {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

void read_scripts(MapReader& map, const Reading& into, NotifyScripts& scripts) {
  const auto read = [&](std::string_view key, std::optional<Command>& command) {
    if (map.has(key)) command = read_command(key, *map.find(key), into);
  };
  read("master", scripts.master);
  read("backup", scripts.backup);
  read("fault", scripts.fault);
  read("stop", scripts.stop);
  read("any", scripts.any);
}

}  // namespace

NotifyScripts read_notify(const YamlNode& node, const Reading& into) {
  NotifyScripts scripts;
  MapReader map(into.faults, node, "notify", {"master", "backup", "fault", "stop", "any"});
  read_scripts(map, into, scripts);
  return scripts;
}

void read_notify_defaults(const YamlNode& node, const Reading& into) {
  NotifyConfig& notify = into.config.notify;
  MapReader map(into.faults, node, "notify",
                {"master", "backup", "fault", "stop", "any", "fifo", "timeout"});
  read_scripts(map, into, notify.defaults);
  map.text("fifo", kPathWhat, is_path, notify.fifo);
  map.duration("timeout", milliseconds{100}, hours{1}, notify.timeout);
}

}  // namespace holdfast
