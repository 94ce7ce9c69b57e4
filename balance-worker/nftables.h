// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "balance-worker/backend.h"
#include "balance-worker/nft_socket.h"

namespace holdfast::balance {

// The same by nf_tables, in a table of our own (nft_requests.h). Needs CAP_NET_ADMIN.
//
// Every execute() is one transaction: a packet finds all of it or nothing. Only if the kernel
// refuses it, services are changed one by one, to find the one that it will not have.
class Nftables final : public Backend {
 public:
  // An error: this kernel has no nf_tables, or this namespace may not use it.
  static Result<Nftables> open();

  std::vector<Refusal> execute(std::span<const IpvsCommand> commands) override;
  void sweep() override;
  Result<IpvsTable> read() override;
  Result<Counters> read_counters() override;
  bool tells_established() const override { return false; }
  std::set<ServiceKey> ours() const override;  // all: nobody else has any business there

 private:
  explicit Nftables(NftSocket socket);

  using Changes = std::map<ServiceKey, std::optional<Service>>;  // none: it goes

  int change(const Changes& changes);  // an errno that the kernel answered, or 0
  void changed(const Changes& changes);
  void keep_counts(const ServiceKey& key, const Service* after);
  using Key = std::vector<std::uint8_t>;  // of an element
  void forget_clients(const std::set<ServiceKey>& keys);
  void forget_clients(const ServiceKey& key, std::span<const Key> clients);

  NftSocket socket_;
  Counters counted_;                                                // lately
  std::map<ServiceKey, std::map<Endpoint, std::uint64_t>> before_;  // by rules that are gone
  Services services_;                                               // that the kernel has
  bool there_ = false;                                              // the table
  bool whole_ = false;                                              // and as we make it
};

}  // namespace holdfast::balance
