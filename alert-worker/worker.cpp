// SPDX-License-Identifier: Apache-2.0
#include "alert-worker/worker.h"

#include <algorithm>
#include <span>
#include <utility>

#include "alert-worker/core/mail.h"
#include "alert-worker/core/syslog_line.h"
#include "alert-worker/datagrams.h"
#include "alert-worker/payload.h"
#include "common/clock.h"
#include "common/core/overloaded.h"
#include "common/hmac_sha256.h"
#include "common/log.h"
#include "config/heartbeat.h"
#include "config/load.h"
#include "config/log_setup.h"
#include "config/names.h"
#include "config/sealed.h"
#include "config/webhook_url.h"

namespace holdfast::alert {
namespace {

std::span<const std::uint8_t> octets(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string signature_of(const std::string& body, const std::string& secret) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text = "sha256=";
  for (const std::uint8_t byte : hmac_sha256(octets(secret), octets(body))) {
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 0xFU];
  }
  return text;
}

}  // namespace

AlertWorker::AlertWorker(EventLoop& loop)
    : loop_(loop),
      transfers_(loop),
      lookups_(loop),
      timer_(loop, [this] { happen(Wake{}); }),
      supervisor_(loop, Role::kAlert,
                  Worker::Callbacks{
                      [this](OwnedFd document) { return configure(std::move(document)); },
                      [this](const Message& message) { told(message); },
                      [this](std::optional<Time> last_alive) { start(last_alive); },
                      [this] { loop_.stop(); },
                      [this](OwnedFd memfd) { return take_file(memfd); },
                      {},
                      [this](OwnedFd memfd) { return take_system_file(memfd); },
                  }) {}

// ---- What the supervisor says.

Result<void> AlertWorker::configure(OwnedFd document) {
  Result<Config> loaded = load_sealed(document);
  if (!loaded) return tl::unexpected(loaded.error());
  config_ = std::move(*loaded);
  files_ = std::exchange(new_files_, {});
  log_setup("alert-worker", config_.log);
  supervisor_.set_heartbeat_interval(heartbeat_interval(config_, Role::kAlert));
  const Names names = names_in(config_);
  news_.keep_only([&](const Message& one) {
    return std::holds_alternative<WorkerState>(one) || names.contains(subject_of(one));
  });
  lookups_.want(hosts(), config_.resolver);
  happen(config_.alerts);
  return {};
}

Result<void> AlertWorker::take_file(const OwnedFd& memfd) {
  Result<SealedDocument> file = unseal(memfd);
  if (!file) return tl::unexpected(file.error());
  new_files_.insert_or_assign(std::move(file->file), std::move(file->text));
  return {};
}

Result<void> AlertWorker::take_system_file(const OwnedFd& memfd) {
  const Result<SealedDocument> file = unseal(memfd);
  if (!file) return tl::unexpected(file.error());
  lookups_.read(file->file, file->text);
  return {};
}

void AlertWorker::start(std::optional<Time> last_alive) {
  for (Alert& alert : news_.begin(last_alive, real_time_now())) happen(Happened{std::move(alert)});
}

void AlertWorker::told(const Message& message) {
  if (const auto* const queued = std::get_if<QueuedAlert>(&message)) {
    happen(*queued);
  } else if (const auto* const state = std::get_if<ReceiverState>(&message)) {
    happen(*state);
  } else if (const auto* const run = std::get_if<RunCheck>(&message)) {
    happen(TestOrder{run->ticket, run->check, real_time_now()});
  } else if (const auto* const end = std::get_if<ScriptResult>(&message)) {
    happen(Delivered{end->check, end->attempt, end->verdict == ScriptVerdict::kGood, end->reason});
  }
  for (Alert& alert : news_.heard(message, real_time_now())) happen(Happened{std::move(alert)});
}

// ---- The core.

// Performing an action may cause an event; it waits for its turn.
void AlertWorker::happen(AlertEvent event) {
  events_.push_back(std::move(event));
  if (std::exchange(happening_, true)) return;
  while (!events_.empty()) {
    const std::vector<AlertEvent> events = std::exchange(events_, {});
    for (const AlertEvent& one : events) {
      for (const AlertAction& action : core_.handle(one, monotonic_now())) perform(action);
    }
  }
  happening_ = false;
  timer_.set(core_.deadline());
}

void AlertWorker::perform(const AlertAction& action) {
  std::visit(
      Overloaded{
          [this](const Deliver& one) { deliver(one); },
          [this](const Tested& one) {
            supervisor_.send(CheckRun{one.ticket, bounded(one.reason),
                                      one.good ? ScriptVerdict::kGood : ScriptVerdict::kBad});
          },
          [this](const QueuedAlert& one) { supervisor_.send(one); },
          [this](const ReceiverState& one) { supervisor_.send(one); },
          [](const LogLine& line) { log(line); },
      },
      action);
}

void AlertWorker::ended(const Deliver& action, bool good, const std::string& reason) {
  happen(Delivered{action.receiver, action.attempt, good, reason});
}

