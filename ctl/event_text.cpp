// SPDX-License-Identifier: Apache-2.0
#include "ctl/event_text.h"

#include <string_view>

namespace holdfast::ctl {

std::string subject_of(const Json& event) {
  const std::string kind = text_of(event.at("kind"));
  if (event.at("subject").is_null()) return kind == "maintenance" ? "this node" : kind;
  const std::string name = text_of(event.at("subject"));
  if (kind == "worker") return name;
  return (kind == "priority"         ? "instance"
          : kind == "virtual_server" ? "virtual server"
                                     : kind) +
         " " + name;
}

std::string change_of(const Json& event) {
  const std::string kind = text_of(event.at("kind"));
  const std::string to = text_of(event.at("to"));
  if (kind == "maintenance") return "maintenance " + to;
  const std::string before = kind == "priority" ? "priority " : "";
  if (event.at("from").is_null()) return before + to;
  return before + text_of(event.at("from")) + " -> " + to;
}

std::string sentence_of(const Json& event) {
  const std::string kind = text_of(event.at("kind"));
  const std::string to = text_of(event.at("to"));
  const std::string reason = text_of(event.at("reason"));
  std::string text = subject_of(event) + " ";
  if (kind == "instance") {
    text += "became " + to;
  } else if (kind == "priority") {
    text += "had its priority moved from " +
            (event.at("from").is_null() ? "-" : text_of(event.at("from"))) + " to " + to;
  } else if (kind == "check" || kind == "virtual_server") {
    text += (to == "up" ? "came " : "went ") + to;
  } else if (kind == "worker") {
    text += to == "running" ? "runs again" : to;
  } else if (kind == "maintenance") {
    text += to == "on" ? "was taken out for maintenance" : "came back from maintenance";
  } else if (kind == "server") {
    text += "was given the order: " + to;
  } else {
    text += to;
  }
  return reason.empty() ? text : text + ": " + reason;
}

std::string meaning_of(const std::string& reason) {
  const auto has = [&](std::string_view part) { return reason.find(part) != std::string::npos; };
  if (reason.starts_with("no advert from ")) {
    return "That node held the addresses and was heard no more: it died, it hangs, or the network "
           "between the two is cut.";
  }
  if (reason.starts_with("no advert heard")) {
    return "No other node was heard, so this one took the addresses.";
  }
  if (has(" let go (priority 0)")) {
    return "That node held the addresses and handed them over: it was stopped, taken out for "
           "maintenance, or lost what it needs.";
  }
  if (reason.starts_with("preempted ")) {
    return "That node held the addresses, and this one has the higher priority and may preempt.";
  }
  if (has(" too, and the higher address")) {
    return "Both had the addresses with the same priority: the higher address wins.";
  }
  if (has(" has priority ") && has(" over our ")) {
    return "Another node is there with a higher priority, so this one gave way.";
  }
  if (reason == "handed over") {
    return "It let the addresses go in order: a stop, maintenance, or a configuration without it.";
  }
  if (reason == "started") {
    return "It listens first whether another node holds the addresses.";
  }
  if (reason.starts_with("interface ") || reason.starts_with("check ")) {
    return "Without that, this node must not hold the addresses.";
  }
  return "";
}

}  // namespace holdfast::ctl
