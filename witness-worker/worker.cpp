// SPDX-License-Identifier: Apache-2.0
#include "witness-worker/worker.h"

#include <set>
#include <utility>

#include "common/clock.h"
#include "common/core/overloaded.h"
#include "common/log.h"
#include "config/heartbeat.h"
#include "config/load.h"
#include "config/log_setup.h"
#include "config/sealed.h"

namespace holdfast::witness {
namespace {

constexpr std::size_t kAnswerMax = std::size_t{2} << 20U;  // of thousands of keys
constexpr long kConnectionsMax = 8;

}  // namespace

WitnessWorker::WitnessWorker(EventLoop& loop)
    : loop_(loop),
      transfers_(loop, kConnectionsMax),
      lookups_(loop),
      timer_(loop, [this] { happen(Wake{}); }),
      supervisor_(loop, Role::kWitness,
                  Worker::Callbacks{
                      [this](OwnedFd document) { return configure(std::move(document)); },
                      [this](const Message& message) { told(message); },
                      [this](std::optional<Time>) { happen(Begin{}); },
                      [this] { shut_down(); },
                      [this](OwnedFd memfd) { return take_file(memfd); },
                      {},
                      [this](OwnedFd memfd) { return take_system_file(memfd); },
                  }) {}

// ---- What the supervisor says.

Result<void> WitnessWorker::configure(OwnedFd document) {
  const Result<Config> loaded = load_sealed(document);
  if (!loaded) return tl::unexpected(loaded.error());
  const Config& config = *loaded;
  log_setup("witness-worker", config.log);
  supervisor_.set_heartbeat_interval(heartbeat_interval(config, Role::kWitness));
  config_ = config.witness;
  files_ = std::exchange(new_files_, {});
  speaker_ = {config.node, config_.prefix, config_.user, file(config_.password_file)};
  std::set<std::string> hosts;
  for (const CheckEndpoint& one : config_.endpoints) {
    if (!one.host.empty()) hosts.insert(one.host);
  }
  lookups_.want(hosts, config.resolver);
  happen(config);
  return {};
}

Result<void> WitnessWorker::take_file(const OwnedFd& memfd) {
  Result<SealedDocument> file = unseal(memfd);
  if (!file) return tl::unexpected(file.error());
  new_files_.insert_or_assign(std::move(file->file), std::move(file->text));
  return {};
}

Result<void> WitnessWorker::take_system_file(const OwnedFd& memfd) {
  const Result<SealedDocument> file = unseal(memfd);
  if (!file) return tl::unexpected(file.error());
  lookups_.read(file->file, file->text);
  return {};
}

void WitnessWorker::told(const Message& message) {
  if (const auto* const wish = std::get_if<LeaseWish>(&message)) happen(*wish);
  if (const auto* const former = std::get_if<LeaseState>(&message)) happen(*former);
  if (const auto* const former = std::get_if<WitnessState>(&message)) happen(*former);
}

// What routers let go of is given up first, so that an heir need not wait; the supervisor ends who
// takes too long. The lease itself ends by itself: another life may have to go on with it.
void WitnessWorker::shut_down() {
  closing_ = true;
  if (core_.idle() || supervisor_.is_orphan()) loop_.stop();
}

// ---- The core.

// Performing an action may cause an event; it waits for its turn.
void WitnessWorker::happen(WitnessEvent event) {
  events_.push_back(std::move(event));
  if (std::exchange(happening_, true)) return;
  while (!events_.empty()) {
    const std::vector<WitnessEvent> events = std::exchange(events_, {});
    for (const WitnessEvent& one : events) {
      for (const WitnessAction& action : core_.handle(one, monotonic_now())) perform(action);
    }
  }
  happening_ = false;
  timer_.set(core_.deadline());
  if (closing_ && core_.idle()) loop_.stop();
}

void WitnessWorker::perform(const WitnessAction& action) {
  std::visit(Overloaded{
                 [this](const Ask& one) { ask(one); },
                 [this](const Report& one) { supervisor_.send(one.message); },
                 [](const LogLine& line) { log(line); },
             },
             action);
}

void WitnessWorker::ask(const Ask& action) {
  const CheckEndpoint& member = config_.endpoints.at(action.endpoint);
  const Result<IpAddress> address = lookups_.address_of(member);
  if (!address) {
    happen(Failed{action.request, address.error().message});
    return;
  }
  const EtcdRequest request = request_of(action.question, speaker_);
  HttpPost post{{"Content-Type: application/json"}, request.body};
  if (!std::holds_alternative<Authenticate>(action.question) && !token_.empty()) {
    post.headers.push_back("Authorization: " + token_);
  }
  Transfer transfer;
  transfer.url = (config_.tls ? "https://" : "http://") + member.to_string() + request.path;
  transfer.host = member.host;
  transfer.port = member.port;
  transfer.address = *address;
  transfer.timeout = action.timeout;
  if (config_.tls) {
    transfer.ca = file(config_.ca_file);
    transfer.certificate = file(config_.certificate_file);
    transfer.key = file(config_.key_file);
  }
  // A member that is gone without a word is noticed by the next request that times out; a
  // connection to it is never trusted again.
  transfer.reuse = action.fresh ? Reuse::kAfter : Reuse::kAny;
  transfer.answer_max = kAnswerMax;
  transfer.what = std::move(post);
  transfers_.begin(std::move(transfer),
                   [this, action](const TransferEnd& end) { answered(action, end); });
}

void WitnessWorker::answered(const Ask& action, const TransferEnd& end) {
  if (!end.trouble.empty()) {
    happen(Failed{action.request, end.trouble});
    return;
  }
  if (end.status != 200) {
    happen(Failed{action.request, trouble_of(end.status, end.answer),
                  is_unauthorized(end.status, end.answer)});
    return;
  }
  Result<EtcdReply> reply = reply_of(action.question, speaker_, end.answer);
  if (!reply) {
    happen(Failed{action.request, reply.error().message});
    return;
  }
  if (!reply->token.empty()) token_ = std::move(reply->token);
  happen(Answered{action.request, std::move(reply->answer)});
}

std::string WitnessWorker::file(const std::string& path) const {
  const auto found = files_.find(path);
  return found == files_.end() ? "" : found->second;
}

}  // namespace holdfast::witness
