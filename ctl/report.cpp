// SPDX-License-Identifier: Apache-2.0
#include "ctl/report.h"

#include <fnmatch.h>

#include <algorithm>
#include <iomanip>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>
#include <vector>

#include "ctl/text.h"

namespace holdfast::ctl {
namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const Json& json) {
  return printable(json.get_ref<const std::string&>());
}

std::string number_of(const Json& json) {
  return json.is_null() ? "-" : std::to_string(json.get<std::int64_t>());
}

std::string age_of(const Json& json) {
  const Json& seconds = json.at("since_seconds");
  return seconds.is_null() ? "-" : age(seconds.get<double>());
}

std::string plural(std::size_t count, const std::string& one, const std::string& many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

Colour colour_of(const std::string& state) {
  if (state == "MASTER" || state == "up" || state == "running" || state == "serving") {
    return Colour::kGood;
  }
  if (state == "FAULT" || state == "down" || state == "absent") return Colour::kBad;
  if (state == "BACKUP") return Colour::kBold;
  return Colour::kOdd;
}

std::string not_running(const std::string& worker, const std::string& state) {
  const std::string whose = worker == "vrrp-worker"    ? "routers"
                            : worker == "check-worker" ? "checks"
                                                       : "virtual servers";
  return "The " + worker + " is " + state + ". What is said of " + whose +
         " below is what was last known, not what is.";
}

// A status of more checks than these leaves out those that are up.
constexpr std::size_t kChecksShown = 50;

class Report {
 public:
  Report(const Json& status, bool colours) : status_(status), colours_(colours) {}

  std::string text() const {
    return headline() + problems() + section("VIRTUAL ROUTERS", routers()) +
           section("CHECKS", checks()) + section("VIRTUAL SERVERS", services()) +
           section("WORKERS", workers()) + configuration();
  }

  std::string servers_text() const {
    const Json& services = status_.at("virtual_servers");
    if (services.empty()) return "no virtual servers\n";
    std::string text;
    for (const Json& service : services) {
      text += (text.empty() ? "" : "\n") + title_of(service) + servers(service);
    }
    return text;
  }

 private:
  std::string section(const std::string& title, const std::string& body) const {
    if (body.empty()) return "";
    return "\n" + coloured(title, Colour::kBold, colours_) + "\n" + body;
  }

  // "lb1: 1 MASTER, 2 BACKUP; 1 of 2 checks up".
  std::string headline() const {
    std::map<std::string, std::size_t> states;
    bool stale = false;
    for (const Json& router : status_.at("vrrp")) {
      ++states[text_of(router.at("state"))];
      stale = stale || router.at("stale").get<bool>();
    }
    std::string line;
    for (const char* const state : {"MASTER", "BACKUP", "FAULT", "INIT"}) {
      if (states[state] == 0) continue;
      line += (line.empty() ? "" : ", ") + std::to_string(states[state]) + " " +
              coloured(state, stale ? Colour::kOdd : colour_of(state), colours_);
    }
    if (stale) line = "last known: " + line;
    if (line.empty()) line = "no virtual routers";
    const Json& checks = status_.at("checks");
    const auto up = static_cast<std::size_t>(std::count_if(
        checks.begin(), checks.end(), [](const Json& check) { return check.at("up") == true; }));
    if (!checks.empty()) {
      line += "; " + std::to_string(up) + " of " + plural(checks.size(), "check", "checks") + " up";
    }
    return coloured(text_of(status_.at("node")), Colour::kBold, colours_) + ": " + line + "\n";
  }

  std::string problems() const {
    std::string text;
    for (const Json& worker : status_.at("workers")) {
      const std::string state = text_of(worker.at("state"));
      if (state == "running") continue;
      text += problem(not_running(text_of(worker.at("name")), state));
    }
    const Json& refused = status_.at("config").at("last_error");
    if (!refused.is_null()) {
      text += problem("A reload was refused at " + text_of(refused.at("at")) +
                      "; the configuration before it stays in force. The first fault: " +
                      text_of(refused.at("message")));
    }
    return text;
  }

  std::string problem(const std::string& text) const {
    return "\n" + coloured(wrapped(text, 0), Colour::kBad, colours_);
  }

  std::string routers() const {
    using Align = Table::Align;
    Table table({{"STATE"},
                 {"NAME"},
                 {"INTERFACE"},
                 {"VRID", Align::kRight},
                 {"VERSION", Align::kRight},
                 {"PRIORITY", Align::kRight},
                 {"FOR", Align::kRight}},
                colours_);
    const Json& routers = status_.at("vrrp");
    for (const Json& router : routers) {
      const std::string state = text_of(router.at("state"));
      const bool stale = router.at("stale").get<bool>();
      table.row({state + (stale ? "?" : ""), text_of(router.at("name")),
                 text_of(router.at("interface")), number_of(router.at("virtual_router_id")),
                 number_of(router.at("version")), number_of(router.at("priority")), age_of(router)},
                stale ? Colour::kOdd : colour_of(state));
      table.detail(text_of(router.at("reason")));
      const auto priority = router.at("priority").get<int>();
      const auto configured = router.at("configured_priority").get<int>();
      if (priority != configured) {
        const std::string why = text_of(router.at("priority_reason"));
        table.detail("priority " + std::string(priority < configured ? "lowered" : "raised") +
                         " from " + std::to_string(configured) +
                         (why.empty() ? " by what it tracks" : ": " + why),
                     Colour::kOdd);
      }
      table.detail(list(router.at("addresses")), Colour::kFaint);
      const std::string refused = refused_adverts(router.at("adverts").at("rejected"));
      if (!refused.empty()) table.detail(refused, Colour::kOdd);
    }
    const std::string strangers = refused_adverts(status_.at("rejected_adverts"));
    const std::string note = strangers.empty() ? "" : wrapped("Of no router here: " + strangers, 0);
    return routers.empty() ? note : table.to_string() + note;
  }

  // Of very many checks only those that want attention.
  std::string checks() const {
    Table table({{"STATE"}, {"NAME"}, {"TARGET"}, {"FOR", Table::Align::kRight}}, colours_);
    const Json& checks = status_.at("checks");
    const bool all = checks.size() <= kChecksShown;
    std::size_t shown = 0;
    for (const Json& check : checks) {
      if (!all && (check.at("up") == true || shown >= kChecksShown)) continue;
      ++shown;
      const Json& up = check.at("up");
      const bool stale = check.at("stale").get<bool>();
      const std::string state = up.is_null() ? "unknown" : up.get<bool>() ? "up" : "down";
      table.row({state + (stale && !up.is_null() ? "?" : ""), text_of(check.at("name")),
                 text_of(check.at("target")), age_of(check)},
                stale ? Colour::kOdd : colour_of(state));
      if (up != true || !check.at("value").is_null()) table.detail(text_of(check.at("reason")));
    }
    const std::size_t hidden = checks.size() - shown;
    const std::string note = hidden == 0
                                 ? ""
                                 : wrapped("and " + plural(hidden, "more check", "more checks") +
                                               "; each is in: holdfastctl checks",
                                           0);
    return (shown == 0 ? "" : table.to_string()) + note;
  }

  static std::string state_of(const Json& service) {
    const Json& quorum = service.at("quorum");
    const std::string state = quorum.is_null() ? "unknown" : quorum.get<bool>() ? "up" : "down";
    return state + (service.at("stale").get<bool>() && !quorum.is_null() ? "?" : "");
  }

  // Of a few by name, of more by number.
  static std::string addresses_of(const Json& service) {
    const Json& addresses = service.at("addresses");
    if (addresses.empty()) return "-";
    std::string text = text_of(addresses[0]);
    if (addresses.size() > 1) text += " and " + std::to_string(addresses.size() - 1) + " more";
    const Json& protocol = service.at("protocol");
    return protocol.is_null() ? text : text_of(protocol) + " " + text;
  }

  static std::string who_serves(const Json& service) {
    if (service.at("sorry").get<bool>()) return "its sorry server serves";
    return service.at("panic").get<bool>() ? "servers that have failed serve" : "";
  }

  std::string services() const {
    Table table({{"STATE"},
                 {"NAME"},
                 {"ADDRESS"},
                 {"HEALTHY", Table::Align::kRight},
                 {"WEIGHT", Table::Align::kRight},
                 {"FOR", Table::Align::kRight}},
                colours_);
    const Json& services = status_.at("virtual_servers");
    for (const Json& service : services) {
      const std::string state = state_of(service);
      table.row({state, text_of(service.at("name")), addresses_of(service),
                 number_of(service.at("healthy")) + "/" +
                     std::to_string(service.at("real_servers").size()),
                 number_of(service.at("weight")), age_of(service)},
                colour_of(state));
      if (state != "up") table.detail(text_of(service.at("reason")));
      const std::string note = who_serves(service);
      if (!note.empty()) table.detail(note, Colour::kOdd);
    }
    return services.empty() ? "" : table.to_string();
  }

  std::string title_of(const Json& service) const {
    const std::string state = state_of(service);
    std::string text = coloured(text_of(service.at("name")), Colour::kBold, colours_) + ": " +
                       coloured(state, colour_of(state), colours_) + ", " + addresses_of(service) +
                       ", " + text_of(service.at("scheduler")) + "\n" +
                       wrapped(text_of(service.at("reason")), 2);
    const std::string note = who_serves(service);
    return note.empty() ? text : text + wrapped(note, 2);
  }

  std::string servers(const Json& service) const {
    using Align = Table::Align;
    Table table({{"STATE"},
                 {"SERVER"},
                 {"WEIGHT", Align::kRight},
                 {"ACTIVE", Align::kRight},
                 {"INACTIVE", Align::kRight},
                 {"CONN/S", Align::kRight},
                 {"FOR", Align::kRight}},
                colours_);
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

  std::string workers() const {
    using Align = Table::Align;
    Table table({{"STATE"},
                 {"NAME"},
                 {"PID", Align::kRight},
                 {"RESTARTS", Align::kRight},
                 {"FOR", Align::kRight}},
                colours_);
    for (const Json& worker : status_.at("workers")) {
      const std::string state = text_of(worker.at("state"));
      table.row({state, text_of(worker.at("name")), number_of(worker.at("pid")),
                 number_of(worker.at("restarts")), age_of(worker)},
                colour_of(state));
      const Json& end = worker.at("last_end");
      if (!end.is_null()) table.detail("last end: " + text_of(end));
    }
    return table.to_string();
  }

  std::string configuration() const {
    const Json& config = status_.at("config");
    return "\n" +
           wrapped("Configuration " + number_of(config.at("generation")) + " from " +
                       text_of(config.at("file")) + ", loaded " + text_of(config.at("loaded_at")),
                   0) +
           "SHA-256 " + text_of(config.at("sha256")) + "\n" + "holdfastd " +
           text_of(status_.at("version")) + ", pid " + number_of(status_.at("pid")) + "\n";
  }

  static std::string list(const Json& texts) {
    std::string all;
    for (const Json& one : texts) all += (all.empty() ? "" : " ") + text_of(one);
    return all;
  }

  // "3 adverts refused: 2 checksum, 1 ttl"; nothing if none were.
  static std::string refused_adverts(const Json& rejected) {
    std::size_t total = 0;
    std::string reasons;
    for (const auto& [reason, count] : rejected.items()) {
      const auto number = count.get<std::size_t>();
      if (number == 0) continue;
      total += number;
      reasons += (reasons.empty() ? "" : ", ") + std::to_string(number) + " " + printable(reason);
    }
    if (total == 0) return "";
    return plural(total, "advert", "adverts") + " refused: " + reasons;
  }

  const Json& status_;
  bool colours_;
};

// ---- Checks.

bool is_wanted(const Json& check, const CheckFilter& filter) {
  if (filter.down && check.at("up") == true) return false;
  const auto& name = check.at("name").get_ref<const std::string&>();
  const auto matches = [&name](const std::string& pattern) {
    return ::fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
  };
  return filter.names.empty() || std::any_of(filter.names.begin(), filter.names.end(), matches);
}

Json filtered(Json document, const CheckFilter& filter) {
  Json wanted = Json::array();
  for (Json& check : document.at("checks")) {
    if (is_wanted(check, filter)) wanted.push_back(std::move(check));
  }
  document.at("checks") = std::move(wanted);
  return document;
}

std::string milliseconds_of(const Json& latency, const char* which) {
  if (latency.is_null()) return "-";
  std::ostringstream text;
  text << std::fixed << std::setprecision(1) << latency.at(which).get<double>();
  return text.str();
}

std::string ago(const Json& event) {
  return " (" + age(event.at("seconds_ago").get<double>()) + " ago)";
}

// Below a check: why it is as it is, its last attempt, and the last that was bad.
void add_details(Table& table, const Json& check) {
  table.detail(text_of(check.at("reason")));
  if (const Json& resolved = check.at("resolved"); !resolved.is_null()) {
    table.detail("address: " + text_of(resolved), Colour::kFaint);
  }
  if (const Json& hastened = check.at("hastened"); !hastened.is_null()) {
    table.detail("asked more often: " + text_of(hastened), Colour::kOdd);
  }
  if (const Json& suspended = check.at("suspended"); !suspended.is_null()) {
    table.detail("suspended: " + text_of(suspended), Colour::kOdd);
  }
  const Json& last = check.at("last");
  const Json& error = check.at("last_error");
  if (!last.is_null() && last.at("good").get<bool>()) {
    table.detail("last attempt: " + text_of(last.at("reason")) + ago(last), Colour::kFaint);
  }
  if (!error.is_null()) {
    table.detail("last error: " + text_of(error.at("reason")) + ago(error), Colour::kOdd);
  }
  const Json& held = check.at("held_seconds");
  if (!held.is_null()) {
    table.detail("held down for " + age(held.get<double>()) + " more", Colour::kOdd);
  }
  const Json& hindered = check.at("hindered");
  if (!hindered.is_null()) {
    table.detail("cannot be made: " + text_of(hindered.at("reason")) + ago(hindered), Colour::kOdd);
  }
}

std::string checks_table(const Json& document, bool colours) {
  using Align = Table::Align;
  Table table({{"STATE"},
               {"NAME"},
               {"TARGET"},
               {"WEIGHT", Align::kRight},
               {"FOR", Align::kRight},
               {"P50 MS", Align::kRight},
               {"P99 MS", Align::kRight},
               {"NEXT IN", Align::kRight}},
              colours);
  const Json& checks = document.at("checks");
  for (const Json& check : checks) {
    const Json& up = check.at("up");
    const bool stale = check.at("stale").get<bool>();
    const std::string state = !check.at("suspended").is_null() ? "suspended"
                              : up.is_null()                   ? "unknown"
                              : up.get<bool>()                 ? "up"
                                                               : "down";
    const Json& latency = check.at("latency_ms");
    const Json& weight = check.at("weight");
    const Json& next = check.at("next_seconds");
    table.row({state + (stale && !up.is_null() ? "?" : ""), text_of(check.at("name")),
               text_of(check.at("target")), weight.is_null() ? "-" : number_of(weight) + "%",
               age_of(check), milliseconds_of(latency, "median"), milliseconds_of(latency, "p99"),
               next.is_null() ? "-" : age(next.get<double>())},
              stale ? Colour::kOdd : colour_of(state));
    add_details(table, check);
  }
  return checks.empty() ? "no such checks\n" : table.to_string();
}

std::string run_text(const Json& run, bool colours) {
  std::string text;
  for (const Json& line : run.at("conversation")) text += text_of(line) + "\n";
  const std::string result = text_of(run.at("result"));
  const Colour colour = result == "good"  ? Colour::kGood
                        : result == "bad" ? Colour::kBad
                                          : Colour::kOdd;
  return text + text_of(run.at("check")) + ": " + coloured(result, colour, colours) + ", " +
         text_of(run.at("reason")) + "\n";
}

// Reads an answer of the daemon's, which may be that there is none.
template <typename T = std::string, typename Show>
Result<T> shown(const std::string& document, Show show) {
  try {
    Json json = Json::parse(document);
    if (json.contains("error")) return fail(text_of(json.at("error")));
    return show(std::move(json));
  } catch (const Json::exception& error) {
    // The library reports by exceptions; they end here.
    return fail(std::string("this holdfastctl does not understand the answer: ") + error.what());
  }
}

}  // namespace

Result<std::string> checks_report(const std::string& document, const CheckFilter& filter,
                                  bool colours) {
  return shown(document,
               [&](Json json) { return checks_table(filtered(std::move(json), filter), colours); });
}

Result<std::string> checks_json(const std::string& document, const CheckFilter& filter) {
  return shown(document, [&](Json json) {
    return filtered(std::move(json), filter).dump(2, ' ', false, Json::error_handler_t::replace) +
           "\n";
  });
}

Result<RunReport> run_report(const std::string& document, bool colours) {
  return shown<RunReport>(document, [&](const Json& json) {
    return RunReport{run_text(json, colours), json.at("result") == "good"};
  });
}

Result<std::string> report(const std::string& document, bool colours) {
  return shown(document, [&](const Json& json) { return Report(json, colours).text(); });
}

Result<std::string> done_report(const std::string& document) {
  return shown(document, [](const Json& json) {
    static_cast<void>(json.at("done").get<bool>());
    return std::string();
  });
}

Result<std::string> servers_report(const std::string& document, bool colours) {
  return shown(document, [&](const Json& json) { return Report(json, colours).servers_text(); });
}

}  // namespace holdfast::ctl
