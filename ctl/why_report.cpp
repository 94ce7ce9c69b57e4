// SPDX-License-Identifier: Apache-2.0
#include "ctl/why_report.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <utility>
#include <vector>

#include "config/nearest.h"
#include "ctl/document.h"
#include "ctl/event_text.h"
#include "ctl/text.h"

namespace holdfast::ctl {
namespace {

// What happened so long before a change may have to do with it.
constexpr double kNearSeconds = 15;
constexpr std::size_t kNearMax = 8;
constexpr std::size_t kEarlierMax = 6;

// A sentence of the chain. `about` says what it is to the one above: "state", "cause", "meaning",
// "priority", "check", "before", "earlier", "note".
struct Sentence {
  std::string about;
  Json at;  // when, or null
  std::string text;
};

std::string seconds_text(double seconds) {
  if (seconds >= 60) return age(seconds);
  std::array<char, 32> text{};
  static_cast<void>(std::snprintf(text.data(), text.size(), "%.1f s", seconds));
  return text.data();
}

class Why {
 public:
  Why(const Json& status, const Json& history, const Json& router)
      : status_(status), events_(history.at("events")), router_(router) {
    name_ = router.at("name").get<std::string>();
    for (std::size_t i = 0; i < events_.size(); ++i) {
      if (changes_it(events_[i])) changes_.push_back(i);
    }
  }

  std::vector<Sentence> chain() {
    notes();
    present();
    priority();
    before();
    earlier();
    return std::move(chain_);
  }

 private:
  bool changes_it(const Json& event) const {
    return event.at("kind") == "instance" && event.at("subject") == name_;
  }

  void say(const char* about, const Json& at, std::string text) {
    chain_.push_back({about, at, std::move(text)});
  }

  void notes() {
    const Json& maintenance = status_.at("maintenance");
    if (!maintenance.is_null()) {
      const Json& until = maintenance.at("until");
      say("note", maintenance.at("since"),
          "This node is in maintenance" +
              (until.is_null() ? std::string(" until told otherwise")
                               : " until " + text_of(until)) +
              ": it has handed everything over and takes nothing.");
    } else if (router_.at("stale") == true) {
      say("note", nullptr,
          "The vrrp-worker is not running: this is what was last known, not what is.");
    }
  }

  void present() {
    const std::string state = text_of(router_.at("state"));
    const Json& since = router_.at("since");
    std::string text = name_ + " is " + state;
    if (!since.is_null()) text += " since " + text_of(since) + " (" + age_of(router_) + ")";
    say("state", since, text + ", with priority " + number_of(router_.at("priority")) + ".");
    const std::string reason = text_of(router_.at("reason"));
    if (reason.empty()) return;
    say("cause", since, "Because: " + reason + ".");
    const std::string meaning = meaning_of(reason);
    if (!meaning.empty()) say("meaning", nullptr, meaning);
    checks_named_in(reason);
  }

  void priority() {
    const auto now = router_.at("priority").get<int>();
    const auto configured = router_.at("configured_priority").get<int>();
    if (now == configured) return;
    const std::string why = text_of(router_.at("priority_reason"));
    say("priority", nullptr,
        "Its priority is " + std::to_string(now) + " and not " + std::to_string(configured) +
            " as configured" + (why.empty() ? "." : ": " + why + "."));
    checks_named_in(why);
  }

  // A check's own words on why it is down.
  void checks_named_in(const std::string& reason) {
    for (const Json& check : status_.at("checks")) {
      const std::string name = text_of(check.at("name"));
      if (check.at("up") != false || reason.find("check " + name + " ") == std::string::npos) {
        continue;
      }
      say("check", check.at("since"),
          "Check " + name + " is down since " + text_of(check.at("since")) + " (" + age_of(check) +
              "): " + text_of(check.at("reason")) + ".");
    }
  }

  // What else happened on this node just before the last change.
  void before() {
    if (changes_.empty()) {
      say("note", nullptr, "No change of it is in the history.");
      return;
    }
    const Json& change = events_[changes_.back()];
    const auto when = change.at("at_seconds").get<double>();
    std::vector<Sentence> near;
    for (std::size_t i = changes_.back(); i-- > 0 && near.size() < kNearMax;) {
      const Json& event = events_[i];
      const double distance = when - event.at("at_seconds").get<double>();
      if (distance > kNearSeconds || changes_it(event)) break;
      near.push_back({"before", event.at("at"),
                      capital(seconds_text(std::max(distance, 0.0))) + " before that, " +
                          sentence_of(event) + "."});
    }
    for (Sentence& one : near) chain_.push_back(std::move(one));
  }

  void earlier() {
    for (std::size_t i = changes_.size(); i-- > 0 && changes_.size() - i <= kEarlierMax;) {
      const bool last = i + 1 == changes_.size();
      const Json& event = events_[changes_[i]];
      if (last && event.at("to") == router_.at("state")) continue;
      say("earlier", event.at("at"), "Earlier, " + sentence_of(event) + ".");
    }
  }

  const Json& status_;
  const Json& events_;
  const Json& router_;
  std::string name_;
  std::vector<std::size_t> changes_;  // of this router, in events_
  std::vector<Sentence> chain_;
};

Result<std::vector<Sentence>> chain_of(const Json& status, const std::string& history,
                                       const std::string& instance) {
  std::vector<std::string> names;
  for (const Json& router : status.at("vrrp")) {
    if (names.emplace_back(router.at("name")) != instance) continue;
    return shown<std::vector<Sentence>>(
        history, [&](const Json& json) { return Why(status, json, router).chain(); });
  }
  return fail(no_instance(instance, names));
}

std::string lines_of(const std::vector<Sentence>& chain, bool colours) {
  std::string text;
  for (const Sentence& one : chain) {
    const bool first = one.about == "state" || one.about == "note";
    const Colour colour = one.about == "state"     ? Colour::kBold
                          : one.about == "note"    ? Colour::kOdd
                          : one.about == "earlier" ? Colour::kFaint
                                                   : Colour::kNone;
    const std::string when =
        one.about == "before" || one.about == "earlier" ? text_of(one.at) + "  " : "";
    text += coloured(wrapped(when + one.text, first ? 0 : 2), colour, colours);
  }
  return text;
}

Json json_of(const Json& status, const std::string& instance, const std::vector<Sentence>& chain) {
  Json all = Json::array();
  for (const Sentence& one : chain) {
    all.push_back({{"about", one.about}, {"at", one.at}, {"text", one.text}});
  }
  return {{"api", 1}, {"node", status.at("node")}, {"instance", instance}, {"chain", all}};
}

}  // namespace

std::string no_instance(const std::string& wanted, const std::vector<std::string>& names) {
  return no_such("instance", printable(wanted), names);
}

Result<std::string> why_report(const std::string& status, const std::string& history,
                               const std::string& instance, bool colours) {
  return shown(status, [&](const Json& json) -> Result<std::string> {
    const auto chain = chain_of(json, history, instance);
    if (!chain) return tl::unexpected(chain.error());
    return lines_of(*chain, colours);
  });
}

Result<std::string> why_json(const std::string& status, const std::string& history,
                             const std::string& instance) {
  return shown(status, [&](const Json& json) -> Result<std::string> {
    const auto chain = chain_of(json, history, instance);
    if (!chain) return tl::unexpected(chain.error());
    return dumped(json_of(json, instance, *chain));
  });
}

}  // namespace holdfast::ctl
