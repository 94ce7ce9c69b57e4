// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cerrno>
#include <optional>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>

#include "common/log.h"
#include "vrrp-worker/netlink.h"
#include "vrrp-worker/netlink_socket.h"

// Netlink's commands. The kernel carries them out within send(): then their answers are queued, and
// so are the events that they cause.
namespace holdfast::vrrp {
namespace {

// The state that was asked for is there, whoever made it.
bool is_as_asked(const AddressCommand& command, int error) {
  switch (command.verb) {
    case AddressCommand::Verb::kAdd:
      return error == 0 || error == EEXIST;
    case AddressCommand::Verb::kRemove:
      return error == 0 || error == EADDRNOTAVAIL || error == ENODEV;
  }
  return false;
}

// Beside an IPv6 route of somebody else there can be none of ours: EEXIST is a refusal.
bool is_as_asked(const RouteCommand& command, int error) {
  switch (command.change) {
    case Change::kAdd:
      return error == 0 || (error == EEXIST && command.route.key.to.address.is_v4());
    case Change::kRemove:
      return error == 0 || error == ESRCH || error == ENODEV;
  }
  return false;
}

bool is_as_asked(const RuleCommand& command, int error) {
  switch (command.change) {
    case Change::kAdd:
      return error == 0;
    case Change::kRemove:
      return error == 0 || error == ENOENT;
  }
  return false;
}

// Of IPv6 addresses the kernel does not tell who added them.
bool is_renewal(const AddressCommand& command) {
  return command.renewal && command.lifetime > Duration{0} && command.prefix.address.is_v4();
}

}  // namespace

std::vector<Netlink::Refused> Netlink::execute(std::span<const AddressCommand> commands) {
  std::vector<Refused> refused;
  if (std::any_of(commands.begin(), commands.end(), is_renewal)) drain_events();
  while (!commands.empty()) {
    const bool quiet = changes_nothing(commands.front());
    const auto end = std::find_if(commands.begin(), commands.end(), [&](const auto& command) {
      return changes_nothing(command) != quiet;
    });
    const auto run = commands.first(static_cast<std::size_t>(end - commands.begin()));
    commands = commands.subspan(run.size());
    quiet ? renew(run, refused) : execute_all(commands_, run, refused);
  }
  return refused;
}

// But for its lifetime, of which the mirror knows nothing.
bool Netlink::changes_nothing(const AddressCommand& command) {
  if (!is_renewal(command)) return false;
  const auto link = mirror_.links().find(command.link);
  const LinkAddress* const have =
      link == mirror_.links().end() ? nullptr : link->second.find(command.prefix, next_renewed_);
  return have != nullptr && have->marked && have->traits == command.traits;
}

// Thousands a second, of which the kernel need not tell. If somebody removes an address meanwhile,
// it is there or not: that depends on who came first, and is read anew.
void Netlink::renew(std::span<const AddressCommand> commands, std::vector<Refused>& refused) {
  const std::uint64_t removals = removals_;
  execute_all(renewals_, commands, refused);
  drain_events();
  if (removals_ != removals) stale_ = true;
}

std::vector<Netlink::Refusal<RouteCommand>> Netlink::execute(
    std::span<const RouteCommand> commands) {
  std::vector<Refusal<RouteCommand>> refused;
  execute_all(commands_, commands, refused);
  return refused;
}
std::vector<Netlink::Refusal<RuleCommand>> Netlink::execute(std::span<const RuleCommand> commands) {
  std::vector<Refusal<RuleCommand>> refused;
  execute_all(commands_, commands, refused);
  return refused;
}

template <typename Command>
void Netlink::execute_all(const OwnedFd& socket, std::span<const Command> commands,
                          std::vector<Refusal<Command>>& refused) {
  while (!commands.empty()) {
    const auto batch = commands.first(std::min(commands.size(), batch_));
    commands = commands.subspan(batch.size());
    if constexpr (std::is_same_v<Command, AddressCommand>) prepare(batch);
    execute_batch(socket, batch, refused);
  }
}

void Netlink::prepare(std::span<const AddressCommand> batch) {
  for (const AddressCommand& command : batch) {
    if (command.verb == AddressCommand::Verb::kRemove) keep_secondaries(command.link);
  }
}

template <typename Command>
void Netlink::execute_batch(const OwnedFd& socket, std::span<const Command> batch,
                            std::vector<Refusal<Command>>& refused) {
  const std::uint32_t first = sequence_ + 1;
  std::vector<std::uint8_t> packet;
  for (const Command& command : batch) {
    append_request(packet, command, ++sequence_, &command == &batch.back());
  }
  if (!netlink_send(socket, packet)) {
    const std::string error = std::generic_category().message(errno);
    for (const Command& command : batch) refused.push_back({command, error});
    return;
  }
  std::vector<bool> done(batch.size(), true);
  bool acknowledged = false;
  for (const KernelMessage& message : read_answers(socket, sequence_)) {
    const auto* const answer = std::get_if<Answer>(&message.content);
    const std::uint32_t place = message.sequence - first;
    if (answer == nullptr || place >= batch.size()) continue;
    acknowledged |= place + 1 == batch.size();
    if (is_as_asked(batch[place], answer->error)) continue;
    done[place] = false;
    refused.push_back({batch[place], answer->text});
  }
  if (!acknowledged) {
    stale_ = true;  // What was done, only the kernel knows now.
    return;
  }
  // Of routes and rules it hears all by events, which the kernel has queued by now.
  if constexpr (std::is_same_v<Command, AddressCommand>) {
    if (&socket == &renewals_) return;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (done[i]) core_knows(batch[i]);
    }
    for (const AddressCommand& command : batch) {
      if (!keeping_secondaries_.contains(command.link)) to_keep_secondaries_.insert(command.link);
    }
  }
}

