// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "balance-worker/core/ipvs_table.h"
#include "balance-worker/core/nft_service.h"
#include "balance-worker/nft_sets.h"
#include "common/nf_tables.h"

// What a balance-worker asks of nf_tables, all of one table:
//
//   table inet holdfast-balance {
//     map services4 { type inet_proto . ipv4_addr . inet_service : verdict; }   # and 6
//     map hosts4 { type inet_proto . ipv4_addr : verdict; }        # of all ports
//     map marks4 { type inet_proto . mark : verdict; }
//     set snat_services4 ...                                       # those of source_nat
//     set tcp-192.0.2.10-80 { type ipv4_addr . inet_service; elements = { 10.0.0.1 . 80, ... } }
//     chain tcp-192.0.2.10-80 { dnat ip to numgen inc mod 3 map { 0 : 10.0.0.1 . 80, ... } }
//     chain prerouting, output { marks, services and hosts, by their maps }
//     chain postrouting { masquerade, by the sets }
//   }
namespace holdfast::balance {

inline constexpr const char* kNftTable = "holdfast-balance";

// By what packets get to the chain of their service.
enum class Entrance : std::uint8_t { kMarks, kServices, kHosts };
inline constexpr std::array kEntrances{Entrance::kMarks, Entrance::kServices, Entrance::kHosts};
inline constexpr std::array kFamilies{Family::kIpv4, Family::kIpv6};

std::string entrance_name(Entrance entrance, Family family, bool source_nat);
Entrance entrance_of(const ServiceKey& key);
std::vector<std::vector<std::uint8_t>> entrance_keys(const ServiceKey& key);

// A server as the key of an element, or as its data.
std::vector<std::uint8_t> server_bytes(const Endpoint& server);

// Of the chains that are there without any service, in the order of the kernel.
struct BaseRule {
  std::string chain;
  std::string comment;
  bool operator==(const BaseRule&) const = default;
};
std::vector<BaseRule> base_rules();

// All changes of one transaction at the end of a packet.
class NftBatch {
 public:
  NftBatch(std::vector<std::uint8_t>& packet, std::uint32_t sequence) : batch_(packet, sequence) {}

  void make();    // the table without services, in place of what there is
  void remove();  // with all that is in it
  // From one state of a service to another; null: it is not there.
  void change(const ServiceKey& key, const Service* before, const Service* after);

  // Keys of the map of clients that a service has.
  void forget_clients(const ServiceKey& key, std::span<const std::vector<std::uint8_t>> clients);

  std::uint32_t end() { return batch_.end(); }

 private:
  void make_set(const SetShape& shape) { balance::make_set(batch_, kNftTable, shape, ++set_id_); }
  void make_entrances(Family family);
  void make_base_rules();
  void make_servers(const std::string& name, Family family);
  void make_clients(const std::string& name, Family family);
  void change_entrance(Verb verb, const ServiceKey& key, bool source_nat);
  void change_servers(const std::string& name, const Destinations& before,
                      const Destinations& after);
  void change_chains(const ServiceKey& key, const NftChains& before, const NftChains& after);
  void make_chain(const std::string& name);
  void remove_rules(const std::string& chain);
  void make_rule(const std::string& service, const std::string& chain, Family family,
                 const NftRule& rule);
  std::uint32_t make_slots(const std::string& service, Family family, const Pick& pick);

  nft::Batch batch_;
  std::uint32_t set_id_ = 0;
};

}  // namespace holdfast::balance
