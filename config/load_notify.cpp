// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <utility>

#include "config/load_parts.h"
#include "config/reader.h"
#include "config/shapes.h"

// What stands under `notify`, of `vrrp` and of an instance or a group.
namespace holdfast {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

Keys script_keys() {
  return {
      {"master", form::command(), "", "Run when the state MASTER is entered."},
      {"backup", form::command(), "", "Run when the state BACKUP is entered."},
      {"fault", form::command(), "", "Run when the state FAULT is entered."},
      {"stop", form::command(), "", "Run when holdfastd stops."},
      {"any", form::command(), "",
       "Run after the one of the state, with kind, name, state and priority as four words more."},
  };
}

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

const Shape& notify_shape() {
  static const Shape shape{"notify", "notify", script_keys(), {}};
  return shape;
}

const Shape& notify_defaults_shape() {
  static const Shape shape{
      "notify_defaults",
      "notify",
      script_keys() + Keys{{"fifo", form::text(kPathText), "",
                            "A FIFO that gets kind, name, state and priority of each change."},
                           {"timeout", form::time(milliseconds{100}, hours{1}), "60s",
                            "A script that takes longer is ended."}},
      {}};
  return shape;
}

NotifyScripts read_notify(const YamlNode& node, const Reading& into) {
  NotifyScripts scripts;
  MapReader map(into.faults, node, notify_shape());
  read_scripts(map, into, scripts);
  return scripts;
}

void read_notify_defaults(const YamlNode& node, const Reading& into) {
  NotifyConfig& notify = into.config.notify;
  MapReader map(into.faults, node, notify_defaults_shape());
  read_scripts(map, into, notify.defaults);
  map.text("fifo", notify.fifo);
  map.duration("timeout", notify.timeout);
}

}  // namespace holdfast
