// SPDX-License-Identifier: Apache-2.0
#include "check-worker/worker.h"

#include <algorithm>
#include <set>
#include <utility>

#include "check-worker/core/inquiry.h"
#include "check-worker/http2.h"
#include "common/clock.h"
#include "common/core/overloaded.h"
#include "common/hmac_sha256.h"
#include "common/log.h"
#include "common/pattern.h"
#include "config/heartbeat.h"
#include "config/load.h"
#include "config/log_setup.h"
#include "config/sealed.h"

namespace holdfast::check {
namespace {

// What the supervisor tells and answers.
std::optional<CheckEvent> event_of(const Message& told) {
  if (const auto* const state = std::get_if<CheckState>(&told)) return *state;
  if (const auto* const load = std::get_if<CheckLoad>(&told)) return *load;
  if (const auto* const seen = std::get_if<Observation>(&told)) return *seen;
  if (const auto* const suspicion = std::get_if<ServerSuspicion>(&told)) return *suspicion;
  if (const auto* const router = std::get_if<RouterState>(&told)) return *router;
  const auto* const script = std::get_if<ScriptResult>(&told);
  if (script == nullptr) return std::nullopt;
  if (script->verdict == ScriptVerdict::kNotMade) {
    return ProbeNotMade{script->check, script->attempt, script->reason};
  }
  const bool good = script->verdict == ScriptVerdict::kGood;
  return ProbeFinished{script->check, script->attempt, good, script->reason, script->weight};
}

}  // namespace

CheckWorker::CheckWorker(EventLoop& loop, std::size_t sockets_max)
    : loop_(loop),
      pings_(loop),
      marked_([this](const AskSocket& asked) { supervisor_.send(asked); }),
      idle_(std::min(IdleSockets::kMax, sockets_max / 8)),
      core_(sockets_max),
      random_(std::random_device{}()),
      lookups_(loop, tls_, [this](const NameChanged& name) { happen(name); }),
      runs_(loop, tls_, {&pings_, &marked_},
            [this](const CheckRun& step) { supervisor_.send(step); }),
      timer_(loop, [this] { wake(); }),
      supervisor_(loop, Role::kCheck,
                  Worker::Callbacks{
                      [this](OwnedFd document) { return configure(std::move(document)); },
                      [this](const Message& message) { told(message); },
                      [this](std::optional<Time>) { happen(Begin{}); },
                      [this] { loop_.stop(); },
                      [this](OwnedFd memfd) { return take_file(memfd); },
                      [this](const PingSocket& kind, OwnedFd socket) {
                        pings_.adopt(kind, std::move(socket));
                      },
                      [this](OwnedFd memfd) { return take_system_file(memfd); },
                      [this](const MarkedSocket& answer, OwnedFd socket) {
                        marked_.answered(answer, std::move(socket));
                      },
                  }) {}

CheckWorker::Ended CheckWorker::ended(const std::string& check, std::uint64_t attempt,
                                      ProbeResult result) {
  switch (result.verdict) {
    case Verdict::kGood:
      return ProbeFinished{check, attempt, true, std::move(result.reason), result.weight};
    case Verdict::kBad:
      return ProbeFinished{check, attempt, false, std::move(result.reason), result.weight};
    case Verdict::kNotMade:
      break;
  }
  return ProbeNotMade{check, attempt, std::move(result.reason)};
}

void CheckWorker::told(const Message& message) {
  if (const auto* const question = std::get_if<AskChecks>(&message)) {
    supervisor_.send(core_.details_after(question->after));
  } else if (const auto* const wanted = std::get_if<RunCheck>(&message)) {
    const auto config = core_.config_of(wanted->check);
    runs_.start(*wanted, config.get(), config ? core_.target_of(config) : SharedTarget(),
                random_());
  } else if (const auto event = event_of(message)) {
    happen(*event);
  }
}

Result<void> CheckWorker::configure(OwnedFd document) {
  const Result<Config> loaded = load_sealed(document);
  if (!loaded) return tl::unexpected(loaded.error());
  const Config& config = *loaded;
  log_setup("check-worker", config.log);
  supervisor_.set_heartbeat_interval(heartbeat_interval(config, Role::kCheck));
  tls_.set_files(std::exchange(files_, {}));
  happen(config);
  lookups_.want(core_.hosts(), config.resolver);
  std::set<TlsConfig> used;
  for (const CheckConfig& check : config.checks) {
    if (const TlsConfig* const tls = tls_of(check.target)) used.insert(*tls);
  }
  tls_.keep_only(used);
  return {};
}

Result<void> CheckWorker::take_file(const OwnedFd& memfd) {
  Result<SealedDocument> file = unseal(memfd);
  if (!file) return tl::unexpected(file.error());
  files_.insert_or_assign(std::move(file->file), std::move(file->text));
  return {};
}

Result<void> CheckWorker::take_system_file(const OwnedFd& memfd) {
  const Result<SealedDocument> file = unseal(memfd);
  if (!file) return tl::unexpected(file.error());
  lookups_.read(file->file, file->text);
  return {};
}

// A loop that was busy may see its timer before the answers that came in time. All of it is of one
// moment: a probe that was not looked at must not be timed out.
void CheckWorker::wake() {
  const Time now = monotonic_now();
  for (const std::string& check : core_.overdue(now)) time_up(check);
  follow_up(now);
  perform(core_.handle(Wake{}, now));
  follow_up(monotonic_now());
}

void CheckWorker::happen(const CheckEvent& event) {
  const Time now = monotonic_now();
  perform(core_.handle(event, now));
  follow_up(now);
}

void CheckWorker::follow_up(Time now) {
  while (!ended_.empty()) {
    Ended ended = std::move(ended_.front());
    ended_.pop();
    std::visit([&](auto& event) { perform(core_.handle(std::move(event), now)); }, ended);
  }
  timer_.set(core_.deadline());
}

void CheckWorker::perform(CheckActions actions) {
  for (CheckAction& action : actions) {
    std::visit(Overloaded{
                   [this](StartProbe& probe) { start(std::move(probe)); },
                   [this](const CancelProbe& probe) {
                     const auto running = probes_.find(probe.check);
                     if (running != probes_.end()) clear(running);
                   },
                   [this](const Report& report) { supervisor_.send(report.message); },
                   [](const LogLine& line) { log(line); },
               },
               action);
  }
  core_.take_back(std::move(actions));
}

void CheckWorker::start(StartProbe action) {
  if (std::holds_alternative<ScriptCheck>(*action.target)) {
    supervisor_.send(RunScript{action.check, action.attempt});
    return;
  }
  const auto place = place_for(action.check);
  // No more than fits into a function without memory of its own.
  const auto ready = [this, place] {
    look_at(place);  // which may be gone then
    follow_up(monotonic_now());
  };
  auto& [check, running] = *place;
  running.attempt = action.attempt;
  running.target = std::move(action.target);
  running.probe.emplace(
      loop_, tls_, inquiry_of(*running.target, {matches, sha256, http2_exchange, random_()}),
      std::move(action.connect), ready, ProbeSupplies{&pings_, &marked_, check, nullptr, &idle_});
  if (running.probe->has_ended()) look_at(place);  // as it began
}

CheckWorker::Probes::iterator CheckWorker::place_for(const std::string& check) {
  if (spare_.empty()) return probes_.try_emplace(check).first;
  auto node = std::move(spare_.back());
  spare_.pop_back();
  node.key() = check;
  return probes_.insert(std::move(node)).position;
}

void CheckWorker::clear(Probes::iterator running) {
  constexpr std::size_t kSpareMax = 256;  // a few turns of the loop
  auto node = probes_.extract(running);
  node.mapped().probe.reset();  // before the target that it points into
  node.mapped().target = {};
  if (spare_.size() < kSpareMax) spare_.push_back(std::move(node));
}

// True: it has ended.
bool CheckWorker::look_at(Probes::iterator running) {
  auto& result = running->second.probe->result();
  if (!result) return false;
  ended_.push(ended(running->first, running->second.attempt, std::move(*result)));
  clear(running);
  return true;
}

void CheckWorker::time_up(const std::string& check) {
  const auto running = probes_.find(check);
  if (running == probes_.end()) return;
  if (look_at(running)) return;
  const ProbeResult silence = running->second.probe->silence();
  const std::uint64_t attempt = running->second.attempt;
  if (silence.verdict == Verdict::kNotMade) {
    ended_.push(ProbeNotMade{check, attempt, silence.reason});
    clear(running);
  } else {
    ended_.push(ProbeSilent{check, attempt, silence.verdict == Verdict::kGood, silence.reason});
  }
}

}  // namespace holdfast::check
