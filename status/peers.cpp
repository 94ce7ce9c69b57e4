// SPDX-License-Identifier: Apache-2.0
#include "status/peers.h"

#include <algorithm>
#include <chrono>
#include <string>

#include "common/core/report_pace.h"

namespace holdfast {
namespace {

using Json = nlohmann::ordered_json;

// The word of a worker that is gone: adverts would have been told of long ago.
bool is_old(const Peer& peer, Time now, std::size_t instances) {
  constexpr auto kSome = std::chrono::seconds{5};
  const Duration between =
      std::max(silent_after(Duration{peer.interval}), advert_report_pace(instances));
  return now - peer.heard > between + kSome;
}

Json json_of(const Peer& peer, Time now, std::size_t instances) {
  const bool speaks = peer.speaks && !is_old(peer, now, instances);
  const Duration told = std::max(now - peer.heard, Duration{0});
  // Of one that speaks no more than this: the worker would have told that it is silent.
  const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(
      speaks ? std::min(told, silent_after(Duration{peer.interval})) : told);
  const char* const state = peer.priority == kPriorityRelease ? "RELEASED"
                            : speaks                          ? "MASTER"
                                                              : "SILENT";
  Json mismatches = Json::array();
  for (std::size_t i = 0; i < kMismatches; ++i) {
    if (peer.mismatches.at(i)) mismatches.push_back(to_string(static_cast<Mismatch>(i)));
  }
  return {
      {"address", peer.address},
      {"state", state},
      {"priority", peer.priority.value},
      {"version", peer.version},
      {"interval_seconds", static_cast<double>(peer.interval) / 1e6},
      {"last_advert_seconds", static_cast<double>(age.count()) / 1e3},
      {"accepted", peer.accepted},
      {"mismatches", mismatches},
      {"detail", peer.detail},
  };
}

}  // namespace

Json peers_of(const InstanceConfig& instance, const Peers* known, Time now, std::size_t instances) {
  Json all = Json::array();
  if (known != nullptr) {
    for (const Peer& peer : known->peers) all.push_back(json_of(peer, now, instances));
  }
  if (!instance.unicast) return all;
  for (const UnicastPeer& one : instance.unicast->peers) {
    const std::string address = one.address.to_string();
    if (std::any_of(all.begin(), all.end(),
                    [&](const Json& peer) { return peer.at("address") == address; })) {
      continue;
    }
    all.push_back({{"address", address},
                   {"state", "SILENT"},
                   {"priority", nullptr},
                   {"version", nullptr},
                   {"interval_seconds", nullptr},
                   {"last_advert_seconds", nullptr},
                   {"accepted", nullptr},
                   {"mismatches", Json::array()},
                   {"detail", ""}});
  }
  return all;
}

}  // namespace holdfast
