// SPDX-License-Identifier: Apache-2.0
#include "ctl/document.h"
#include "ctl/fleet_json.h"
#include "ctl/present.h"
#include "ctl/text.h"

namespace holdfast::ctl {
namespace {

std::string state_text(VrrpState state) {
  return std::string(to_string(state));
}

Json json_of(const Prospect& one, const std::string& node) {
  const bool dies = !one.subject;
  return {
      {"failing",
       {{"node", one.node},
        {"kind", dies ? "node" : kind_text(one.subject->kind)},
        {"name", dies ? one.node : one.subject->name},
        {"comes_back", one.comes_back}}},
      {"state", dies && one.node == node ? Json() : Json(state_text(one.state))},
      {"priority", dies && one.node == node ? Json() : Json(one.priority.value)},
      {"priority_0_announced", one.released},
      {"holders", one.holders},
      {"unheld_seconds",
       one.unheld ? Json(std::chrono::duration<double>(*one.unheld).count()) : Json()},
      {"text", one.text},
  };
}

}  // namespace

std::string explain_text(const std::vector<Explained>& all, bool colours) {
  std::string text;
  for (const Explained& one : all) {
    const std::string state = state_text(one.state);
    text += (text.empty() ? "" : "\n") +
            coloured(printable(one.instance) + " is " + state + ", with priority " +
                         std::to_string(one.priority.value) + ".",
                     colour_of(state), colours) +
            "\n";
    if (!one.note.empty()) text += coloured(wrapped(one.note, 2), Colour::kOdd, colours);
    for (const Prospect& prospect : one.prospects) text += wrapped(printable(prospect.text), 2);
  }
  return text.empty() ? "no virtual routers\n" : text;
}

std::string explain_json(const std::string& node, const std::vector<Explained>& all) {
  Json instances = Json::array();
  for (const Explained& one : all) {
    Json prospects = Json::array();
    for (const Prospect& prospect : one.prospects) prospects.push_back(json_of(prospect, node));
    instances.push_back({
        {"instance", one.instance},
        {"state", state_text(one.state)},
        {"priority", one.priority.value},
        {"holders", one.holders},
        {"note", one.note.empty() ? Json() : Json(one.note)},
        {"prospects", prospects},
    });
  }
  return dumped({{"api", 1}, {"node", node}, {"instances", instances}});
}

}  // namespace holdfast::ctl
