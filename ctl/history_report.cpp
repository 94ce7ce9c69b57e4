// SPDX-License-Identifier: Apache-2.0
#include "ctl/history_report.h"

#include <algorithm>
#include <utility>

#include "config/nearest.h"
#include "ctl/document.h"
#include "ctl/event_text.h"
#include "ctl/text.h"

namespace holdfast::ctl {
namespace {

bool is_wanted(const Json& event, const HistoryFilter& filter) {
  if (filter.names.empty()) return true;
  const Json& subject = event.at("subject");
  if (subject.is_null()) return false;
  return is_one_of(filter.names, subject.get_ref<const std::string&>());
}

// Whom it speaks of, each once.
std::vector<std::string> subjects_in(const Json& document) {
  std::vector<std::string> names;
  for (const Json& event : document.at("events")) {
    const Json& subject = event.at("subject");
    if (subject.is_null()) continue;
    const auto& name = subject.get_ref<const std::string&>();
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  return names;
}

Result<Json> filtered(Json document, const HistoryFilter& filter) {
  const std::vector<std::string> names = subjects_in(document);
  if (const auto wrong = like_none(filter.names, names)) {
    return fail("the history has nothing of '" + printable(*wrong) + "'" +
                what_there_is(*wrong, names));
  }
  Json wanted = Json::array();
  for (Json& event : document.at("events")) {
    if (is_wanted(event, filter)) wanted.push_back(std::move(event));
  }
  if (filter.last > 0 && wanted.size() > filter.last) {
    const auto surplus = static_cast<Json::difference_type>(wanted.size() - filter.last);
    wanted.erase(wanted.begin(), wanted.begin() + surplus);
  }
  document.at("events") = std::move(wanted);
  return document;
}

std::string table_of(const Json& document, bool colours) {
  Table table({{"WHEN"}, {"WHAT"}, {"CHANGE"}}, colours);
  for (const Json& event : document.at("events")) {
    table.row({text_of(event.at("at")), subject_of(event), change_of(event)},
              colour_of(text_of(event.at("to"))));
    const std::string reason = text_of(event.at("reason"));
    if (!reason.empty()) table.detail(reason, Colour::kFaint);
    const std::string moved_by = text_of(event.at("priority_reason"));
    if (!moved_by.empty() && moved_by != reason) {
      table.detail("priority " + number_of(event.at("priority")) + ": " + moved_by, Colour::kOdd);
    }
  }
  return document.at("events").empty() ? "nothing is in the history\n" : table.to_string();
}

}  // namespace

Result<std::string> history_report(const std::string& document, const HistoryFilter& filter,
                                   bool colours) {
  return shown(document, [&](Json json) {
    return filtered(std::move(json), filter).map([&](const Json& wanted) {
      return table_of(wanted, colours);
    });
  });
}

Result<std::string> history_json(const std::string& document, const HistoryFilter& filter) {
  return shown(document, [&](Json json) { return filtered(std::move(json), filter).map(dumped); });
}

}  // namespace holdfast::ctl
