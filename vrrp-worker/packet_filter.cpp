// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/packet_filter.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace holdfast::vrrp {
namespace {

constexpr std::uint32_t kVridAt = 1;  // in the message (RFC 9568 §5.2)
constexpr std::uint32_t kWordBits = 32;
constexpr std::uint32_t kDrop = 0;
constexpr std::uint32_t kPassWhole = ~0U;

// The machine's scratch memory.
constexpr std::uint32_t kVrid = 0;
constexpr std::uint32_t kBit = 1;

constexpr sock_filter statement(unsigned code, std::uint32_t k) {
  return {static_cast<std::uint16_t>(code), 0, 0, k};
}
// Skips so many statements if the condition holds, or does not.
constexpr sock_filter jump(unsigned code, std::uint32_t k, unsigned if_true, unsigned if_false) {
  return {static_cast<std::uint16_t>(code), static_cast<std::uint8_t>(if_true),
          static_cast<std::uint8_t>(if_false), k};
}

}  // namespace

// The VRIDs are a map of 256 bits in eight words. The program makes the bit of the message's VRID,
// and holds it against the word that has it.
std::vector<sock_filter> vrid_filter(Family family, const std::set<Vrid>& passed) {
  std::array<std::uint32_t, 256 / kWordBits> words{};
  for (const Vrid vrid : passed) words.at(vrid.value / kWordBits) |= 1U << vrid.value % kWordBits;

  std::vector<sock_filter> program;
  // What a raw socket of IPv4 gets begins with the IP header, that of IPv6 with the message.
  if (family == Family::kIpv4) {
    program.push_back(statement(BPF_LDX | BPF_B | BPF_MSH, 0));
    program.push_back(statement(BPF_LD | BPF_B | BPF_IND, kVridAt));
  } else {
    program.push_back(statement(BPF_LD | BPF_B | BPF_ABS, kVridAt));
  }
  program.insert(program.end(), {
                                    statement(BPF_ST, kVrid),
                                    statement(BPF_ALU | BPF_AND | BPF_K, kWordBits - 1),
                                    statement(BPF_MISC | BPF_TAX, 0),
                                    statement(BPF_LD | BPF_IMM, 1),
                                    statement(BPF_ALU | BPF_LSH | BPF_X, 0),
                                    statement(BPF_ST, kBit),
                                });
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words.at(i) == 0) continue;
    const auto first = static_cast<std::uint32_t>(i) * kWordBits;
    program.insert(program.end(), {
                                      statement(BPF_LD | BPF_MEM, kVrid),
                                      jump(BPF_JMP | BPF_JGE | BPF_K, first, 0, 5),
                                      jump(BPF_JMP | BPF_JGT | BPF_K, first + kWordBits - 1, 4, 0),
                                      statement(BPF_LD | BPF_MEM, kBit),
                                      jump(BPF_JMP | BPF_JSET | BPF_K, words.at(i), 0, 1),
                                      statement(BPF_RET | BPF_K, kPassWhole),
                                      statement(BPF_RET | BPF_K, kDrop),
                                  });
  }
  program.push_back(statement(BPF_RET | BPF_K, kDrop));
  return program;
}

}  // namespace holdfast::vrrp
