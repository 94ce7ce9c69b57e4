// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "balance-worker/backend.h"
#include "balance-worker/generic_netlink.h"
#include "balance-worker/ipvs_replies.h"
#include "common/core/result.h"
#include "common/owned_fd.h"

namespace holdfast::balance {

// The IPVS table of this network namespace, by generic netlink. Needs CAP_NET_ADMIN there, and
// nothing else: the kernel itself loads its modules (ip_vs, ip_vs_SCHEDULER, ip_vs_pe_ENGINE) when
// their names come up, whoever asks.
//
// No call waits for anything but the kernel's own work, which it does within send(). The kernel
// tells nobody of changes: who wants to know what others did has to read().
class Ipvs final : public Backend {
 public:
  // An error: this kernel has no IPVS, or this namespace may not use it.
  static Result<Ipvs> open();

  std::vector<Refusal> execute(std::span<const IpvsCommand> commands) override;
  // Whoever put it there. Equal to what was executed, if that was canonical; but the timeouts are
  // never 0.
  Result<IpvsTable> read() override;
  // As of up to two seconds ago, but the numbers of connections.
  Result<Counters> read_counters() override;
  bool tells_established() const override { return true; }
  std::set<ServiceKey> ours() const override { return ours_; }

 private:
  explicit Ipvs(OwnedFd socket);

  Result<void> resolve();
  void execute_batch(std::span<const IpvsCommand> batch, std::vector<std::uint8_t>& packet,
                     std::vector<Refusal>& refused);
  // Of what is queued. False: some of it was lost.
  bool receive_all(const std::function<void(const GenericMessage&)>& take);
  // False: things changed meanwhile, and the kernel may have left something out.
  Result<bool> ask(const std::vector<std::uint8_t>& request, const std::string& what,
                   const std::function<void(const GenericMessage&)>& take);
  using Take = std::function<void(const ServiceIs&, const std::vector<DestinationIs>&)>;
  Result<bool> each_service(const Take& take);
  Result<bool> read_once(IpvsTable& table);

  OwnedFd socket_;
  std::size_t batch_;  // requests in one system call
  std::vector<std::uint8_t> buffer_;
  std::uint32_t sequence_ = 0;
  std::uint16_t type_ = 0;  // of the family
  std::set<ServiceKey> ours_;
};

}  // namespace holdfast::balance
