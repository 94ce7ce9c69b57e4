// SPDX-License-Identifier: Apache-2.0
#include "ctl/checks_report.h"

#include <iomanip>
#include <sstream>
#include <utility>

#include "config/nearest.h"
#include "ctl/document.h"
#include "ctl/text.h"

namespace holdfast::ctl {
namespace {

bool is_wanted(const Json& check, const CheckFilter& filter) {
  if (filter.down && check.at("up") == true) return false;
  return is_one_of(filter.names, check.at("name").get_ref<const std::string&>());
}

// That none of them is down is no error, but that there is none of a name is.
Result<Json> filtered(Json document, const CheckFilter& filter) {
  std::vector<std::string> names;
  for (const Json& check : document.at("checks")) names.push_back(check.at("name"));
  if (const auto wrong = like_none(filter.names, names)) {
    return fail(no_such("check", printable(*wrong), names));
  }
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
  const Json& last = check.at("last");
  const Json& error = check.at("last_error");
  const bool good = !last.is_null() && last.at("good").get<bool>();
  // One reason is told once: with the time when it was given last.
  const auto is_reason = [&check](const Json& event) {
    return !event.is_null() && event.at("reason") == check.at("reason");
  };
  const Json& same = is_reason(last) ? last : error;
  const bool told = is_reason(same);
  table.detail(text_of(check.at("reason")) + (told ? ago(same) : ""));
  if (const Json& resolved = check.at("resolved"); !resolved.is_null()) {
    table.detail("address: " + text_of(resolved), Colour::kFaint);
  }
  if (const Json& hastened = check.at("hastened"); !hastened.is_null()) {
    table.detail("asked more often: " + text_of(hastened), Colour::kOdd);
  }
  if (const Json& suspended = check.at("suspended"); !suspended.is_null()) {
    table.detail("suspended: " + text_of(suspended), Colour::kOdd);
  }
  if (good && !is_reason(last)) {
    table.detail("last attempt: " + text_of(last.at("reason")) + ago(last), Colour::kFaint);
  }
  if (!error.is_null() && !is_reason(error)) {
    table.detail("last error: " + text_of(error.at("reason")) + ago(error), Colour::kOdd);
  }
  const Json& held = check.at("held_seconds");
  if (!held.is_null()) {
    table.detail("held down for " + age(held.get<double>()) + " more", Colour::kOdd);
  }
  const Json& hindered = check.at("hindered");
  if (!hindered.is_null()) {
    table.detail("no result: " + text_of(hindered.at("reason")) + ago(hindered), Colour::kOdd);
  }
}

std::string checks_table(const Json& document, bool down, bool colours) {
  const Json& checks = document.at("checks");
  if (checks.empty()) return down ? "none is down\n" : "no checks\n";
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
  return table.to_string();
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

}  // namespace

Result<std::string> checks_report(const std::string& document, const CheckFilter& filter,
                                  bool colours) {
  return shown(document, [&](Json json) {
    return filtered(std::move(json), filter).map([&](const Json& wanted) {
      return checks_table(wanted, filter.down, colours);
    });
  });
}

Result<std::string> checks_json(const std::string& document, const CheckFilter& filter) {
  return shown(document, [&](Json json) { return filtered(std::move(json), filter).map(dumped); });
}

Result<RunReport> run_report(const std::string& document, bool colours) {
  return shown<RunReport>(document, [&](const Json& json) {
    return RunReport{run_text(json, colours), json.at("result") == "good"};
  });
}

}  // namespace holdfast::ctl
