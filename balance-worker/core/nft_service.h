// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "balance-worker/core/ipvs_table.h"
#include "balance-worker/core/spread.h"

// A service in terms of nf_tables: a chain, to which the packets that open a connection come; a set
// of its servers; with persistence, a map from clients to servers. How they are written is
// nft_requests.h's.
namespace holdfast::balance {

// Of the chain, and of the set of its servers: "tcp-192.0.2.10-80", "mark4-7".
std::string nft_name(const ServiceKey& key);
inline std::string clients_of(const std::string& service) {
  return service + ".clients";
}

// ---- Rules. A step that fails ends its rule: the next one is tried.

struct Count {  // the connection
  bool operator==(const Count&) const = default;
};
struct Client {             // who asks: the address, or its network
  std::uint8_t prefix = 0;  // 1..32 or 1..128; 0: the address
  bool operator==(const Client&) const = default;
};
struct Known {  // that client's server; fails if it has none
  bool operator==(const Known&) const = default;
};
struct Number {
  Numbering numbering{};
  std::uint32_t numbers = 0;
  bool operator==(const Number&) const = default;
};
struct Pick {  // the server of that number
  std::vector<Slot> slots;
  std::uint32_t numbers = 0;
  bool operator==(const Pick&) const = default;
};
struct Member {  // fails if the server is none of the service's; it is counted
  bool operator==(const Member&) const = default;
};
struct Remember {  // the client's server, for so many seconds from now; fails if there is no room
  std::uint32_t timeout = 0;
  bool operator==(const Remember&) const = default;
};
struct Forget {  // the client
  bool operator==(const Forget&) const = default;
};
struct Translate {   // the packet's destination to the server, and that ends it all
  bool port = true;  // else the port stays
  bool operator==(const Translate&) const = default;
};

using NftStep =
    std::variant<Count, Client, Known, Number, Pick, Member, Remember, Forget, Translate>;

struct NftRule {
  std::string comment;
  std::vector<NftStep> steps;
  bool operator==(const NftRule&) const = default;
};

// The comment of the first one says what the service is. Never empty.
std::vector<NftRule> rules_of(const ServiceKey& key, const Service& service);

// ---- What stands in comments, for a person and to be read back.

// "tcp 192.0.2.10:80 wrr persistence 300"
std::string service_text(const ServiceKey& key, const ServiceOptions& options);
std::optional<std::pair<ServiceKey, ServiceOptions>> parse_service_text(const std::string& text);
std::string weight_text(std::uint32_t weight);  // "weight 3"
std::optional<std::uint32_t> parse_weight_text(const std::string& text);

}  // namespace holdfast::balance
