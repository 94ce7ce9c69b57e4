// SPDX-License-Identifier: Apache-2.0
#include "balance-worker/worker.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "balance-worker/core/server_counters.h"
#include "balance-worker/ipvs.h"
#include "balance-worker/nft_marks.h"
#include "balance-worker/nftables.h"
#include "common/clock.h"
#include "common/core/overloaded.h"
#include "common/log.h"
#include "config/heartbeat.h"
#include "config/load.h"
#include "config/log_setup.h"

namespace holdfast::balance {
namespace {

// Between them are lines of the log, which may be slow: each packet is a sign of life.
constexpr std::size_t kWordsAtOnce = 64;

std::optional<BalanceEvent> event_of(const Message& told) {
  return std::visit(
      [](const auto& one) -> std::optional<BalanceEvent> {
        if constexpr (requires { BalanceEvent{one}; }) return one;
        return std::nullopt;
      },
      told);
}

template <typename Kind>
Result<std::unique_ptr<Backend>> open_one() {
  Result<Kind> opened = Kind::open();
  if (!opened) return tl::unexpected(opened.error());
  return std::make_unique<MarkingBackend>(std::make_unique<Kind>(std::move(*opened)));
}

Result<std::unique_ptr<Backend>> open(BalanceBackend which) {
  switch (which) {
    case BalanceBackend::kIpvs:
      return open_one<Ipvs>();
    case BalanceBackend::kNftables:
      return open_one<Nftables>();
    case BalanceBackend::kAuto: {
      auto ipvs = open_one<Ipvs>();
      return ipvs ? std::move(ipvs) : open_one<Nftables>();
    }
  }
  return fail("no such backend");
}

}  // namespace

BalanceWorker::BalanceWorker(EventLoop& loop)
    : loop_(loop),
      timer_(loop, [this] { happen(Wake{}); }),
      counting_(loop, [this] { count(); }),
      supervisor_(loop, Role::kBalance,
                  Worker::Callbacks{
                      [this](OwnedFd document) { return configure(std::move(document)); },
                      [this](const Message& told) {
                        if (const auto event = event_of(told)) happen(*event);
                        const auto* const before = std::get_if<ServerSuspicion>(&told);
                        if (before != nullptr) suspicions_.restore(*before, monotonic_now());
                      },
                      [this](std::optional<Time>) {
                        happen(Begin{});
                        count();
                      },
                      [this] { stop(); },
                  }) {}

Result<void> BalanceWorker::configure(OwnedFd document) {
  Result<Config> loaded = load_sealed(document);
  if (!loaded) return tl::unexpected(loaded.error());
  log_setup("balance-worker", loaded->log);
  supervisor_.set_heartbeat_interval(heartbeat_interval(*loaded, Role::kBalance));
  follow(core_.handle(std::move(*loaded), monotonic_now()));
  return {};
}

// Without a supervisor the table serves on: whoever comes next finds it.
void BalanceWorker::stop() {
  if (!supervisor_.is_orphan()) happen(Stop{});
  loop_.stop();
}

void BalanceWorker::happen(const BalanceEvent& event) {
  follow(core_.handle(event, monotonic_now()));
}

void BalanceWorker::follow(BalanceActions actions) {
  perform(std::move(actions));
  while (!answers_.empty()) {
    const BalanceEvent answer = std::move(answers_.front());
    answers_.pop();
    perform(core_.handle(answer, monotonic_now()));
  }
  timer_.set(core_.deadline());
}

void BalanceWorker::perform(BalanceActions actions) {
  std::vector<Message> words;  // of thousands of servers at once, it may be
  const auto say = [&] {
    supervisor_.send(words);
    words.clear();
  };
  for (const BalanceAction& action : actions) {
    std::visit(Overloaded{
                   [&](const ReadTable& one) {
                     say();
                     read_table(one.backend);
                   },
                   [&](const Execute& one) {
                     say();
                     execute(one);
                   },
                   [&](const Report& report) {
                     words.push_back(report.message());
                     if (words.size() == kWordsAtOnce) say();
                   },
                   [](const LogLine& line) { log(line); },
               },
               action);
  }
  say();
}

void BalanceWorker::read_table(BalanceBackend which) {
  if (std::exchange(which_, which) != which) backend_.reset();
  if (!backend_) {
    auto opened = open(which);
    if (!opened) {
      answers_.emplace(ReadFailed{opened.error().message});
      return;
    }
    backend_ = std::move(*opened);
    backend_->on_progress([this] { supervisor_.turned(monotonic_now()); });
  }
  Result<IpvsTable> table = backend_->read();
  if (table) {
    answers_.emplace(TableRead{std::move(*table), backend_->ours()});
  } else {
    backend_.reset();  // The module may have been unloaded, and come again as another family.
    answers_.emplace(ReadFailed{table.error().message});
  }
}

void BalanceWorker::execute(const Execute& action) {
  HF_CHECK(backend_ != nullptr);  // The core knows a table.
  Executed done;
  for (Backend::Refusal& one : backend_->execute(action.commands)) {
    done.refused.push_back({std::move(one.command), std::move(one.error)});
  }
  answers_.emplace(std::move(done));
}

void BalanceWorker::count() {
  const VirtualServers servers = core_.virtual_servers();
  counting_.set(monotonic_now() + counting_interval(servers));
  if (!backend_) return;
  const Result<Counters> counters = backend_->read_counters();
  if (!counters) return;  // The next reading of the table says why.
  const Counters nothing;
  for (const ServerSuspicion& one :
       suspicions_.look(servers, backend_->tells_established() ? *counters : nothing, core_.marks(),
                        monotonic_now())) {
    log(LogLevel::kInfo, "real server " + one.server +
                             (one.suspect ? " may be failing: " : " is no longer suspect: ") +
                             one.reason);
    supervisor_.send(one);
  }
  std::vector<Message> news;
  const auto say = [&] {
    supervisor_.send(news);
    news.clear();
  };
  for (ServerCounters& one : counters_of(servers, *counters, core_.marks())) {
    const auto said = counted_.find(one);
    if (said != counted_.end() && *said == one) continue;
    news.emplace_back(one);
    if (said != counted_.end()) counted_.erase(said);
    counted_.insert(std::move(one));
    if (news.size() == kWordsAtOnce) say();  // a Message has room for the largest of them
  }
  say();
}

}  // namespace holdfast::balance
