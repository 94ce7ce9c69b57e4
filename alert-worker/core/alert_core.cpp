// SPDX-License-Identifier: Apache-2.0
#include "alert-worker/core/alert_core.h"

#include <algorithm>
#include <utility>

#include "common/core/glob.h"
#include "common/core/number.h"
#include "common/core/overloaded.h"
#include "common/core/words.h"

namespace holdfast::alert {
namespace {

constexpr Duration kMinute = std::chrono::minutes{1};
constexpr Duration kGrace = std::chrono::seconds{5};  // the shell's own timeout comes first

bool any_matches(const std::vector<std::string>& globs, const std::string& text) {
  return globs.empty() || std::any_of(globs.begin(), globs.end(), [&](const std::string& glob) {
           return glob_matches(glob, text);
         });
}

// Those that speak of one thing at a time.
std::size_t batch_max(const ReceiverConfig& receiver) {
  const auto* const webhook = std::get_if<WebhookReceiver>(&receiver.by);
  const bool one = std::holds_alternative<ScriptReceiver>(receiver.by) ||
                   (webhook != nullptr && webhook->format == WebhookFormat::kPagerDuty);
  return one ? 1 : AlertCore::kBatchMax;
}

}  // namespace

AlertActions AlertCore::handle(const AlertEvent& event, Time now) {
  now_ = now;
  std::visit(Overloaded{
                 [this](const AlertsConfig& config) { configure(config); },
                 [this](const QueuedAlert& queued) { take_over(queued); },
                 [this](const ReceiverState& state) { take_over(state); },
                 [this](const Happened& one) { happened(one.alert); },
                 [this](const Delivered& one) { delivered(one); },
                 [this](const TestOrder& one) { test(one); },
                 [this](const Wake&) { wake(); },
             },
             event);
  send_what_is_due();
  return std::exchange(actions_, {});
}

std::optional<Time> AlertCore::deadline() const {
  std::optional<Time> first;
  const auto consider = [&first](std::optional<Time> time) {
    if (time && (!first || *time < *first)) first = time;
  };
  for (const auto& [name, receiver] : receivers_) consider(due(name, receiver));
  for (const auto& [name, receiver] : receivers_) {
    if (receiver.attempt) consider(receiver.attempt->deadline);
  }
  for (const auto& [attempt, one] : tests_) consider(one.deadline);
  if (!queue_.empty()) consider(queue_.begin()->second.since + config_.give_up);
  return first;
}

// ---- Events.

void AlertCore::configure(const AlertsConfig& config) {
  config_ = config;
  std::map<std::string, Receiver> kept;
  for (const ReceiverConfig& one : config.receivers) {
    const auto known = receivers_.find(one.name);
    // Another address is a fresh start; what is under way to the old one is answered to nobody.
    const bool same = known != receivers_.end() && known->second.config == one;
    if (!same && known != receivers_.end()) actions_.emplace_back(ReceiverState{one.name});
    kept.emplace(one.name, same ? std::move(known->second) : Receiver{one});
    kept.at(one.name).state.receiver = one.name;
  }
  receivers_ = std::move(kept);
  std::vector<std::uint64_t> gone;
  for (auto& [number, entry] : queue_) {
    const std::size_t removed = std::erase_if(
        entry.receivers, [this](const std::string& name) { return !receivers_.contains(name); });
    if (entry.receivers.empty() || entry.place >= config_.queue) {
      gone.push_back(number);
    } else if (removed > 0) {
      keep(number, entry);
    }
  }
  for (const std::uint64_t number : gone) remove(number);
}

void AlertCore::take_over(const QueuedAlert& queued) {
  const auto place = whole_number<std::uint32_t>(queued.place);
  if (!place) return;
  alerts_ = std::max(alerts_, queued.number);
  if (queued.alert.event.empty() || places_.contains(*place)) return;
  Entry entry{*place, now_, queued.alert, {}};
  for (const ReceiverName& one : queued.receivers) {
    if (receivers_.contains(one.name)) entry.receivers.insert(one.name);
  }
  if (entry.receivers.empty() || *place >= config_.queue) return;
  places_.insert(*place);
  queue_.emplace(queued.number, std::move(entry));
}

void AlertCore::take_over(const ReceiverState& state) {
  const auto found = receivers_.find(state.receiver);
  if (found != receivers_.end()) found->second.state = state;
}

void AlertCore::happened(const Alert& alert) {
  std::set<std::string> receivers = receivers_of(alert);
  if (receivers.empty()) return;
  const std::optional<std::uint32_t> place = free_place();
  if (!place) {
    leave_out(alert, receivers);
    return;
  }
  places_.insert(*place);
  const std::uint64_t number = ++alerts_;
  const auto entry = queue_.emplace(number, Entry{*place, now_, alert, std::move(receivers)}).first;
  keep(number, entry->second);
}

void AlertCore::delivered(const Delivered& event) {
  if (const auto one = tests_.extract(event.attempt)) {
    actions_.emplace_back(Tested{one.mapped().ticket, event.good, event.reason});
    return;
  }
  const auto found = receivers_.find(event.receiver);
  if (found == receivers_.end()) return;
  auto& [name, receiver] = *found;
  if (!receiver.attempt || receiver.attempt->number != event.attempt) return;
  if (!event.good) {
    failed(name, receiver, event.reason);
    return;
  }
  const Attempt attempt = *std::exchange(receiver.attempt, std::nullopt);
  if (std::exchange(receiver.state.failures, 0) > 0) {
    log(LogLevel::kInfo, "receiver " + name + " can be told again: " + event.reason);
  }
  ++receiver.state.delivered;
  actions_.emplace_back(receiver.state);
  receiver.not_before = Time::min();
  receiver.left_out -= attempt.left_out;
  for (const std::uint64_t number : attempt.entries) {
    const auto entry = queue_.find(number);
    if (entry == queue_.end()) continue;
    entry->second.receivers.erase(name);
    if (entry->second.receivers.empty()) {
      remove(number);
    } else {
      keep(number, entry->second);
    }
  }
}

void AlertCore::test(const TestOrder& event) {
  const auto receiver = receivers_.find(event.receiver);
  if (receiver == receivers_.end() || tests_.size() >= kTestsMax) {
    const bool there = receiver != receivers_.end();
    actions_.emplace_back(
        Tested{event.ticket, false, there ? "too many tests are under way" : "no such receiver"});
    return;
  }
  const std::uint64_t attempt = ++attempts_;
  tests_.emplace(attempt, UnderTest{event.ticket, event.receiver, now_ + config_.timeout + kGrace});
  const Alert alert{"test", event.receiver, false, "a test of this receiver; nothing has happened",
                    event.at};
  actions_.emplace_back(Deliver{event.receiver, attempt, {alert}, 0});
}

void AlertCore::wake() {
  for (auto& [name, receiver] : receivers_) {
    if (receiver.attempt && receiver.attempt->deadline <= now_) {
      failed(name, receiver, "no answer");
    }
  }
  while (true) {
    const auto late = std::find_if(tests_.begin(), tests_.end(),
                                   [this](const auto& one) { return one.second.deadline <= now_; });
    if (late == tests_.end()) break;
    actions_.emplace_back(Tested{late->second.ticket, false, "no answer"});
    tests_.erase(late);
  }
  while (!queue_.empty() && queue_.begin()->second.since + config_.give_up <= now_) {
    const auto& [number, entry] = *queue_.begin();
    for (const std::string& name : entry.receivers) {
      log(LogLevel::kError,
          "receiver " + name + " was never told, and will not be: " + entry.alert.text);
    }
    remove(number);
  }
}

// ---- The queue.

std::set<std::string> AlertCore::receivers_of(const Alert& alert) const {
  std::set<std::string> names;
  const auto add = [&](const std::string& name) {
    const auto found = receivers_.find(name);
    if (found == receivers_.end() || (alert.resolved && !found->second.config.resolved)) return;
    names.insert(name);
  };
  const auto add_all = [&] {
    for (const auto& [name, receiver] : receivers_) add(name);
  };
  if (config_.rules.empty()) add_all();
  for (const AlertRule& rule : config_.rules) {
    if (!any_matches(rule.events, alert.event) || !any_matches(rule.names, alert.name)) continue;
    if (rule.receivers.empty()) add_all();
    for (const std::string& name : rule.receivers) add(name);
  }
  return names;
}

std::optional<std::uint32_t> AlertCore::free_place() {
  if (places_.size() >= config_.queue) {
    const auto hopeless = std::find_if(queue_.begin(), queue_.end(), [this](const auto& one) {
      const auto& names = one.second.receivers;
      return std::all_of(names.begin(), names.end(), [this](const std::string& name) {
        return receivers_.at(name).state.failures > 0;
      });
    });
    if (hopeless == queue_.end()) return std::nullopt;
    leave_out(hopeless->second.alert, hopeless->second.receivers);
    remove(hopeless->first);
  }
  std::uint32_t place = 0;
  for (const std::uint32_t taken : places_) {
    if (taken != place) break;
    ++place;
  }
  return place;
}

void AlertCore::leave_out(const Alert& alert, const std::set<std::string>& receivers) {
  for (const std::string& name : receivers) ++receivers_.at(name).left_out;
  if (worth_a_line(++lost_)) {
    log(LogLevel::kWarning, "the queue of alerts is full: " + std::to_string(lost_) +
                                " left out so far, now: " + alert.text);
  }
}

void AlertCore::keep(std::uint64_t number, const Entry& entry) {
  QueuedAlert queued{std::to_string(entry.place), number, entry.alert, {}};
  for (const std::string& name : entry.receivers) queued.receivers.push_back({name});
  actions_.emplace_back(std::move(queued));
}

void AlertCore::remove(std::uint64_t number) {
  const auto entry = queue_.find(number);
  if (entry->second.place < config_.queue) {  // else the supervisor has forgotten it
    actions_.emplace_back(QueuedAlert{std::to_string(entry->second.place), number, {}, {}});
  }
  places_.erase(entry->second.place);
  queue_.erase(entry);
}

// ---- Deliveries.

void AlertCore::failed(const std::string& name, Receiver& receiver, const std::string& reason) {
  receiver.attempt.reset();
  ReceiverState& state = receiver.state;
  ++state.failed;
  state.failed_at = now_;
  state.reason = bounded(reason);
  const Duration pause = backoff(++state.failures);
  actions_.emplace_back(state);
  receiver.not_before = now_ + pause;
  if (worth_a_line(state.failures)) {
    log(LogLevel::kWarning, "receiver " + name + " could not be told, " +
                                std::to_string(state.failures) + " times in a row, again in " +
                                in_words(pause) + ": " + reason);
  }
}

Duration AlertCore::backoff(std::uint32_t failures) const {
  Duration pause = config_.retry_min;
  for (std::uint32_t i = 1; i < failures && pause < config_.retry_max; ++i) pause *= 2;
  return std::min(pause, config_.retry_max);
}

std::optional<Time> AlertCore::due(const std::string& name, const Receiver& receiver) const {
  if (receiver.attempt) return std::nullopt;
  const auto first = std::find_if(queue_.begin(), queue_.end(), [&](const auto& one) {
    return one.second.receivers.contains(name);
  });
  if (first == queue_.end()) return std::nullopt;
  Time when = std::max(first->second.since + config_.group, receiver.not_before);
  if (receiver.sent.size() >= config_.rate) {
    const Time oldest = receiver.sent[receiver.sent.size() - config_.rate];
    when = std::max(when, oldest + kMinute);
  }
  return when;
}

void AlertCore::send_what_is_due() {
  for (auto& [name, receiver] : receivers_) {
    const std::optional<Time> when = due(name, receiver);
    if (when && *when <= now_) send(name, receiver);
  }
}

void AlertCore::send(const std::string& name, Receiver& receiver) {
  Deliver deliver{name, ++attempts_, {}, receiver.left_out};
  Attempt attempt{deliver.attempt, now_ + config_.timeout + kGrace, {}, receiver.left_out};
  for (const auto& [number, entry] : queue_) {
    if (!entry.receivers.contains(name)) continue;
    deliver.alerts.push_back(entry.alert);
    attempt.entries.push_back(number);
    if (deliver.alerts.size() >= batch_max(receiver.config)) break;
  }
  receiver.attempt = std::move(attempt);
  receiver.sent.push_back(now_);
  while (receiver.sent.front() + kMinute <= now_) receiver.sent.pop_front();
  actions_.emplace_back(std::move(deliver));
}

void AlertCore::log(LogLevel level, std::string text) {
  actions_.emplace_back(LogLine{level, std::move(text)});
}

}  // namespace holdfast::alert
