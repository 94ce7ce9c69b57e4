// SPDX-License-Identifier: Apache-2.0
#include "balance-worker/core/spread.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <numeric>
#include <string_view>

namespace holdfast::balance {
namespace {

// So many turns are mixed, so that a server with a large weight does not get all of its
// connections at once. With more of them who is next is drawn by lot.
constexpr std::uint64_t kTurnsMax = 2048;

// Sizes of the table of mh: primes, about twice as large each time. For every server so many
// entries at least, that none gets much more than its share.
constexpr std::array<std::uint32_t, 7> kTableSizes{2039, 4093, 8191, 16381, 32749, 65521, 131071};
constexpr std::size_t kEntriesPerServer = 10;
constexpr std::uint32_t kShareMax = 64;

struct Share {
  Endpoint server;
  std::uint32_t weight = 0;
};

std::vector<Share> shares_of(const Destinations& destinations, bool weighted) {
  std::vector<Share> shares;
  std::uint32_t divisor = 0;
  for (const auto& [server, options] : destinations) {
    if (options.weight == 0) continue;
    shares.push_back({server, weighted ? options.weight : 1});
    divisor = std::gcd(divisor, shares.back().weight);
  }
  for (Share& share : shares) share.weight /= std::max(divisor, 1U);
  return shares;
}

std::uint64_t sum_of(const std::vector<Share>& shares) {
  std::uint64_t sum = 0;
  for (const Share& share : shares) sum += share.weight;
  return sum;
}

void append(std::vector<Slot>& slots, std::uint32_t first, const Endpoint& server) {
  if (slots.empty() || slots.back().server != server) slots.push_back({first, server});
}

// One server after the other, as many numbers as its weight.
Spread in_blocks(Numbering numbering, const std::vector<Share>& shares) {
  Spread spread{numbering, 0, {}};
  for (const Share& share : shares) {
    append(spread.slots, spread.numbers, share.server);
    spread.numbers += share.weight;
  }
  return spread;
}

// Smooth weighted round robin: at every turn each server gains its weight, and who has most by then
// pays the sum of all. Weights 3, 2, 1 make A B A C B A.
Spread mixed(const std::vector<Share>& shares) {
  const auto sum = static_cast<std::int64_t>(sum_of(shares));
  Spread spread{Numbering::kTurns, static_cast<std::uint32_t>(sum), {}};
  std::vector<std::int64_t> credit(shares.size());
  for (std::uint32_t turn = 0; turn < spread.numbers; ++turn) {
    for (std::size_t i = 0; i < shares.size(); ++i) credit[i] += shares[i].weight;
    const auto most = std::max_element(credit.begin(), credit.end());
    *most -= sum;
    append(spread.slots, turn, shares[static_cast<std::size_t>(most - credit.begin())].server);
  }
  return spread;
}

Spread by_turns(const std::vector<Share>& shares) {
  const std::uint64_t sum = sum_of(shares);
  if (sum == shares.size()) return in_blocks(Numbering::kTurns, shares);
  if (sum <= kTurnsMax) return mixed(shares);
  return in_blocks(Numbering::kRandom, shares);
}

// FNV-1a. What a server's place depends on must never change: clients would change their servers.
std::uint64_t hash_of(const Endpoint& server, std::uint64_t seed) {
  std::uint64_t hash = 14695981039346656037ULL ^ seed;
  const auto take = [&hash](std::uint8_t byte) { hash = (hash ^ byte) * 1099511628211ULL; };
  for (const std::uint8_t byte : server.address.bytes()) take(byte);
  take(static_cast<std::uint8_t>(server.port >> 8U));
  take(static_cast<std::uint8_t>(server.port & 0xffU));
  // Its low bits are weak.
  hash ^= hash >> 33U;
  hash *= 0xff51afd7ed558ccdULL;
  return hash ^ hash >> 33U;
}

// Maglev hashing: every server takes entries of the table in an order of its own, in turns. When
// one is gone, few entries of others change.
Spread maglev(Numbering numbering, std::vector<Share> shares) {
  const auto enough = std::find_if(kTableSizes.begin(), kTableSizes.end(), [&](std::uint32_t size) {
    return size >= shares.size() * kEntriesPerServer;
  });
  const std::uint32_t size = enough == kTableSizes.end() ? kTableSizes.back() : *enough;
  std::uint32_t most = 0;
  for (const Share& share : shares) most = std::max(most, share.weight);
  for (Share& share : shares) {
    if (most > kShareMax) share.weight = std::max(1U, share.weight * kShareMax / most);
  }
  struct Walk {
    std::uint64_t place;
    std::uint64_t step;
  };
  std::vector<Walk> walks;
  walks.reserve(shares.size());
  for (const Share& share : shares) {
    walks.push_back({hash_of(share.server, 1) % size, hash_of(share.server, 2) % (size - 1) + 1});
  }
  std::vector<std::size_t> table(size, shares.size());
  for (std::uint32_t taken = 0; taken < size;) {
    for (std::size_t i = 0; i < shares.size(); ++i) {
      for (std::uint32_t turn = 0; turn < shares[i].weight && taken < size; ++turn, ++taken) {
        Walk& walk = walks[i];
        while (table[walk.place] != shares.size()) walk.place = (walk.place + walk.step) % size;
        table[walk.place] = i;
      }
    }
  }
  Spread spread{numbering, size, {}};
  for (std::uint32_t i = 0; i < size; ++i) append(spread.slots, i, shares[table[i]].server);
  return spread;
}

// The one with the largest weight; of several, the first.
std::vector<Share> foremost(const Destinations& destinations) {
  const auto most = std::max_element(
      destinations.begin(), destinations.end(),
      [](const auto& a, const auto& b) { return a.second.weight < b.second.weight; });
  if (most == destinations.end() || most->second.weight == 0) return {};
  return {{most->first, 1}};
}

}  // namespace

bool can_spread(const std::string& scheduler) {
  constexpr std::array<std::string_view, 7> kKnown{"rr", "wrr", "random", "sh", "mh", "dh", "fo"};
  return std::find(kKnown.begin(), kKnown.end(), scheduler) != kKnown.end();
}

Spread spread_of(const ServiceOptions& options, const Destinations& destinations) {
  const std::string& scheduler = options.scheduler;
  const bool weighted = scheduler != "rr" && scheduler != "dh";
  const std::vector<Share> shares =
      scheduler == "fo" ? foremost(destinations) : shares_of(destinations, weighted);
  // The kernel makes no hash of which there is only one.
  if (shares.size() < 2) return in_blocks(Numbering::kTurns, shares);
  const Numbering source = options.scheduler_flag_2 ? Numbering::kSourcePort : Numbering::kSource;
  if (scheduler == "sh") return in_blocks(source, shares);
  if (scheduler == "mh") return maglev(source, shares);
  if (scheduler == "dh") return in_blocks(Numbering::kDestination, shares);
  if (scheduler == "random") return in_blocks(Numbering::kRandom, shares);
  return by_turns(shares);
}

}  // namespace holdfast::balance
