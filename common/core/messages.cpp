// SPDX-License-Identifier: Apache-2.0
#include "common/core/messages.h"

#include <type_traits>
#include <utility>

#include "common/core/words.h"

namespace holdfast {
namespace {

// In the order of Message; the index of a type is the first byte of its messages.
constexpr std::array<std::string_view, std::variant_size_v<Message::variant>> kNames{
    "Hello",           "Configured",     "Heartbeat",     "Configure",      "Start",
    "Shutdown",        "RouterState",    "CheckState",    "AdvertCounters", "RunScript",
    "ScriptResult",    "Observation",    "Secret",        "PingSocket",     "AskChecks",
    "CheckDetails",    "RunCheck",       "CheckRun",      "Forbidden",      "ServiceState",
    "ServerState",     "ServerCounters", "TableFilled",   "ServerOrder",    "SystemFile",
    "ServerSuspicion", "AskSocket",      "MarkedSocket",  "Listener",       "WorkerState",
    "DaemonState",     "QueuedAlert",    "AlertScript",   "LeaseWish",      "WitnessState",
    "LeaseState",      "Peers",          "CheckCounters", "ProcessUse",     "ScriptCounters",
    "Happened",        "ReceiverState",  "CheckLoad"};

template <std::size_t I>
Result<Message> decode_as(std::span<const std::uint8_t>& body) {
  std::variant_alternative_t<I, Message::variant> message;
  Decoder decoder(body);
  decltype(message)::describe(decoder, message);
  if (!decoder.ok()) return fail(std::string(kNames[I]) + " is cut short or out of range");
  body = decoder.rest();
  return Message(std::in_place_index<I>, std::move(message));
}

template <std::size_t... I>
Result<Message> decode_at(std::size_t index, std::span<const std::uint8_t>& body,
                          std::index_sequence<I...>) {
  constexpr std::array kDecoders{&decode_as<I>...};
  if (index >= kDecoders.size()) return fail("unknown message type " + std::to_string(index));
  return kDecoders[index](body);
}

}  // namespace

std::string_view to_string(Role role) {
  switch (role) {
    case Role::kVrrp:
      return "vrrp-worker";
    case Role::kCheck:
      return "check-worker";
    case Role::kBalance:
      return "balance-worker";
    case Role::kMonitor:
      return "monitor-worker";
    case Role::kAlert:
      return "alert-worker";
    case Role::kWitness:
      return "witness-worker";
  }
  return "";
}

std::string_view to_string(VrrpState state) {
  switch (state) {
    case VrrpState::kInitialize:
      return "INIT";
    case VrrpState::kBackup:
      return "BACKUP";
    case VrrpState::kActive:
      return "MASTER";
    case VrrpState::kFault:
      return "FAULT";
  }
  return "";
}

std::string_view to_string(ServerUse use) {
  switch (use) {
    case ServerUse::kServing:
      return "serving";
    case ServerUse::kQuiet:
      return "quiet";
    case ServerUse::kAbsent:
      return "absent";
  }
  return "";
}

std::string_view to_string(OrderKind kind) {
  switch (kind) {
    case OrderKind::kNone:
      return "none";
    case OrderKind::kDisable:
      return "disable";
    case OrderKind::kDrain:
      return "drain";
    case OrderKind::kWeight:
      return "weight";
  }
  return "";
}

std::string_view to_string(WorkerPhase phase) {
  switch (phase) {
    case WorkerPhase::kDown:
      return "down";
    case WorkerPhase::kStarting:
      return "starting";
    case WorkerPhase::kRunning:
      return "running";
    case WorkerPhase::kStopping:
      return "stopping";
  }
  return "";
}

std::string_view to_string(Rejection rejection) {
  switch (rejection) {
    case Rejection::kTtl:
      return "ttl";
    case Rejection::kVersion:
      return "version";
    case Rejection::kType:
      return "type";
    case Rejection::kLength:
      return "length";
    case Rejection::kChecksum:
      return "checksum";
    case Rejection::kAuthentication:
      return "authentication";
    case Rejection::kPassword:
      return "password";
    case Rejection::kUnsigned:
      return "unsigned";
    case Rejection::kKey:
      return "key";
    case Rejection::kSignature:
      return "signature";
    case Rejection::kStale:
      return "stale";
    case Rejection::kReplay:
      return "replay";
    case Rejection::kVrid:
      return "vrid";
    case Rejection::kPeer:
      return "peer";
    case Rejection::kOwner:
      return "owner";
    case Rejection::kAddressList:
      return "address_list";
    case Rejection::kInterval:
      return "interval";
  }
  return "";
}

std::string_view to_string(Cause cause) {
  switch (cause) {
    case Cause::kStart:
      return "start";
    case Cause::kNoAdvert:
      return "no_advert";
    case Cause::kReleased:
      return "released";
    case Cause::kPreempt:
      return "preempt";
    case Cause::kOutranked:
      return "outranked";
    case Cause::kHandOver:
      return "hand_over";
    case Cause::kFault:
      return "fault";
    case Cause::kGroup:
      return "group";
    case Cause::kAway:
      return "away";
  }
  return "";
}

std::string_view to_string(Mismatch mismatch) {
  switch (mismatch) {
    case Mismatch::kVersion:
      return "version";
    case Mismatch::kInterval:
      return "interval";
    case Mismatch::kAddresses:
      return "addresses";
    case Mismatch::kAuthentication:
      return "authentication";
    case Mismatch::kOwner:
      return "owner";
    case Mismatch::kStranger:
      return "stranger";
  }
  return "";
}

std::string in_words(const CheckLoad& load) {
  if (!load.late) return "checks begin in time";
  const auto count = [](std::uint32_t a_minute) {
    return a_minute < 600 ? std::to_string(a_minute) + " a minute"
                          : std::to_string(a_minute / 60) + " a second";
  };
  const Duration by{load.by};
  const Duration grain = by < std::chrono::seconds{1} ? Duration{std::chrono::milliseconds{1}}
                                                      : Duration{std::chrono::milliseconds{100}};
  return "checks begin " + in_words(by - by % grain) +
         " late: the check-worker has more to do than one processor manages (" +
         std::to_string(load.checks) + (load.checks == 1 ? " check, " : " checks, ") +
         count(load.due) + ", of which " + count(load.begun) + " are made)";
}

Message::Message(const Message& other) = default;
Message::Message(Message&& other) noexcept = default;
Message& Message::operator=(const Message& other) = default;
Message& Message::operator=(Message&& other) noexcept = default;
Message::~Message() = default;

bool Message::operator==(const Message& other) const {
  return static_cast<const variant&>(*this) == static_cast<const variant&>(other);
}

std::string_view name_of(const Message& message) {
  return kNames[message.index()];
}

std::string_view subject_of(const Message& message) {
  return std::visit(
      [](const auto& body) -> std::string_view {
        if constexpr (requires { body.router; }) return body.router;
        if constexpr (requires { body.check; }) return body.check;
        if constexpr (requires { body.service; }) return body.service;
        if constexpr (requires { body.server; }) return body.server;
        if constexpr (requires { body.place; }) return body.place;
        if constexpr (requires { body.receiver; }) return body.receiver;
        return "";
      },
      message);
}

std::vector<std::uint8_t> encode(const Message& message) {
  Encoder encoder;
  encoder(static_cast<std::uint8_t>(message.index()));
  std::visit(
      [&encoder](const auto& body) {
        std::remove_cvref_t<decltype(body)>::describe(encoder, body);
      },
      message);
  std::vector<std::uint8_t> bytes = encoder.take();
  HF_CHECK(bytes.size() <= kMessageSizeMax);
  return bytes;
}

Result<Message> decode(std::span<const std::uint8_t> bytes) {
  Result<Message> message = take_message(bytes);
  if (message && !bytes.empty()) {
    return fail(std::string(name_of(*message)) + " has bytes after its end");
  }
  return message;
}

Result<Message> take_message(std::span<const std::uint8_t>& bytes) {
  if (bytes.empty()) return fail("an empty message");
  const std::uint8_t type = bytes.front();
  bytes = bytes.subspan(1);
  return decode_at(type, bytes, std::make_index_sequence<std::variant_size_v<Message::variant>>{});
}

std::string bounded(std::string text) {
  if (text.size() <= kStringSizeMax) return text;
  // Not in the middle of a UTF-8 sequence, whose further bytes all begin with the bits 10.
  std::size_t size = kStringSizeMax;
  while (size > kStringSizeMax - 3 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) {
    --size;
  }
  text.resize(size);
  return text;
}

}  // namespace holdfast
