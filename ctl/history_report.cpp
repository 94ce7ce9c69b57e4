// SPDX-License-Identifier: Apache-2.0
#include "ctl/history_report.h"

#include <utility>

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

Json filtered(Json document, const HistoryFilter& filter) {
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
  return shown(document,
               [&](Json json) { return table_of(filtered(std::move(json), filter), colours); });
}

Result<std::string> history_json(const std::string& document, const HistoryFilter& filter) {
  return shown(document, [&](Json json) { return dumped(filtered(std::move(json), filter)); });
}

}  // namespace holdfast::ctl
