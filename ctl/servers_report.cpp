// SPDX-License-Identifier: Apache-2.0
#include "ctl/servers_report.h"

#include <utility>

#include "config/nearest.h"
#include "ctl/document.h"
#include "ctl/service_text.h"
#include "ctl/text.h"

namespace holdfast::ctl {
namespace {

// Of some virtual servers; that there is none of a name is an error.
Result<Json> filtered(Json document, const std::vector<std::string>& names) {
  Json& services = document.at("virtual_servers");
  std::vector<std::string> all;
  for (const Json& service : services) all.push_back(service.at("name"));
  if (const auto wrong = like_none(names, all)) {
    return fail(no_such("virtual server", printable(*wrong), all));
  }
  Json wanted = Json::array();
  for (Json& service : services) {
    if (is_one_of(names, service.at("name").get_ref<const std::string&>())) {
      wanted.push_back(std::move(service));
    }
  }
  services = std::move(wanted);
  return document;
}

std::string title_of(const Json& service, bool colours) {
  const std::string state = state_of(service);
  std::string text = coloured(text_of(service.at("name")), Colour::kBold, colours) + ": " +
                     coloured(state, colour_of(state), colours) + ", " + addresses_of(service) +
                     ", " + text_of(service.at("scheduler")) + "\n" +
                     wrapped(text_of(service.at("reason")), 2);
  const std::string note = who_serves(service);
  return note.empty() ? text : text + wrapped(note, 2);
}

std::string servers(const Json& service, bool colours) {
  using Align = Table::Align;
  Table table({{"STATE"},
               {"SERVER"},
               {"WEIGHT", Align::kRight},
               {"ACTIVE", Align::kRight},
               {"INACTIVE", Align::kRight},
               {"CONN/S", Align::kRight},
               {"FOR", Align::kRight}},
              colours);
  for (const Json& server : service.at("real_servers")) {
    const Json& known = server.at("state");
    const std::string state = known.is_null() ? "unknown" : text_of(known);
    table.row(
        {state, text_of(server.at("address")),
         number_of(server.at("weight")) + "/" + number_of(server.at("configured_weight")),
         number_of(server.at("active_connections")), number_of(server.at("inactive_connections")),
         number_of(server.at("connections_per_second")), age_of(server)},
        colour_of(state));
    table.detail(text_of(server.at("reason")), Colour::kFaint);
    if (const Json& suspect = server.at("suspect"); !suspect.is_null()) {
      table.detail("may be failing: " + text_of(suspect), Colour::kOdd);
    }
    const Json& order = server.at("order");
    if (order.is_null()) continue;
    std::string text = "order: " + text_of(order.at("kind"));
    if (!order.at("weight").is_null()) text += " " + number_of(order.at("weight"));
    if (!order.at("until").is_null()) text += " until " + text_of(order.at("until"));
    table.detail(text, Colour::kOdd);
  }
  return table.to_string();
}

std::string servers_text(const Json& status, bool colours) {
  const Json& services = status.at("virtual_servers");
  if (services.empty()) return "no virtual servers\n";
  std::string text;
  for (const Json& service : services) {
    text += (text.empty() ? "" : "\n") + title_of(service, colours) + servers(service, colours);
  }
  return text;
}

}  // namespace

Result<std::string> servers_report(const std::string& document,
                                   const std::vector<std::string>& names, bool colours) {
  return shown(document, [&](Json json) {
    return filtered(std::move(json), names).map([&](const Json& wanted) {
      return servers_text(wanted, colours);
    });
  });
}

Result<std::string> servers_json(const std::string& document,
                                 const std::vector<std::string>& names) {
  return shown(document, [&](Json json) {
    return filtered(std::move(json), names).map([](const Json& wanted) {
      return dumped({{"api", 1},
                     {"node", wanted.at("node")},
                     {"virtual_servers", wanted.at("virtual_servers")}});
    });
  });
}

}  // namespace holdfast::ctl
