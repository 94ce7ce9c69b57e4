// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/worker.h"

#include <bit>

#include "common/clock.h"
#include "common/core/overloaded.h"
#include "common/log.h"
#include "config/heartbeat.h"
#include "config/load.h"
#include "config/sealed.h"

namespace holdfast::vrrp {
VrrpWorker::VrrpWorker(EventLoop& loop, Netlink netlink, Sender sender)
    : loop_(loop),
      netlink_(std::move(netlink)),
      sender_(std::move(sender)),
      receiver_(loop,
                [this](int link, const Datagram& datagram) {
                  happen(PacketReceived{link, datagram});
                }),
      timer_(loop, [this] { happen(Wake{}); }),
      kernel_events_(loop, netlink_.event_fd(), Ready{true, false},
                     [this](Ready) { links_changed(); }),
      supervisor_(loop, Role::kVrrp,
                  Worker::Callbacks{
                      [this](OwnedFd document) { return configure(std::move(document)); },
                      [this](const Message& told) { message(told); },
                      [this](std::optional<Time> last_alive) { happen(Begin{last_alive}); },
                      [this] { happen(Stop{}); },
                  }) {
  links_changed();
}

Result<void> VrrpWorker::configure(OwnedFd document) {
  const Result<SealedDocument> sealed = unseal(document);
  if (!sealed) return tl::unexpected(sealed.error());
  const Loaded loaded = load_config(sealed->text, sealed->file, sealed->host_name);
  if (!loaded.ok()) return fail(loaded.diagnostics.front().to_string());
  const Config& config = loaded.config;
  log_setup("vrrp-worker", config.log.level,
            config.log.format == LogFormat::kJson ? LogStyle::kJson : LogStyle::kText);
  supervisor_.set_heartbeat_interval(heartbeat_interval(config, Role::kVrrp));
  happen(config);
  listen();
  return {};
}

void VrrpWorker::message(const Message& message) {
  if (const auto* const state = std::get_if<RouterState>(&message)) happen(*state);
  if (const auto* const state = std::get_if<CheckState>(&message)) happen(*state);
}

void VrrpWorker::links_changed() {
  while (const auto news = netlink_.news()) happen(*news);
  listen();
}

// ---- The one way from an event to what is done about it.

void VrrpWorker::happen(const VrrpEvent& event) {
  perform(core_.handle(event, monotonic_now()));
  while (!refused_.empty()) {
    const VrrpEvent refused = std::move(refused_.front());
    refused_.pop();
    perform(core_.handle(refused, monotonic_now()));
  }
  timer_.set(core_.deadline());
  if (core_.finished()) loop_.stop();
}

// In their order, which is that of the protocol: the advert, the addresses, the announcements, and
// only then those who want to know.
void VrrpWorker::perform(const VrrpActions& actions) {
  for (const VrrpAction& action : actions) {
    const bool batched = std::visit(
        Overloaded{
            [this](const AddAddress& add) {
              return batch(addresses_, AddressCommand{AddressCommand::Verb::kAdd, add.link,
                                                      add.prefix, add.traits});
            },
            [this](const RemoveAddress& remove) {
              return batch(addresses_, AddressCommand{AddressCommand::Verb::kRemove, remove.link,
                                                      remove.prefix, remove.traits});
            },
            [this](const ChangeRoute& change) { return batch(routes_, change); },
            [this](const ChangeRule& change) { return batch(rules_, change); },
            [](const auto&) { return false; },
        },
        action);
    if (batched) continue;
    execute();
    std::visit(Overloaded{
                   [this](const SendPacket& packet) { check(sender_.send(packet), packet.link); },
                   [this](const SendFrame& frame) { check(sender_.send(frame), frame.link); },
                   [this](const Report& report) { supervisor_.send(report.message); },
                   [](const LogLine& line) { log(line); },
                   [](const auto&) {},
               },
               action);
  }
  execute();
}

// Neighbours of one kind go to the kernel together.
template <typename Command>
bool VrrpWorker::batch(std::vector<Command>& kind, const Command& command) {
  if (kind.empty()) execute();
  kind.push_back(command);
  return true;
}

// What was batched, all of one kind.
void VrrpWorker::execute() {
  for (const auto& [command, error] : netlink_.execute(std::exchange(addresses_, {}))) {
    switch (command.verb) {
      case AddressCommand::Verb::kAdd:
        refused_.push(AddressRefused{command.link, command.prefix, error});
        break;
      case AddressCommand::Verb::kRemove:
        warn(command.link, "cannot remove " + command.prefix.to_string() + ": " + error);
        break;
    }
  }
  for (const auto& [command, error] : netlink_.execute(std::exchange(routes_, {}))) {
    switch (command.change) {
      case Change::kAdd:
        refused_.push(RouteRefused{command.route, error});
        break;
      case Change::kRemove:
        warn(0, "cannot remove " + to_string(command.route.key) + ": " + error);
        break;
    }
  }
  for (const auto& [command, error] : netlink_.execute(std::exchange(rules_, {}))) {
    switch (command.change) {
      case Change::kAdd:
        refused_.push(RuleRefused{command.rule, error});
        break;
      case Change::kRemove:
        warn(0, "cannot remove " + to_string(command.rule) + ": " + error);
        break;
    }
  }
}

void VrrpWorker::listen() {
  for (const auto& [link, error] : receiver_.listen_on(core_.listening())) {
    warn(link, "cannot listen for adverts: " + error.message);
  }
}

void VrrpWorker::check(const Result<void>& sent, int link) {
  if (!sent) warn(link, sent.error().message);
}

// The 1st, 2nd, 4th, 8th... of a kind: what fails for every advert is no flood of lines.
void VrrpWorker::warn(int link, const std::string& trouble) {
  const std::uint64_t count = ++troubles_[{link, trouble}];
  if (!std::has_single_bit(count)) return;
  const auto known = netlink_.links().find(link);
  const std::string of = link == 0 ? ""
                         : known == netlink_.links().end()
                             ? "interface " + std::to_string(link) + ": "
                             : known->second.name + ": ";
  log(LogLevel::kWarning, of + trouble + " (" + std::to_string(count) + " so far)");
}

}  // namespace holdfast::vrrp
