// SPDX-License-Identifier: Apache-2.0
#include "balance-worker/nft_sets.h"

#include <linux/netfilter/nf_tables.h>

#include <algorithm>
#include <cstddef>

namespace holdfast::balance {
namespace {

using nft::put_number;

// Of elements in one message: its list has a length of 16 bits.
constexpr std::size_t kElementsMax = 256;
// Clients that a service remembers: each is about 150 bytes of the kernel's memory.
constexpr std::uint32_t kClientsMax = 1U << 20U;

}  // namespace

void make_set(nft::Batch& batch, const std::string& table, const SetShape& shape,
              std::uint32_t id) {
  RequestWriter request = batch.begin(NFT_MSG_NEWSET, NLM_F_CREATE);
  request.put_text(NFTA_SET_TABLE, table);
  request.put_text(NFTA_SET_NAME, shape.name);
  put_number(request, NFTA_SET_FLAGS, shape.flags);
  put_number(request, NFTA_SET_KEY_TYPE, shape.key_type);
  put_number(request, NFTA_SET_KEY_LEN, shape.key_size);
  put_number(request, NFTA_SET_ID, id);
  if ((shape.flags & NFT_SET_MAP) != 0) {
    put_number(request, NFTA_SET_DATA_TYPE, shape.data_type);
    put_number(request, NFTA_SET_DATA_LEN, shape.data_size);
  }
  if ((shape.flags & NFT_SET_EXPR) != 0) {
    const Nest expression(request, NFTA_SET_EXPR);
    request.put_text(NFTA_EXPR_NAME, "counter");
    const Nest data(request, NFTA_EXPR_DATA);
  }
  if ((shape.flags & NFT_SET_EVAL) != 0) {
    const Nest description(request, NFTA_SET_DESC);
    put_number(request, NFTA_SET_DESC_SIZE, kClientsMax);
  }
}

void remove_set(nft::Batch& batch, const std::string& table, const std::string& name) {
  RequestWriter request = batch.begin(NFT_MSG_DELSET, 0);
  request.put_text(NFTA_SET_TABLE, table);
  request.put_text(NFTA_SET_NAME, name);
}

void change_elements(nft::Batch& batch, const std::string& table, Verb verb, const std::string& set,
                     std::uint32_t id, const std::vector<SetElement>& elements) {
  const bool add = verb == Verb::kAdd;
  for (std::size_t first = 0; first < elements.size(); first += kElementsMax) {
    RequestWriter request =
        batch.begin(add ? NFT_MSG_NEWSETELEM : NFT_MSG_DELSETELEM, add ? NLM_F_CREATE : 0);
    request.put_text(NFTA_SET_ELEM_LIST_TABLE, table);
    request.put_text(NFTA_SET_ELEM_LIST_SET, set);
    if (id != 0) put_number(request, NFTA_SET_ELEM_LIST_SET_ID, id);
    const Nest list(request, NFTA_SET_ELEM_LIST_ELEMENTS);
    for (std::size_t i = first; i < std::min(first + kElementsMax, elements.size()); ++i) {
      const SetElement& one = elements[i];
      const Nest element(request, NFTA_LIST_ELEM);
      {
        const Nest key(request, NFTA_SET_ELEM_KEY);
        request.put(NFTA_DATA_VALUE, one.key);
      }
      if (one.end_of_interval) {
        put_number(request, NFTA_SET_ELEM_FLAGS, NFT_SET_ELEM_INTERVAL_END);
      }
      if (!one.data.empty()) {
        const Nest data(request, NFTA_SET_ELEM_DATA);
        request.put(NFTA_DATA_VALUE, one.data);
      }
      if (add && !one.chain.empty()) {
        const Nest data(request, NFTA_SET_ELEM_DATA);
        const Nest verdict(request, NFTA_DATA_VERDICT);
        put_number(request, NFTA_VERDICT_CODE, static_cast<std::uint32_t>(NFT_GOTO));
        request.put_text(NFTA_VERDICT_CHAIN, one.chain);
      }
      if (add && !one.comment.empty()) {
        request.put(NFTA_SET_ELEM_USERDATA, nft::as_user_data(one.comment));
      }
    }
  }
}

void append(std::vector<std::uint8_t>& bytes, std::initializer_list<std::uint8_t> more) {
  bytes.insert(bytes.end(), more);
}
void append(std::vector<std::uint8_t>& bytes, const IpAddress& address) {
  for (const std::uint8_t byte : address.bytes()) bytes.push_back(byte);
}
void append_port(std::vector<std::uint8_t>& bytes, std::uint16_t port) {
  append(bytes,
         {static_cast<std::uint8_t>(port >> 8U), static_cast<std::uint8_t>(port & 0xffU), 0, 0});
}

}  // namespace holdfast::balance
