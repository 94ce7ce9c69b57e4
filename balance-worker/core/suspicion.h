// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "balance-worker/core/ipvs_counters.h"
#include "balance-worker/core/kernel_terms.h"
#include "common/core/messages.h"
#include "common/core/time.h"
#include "config/config.h"

namespace holdfast::balance {

// Finds servers that fail by what the kernel counts from one reading to the next, of TCP only:
//
//  - with masquerading, at least kPacketsMin packets came in from clients and none went back;
//  - with any forwarding, at least kConnectionsMin connections were opened, none stands, and there
//    were fewer than kPacketsOfOne packets of each: a handshake with a request has more.
//
// Two readings in a row make a server suspect. Two that show it answering clear it, or kForget
// without another sign: who gets no traffic any more cannot prove itself.
class Suspicions {
 public:
  static constexpr std::uint64_t kPacketsMin = 10;
  static constexpr std::uint64_t kConnectionsMin = 3;
  static constexpr std::uint64_t kPacketsOfOne = 3;
  static constexpr int kReadings = 2;
  static constexpr Duration kForget = std::chrono::seconds{30};

  // The servers that have become suspect, or are no longer.
  std::vector<ServerSuspicion> look(const VirtualServers& services, const Counters& counters,
                                    const MarksByName& marks, Time now);

  void restore(const ServerSuspicion& before, Time now);  // what a previous life said

 private:
  struct Sum {
    std::uint64_t connections = 0;
    std::uint64_t packets_in = 0;
    std::uint64_t packets_out = 0;
    std::uint32_t active = 0;
  };
  struct Server {
    std::optional<Sum> last;
    int signs = 0;   // in a row
    int proofs = 0;  // of life, in a row
    bool suspect = false;
    Time last_sign{};
  };

  static std::string sign_in(const Sum& before, const Sum& now, bool masquerade);
  static bool proves_life(const Sum& before, const Sum& now, bool masquerade);
  static void judge(const std::string& name, Server& server, const Sum& sum, bool masquerade,
                    Time now, std::vector<ServerSuspicion>& news);

  std::map<std::string, Server> servers_;  // those that were in the table
};

}  // namespace holdfast::balance