// ---- Deliveries.

void AlertWorker::deliver(const Deliver& action) {
  const auto& receivers = config_.alerts.receivers;
  const auto found = std::find_if(receivers.begin(), receivers.end(),
                                  [&](const auto& one) { return one.name == action.receiver; });
  if (found == receivers.end()) {
    ended(action, false, "no longer configured");
    return;
  }
  std::visit(
      Overloaded{
          [&](const EmailReceiver& one) { mail(action, one); },
          [&](const WebhookReceiver& one) { post(action, one); },
          [&](const SyslogReceiver& one) {
            const Result<void> sent = log_remotely(action, one);
            ended(action, sent.has_value(), sent ? "sent" : sent.error().message);
          },
          [&](const ScriptReceiver&) {
            supervisor_.send(AlertScript{action.receiver, action.attempt, action.alerts.front()});
          },
      },
      found->by);
}

void AlertWorker::mail(const Deliver& action, const EmailReceiver& receiver) {
  const Batch batch{config_.node, action.alerts, action.left_out};
  const Alert& first = batch.alerts.front();
  const std::string id = std::to_string(first.at.time_since_epoch().count()) + "." + first.event +
                         "." + std::to_string(batch.alerts.size());
  Transfer transfer;
  // The path is what we call ourselves.
  transfer.url = std::string(receiver.tls == MailTls::kImplicit ? "smtps://" : "smtp://") +
                 receiver.server.to_string() + "/" + config_.node;
  const bool tls = receiver.tls != MailTls::kNone;
  if (tls) transfer.ca = file(receiver.ca_file);
  transfer.what =
      MailPost{receiver.from, receiver.to,   mail_of(batch, receiver, real_time_now(), id),
               tls,           receiver.user, file(receiver.password_file)};
  carry(action, receiver.server, std::move(transfer));
}

void AlertWorker::post(const Deliver& action, const WebhookReceiver& receiver) {
  Transfer transfer;
  transfer.url = url_of(receiver);
  const auto url = parse_webhook_url(transfer.url);
  if (!url) {
    ended(action, false, receiver.url_file + " holds no address of HTTP or HTTPS");
    return;
  }
  if (url->tls) transfer.ca = file(receiver.ca_file);
  HttpPost part{{"Content-Type: application/json"}, {}};
  part.body = payload_of({config_.node, action.alerts, action.left_out}, receiver.format,
                         file(receiver.routing_key_file));
  if (!receiver.secret_file.empty()) {
    part.headers.push_back("X-Holdfast-Signature: " +
                           signature_of(part.body, file(receiver.secret_file)));
  }
  transfer.what = std::move(part);
  carry(action, url->endpoint, std::move(transfer));
}

void AlertWorker::carry(const Deliver& action, const CheckEndpoint& to, Transfer transfer) {
  const Result<IpAddress> address = lookups_.address_of(to);
  if (!address) {
    ended(action, false, address.error().message);
    return;
  }
  transfer.host = to.host;
  transfer.port = to.port;
  transfer.address = *address;
  transfer.timeout = config_.alerts.timeout;
  const bool mail = std::holds_alternative<MailPost>(transfer.what);
  transfers_.begin(std::move(transfer), [this, action, mail](const TransferEnd& end) {
    if (!end.trouble.empty()) {
      ended(action, false, end.trouble);
    } else if (mail) {
      ended(action, true, "the mail server took it");
    } else {
      ended(action, end.status >= 200 && end.status < 300, "HTTP " + std::to_string(end.status));
    }
  });
}

Result<void> AlertWorker::log_remotely(const Deliver& action, const SyslogReceiver& receiver) {
  const Result<IpAddress> address = lookups_.address_of(receiver.server);
  if (!address) return tl::unexpected(address.error());
  std::vector<std::string> lines;
  for (const Alert& alert : action.alerts) {
    lines.push_back(syslog_line(alert, config_.node, receiver.facility));
  }
  return send_datagrams({*address, receiver.server.port}, lines);
}

// ---- Small things.

std::set<std::string> AlertWorker::hosts() const {
  std::set<std::string> names;
  for (const ReceiverConfig& one : config_.alerts.receivers) {
    std::visit(Overloaded{
                   [&](const EmailReceiver& by) { names.insert(by.server.host); },
                   [&](const WebhookReceiver& by) {
                     const auto url = parse_webhook_url(url_of(by));
                     if (url) names.insert(url->endpoint.host);
                   },
                   [&](const SyslogReceiver& by) { names.insert(by.server.host); },
                   [](const ScriptReceiver&) {},
               },
               one.by);
  }
  names.erase("");
  return names;
}

std::string AlertWorker::url_of(const WebhookReceiver& receiver) const {
  return receiver.url_file.empty() ? receiver.url : file(receiver.url_file);
}

std::string AlertWorker::file(const std::string& path) const {
  const auto found = files_.find(path);
  return found == files_.end() ? "" : found->second;
}

}  // namespace holdfast::alert
