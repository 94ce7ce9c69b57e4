// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/netlink_filter_messages.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstring>

#include "common/core/overloaded.h"
#include "vrrp-worker/netlink_bytes.h"

namespace holdfast::vrrp {
namespace {

constexpr const char* kChain = "input";
// Of elements in one message: its list has a length of 16 bits.
constexpr std::size_t kElementsMax = 256;

// What nft(8) calls the types of keys; they say how it shows them.
constexpr std::uint32_t kIpv4Type = 7;
constexpr std::uint32_t kIpv6Type = 8;
constexpr std::uint32_t kInterfaceType = 20;
constexpr std::uint32_t kConcatenated = 6;  // bits of each type

// The registers that a key is put together in: the second follows the four bytes of the first.
constexpr std::uint32_t kRegister = NFT_REG_1;
constexpr std::uint32_t kNextRegister = NFT_REG32_01;

struct SetShape {
  const char* name;
  std::uint32_t type;
  std::uint32_t size;  // bytes of a key
};
SetShape shape_of(FilterSet set) {
  switch (set) {
    case FilterSet::kIpv4:
      return {"ipv4", kIpv4Type, 4};
    case FilterSet::kIpv6:
      return {"ipv6", kIpv6Type, 16};
    case FilterSet::kIpv6LinkLocal:
      return {"ipv6_link_local", kInterfaceType << kConcatenated | kIpv6Type, 20};
  }
  return {};
}

FilterSet set_of(const Drop& drop) {
  if (drop.address.is_v4()) return FilterSet::kIpv4;
  return is_of_one_link(drop.address) ? FilterSet::kIpv6LinkLocal : FilterSet::kIpv6;
}

constexpr int type_of(int message) {
  return NFNL_SUBSYS_NFTABLES << 8 | message;
}

nfgenmsg header(std::uint8_t family = NFPROTO_INET, std::uint16_t resource = 0) {
  return {family, NFNETLINK_V0, htons(resource)};
}

// ---- Writing. Numbers are big-endian, unless they are compared with what stands in a register.

void put_number(RequestWriter& request, int attribute, std::uint32_t number) {
  request.put_value(attribute, htonl(number));
}

// A nest that is closed at the end of its scope.
class Nest {
 public:
  Nest(RequestWriter& request, int attribute)
      : request_(request), start_(request.open(attribute | NLA_F_NESTED)) {}
  ~Nest() { request_.close_attribute(start_); }
  Nest(const Nest&) = delete;
  Nest& operator=(const Nest&) = delete;

