// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "balance-worker/core/nft_flows.h"
#include "common/owned_fd.h"

// The kernel's table of flows, by ctnetlink.
namespace holdfast::balance {

// The messages.

// All flows of a family; with `of`, where the kernel can tell them (Linux 5.8), only those that
// may be lost so.
std::vector<std::uint8_t> flows_request(Family family, const LostFlows* of, std::uint32_t sequence);
struct KnownFlow {
  Flow flow;
  std::vector<std::uint8_t> tuple;  // by which the kernel knows it, as it told them
  std::vector<std::uint8_t> id;
  std::vector<std::uint8_t> zone;  // empty: none
};
struct FlowsTold {
  std::vector<KnownFlow> flows;
  std::optional<int> answer;  // an errno, or 0: then nothing more comes
};
FlowsTold flows_in(std::span<const std::uint8_t> datagram, std::uint32_t sequence);
void append_forget_request(std::vector<std::uint8_t>& packet, const KnownFlow& flow,
                           std::uint32_t sequence);

// Has the kernel forget these flows, by a socket of nfnetlink. As far as it can: a flow that stays
// ends when it has been quiet for the kernel's time. Returns how many were forgotten.
std::size_t forget_flows(const OwnedFd& socket, std::uint32_t& sequence,
                         std::span<const LostFlows> lost);

}  // namespace holdfast::balance
