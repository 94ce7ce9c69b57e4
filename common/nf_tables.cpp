// SPDX-License-Identifier: Apache-2.0
#include "common/nf_tables.h"

#include <arpa/inet.h>
#include <endian.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "common/os_error.h"
#include "common/socket_buffers.h"

namespace holdfast::nft {
namespace {

constexpr int kBuffer = 4 << 20;

constexpr int type_of(int message) {
  return NFNL_SUBSYS_NFTABLES << 8 | message;
}

nfgenmsg header(std::uint8_t family = NFPROTO_INET, std::uint16_t resource = 0) {
  return {family, NFNETLINK_V0, htons(resource)};
}

// The attribute that names the table is the first of every kind of message.
static_assert(NFTA_TABLE_NAME == 1 && NFTA_CHAIN_TABLE == 1 && NFTA_RULE_TABLE == 1 &&
              NFTA_SET_TABLE == 1 && NFTA_SET_ELEM_LIST_TABLE == 1 && NFTA_OBJ_TABLE == 1 &&
              NFTA_FLOWTABLE_TABLE == 1);

}  // namespace

void put_number(RequestWriter& request, int attribute, std::uint32_t number) {
  request.put_value(attribute, htonl(number));
}

void put_long(RequestWriter& request, int attribute, std::uint64_t number) {
  request.put_value(attribute, htobe64(number));
}

// ---- Expressions.

void load_meta(RequestWriter& request, nft_meta_keys key, std::uint32_t into) {
  put_expression(request, "meta", [&] {
    put_number(request, NFTA_META_DREG, into);
    put_number(request, NFTA_META_KEY, key);
  });
}

void load_payload(RequestWriter& request, nft_payload_bases base, std::size_t offset,
                  std::uint32_t size, std::uint32_t into) {
  put_expression(request, "payload", [&] {
    put_number(request, NFTA_PAYLOAD_DREG, into);
    put_number(request, NFTA_PAYLOAD_BASE, base);
    put_number(request, NFTA_PAYLOAD_OFFSET, static_cast<std::uint32_t>(offset));
    put_number(request, NFTA_PAYLOAD_LEN, size);
  });
}

void compare(RequestWriter& request, nft_cmp_ops operation, std::uint32_t what,
             std::span<const std::uint8_t> value) {
  put_expression(request, "cmp", [&] {
    put_number(request, NFTA_CMP_SREG, what);
    put_number(request, NFTA_CMP_OP, operation);
    const Nest data(request, NFTA_CMP_DATA);
    request.put(NFTA_DATA_VALUE, value);
  });
}

void decide(RequestWriter& request, std::uint32_t verdict) {
  put_expression(request, "immediate", [&] {
    put_number(request, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
    const Nest data(request, NFTA_IMMEDIATE_DATA);
    const Nest inner(request, NFTA_DATA_VERDICT);
    put_number(request, NFTA_VERDICT_CODE, verdict);
  });
}

void only_family(RequestWriter& request, std::uint8_t family, std::uint32_t by_register) {
  load_meta(request, NFT_META_NFPROTO, by_register);
  compare(request, NFT_CMP_EQ, by_register, {&family, 1});
}

// A type, a length and a text that ends with a zero.
std::vector<std::uint8_t> as_user_data(const std::string& comment) {
  std::vector<std::uint8_t> bytes{0, static_cast<std::uint8_t>(comment.size() + 1)};
  for (const char letter : comment) bytes.push_back(static_cast<std::uint8_t>(letter));
  bytes.push_back(0);
  return bytes;
}

std::string comment_in(std::span<const std::uint8_t> data) {
  if (data.size() < 3 || data[0] != 0 || data[1] != data.size() - 2) return {};
  return {data.begin() + 2, data.end() - 1};
}

// ---- Transactions.

Batch::Batch(std::vector<std::uint8_t>& packet, std::uint32_t sequence)
    : packet_(packet), sequence_(sequence) {
  const RequestWriter begin(packet_, NFNL_MSG_BATCH_BEGIN, 0, sequence_++,
                            header(AF_UNSPEC, NFNL_SUBSYS_NFTABLES));
}

RequestWriter Batch::begin(int message, int flags) {
  last_ = packet_.size();
  return {packet_, type_of(message), flags, sequence_++, header()};
}

void Batch::make_table(const std::string& table) {
  const auto about = [&](int message, int flags) {
    RequestWriter request = begin(message, flags);
    request.put_text(NFTA_TABLE_NAME, table);
  };
  // So the table is there for sure, and can be removed with all that is in it.
  about(NFT_MSG_NEWTABLE, NLM_F_CREATE);
  about(NFT_MSG_DELTABLE, 0);
  about(NFT_MSG_NEWTABLE, NLM_F_CREATE);
}

void Batch::remove_table(const std::string& table) {
  RequestWriter request = begin(NFT_MSG_DELTABLE, 0);
  request.put_text(NFTA_TABLE_NAME, table);
}

void Batch::make_base_chain(const std::string& table, const BaseChain& chain) {
  RequestWriter request = begin(NFT_MSG_NEWCHAIN, NLM_F_CREATE);
  request.put_text(NFTA_CHAIN_TABLE, table);
  request.put_text(NFTA_CHAIN_NAME, chain.name);
  {
    const Nest hook(request, NFTA_CHAIN_HOOK);
    put_number(request, NFTA_HOOK_HOOKNUM, chain.hook);
    put_number(request, NFTA_HOOK_PRIORITY, static_cast<std::uint32_t>(chain.priority));
  }
  put_number(request, NFTA_CHAIN_POLICY, NF_ACCEPT);
  request.put_text(NFTA_CHAIN_TYPE, chain.type);
}

// The last message that changes anything is acknowledged.
std::uint32_t Batch::end() {
  nlmsghdr last{};
  std::memcpy(&last, packet_.data() + last_, sizeof last);
  last.nlmsg_flags |= NLM_F_ACK;
  std::memcpy(packet_.data() + last_, &last, sizeof last);
  const RequestWriter end(packet_, NFNL_MSG_BATCH_END, 0, sequence_,
                          header(AF_UNSPEC, NFNL_SUBSYS_NFTABLES));
  return sequence_;
}

// ---- Asking.

RequestWriter get(std::vector<std::uint8_t>& packet, int message, int flags,
                  std::uint32_t sequence) {
  return {packet, type_of(message), flags, sequence, header()};
}

std::vector<std::uint8_t> table_request(const std::string& table, std::uint32_t sequence) {
  std::vector<std::uint8_t> packet;
  RequestWriter request = get(packet, NFT_MSG_GETTABLE, NLM_F_ACK, sequence);
  request.put_text(NFTA_TABLE_NAME, table);
  return packet;
}

// The kernel does not tell those of one table only.
std::vector<std::uint8_t> chains_request(const std::string& /*table*/, std::uint32_t sequence) {
  std::vector<std::uint8_t> packet;
  get(packet, NFT_MSG_GETCHAIN, NLM_F_DUMP, sequence);
  return packet;
}

std::vector<std::uint8_t> sets_request(const std::string& table, std::uint32_t sequence) {
  std::vector<std::uint8_t> packet;
  RequestWriter request = get(packet, NFT_MSG_GETSET, NLM_F_DUMP, sequence);
  request.put_text(NFTA_SET_TABLE, table);
  return packet;
}

std::vector<std::uint8_t> rules_request(const std::string& table, std::uint32_t sequence) {
  std::vector<std::uint8_t> packet;
  RequestWriter request = get(packet, NFT_MSG_GETRULE, NLM_F_DUMP, sequence);
  request.put_text(NFTA_RULE_TABLE, table);
  return packet;
}

std::vector<std::uint8_t> elements_request(const std::string& table, const std::string& set,
                                           std::uint32_t sequence) {
  std::vector<std::uint8_t> packet;
  RequestWriter request = get(packet, NFT_MSG_GETSETELEM, NLM_F_DUMP, sequence);
  request.put_text(NFTA_SET_ELEM_LIST_TABLE, table);
  request.put_text(NFTA_SET_ELEM_LIST_SET, set);
  return packet;
}

int kind_of(const nlmsghdr* message, const std::string& table) {
  const auto* const head = header_in<nfgenmsg>(message);
  if (head == nullptr || message->nlmsg_type >> 8 != NFNL_SUBSYS_NFTABLES) return -1;
  const int kind = message->nlmsg_type & 0xff;
  if (head->nfgen_family != NFPROTO_INET || kind == NFT_MSG_NEWGEN) return -1;
  return attributes_in<NFTA_TABLE_NAME>(message, head).text(NFTA_TABLE_NAME) == table ? kind : -1;
}

// ---- Sockets.

Result<OwnedFd> open_socket() {
  OwnedFd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_NETFILTER));
  if (!socket) return fail_errno("cannot open a netlink socket");
  const int on = 1;
  // Without these the kernel's words are missing from the log, and no more.
  ::setsockopt(socket.get(), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
  ::setsockopt(socket.get(), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
  enlarge_receive_buffer(socket, kBuffer);
  sockaddr_nl local{};
  local.nl_family = AF_NETLINK;
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&local), sizeof local) != 0) {
    return fail_errno("cannot bind a netlink socket");
  }
  return socket;
}

std::string words_for(int error) {
  const std::string words = std::generic_category().message(error);
  const bool absent = error == EOPNOTSUPP || error == EPROTONOSUPPORT || error == EAFNOSUPPORT;
  return absent ? words + " (is nf_tables missing in this kernel?)" : words;
}

}  // namespace holdfast::nft