 private:
  RequestWriter& request_;
  std::size_t start_;
};

template <typename Fill>
void put_expression(RequestWriter& request, const char* name, const Fill& fill) {
  const Nest element(request, NFTA_LIST_ELEM);
  request.put_text(NFTA_EXPR_NAME, name);
  const Nest data(request, NFTA_EXPR_DATA);
  fill();
}

void load_meta(RequestWriter& request, nft_meta_keys key) {
  put_expression(request, "meta", [&] {
    put_number(request, NFTA_META_DREG, kRegister);
    put_number(request, NFTA_META_KEY, key);
  });
}

void compare(RequestWriter& request, nft_cmp_ops operation, std::uint8_t value) {
  put_expression(request, "cmp", [&] {
    put_number(request, NFTA_CMP_SREG, kRegister);
    put_number(request, NFTA_CMP_OP, operation);
    const Nest data(request, NFTA_CMP_DATA);
    request.put(NFTA_DATA_VALUE, {&value, 1});
  });
}

void load_payload(RequestWriter& request, nft_payload_bases base, std::size_t offset,
                  std::uint32_t size, std::uint32_t into = kRegister) {
  put_expression(request, "payload", [&] {
    put_number(request, NFTA_PAYLOAD_DREG, into);
    put_number(request, NFTA_PAYLOAD_BASE, base);
    put_number(request, NFTA_PAYLOAD_OFFSET, static_cast<std::uint32_t>(offset));
    put_number(request, NFTA_PAYLOAD_LEN, size);
  });
}

void look_up(RequestWriter& request, FilterSet set) {
  put_expression(request, "lookup", [&] {
    put_number(request, NFTA_LOOKUP_SREG, kRegister);
    request.put_text(NFTA_LOOKUP_SET, shape_of(set).name);
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

void only_family(RequestWriter& request, std::uint8_t family) {
  load_meta(request, NFT_META_NFPROTO);
  compare(request, NFT_CMP_EQ, family);
}

// The rules, in their order. A change of any of them is a change of its comment: a table that an
// older version left is made anew.
struct FixedRule {
  const char* comment;
  void (*put)(RequestWriter& request);
};

void put_neighbour_discovery(RequestWriter& request) {
  only_family(request, NFPROTO_IPV6);
  load_meta(request, NFT_META_L4PROTO);
  compare(request, NFT_CMP_EQ, IPPROTO_ICMPV6);
  load_payload(request, NFT_PAYLOAD_TRANSPORT_HEADER, offsetof(icmp6_hdr, icmp6_type), 1);
  compare(request, NFT_CMP_GTE, 135);  // a neighbour solicitation
  compare(request, NFT_CMP_LTE, 136);  // a neighbour advertisement
  decide(request, NF_ACCEPT);
}
void put_drop_ipv4(RequestWriter& request) {
  only_family(request, NFPROTO_IPV4);
  load_payload(request, NFT_PAYLOAD_NETWORK_HEADER, offsetof(iphdr, daddr), 4);
  look_up(request, FilterSet::kIpv4);
  decide(request, NF_DROP);
}
void put_drop_ipv6(RequestWriter& request) {
  only_family(request, NFPROTO_IPV6);
  load_payload(request, NFT_PAYLOAD_NETWORK_HEADER, offsetof(ip6_hdr, ip6_dst), 16);
  look_up(request, FilterSet::kIpv6);
  decide(request, NF_DROP);
}
void put_drop_link_local(RequestWriter& request, nft_meta_keys way_in) {
  only_family(request, NFPROTO_IPV6);
  load_meta(request, way_in);
  load_payload(request, NFT_PAYLOAD_NETWORK_HEADER, offsetof(ip6_hdr, ip6_dst), 16, kNextRegister);
  look_up(request, FilterSet::kIpv6LinkLocal);
  decide(request, NF_DROP);
}

constexpr std::array kRules{
    FixedRule{"accept: false, but neighbours are found", put_neighbour_discovery},
    FixedRule{"accept: false", put_drop_ipv4},
    FixedRule{"accept: false", put_drop_ipv6},
    FixedRule{"accept: false",
              [](RequestWriter& request) { put_drop_link_local(request, NFT_META_IIF); }},
    FixedRule{"accept: false, in a VRF",
              [](RequestWriter& request) { put_drop_link_local(request, NFT_META_SDIF); }},
};

// As nft(8) reads and writes it: a type, a length and a text that ends with a zero.
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

// A transaction at the end of a packet, in the making.
class Transaction {
 public:
  Transaction(std::vector<std::uint8_t>& packet, std::uint32_t sequence)
      : packet_(packet), sequence_(sequence) {
    const RequestWriter begin(packet_, NFNL_MSG_BATCH_BEGIN, 0, sequence_++,
                              header(AF_UNSPEC, NFNL_SUBSYS_NFTABLES));
  }

  void make() {
    // So the table is there for sure, and can be removed with all that is in it.
    table(NFT_MSG_NEWTABLE, NLM_F_CREATE);
    table(NFT_MSG_DELTABLE, 0);
    table(NFT_MSG_NEWTABLE, NLM_F_CREATE);
    std::uint32_t id = 0;
    for (const FilterSet set : kFilterSets) make_set(shape_of(set), ++id);
    make_chain();
    for (const FixedRule& rule : kRules) make_rule(rule);
  }
  void remove() { table(NFT_MSG_DELTABLE, 0); }

  void change(Change change, FilterSet set, std::span<const Drop> drops) {
    const bool add = change == Change::kAdd;
    RequestWriter request =
        begin(add ? NFT_MSG_NEWSETELEM : NFT_MSG_DELSETELEM, add ? NLM_F_CREATE : 0);
    request.put_text(NFTA_SET_ELEM_LIST_TABLE, kFilterTable);
    request.put_text(NFTA_SET_ELEM_LIST_SET, shape_of(set).name);
    const Nest list(request, NFTA_SET_ELEM_LIST_ELEMENTS);
    for (const Drop& drop : drops) {
      std::vector<std::uint8_t> value;
      if (set == FilterSet::kIpv6LinkLocal) {
        value.resize(sizeof drop.link);
        std::memcpy(value.data(), &drop.link, sizeof drop.link);
      }
      for (const std::uint8_t byte : drop.address.bytes()) value.push_back(byte);
      const Nest element(request, NFTA_LIST_ELEM);
      const Nest key(request, NFTA_SET_ELEM_KEY);
      request.put(NFTA_DATA_VALUE, value);
    }
  }

  // The last message that changes anything is acknowledged.
  std::uint32_t end() {
    nlmsghdr last{};
    std::memcpy(&last, packet_.data() + last_, sizeof last);
    last.nlmsg_flags |= NLM_F_ACK;
    std::memcpy(packet_.data() + last_, &last, sizeof last);
    const RequestWriter end(packet_, NFNL_MSG_BATCH_END, 0, sequence_,
                            header(AF_UNSPEC, NFNL_SUBSYS_NFTABLES));
    return sequence_;
  }

 private:
  RequestWriter begin(int message, int flags) {
    last_ = packet_.size();
    return {packet_, type_of(message), flags, sequence_++, header()};
  }

  void table(int message, int flags) {
    RequestWriter request = begin(message, flags);
    request.put_text(NFTA_TABLE_NAME, kFilterTable);
  }
  void make_set(const SetShape& shape, std::uint32_t id) {
    RequestWriter request = begin(NFT_MSG_NEWSET, NLM_F_CREATE);
    request.put_text(NFTA_SET_TABLE, kFilterTable);
    request.put_text(NFTA_SET_NAME, shape.name);
    put_number(request, NFTA_SET_KEY_TYPE, shape.type);
    put_number(request, NFTA_SET_KEY_LEN, shape.size);
    put_number(request, NFTA_SET_ID, id);
  }
  void make_chain() {
    RequestWriter request = begin(NFT_MSG_NEWCHAIN, NLM_F_CREATE);
    request.put_text(NFTA_CHAIN_TABLE, kFilterTable);
    request.put_text(NFTA_CHAIN_NAME, kChain);
    {
      const Nest hook(request, NFTA_CHAIN_HOOK);
      put_number(request, NFTA_HOOK_HOOKNUM, NF_INET_LOCAL_IN);
      put_number(request, NFTA_HOOK_PRIORITY, 0);  // nft's `filter`
    }
    put_number(request, NFTA_CHAIN_POLICY, NF_ACCEPT);
    request.put_text(NFTA_CHAIN_TYPE, "filter");
  }
  void make_rule(const FixedRule& rule) {
    RequestWriter request = begin(NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
    request.put_text(NFTA_RULE_TABLE, kFilterTable);
    request.put_text(NFTA_RULE_CHAIN, kChain);
    {
      const Nest expressions(request, NFTA_RULE_EXPRESSIONS);
      rule.put(request);
    }
    request.put(NFTA_RULE_USERDATA, as_user_data(rule.comment));
  }

  std::vector<std::uint8_t>& packet_;
  std::uint32_t sequence_;
  std::size_t last_ = 0;
};

// ---- Reading

std::optional<Drop> drop_in(std::span<const std::uint8_t> key) {
  if (key.size() == 4) {
    std::array<std::uint8_t, 4> bytes{};
    std::copy(key.begin(), key.end(), bytes.begin());
    return Drop{0, IpAddress::v4(bytes)};
  }
  std::array<std::uint8_t, 16> bytes{};
  if (key.size() != bytes.size() && key.size() != bytes.size() + sizeof(int)) return std::nullopt;
  Drop drop;
  if (key.size() > bytes.size()) std::memcpy(&drop.link, key.data(), sizeof drop.link);
  std::copy(key.end() - bytes.size(), key.end(), bytes.begin());
  drop.address = IpAddress::v6(bytes);
  return drop;
}

const rtattr* first_in(std::span<const std::uint8_t> nest) {
  return reinterpret_cast<const rtattr*>(nest.data());
}

void read_elements(std::span<const std::uint8_t> list, Drops& drops) {
  int rest = static_cast<int>(list.size());
  for (const rtattr* one = first_in(list); RTA_OK(one, rest); one = RTA_NEXT(one, rest)) {
    const AttributeTable<NFTA_SET_ELEM_MAX> element(static_cast<const rtattr*>(RTA_DATA(one)),
                                                    RTA_PAYLOAD(one));
    const auto key = element[NFTA_SET_ELEM_KEY];
    const AttributeTable<NFTA_DATA_MAX> data(first_in(key), key.size());
    if (const auto drop = drop_in(data[NFTA_DATA_VALUE])) drops.insert(*drop);
  }
}

// The attribute that names the table is the first of every kind of message.
static_assert(NFTA_TABLE_NAME == 1 && NFTA_CHAIN_TABLE == 1 && NFTA_RULE_TABLE == 1 &&
              NFTA_SET_TABLE == 1 && NFTA_SET_ELEM_LIST_TABLE == 1 && NFTA_OBJ_TABLE == 1 &&
              NFTA_FLOWTABLE_TABLE == 1);

void read(const nlmsghdr* message, FilterNews& news) {
  const auto* const head = header_in<nfgenmsg>(message);
  if (head == nullptr || message->nlmsg_type >> 8 != NFNL_SUBSYS_NFTABLES) return;
  const int kind = message->nlmsg_type & 0xff;
  if (head->nfgen_family != NFPROTO_INET || kind == NFT_MSG_NEWGEN) return;
  const auto attributes = attributes_in<NFTA_RULE_MAX>(message, head);
  if (attributes.text(NFTA_TABLE_NAME) != kFilterTable) return;
  news.authors.push_back(message->nlmsg_pid);
  if (kind == NFT_MSG_NEWTABLE) news.table = true;
  if (kind == NFT_MSG_NEWRULE) {
    news.rules.push_back(attributes.text(NFTA_RULE_CHAIN) == kChain
                             ? comment_in(attributes[NFTA_RULE_USERDATA])
                             : std::string{});
  }
  if (kind == NFT_MSG_NEWSETELEM) {
    read_elements(attributes[NFTA_SET_ELEM_LIST_ELEMENTS], news.drops);
  }
}

RequestWriter get(std::vector<std::uint8_t>& packet, int message, int flags,
                  std::uint32_t sequence) {
  return {packet, type_of(message), flags, sequence, header()};
}

}  // namespace

std::uint32_t append_transaction(std::vector<std::uint8_t>& packet,
                                 std::span<const FilterCommand> commands, std::uint32_t sequence) {
  Transaction transaction(packet, sequence);
  std::vector<Drop> alike;
  const ChangeFilter* first = nullptr;
  const auto flush = [&] {
    if (first != nullptr) transaction.change(first->change, set_of(first->drop), alike);
    first = nullptr;
    alike.clear();
  };
  for (const FilterCommand& command : commands) {
    const auto* const change = std::get_if<ChangeFilter>(&command);
    const bool joins = change != nullptr && first != nullptr && alike.size() < kElementsMax &&
                       change->change == first->change &&
                       set_of(change->drop) == set_of(first->drop);
    if (!joins) flush();
    std::visit(Overloaded{
                   [&](const MakeFilter&) { transaction.make(); },
                   [&](const RemoveFilter&) { transaction.remove(); },
                   [&](const ChangeFilter& one) {
                     if (first == nullptr) first = &one;
                     alike.push_back(one.drop);
                   },
               },
               command);
  }
  flush();
  return transaction.end();
}

std::vector<std::uint8_t> table_request(std::uint32_t sequence) {
  std::vector<std::uint8_t> packet;
  RequestWriter request = get(packet, NFT_MSG_GETTABLE, NLM_F_ACK, sequence);
  request.put_text(NFTA_TABLE_NAME, kFilterTable);
  return packet;
}

std::vector<std::uint8_t> rules_of_filter_request(std::uint32_t sequence) {
  std::vector<std::uint8_t> packet;
  RequestWriter request = get(packet, NFT_MSG_GETRULE, NLM_F_DUMP, sequence);
  request.put_text(NFTA_RULE_TABLE, kFilterTable);
  return packet;
}

std::vector<std::uint8_t> drops_request(FilterSet set, std::uint32_t sequence) {
  std::vector<std::uint8_t> packet;
  RequestWriter request = get(packet, NFT_MSG_GETSETELEM, NLM_F_DUMP, sequence);
  request.put_text(NFTA_SET_ELEM_LIST_TABLE, kFilterTable);
  request.put_text(NFTA_SET_ELEM_LIST_SET, shape_of(set).name);
  return packet;
}

FilterNews filter_news_in(std::span<const std::uint8_t> datagram) {
  FilterNews news;
  const auto* message = reinterpret_cast<const nlmsghdr*>(datagram.data());
  auto rest = static_cast<std::uint32_t>(datagram.size());
  while (NLMSG_OK(message, rest)) {
    news.interrupted |= (message->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
    read(message, news);
    message = NLMSG_NEXT(message, rest);
  }
  return news;
}

std::vector<std::string> comments_of_filter() {
  std::vector<std::string> comments;
  for (const FixedRule& rule : kRules) comments.emplace_back(rule.comment);
  return comments;
}

}  // namespace holdfast::vrrp
