// SPDX-License-Identifier: Apache-2.0
#include "ctl/status_report.h"

#include <algorithm>
#include <cstdint>
#include <map>

#include "ctl/document.h"
#include "ctl/service_text.h"
#include "ctl/text.h"

namespace holdfast::ctl {
namespace {

std::string not_running(const std::string& worker, const std::string& state) {
  const std::string whose = worker == "vrrp-worker"    ? "routers"
                            : worker == "check-worker" ? "checks"
                                                       : "virtual servers";
  return "The " + worker + " is " + state + ". What is said of " + whose +
         " below is what was last known, not what is.";
}

// A status of more checks than these leaves out those that are up.
constexpr std::size_t kChecksShown = 50;
// What the witness says of an instance; empty: it has none.
std::string lease_of(const Json& witness) {
  if (witness.is_null()) return "";
  if (witness.at("reached") == false) {
    const std::string trouble = text_of(witness.at("trouble"));
    return "the witness is not reached" + (trouble.empty() ? "" : ": " + trouble) +
           (witness.at("when_unreachable") == "hold" ? "; it counts for nothing meanwhile"
                                                     : "; no addresses without it");
  }
  if (witness.at("held") == true) return "holds the lease of the witness";
  const Json& holder = witness.at("holder");
  return holder.is_null() ? "has no lease of the witness"
                          : "the witness says that " + text_of(holder) + " holds the lease";
}

class Report {
 public:
  Report(const Json& status, bool colours) : status_(status), colours_(colours) {}

  std::string text() const {
    return headline() + problems() + section("VIRTUAL ROUTERS", routers()) +
           section("CHECKS", checks()) + section("VIRTUAL SERVERS", services()) +
           section("WORKERS", workers()) + configuration();
  }

 private:
  std::string section(const std::string& title, const std::string& body) const {
    if (body.empty()) return "";
    return "\n" + coloured(title, Colour::kBold, colours_) + "\n" + body;
  }

  // "lb1: 1 MASTER, 2 BACKUP; 1 of 2 checks up; 1 of 2 virtual servers up, 1 on its sorry server".
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
    return coloured(text_of(status_.at("node")), Colour::kBold, colours_) + ": " + line + served() +
           "\n";
  }

  std::string served() const {
    const Json& services = status_.at("virtual_servers");
    if (services.empty()) return "";
    const auto count = [&](const char* key) {
      return static_cast<std::size_t>(
          std::count_if(services.begin(), services.end(),
                        [&](const Json& service) { return service.at(key) == true; }));
    };
    std::string line = "; " + std::to_string(count("quorum")) + " of " +
                       plural(services.size(), "virtual server", "virtual servers") + " up";
    if (const std::size_t sorry = count("sorry"); sorry > 0) {
      line += ", " + coloured(std::to_string(sorry) + " on " + (sorry == 1 ? "its" : "their") +
                                  " sorry server",
                              Colour::kOdd, colours_);
    }
    if (const std::size_t panic = count("panic"); panic > 0) {
      line += ", " + coloured(std::to_string(panic) + " on servers that have failed", Colour::kOdd,
                              colours_);
    }
    return line;
  }

  std::string problems() const {
    std::string text;
    if (const Json& out = status_.at("maintenance"); !out.is_null()) {
      const Json& until = out.at("until");
      text += problem(
          "Maintenance: this node has handed everything over and takes nothing, until " +
          (until.is_null() ? "told otherwise: holdfastctl maintenance off" : text_of(until)) + ".");
    }
    for (const Json& worker : status_.at("workers")) {
      const std::string state = text_of(worker.at("state"));
      if (state == "running") continue;
      text += problem(not_running(text_of(worker.at("name")), state));
    }
    const Json& refused = status_.at("config").at("last_error");
    if (!refused.is_null()) {
      text += problem(
          "The last reload failed at " + text_of(refused.at("at")) +
          "; the configuration before it is in force. Why: " + text_of(refused.at("message")));
    }
    if (const Json late = status_.value("checks_late", Json()); !late.is_null()) {
      text += problem(sentence(text_of(late.at("reason"))) + " For " +
                      age(late.at("since_seconds").get<double>()) + ". See: holdfastctl doctor");
    }
    for (const Json& receiver : status_.value("receivers", Json::array())) {
      text += untold(receiver);
    }
    return text;
  }

  // "Receiver of alerts ops is not told: 3 tries failed in a row, the last 5 s ago: HTTP 503."
  std::string untold(const Json& receiver) const {
    const auto failures = receiver.at("failures_in_a_row").get<std::size_t>();
    if (failures == 0) return "";
    const Json& last = receiver.at("last_error");
    return problem("Receiver of alerts " + text_of(receiver.at("name")) +
                   " is not told: " + plural(failures, "try", "tries") +
                   " failed in a row, the last " + age(last.at("seconds_ago").get<double>()) +
                   " ago: " + text_of(last.at("reason")) + ". It is tried again.");
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
      const std::string witness = lease_of(router.value("witness", Json()));
      if (!witness.empty()) table.detail(witness);
      if (router.contains("peers")) {
        for (const Json& peer : router.at("peers")) add_peer(table, peer);
      }
      const std::string refused = refused_adverts(router.at("adverts").at("rejected"));
      if (!refused.empty()) table.detail(refused, Colour::kOdd);
    }
    const std::string strangers = refused_adverts(status_.at("rejected_adverts"));
    const std::string note = strangers.empty() ? "" : wrapped("Of no router here: " + strangers, 0);
    return routers.empty() ? note : table.to_string() + note;
  }

  // "peer 192.0.2.2 is MASTER: priority 150, VRRPv3, last advert 0.4 s ago".
  static void add_peer(Table& table, const Json& peer) {
    const std::string who = "peer " + text_of(peer.at("address"));
    if (peer.at("last_advert_seconds").is_null()) {
      table.detail(who + " has not been heard", Colour::kFaint);
      return;
    }
    const std::string state = text_of(peer.at("state"));
    const std::string is = state == "MASTER"   ? " is MASTER"
                           : state == "SILENT" ? " is silent"
                                               : " has let go";
    const double seconds = peer.at("last_advert_seconds").get<double>();
    table.detail(who + is + ": priority " + number_of(peer.at("priority")) + ", VRRPv" +
                     number_of(peer.at("version")) + ", last advert " +
                     (seconds < 1 ? "just now" : age(seconds) + " ago"),
                 Colour::kFaint);
    const Json& mismatches = peer.at("mismatches");
    if (mismatches.empty()) return;
    table.detail(who + " does not fit (" + list(mismatches) + "): " + text_of(peer.at("detail")),
                 Colour::kOdd);
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

}  // namespace

Result<std::string> report(const std::string& document, bool colours) {
  return shown(document, [&](const Json& json) { return Report(json, colours).text(); });
}

}  // namespace holdfast::ctl
