// SPDX-License-Identifier: Apache-2.0
#include "witness-worker/core/witness_core.h"

#include <algorithm>
#include <utility>

#include "common/core/overloaded.h"

namespace holdfast::witness {
namespace {

std::string of_leases(const std::string& what) {
  return "witness: " + what;
}

}  // namespace

WitnessActions WitnessCore::handle(const WitnessEvent& event, Time now) {
  now_ = now;
  std::visit(Overloaded{
                 [&](const Config& config) { configure(config); },
                 [&](const LeaseWish& wish) { wished(wish); },
                 [&](const LeaseState& former) {
                   if (begun_) return;
                   Router& router = routers_[former.router];
                   router.held = former.held;
                   router.holder = former.holder;
                   router.said = former;
                 },
                 [&](const WitnessState& former) {
                   if (!begun_) said_ = former;
                 },
                 [&](const Begin&) { begin(); },
                 [&](const Answered& answer) { answered(answer); },
                 [&](const Failed& failure) { failed(failure); },
                 [&](const Wake&) {},
             },
             event);
  if (begun_) advance();
  return std::exchange(actions_, {});
}

std::optional<Time> WitnessCore::deadline() const {
  if (!begun_ || config_.endpoints.empty()) return std::nullopt;
  if (!authenticated_) {
    return asks<Authenticate>() ? std::nullopt : std::optional{authenticate_at_};
  }
  std::optional<Time> first;
  const auto consider = [&first](const std::optional<Time>& other) {
    if (other && (!first || *other < *first)) first = other;
  };
  if (!asks<Grant>() && !asks<Renew>()) consider(lease_at_);
  if (!alive()) return first;
  if (!asks<Look>()) consider(next_look());
  if (takes() >= kTakesMax) return first;
  for (const auto& [name, router] : routers_) {
    if (!router.asking && router.wanted && !router.held) consider(router.take_at);
    if (!router.asking && router.to_give_up) consider(router.take_at);
  }
  return first;
}

bool WitnessCore::idle() const {
  const bool gives = std::any_of(routers_.begin(), routers_.end(),
                                 [](const auto& one) { return one.second.to_give_up; });
  return !alive() || !gives;
}

// ---- What is asked for.

void WitnessCore::configure(const Config& config) {
  WitnessConfig wanted = config.witness;
  wanted.ttl = config_.ttl;
  // Another witness: what the former one said is true as long as it said.
  if (wanted != config_) {
    forget_lease();
    requests_.clear();
    for (auto& [name, router] : routers_) router.asking = false;
    endpoint_ = 0;
    lease_at_ = now_;
  }
  config_ = config.witness;
  authenticated_ = config_.user.empty();
  std::set<std::string> names;
  for (const InstanceConfig& one : config.instances) {
    if (one.witness) names.insert(one.name);
  }
  for (auto& [name, router] : routers_) {
    if (names.contains(name) || !begun_) continue;
    router.wanted = false;
    router.to_give_up = router.held;
    router.held = false;
    router.said.reset();
  }
  std::erase_if(routers_, [&](const auto& one) {
    return !names.contains(one.first) && !one.second.to_give_up;
  });
  for (const std::string& name : names) routers_.try_emplace(name);
}

// The lease of a former life is renewed; of what it held, nothing moves.
void WitnessCore::begin() {
  begun_ = true;
  said_until_ = now_;
  until_ = lease_at_ = authenticate_at_ = now_;
  if (!said_ || said_->lease == 0) {
    for (auto& [name, router] : routers_) router.held = false;
    return;
  }
  lease_ = said_->lease;
  until_ = said_until_ = said_->until;
  settled_ = true;
  for (auto& [name, router] : routers_) {
    router.answered = router.said && router.said->lease == lease_;
    router.held = router.held && router.answered;
    router.to_give_up = router.held && !router.wanted;
    if (!router.answered) router.take_at = now_;
  }
}

void WitnessCore::wished(const LeaseWish& wish) {
  const auto found = routers_.find(wish.router);
  if (found == routers_.end()) return;
  Router& router = found->second;
  if (std::exchange(router.wanted, wish.wanted) == wish.wanted || !begun_) return;
  router.take_at = now_;
  if (wish.wanted) {
    router.answered = false;
    return;
  }
  // A request to take it may be under way, and be answered yes.
  router.to_give_up = std::exchange(router.held, false) || router.asking || router.to_give_up;
  router.holder.clear();
}

// ---- What is answered.

void WitnessCore::answered(const Answered& event) {
  const auto found = requests_.find(event.request);
  if (found == requests_.end()) return;
  const Request request = std::move(found->second);
  requests_.erase(found);
  if (request.endpoint == endpoint_) fresh_ = false;
  failures_ = 0;
  std::visit(Overloaded{
                 [&](const Looked& looked) { heard(request, looked, event.request); },
                 [&](const auto& answer) { heard(request, answer); },
             },
             event.answer);
}

// Whatever is asked next is asked of the next one.
void WitnessCore::failed(const Failed& event) {
  const auto found = requests_.find(event.request);
  if (found == requests_.end()) return;
  const Request request = std::move(found->second);
  requests_.erase(found);
  if (request.endpoint == endpoint_) {
    endpoint_ = (endpoint_ + 1) % config_.endpoints.size();
    fresh_ = true;
  }
  ++failures_;
  trouble_ = bounded(config_.endpoints.at(request.endpoint).to_string() + ": " + event.reason);
  if (event.unauthorized) {
    authenticated_ = config_.user.empty();
    authenticate_at_ = now_ + pause();
  }
  const auto again = [&](const std::string& name) {
    if (const auto router = routers_.find(name); router != routers_.end()) {
      router->second.asking = false;
      router->second.last = last_request_;
      router->second.take_at = now_ + pause();
      // It may have been done all the same.
      if (!router->second.wanted) router->second.to_give_up = true;
    }
  };
  std::visit(Overloaded{
                 [&](const Authenticate&) { authenticate_at_ = now_ + pause(); },
                 [&](const Grant&) { lease_at_ = now_ + pause(); },
                 [&](const Renew&) { lease_at_ = now_ + pause(); },
                 [&](const Take& take) { again(take.router); },
                 [&](const GiveUp& give) { again(give.router); },
                 [&](const Look&) {},
             },
             request.question);
}

void WitnessCore::heard(const Request&, const Authenticated&) {
  authenticated_ = true;
}

void WitnessCore::heard(const Request& of, const Granted& granted) {
  forget_lease();
  lease_ = granted.lease;
  until_ = of.sent + granted.ttl - WitnessConfig::kMargin;
  lease_at_ = of.sent + granted.ttl / 3;
  trouble_.clear();
  for (auto& [name, router] : routers_) router.take_at = now_;
  log(LogLevel::kInfo, of_leases("this node has a lease"));
}

void WitnessCore::heard(const Request& of, const Renewed& renewed) {
  const auto& renew = std::get<Renew>(of.question);
  if (renew.lease != lease_) return;
  if (renewed.ttl <= Duration{0}) {
    lose("the lease has ended");
    return;
  }
  until_ = of.sent + renewed.ttl - WitnessConfig::kMargin;
  lease_at_ = of.sent + renewed.ttl / 3;
  trouble_.clear();
}

void WitnessCore::heard(const Request& of, const Taken& taken) {
  const auto& take = std::get<Take>(of.question);
  const auto found = routers_.find(take.router);
  if (found == routers_.end()) return;
  Router& router = found->second;
  router.asking = false;
  router.last = last_request_;
  if (take.lease != lease_) return;
  const Holder holder = taken.ours ? Holder{{}, lease_} : taken.holder;
  router.answered = true;
  router.take_at.reset();
  look_at(router, &holder);
}

void WitnessCore::heard(const Request& of, const GivenUp&) {
  const auto found = routers_.find(std::get<GiveUp>(of.question).router);
  if (found == routers_.end()) return;
  found->second.asking = false;
  found->second.last = last_request_;
  found->second.to_give_up = false;
  found->second.take_at = now_;
}

void WitnessCore::heard(const Request&, const Looked& looked, std::uint64_t number) {
  for (auto& [name, router] : routers_) {
    // It may have been sent, or looked, before what was done about this one.
    if (router.asking || router.last >= number) continue;
    const auto holder = looked.holders.find(name);
    look_at(router, holder == looked.holders.end() ? nullptr : &holder->second);
  }
}

void WitnessCore::look_at(Router& router, const Holder* holder) {
  const bool ours = holder != nullptr && holder->lease == lease_;
  router.to_give_up = ours && !router.wanted;
  router.held = ours && router.wanted;
  router.holder = ours || holder == nullptr || !router.wanted ? "" : bounded(holder->node);
  if (router.to_give_up || (router.wanted && holder == nullptr && !router.take_at)) {
    router.take_at = now_;
  }
}

// ---- What is done about it.

void WitnessCore::lose(const std::string& why) {
  trouble_ = why;
  log(LogLevel::kWarning, of_leases(why));
  said_until_ = std::min(said_until_, now_);
  forget_lease();
  lease_at_ = now_;
}

void WitnessCore::forget_lease() {
  lease_ = 0;
  settled_ = false;
  for (auto& [name, router] : routers_) {
    router.held = router.answered = router.to_give_up = false;
    router.holder.clear();
  }
}

void WitnessCore::advance() {
  if (config_.endpoints.empty()) return;
  if (!authenticated_) {
    if (!asks<Authenticate>() && now_ >= authenticate_at_) ask(Authenticate{});
    say();
    return;
  }
  if (!asks<Grant>() && !asks<Renew>() && now_ >= lease_at_) {
    if (lease_ == 0) {
      ask(Grant{config_.ttl});
    } else {
      ask(Renew{lease_});
    }
  }
  if (alive()) {
    for (auto& [name, router] : routers_) {
      if (takes() >= kTakesMax) break;
      if (router.asking || !router.take_at || *router.take_at > now_) continue;
      const bool takes_it = router.wanted && !router.held && !router.to_give_up;
      if (!takes_it && !router.to_give_up) continue;
      router.asking = true;
      if (takes_it) {
        ask(Take{name, lease_});
      } else {
        ask(GiveUp{name, lease_});
      }
    }
    if (!asks<Look>() && next_look() && *next_look() <= now_) {
      looked_ = now_;
      ask(Look{});
    }
    settled_ = settled_ || is_settled();
  }
  say();
}

void WitnessCore::ask(Question question) {
  ++last_request_;
  requests_.emplace(last_request_, Request{question, now_, endpoint_});
  actions_.emplace_back(
      Ask{last_request_, endpoint_, fresh_, config_.ttl / 6, std::move(question)});
}

template <typename Kind>
bool WitnessCore::asks() const {
  return std::any_of(requests_.begin(), requests_.end(), [](const auto& one) {
    return std::holds_alternative<Kind>(one.second.question);
  });
}

std::size_t WitnessCore::takes() const {
  return static_cast<std::size_t>(
      std::count_if(requests_.begin(), requests_.end(), [](const auto& one) {
        return std::holds_alternative<Take>(one.second.question) ||
               std::holds_alternative<GiveUp>(one.second.question);
      }));
}

bool WitnessCore::waits_for_another() const {
  return std::any_of(routers_.begin(), routers_.end(),
                     [](const auto& one) { return one.second.wanted && !one.second.held; });
}

bool WitnessCore::is_settled() const {
  return std::none_of(routers_.begin(), routers_.end(),
                      [](const auto& one) { return one.second.wanted && !one.second.answered; });
}

// Nothing: nobody needs one.
std::optional<Time> WitnessCore::next_look() const {
  if (waits_for_another()) return looked_ + kPoll;
  const bool some_are_held = std::any_of(routers_.begin(), routers_.end(),
                                         [](const auto& one) { return one.second.held; });
  return some_are_held ? std::optional{looked_ + config_.ttl / 3} : std::nullopt;
}

// What is held, and by whom, before until when that is so.
void WitnessCore::say() {
  if (settled_) {
    for (auto& [name, router] : routers_) say(name, router);
    said_until_ = until_;
  }
  const bool tried_all = failures_ >= config_.endpoints.size();
  if (!settled_ && !said_ && !tried_all) return;
  WitnessState state{settled_ ? lease_ : 0, said_until_, trouble_};
  if (said_ == state) return;
  const bool new_trouble = !state.trouble.empty() && (!said_ || said_->trouble.empty());
  if (new_trouble) log(LogLevel::kWarning, of_leases(state.trouble));
  said_ = state;
  actions_.emplace_back(Report{std::move(state)});
}

void WitnessCore::say(const std::string& name, Router& router) {
  if (!router.answered && router.wanted) return;  // not known yet
  if (!router.said && !router.wanted) return;
  LeaseState state{name, router.held, lease_, router.holder, now_};
  if (router.said) {
    const LeaseState& said = *router.said;
    if (said.held == state.held && said.holder == state.holder) state.since = said.since;
    if (said == state) return;
  }
  router.said = state;
  actions_.emplace_back(Report{std::move(state)});
}

}  // namespace holdfast::witness
