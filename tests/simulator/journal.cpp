// SPDX-License-Identifier: Apache-2.0
#include "tests/simulator/journal.h"

#include <array>
#include <cstdio>
#include <variant>

#include "common/core/messages.h"
#include "common/core/overloaded.h"
#include "tests/simulator/ip_packet.h"
#include "vrrp-worker/core/advert.h"

namespace holdfast::simulator {
namespace {

std::string describe_advert(std::span<const std::uint8_t> packet) {
  const std::string size = std::to_string(packet.size()) + " bytes";
  const auto datagram = parse_ip_packet(packet);
  if (!datagram) return size + ", no VRRP packet";
  const auto advert = vrrp::decode_advert(*datagram);
  const std::string source = " from " + datagram->source.to_string();
  if (!advert) return size + source + ", bad " + std::string(to_string(advert.error()));
  return "VRID " + std::to_string(advert->vrid.value) + " priority " +
         std::to_string(advert->priority.value) + " every " +
         std::to_string(advert->interval / std::chrono::milliseconds{1}) + " ms" + source;
}

std::string describe_message(std::span<const std::uint8_t> bytes) {
  const auto message = decode(bytes);
  if (!message) return message.error().message;
  std::string text(name_of(*message));
  if (const auto subject = subject_of(*message); !subject.empty()) {
    text += " " + std::string(subject);
  }
  std::visit(Overloaded{
                 [&](const RouterState& state) {
                   text += " " + std::string(to_string(state.state)) + ", priority " +
                           std::to_string(state.priority.value) + ": " + state.reason;
                 },
                 [&](const CheckState& state) {
                   text += std::string(state.up ? " up: " : " down: ") + state.reason;
                 },
                 [](const auto&) {},
             },
             *message);
  return text;
}

}  // namespace

std::string in_seconds(Time at) {
  std::array<char, 32> text{};
  const auto micros = static_cast<long long>(at.time_since_epoch().count());
  static_cast<void>(
      std::snprintf(text.data(), text.size(), "%lld.%06lld", micros / 1000000, micros % 1000000));
  return text.data();
}

void Journal::note(Time at, int host, std::string_view text) {
  mix(at, host, text);
  if (wordy()) keep(at, host, text, "");
}

void Journal::advert(Time at, int host, std::string_view verb,
                     std::span<const std::uint8_t> packet) {
  mix(at, host, verb);
  mix(packet);
  if (wordy()) keep(at, host, verb, describe_advert(packet));
}

void Journal::message(Time at, int host, std::string_view verb,
                      std::span<const std::uint8_t> message) {
  mix(at, host, verb);
  mix(message);
  // There are too many heartbeats to read past.
  const bool dull = message.front() == Message(Heartbeat{}).index();
  if (wordy() && !dull) keep(at, host, verb, describe_message(message));
}

void Journal::mix(std::span<const std::uint8_t> bytes) {
  for (const std::uint8_t byte : bytes) hash_ = (hash_ ^ byte) * 0x100000001b3;
}

void Journal::mix(Time at, int host, std::string_view text) {
  hash_ = (hash_ ^ static_cast<std::uint64_t>(at.time_since_epoch().count())) * 0x100000001b3;
  hash_ = (hash_ ^ static_cast<std::uint64_t>(host + 1)) * 0x100000001b3;
  for (const char c : text) hash_ = (hash_ ^ static_cast<std::uint8_t>(c)) * 0x100000001b3;
}

void Journal::keep(Time at, int host, std::string_view verb, std::string_view text) {
  std::string line = in_seconds(at) +
                     (host < 0 ? "  all  " : "  h" + std::to_string(host) + "   ") +
                     std::string(verb);
  if (!text.empty()) line += " " + std::string(text);
  if (keep_ == Keep::kPrint) std::printf("%s\n", line.c_str());
  tail_.push_back(std::move(line));
  if (tail_.size() > kTailSize) tail_.pop_front();
}

}  // namespace holdfast::simulator