void Netlink::core_knows(const AddressCommand& command) {
  switch (command.verb) {
    case AddressCommand::Verb::kAdd:
      return mirror_.core_knows(command.link, {command.prefix, true, command.traits});
    case AddressCommand::Verb::kRemove:
      return mirror_.core_knows_gone(command.link, command.prefix);
  }
}

void Netlink::keep_secondaries() {
  for (const int link : std::exchange(to_keep_secondaries_, {})) keep_secondaries(link);
}

// By default the kernel removes the first address of a subnet together with all others of that
// subnet: those of other instances, or of somebody else.
void Netlink::keep_secondaries(int link) {
  if (!keeping_secondaries_.insert(link).second) return;
  if (!netlink_send(commands_, promote_secondaries_request(link, ++sequence_))) return;
  for (const KernelMessage& message : read_answers(commands_, sequence_)) {
    const auto* const answer = std::get_if<Answer>(&message.content);
    if (answer == nullptr || answer->error == 0 || answer->error == ENODEV) continue;
    log(LogLevel::kWarning, "cannot set promote_secondaries on interface " + std::to_string(link) +
                                ": " + answer->text);
  }
}

Result<void> Netlink::execute(const DeviceChange& change) {
  const Requests requests = requests_for(change, sequence_ + 1);
  for (const std::vector<std::uint8_t>& request : requests) {
    ++sequence_;
    std::optional<Error> error;
    if (!netlink_send(commands_, request)) error = Error{std::generic_category().message(errno)};
    for (const KernelMessage& message : read_answers(commands_, sequence_)) {
      const auto* const answer = std::get_if<Answer>(&message.content);
      if (answer == nullptr || message.sequence != sequence_ || answer->error == 0) continue;
      if (answer->error == EAFNOSUPPORT) continue;  // A kernel without IPv6 has nothing to set.
      // Somebody removed it: there is news of that.
      if (answer->error == ENODEV && !std::holds_alternative<MakeDevice>(change)) continue;
      error = Error{answer->text};
    }
    if (!error) continue;
    const auto* const make = std::get_if<MakeDevice>(&change);
    const bool made = make != nullptr && &request != &requests.front();
    if (made) static_cast<void>(execute(RemoveDevice{0, make->spec.name}));
    return tl::unexpected(*error);
  }
  if (const auto* const make = std::get_if<MakeDevice>(&change)) look_at(make->spec.name);
  return {};
}

// The kernel tells of a new interface, but not of what is set on it while it is down.
void Netlink::look_at(const std::string& link) {
  drain_events();  // They are older.
  if (!netlink_send(commands_, link_request(link, ++sequence_))) return;
  for (const KernelMessage& message : read_answers(commands_, sequence_)) {
    if (message.sequence == sequence_) apply(message);
  }
}

// All that is queued, up to the answer to the request `last`.
std::vector<KernelMessage> Netlink::read_answers(const OwnedFd& socket, std::uint32_t last) {
  std::vector<KernelMessage> answers;
  std::span<std::uint8_t> datagram;
  for (;;) {
    const Receipt receipt = netlink_receive(socket, buffer_, datagram);
    if (receipt == Receipt::kNothing) return answers;
    if (receipt == Receipt::kLost) continue;
    for (KernelMessage& message : decode_datagram(datagram)) answers.push_back(std::move(message));
    if (!answers.empty() && answers.back().sequence == last) return answers;
  }
}

}  // namespace holdfast::vrrp
