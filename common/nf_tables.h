// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "common/core/result.h"
#include "common/netlink_bytes.h"
#include "common/owned_fd.h"

// The messages of nf_tables (linux/netfilter/nf_tables.h), as far as workers share them: a table of
// the family inet, changed in transactions, whose rules tell each other apart by their comments.
namespace holdfast::nft {

// ---- Writing. Numbers are big-endian, unless they are compared with what stands in a register.

void put_number(RequestWriter& request, int attribute, std::uint32_t number);
void put_long(RequestWriter& request, int attribute, std::uint64_t number);

// An expression of a rule; `fill` puts what belongs to it.
template <typename Fill>
void put_expression(RequestWriter& request, const char* name, const Fill& fill) {
  const Nest element(request, NFTA_LIST_ELEM);
  request.put_text(NFTA_EXPR_NAME, name);
  const Nest data(request, NFTA_EXPR_DATA);
  fill();
}

void load_meta(RequestWriter& request, nft_meta_keys key, std::uint32_t into);
void load_payload(RequestWriter& request, nft_payload_bases base, std::size_t offset,
                  std::uint32_t size, std::uint32_t into);
void compare(RequestWriter& request, nft_cmp_ops operation, std::uint32_t what,
             std::span<const std::uint8_t> value);
void decide(RequestWriter& request, std::uint32_t verdict);  // NF_ or NFT_ of no chain
void only_family(RequestWriter& request, std::uint8_t family, std::uint32_t by_register);

// What a set or a rule is called, as nft(8) reads and writes it. At most 253 bytes.
std::vector<std::uint8_t> as_user_data(const std::string& comment);
std::string comment_in(std::span<const std::uint8_t> data);  // empty: there is none

struct BaseChain {
  const char* name;
  const char* type;    // "filter", "nat"
  std::uint32_t hook;  // NF_INET_
  std::int32_t priority;
};

// A transaction at the end of a packet, in the making: all of it is done or nothing. What was done
// is acknowledged once.
class Batch {
 public:
  Batch(std::vector<std::uint8_t>& packet, std::uint32_t sequence);

  bool empty() const { return last_ == 0; }
  RequestWriter begin(int message, int flags);  // NFT_MSG_, NLM_F_ beside NLM_F_REQUEST
  // In place of whatever there is by that name.
  void make_table(const std::string& table);
  void remove_table(const std::string& table);
  void make_base_chain(const std::string& table, const BaseChain& chain);
  std::uint32_t end();  // the last sequence number

 private:
  std::vector<std::uint8_t>& packet_;
  std::uint32_t sequence_;
  std::size_t last_ = 0;
};

// ---- Asking. `flags`: NLM_F_DUMP, NLM_F_ACK. Of every kind of message the first attribute is the
// name of the table.
RequestWriter get(std::vector<std::uint8_t>& packet, int message, int flags,
                  std::uint32_t sequence);

// Of a table by its name, the chains of all tables, all its rules, all its sets, and all elements
// of a set of it.
std::vector<std::uint8_t> table_request(const std::string& table, std::uint32_t sequence);
std::vector<std::uint8_t> chains_request(const std::string& table, std::uint32_t sequence);
std::vector<std::uint8_t> sets_request(const std::string& table, std::uint32_t sequence);
std::vector<std::uint8_t> rules_request(const std::string& table, std::uint32_t sequence);
std::vector<std::uint8_t> elements_request(const std::string& table, const std::string& set,
                                           std::uint32_t sequence);

// The kind (NFT_MSG_) of a message that is about a table of ours, by its name; else -1.
int kind_of(const nlmsghdr* message, const std::string& table);

// ---- Sockets, which never block.
Result<OwnedFd> open_socket();
std::string words_for(int error);

}  // namespace holdfast::nft
