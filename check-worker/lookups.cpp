// SPDX-License-Identifier: Apache-2.0
#include "check-worker/lookups.h"

#include <memory>
#include <utility>
#include <vector>

#include "check-worker/core/lookup.h"
#include "common/clock.h"
#include "common/core/overloaded.h"
#include "common/log.h"
#include "common/random.h"

namespace holdfast::check {
Lookups::Lookups(EventLoop& loop, TlsClient& tls, Told told)
    : loop_(loop), tls_(tls), told_(std::move(told)), timer_(loop, [this] { wake(); }) {}

void Lookups::want(std::set<HostName> names, const ResolverConfig& config) {
  happen(NamesWanted{std::move(names), config});
}

void Lookups::read(const std::string& path, const std::string& text) {
  if (const auto event = file_read(path, text)) happen(*event);
}

void Lookups::happen(const ResolverEvent& event) {
  perform(resolver_.handle(event, monotonic_now()));
  // A lookup may end as it begins, and then another begins.
  while (!ended_.empty()) {
    auto ended = running_.extract(ended_.extract(ended_.begin()).value());
    if (ended.empty()) continue;
    Running& running = ended.mapped();
    const ProbeResult result = running.probe->result().value();
    const bool good = result.verdict == Verdict::kGood;
    perform(resolver_.handle(
        LookupEnded{ended.key(), good ? running.answer : std::nullopt, result.reason},
        monotonic_now()));
  }
  timer_.set(resolver_.deadline());
}

// What came in time is seen before the time is up.
void Lookups::wake() {
  std::vector<std::uint64_t> attempts;
  for (const auto& [attempt, running] : running_) attempts.push_back(attempt);
  for (const std::uint64_t attempt : attempts) look_at(attempt);
  happen(LookupWake{});
}

void Lookups::perform(const ResolverActions& actions) {
  for (const ResolverAction& action : actions) {
    std::visit(Overloaded{
                   [this](const StartLookup& one) { start(one); },
                   [this](const CancelLookup& one) {
                     ended_.erase(one.attempt);
                     running_.erase(one.attempt);
                   },
                   [this](const NameChanged& one) { told_(one); },
                   [](const LogLine& line) { log(line); },
               },
               action);
  }
}

void Lookups::start(const StartLookup& action) {
  Running& running = running_[action.attempt];
  Inquiry inquiry{
      Transport::kUdp, action.server, nullptr,
      std::make_unique<LookupConversation>(action.question, unpredictable(), running.answer), true};
  const auto ready = [this, attempt = action.attempt] {
    look_at(attempt);
    happen(LookupWake{});
  };
  running.probe.emplace(loop_, tls_, std::move(inquiry), ConnectConfig{}, ready);
  if (running.probe->has_ended()) look_at(action.attempt);  // as it began
}

void Lookups::look_at(std::uint64_t attempt) {
  const auto running = running_.find(attempt);
  if (running != running_.end() && running->second.probe->result()) ended_.insert(attempt);
}

}  // namespace holdfast::check
