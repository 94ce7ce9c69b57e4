// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "balance-worker/core/ipvs_table.h"
#include "balance-worker/core/spread.h"

// A service in terms of nf_tables: a chain, to which the packets that open a connection come, and a
// set that says which servers there are; with persistence, who came lately, a map from clients to
// servers, and a chain for every server that gets new clients. How they are written is
// nft_requests.h's.
//
// Nothing that nft(8) cannot show: it does not know of a value that was looked up and is looked up
// again, or remembered.
namespace holdfast::balance {

// Of the chain, and of the set of its servers: "tcp-192.0.2.10-80", "mark4-7".
std::string nft_name(const ServiceKey& key);
inline std::string clients_of(const std::string& service) {
  return service + ".clients";
}
inline std::string lately_of(const std::string& service) {
  return service + ".lately";
}

// ---- Rules. A step that fails ends its rule: the next one is tried.

struct Count {  // the connection
  bool operator==(const Count&) const = default;
};
struct Client {             // who asks: the address, or its network
  std::uint8_t prefix = 0;  // 1..32 or 1..128; 0: the address
  bool operator==(const Client&) const = default;
};
struct Seen {  // the client, within so many seconds; from now on again. Fails if it was not
  std::uint32_t timeout = 0;
  bool operator==(const Seen&) const = default;
};
struct Known {  // that client's server; fails if it has none
  bool operator==(const Known&) const = default;
};
struct Number {
  Numbering numbering{};
  std::uint32_t numbers = 0;
  bool operator==(const Number&) const = default;
};
struct Pick {  // the server of that number, or its chain
  std::vector<Slot> slots;
  std::uint32_t numbers = 0;
  bool chain = false;
  bool operator==(const Pick&) const = default;
};
struct Learn {  // the client's server, for so many seconds from now; fails if there is no room
  Endpoint server;
  std::uint32_t timeout = 0;
  bool operator==(const Learn&) const = default;
};
struct Server {  // this one
  Endpoint server;
  bool operator==(const Server&) const = default;
};
struct Translate {   // the packet's destination to the server, and that ends it all
  bool port = true;  // else the port stays
  bool operator==(const Translate&) const = default;
};

using NftStep = std::variant<Count, Client, Seen, Known, Number, Pick, Learn, Server, Translate>;

struct NftRule {
  std::string comment;
  std::vector<NftStep> steps;
  bool operator==(const NftRule&) const = default;
};

using NftChains = std::map<std::string, std::vector<NftRule>>;  // by their names

// The first rule of the chain of the service's name says by its comment what the service is.
NftChains chains_of(const ServiceKey& key, const Service& service);
std::string chain_of_server(const std::string& service, const Endpoint& server);

// ---- What stands in comments, for a person and to be read back.

// "tcp 192.0.2.10:80 wrr persistence 300"
std::string service_text(const ServiceKey& key, const ServiceOptions& options);
std::optional<std::pair<ServiceKey, ServiceOptions>> parse_service_text(const std::string& text);
std::string weight_text(std::uint32_t weight);  // "weight 3"
std::optional<std::uint32_t> parse_weight_text(const std::string& text);

}  // namespace holdfast::balance
