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

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <iterator>

#include "common/core/overloaded.h"
#include "common/netlink_bytes.h"
#include "common/nf_tables.h"
#include "vrrp-worker/core/advert.h"
#include "vrrp-worker/netlink_filter_sets.h"

namespace holdfast::vrrp {
namespace {

constexpr const char* kChain = "input";
// Of elements in one message: its list has a length of 16 bits.
constexpr std::size_t kElementsMax = 256;

// The registers that a key is put together in: the second follows the four bytes of the first.
constexpr std::uint32_t kRegister = NFT_REG_1;
constexpr std::uint32_t kNextRegister = NFT_REG32_01;
constexpr std::uint32_t kThirdRegister = NFT_REG32_02;

void load_meta(RequestWriter& request, nft_meta_keys key) {
  nft::load_meta(request, key, kRegister);
}

void compare(RequestWriter& request, nft_cmp_ops operation, std::uint8_t value) {
  nft::compare(request, operation, kRegister, {&value, 1});
}

void load_payload(RequestWriter& request, nft_payload_bases base, std::size_t offset,
                  std::uint32_t size, std::uint32_t into = kRegister) {
  nft::load_payload(request, base, offset, size, into);
}

// As nft(8) has numbers of the host in sets with ranges.
void to_network_order(RequestWriter& request, std::uint32_t what) {
  nft::put_expression(request, "byteorder", [&] {
    nft::put_number(request, NFTA_BYTEORDER_SREG, what);
    nft::put_number(request, NFTA_BYTEORDER_DREG, what);
    nft::put_number(request, NFTA_BYTEORDER_OP, NFT_BYTEORDER_HTON);
    nft::put_number(request, NFTA_BYTEORDER_LEN, sizeof(std::uint32_t));
    nft::put_number(request, NFTA_BYTEORDER_SIZE, sizeof(std::uint32_t));
  });
}

void look_up(RequestWriter& request, FilterSet set, std::uint32_t flags = 0) {
  nft::put_expression(request, "lookup", [&] {
    nft::put_number(request, NFTA_LOOKUP_SREG, kRegister);
    request.put_text(NFTA_LOOKUP_SET, shape_of(set).name);
    if (flags != 0) nft::put_number(request, NFTA_LOOKUP_FLAGS, flags);
  });
}

void only_family(RequestWriter& request, std::uint8_t family) {
  nft::only_family(request, family, kRegister);
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
  nft::decide(request, NF_ACCEPT);
}
void put_drop_ipv4(RequestWriter& request) {
  only_family(request, NFPROTO_IPV4);
  load_payload(request, NFT_PAYLOAD_NETWORK_HEADER, offsetof(iphdr, daddr), 4);
  look_up(request, FilterSet::kIpv4);
  nft::decide(request, NF_DROP);
}
void put_drop_ipv6(RequestWriter& request) {
  only_family(request, NFPROTO_IPV6);
  load_payload(request, NFT_PAYLOAD_NETWORK_HEADER, offsetof(ip6_hdr, ip6_dst), 16);
  look_up(request, FilterSet::kIpv6);
  nft::decide(request, NF_DROP);
}
void put_drop_link_local(RequestWriter& request, nft_meta_keys way_in) {
  only_family(request, NFPROTO_IPV6);
  load_meta(request, way_in);
  load_payload(request, NFT_PAYLOAD_NETWORK_HEADER, offsetof(ip6_hdr, ip6_dst), 16, kNextRegister);
  look_up(request, FilterSet::kIpv6LinkLocal);
  nft::decide(request, NF_DROP);
}

// The VRID is the second byte of an advert (RFC 9568 §5.2.3). A fragment that is not the first has
// none, and comes to nothing without the first.
void put_drop_advert(RequestWriter& request, Family family, nft_meta_keys way_in) {
  const bool v4 = family == Family::kIpv4;
  only_family(request, v4 ? NFPROTO_IPV4 : NFPROTO_IPV6);
  load_meta(request, NFT_META_L4PROTO);
  // Equal to it; after that word nft(8) 1.0.6 aborts at the header of a protocol it does not know.
  compare(request, NFT_CMP_GTE, kVrrpProtocol);
  compare(request, NFT_CMP_LTE, kVrrpProtocol);
  load_meta(request, way_in);
  load_payload(request, NFT_PAYLOAD_TRANSPORT_HEADER, 1, 1, kNextRegister);
  look_up(request, v4 ? FilterSet::kGuards4 : FilterSet::kGuards6);
  to_network_order(request, kRegister);
  to_network_order(request, kNextRegister);
  load_payload(request, NFT_PAYLOAD_NETWORK_HEADER,
               v4 ? offsetof(iphdr, saddr) : offsetof(ip6_hdr, ip6_src), v4 ? 4 : 16,
               kThirdRegister);
  look_up(request, v4 ? FilterSet::kSources4 : FilterSet::kSources6, NFT_LOOKUP_F_INV);
  nft::put_expression(request, "counter", [] {});
  nft::decide(request, NF_DROP);
}

constexpr std::array kRules{
    FixedRule{"accept: false, but neighbours are found", put_neighbour_discovery},
    FixedRule{"accept: false", put_drop_ipv4},
    FixedRule{"accept: false", put_drop_ipv6},
    FixedRule{"accept: false",
              [](RequestWriter& request) { put_drop_link_local(request, NFT_META_IIF); }},
    FixedRule{"accept: false, in a VRF",
              [](RequestWriter& request) { put_drop_link_local(request, NFT_META_SDIF); }},
    FixedRule{
        "firewall: peers",
        [](RequestWriter& request) { put_drop_advert(request, Family::kIpv4, NFT_META_IIF); }},
    FixedRule{
        "firewall: peers",
        [](RequestWriter& request) { put_drop_advert(request, Family::kIpv6, NFT_META_IIF); }},
    FixedRule{
        "firewall: peers, in a VRF",
        [](RequestWriter& request) { put_drop_advert(request, Family::kIpv4, NFT_META_SDIF); }},
    FixedRule{
        "firewall: peers, in a VRF",
        [](RequestWriter& request) { put_drop_advert(request, Family::kIpv6, NFT_META_SDIF); }},
};

// A transaction at the end of a packet, in the making.
class Transaction {
 public:
  Transaction(std::vector<std::uint8_t>& packet, std::uint32_t sequence)
      : batch_(packet, sequence) {}

  void make() {
    batch_.make_table(kFilterTable);
    std::uint32_t id = 0;
    for (const FilterSet set : kFilterSets) make_set(shape_of(set), ++id);
    batch_.make_base_chain(kFilterTable,
                           {kChain, "filter", NF_INET_LOCAL_IN, 0});  // nft's `filter`
    for (const FixedRule& rule : kRules) make_rule(rule);
  }
  void remove() { batch_.remove_table(kFilterTable); }

  void change(Change change, FilterSet set, std::span<const FilterEntry> entries) {
    const bool add = change == Change::kAdd;
    RequestWriter request =
        batch_.begin(add ? NFT_MSG_NEWSETELEM : NFT_MSG_DELSETELEM, add ? NLM_F_CREATE : 0);
    request.put_text(NFTA_SET_ELEM_LIST_TABLE, kFilterTable);
    request.put_text(NFTA_SET_ELEM_LIST_SET, shape_of(set).name);
    const Nest list(request, NFTA_SET_ELEM_LIST_ELEMENTS);
    for (const FilterEntry& entry : entries) {
      const Nest element(request, NFTA_LIST_ELEM);
      {
        const Nest key(request, NFTA_SET_ELEM_KEY);
        request.put(NFTA_DATA_VALUE, key_of(entry));
      }
      const std::vector<std::uint8_t> last = end_of_key(entry);
      if (last.empty()) continue;
      const Nest key(request, NFTA_SET_ELEM_KEY_END);
      request.put(NFTA_DATA_VALUE, last);
    }
  }

  std::uint32_t end() { return batch_.end(); }

 private:
  void make_set(const SetShape& shape, std::uint32_t id) {
    RequestWriter request = batch_.begin(NFT_MSG_NEWSET, NLM_F_CREATE);
    request.put_text(NFTA_SET_TABLE, kFilterTable);
    request.put_text(NFTA_SET_NAME, shape.name);
    nft::put_number(request, NFTA_SET_KEY_TYPE, shape.type);
    nft::put_number(request, NFTA_SET_KEY_LEN, shape.size);
    nft::put_number(request, NFTA_SET_ID, id);
    if (shape.intervals.empty()) return;
    nft::put_number(request, NFTA_SET_FLAGS, NFT_SET_INTERVAL | NFT_SET_CONCAT);
    const Nest description(request, NFTA_SET_DESC);
    const Nest fields(request, NFTA_SET_DESC_CONCAT);
    for (const std::uint32_t size : shape.intervals) {
      const Nest field(request, NFTA_LIST_ELEM);
      nft::put_number(request, NFTA_SET_FIELD_LEN, size);
    }
  }
  void make_rule(const FixedRule& rule) {
    RequestWriter request = batch_.begin(NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
    request.put_text(NFTA_RULE_TABLE, kFilterTable);
    request.put_text(NFTA_RULE_CHAIN, kChain);
    {
      const Nest expressions(request, NFTA_RULE_EXPRESSIONS);
      rule.put(request);
    }
    request.put(NFTA_RULE_USERDATA, nft::as_user_data(rule.comment));
  }

  nft::Batch batch_;
};

// ---- Reading

using Bytes = std::span<const std::uint8_t>;

const rtattr* first_in(Bytes nest) {
  return reinterpret_cast<const rtattr*>(nest.data());
}

Bytes value_in(Bytes key) {
  return AttributeTable<NFTA_DATA_MAX>(first_in(key), key.size())[NFTA_DATA_VALUE];
}

void read_elements(const std::string& name, Bytes list, FilterEntries& entries) {
  const auto* const set = std::find_if(std::begin(kFilterSets), std::end(kFilterSets),
                                       [&](FilterSet one) { return shape_of(one).name == name; });
  if (set == std::end(kFilterSets)) return;
  const SetShape shape = shape_of(*set);
  int rest = static_cast<int>(list.size());
  for (const rtattr* one = first_in(list); RTA_OK(one, rest); one = RTA_NEXT(one, rest)) {
    const AttributeTable<NFTA_SET_ELEM_MAX> element(static_cast<const rtattr*>(RTA_DATA(one)),
                                                    RTA_PAYLOAD(one));
    const Bytes key = value_in(element[NFTA_SET_ELEM_KEY]);
    Bytes last = value_in(element[NFTA_SET_ELEM_KEY_END]);
    if (last.empty()) last = key;
    if (key.size() != shape.size || last.size() != shape.size) continue;
    entries.insert(entry_in(*set, key, last));
  }
}

void read(const nlmsghdr* message, FilterNews& news) {
  const int kind = nft::kind_of(message, kFilterTable);
  if (kind < 0) return;
  const auto attributes = attributes_in<NFTA_RULE_MAX>(message, header_in<nfgenmsg>(message));
  news.authors.push_back(message->nlmsg_pid);
  if (kind == NFT_MSG_NEWTABLE) news.table = true;
  if (kind == NFT_MSG_NEWRULE) {
    news.rules.push_back(attributes.text(NFTA_RULE_CHAIN) == kChain
                             ? nft::comment_in(attributes[NFTA_RULE_USERDATA])
                             : std::string{});
  }
  if (kind == NFT_MSG_NEWSETELEM) {
    read_elements(attributes.text(NFTA_SET_ELEM_LIST_SET), attributes[NFTA_SET_ELEM_LIST_ELEMENTS],
                  news.entries);
  }
}

}  // namespace

std::uint32_t append_transaction(std::vector<std::uint8_t>& packet,
                                 std::span<const FilterCommand> commands, std::uint32_t sequence) {
  Transaction transaction(packet, sequence);
  std::vector<FilterEntry> alike;
  const ChangeFilter* first = nullptr;
  const auto flush = [&] {
    if (first != nullptr) transaction.change(first->change, set_of(first->entry), alike);
    first = nullptr;
    alike.clear();
  };
  for (const FilterCommand& command : commands) {
    const auto* const change = std::get_if<ChangeFilter>(&command);
    const bool joins = change != nullptr && first != nullptr && alike.size() < kElementsMax &&
                       change->change == first->change &&
                       set_of(change->entry) == set_of(first->entry);
    if (!joins) flush();
    std::visit(Overloaded{
                   [&](const MakeFilter&) { transaction.make(); },
                   [&](const RemoveFilter&) { transaction.remove(); },
                   [&](const ChangeFilter& one) {
                     if (first == nullptr) first = &one;
                     alike.push_back(one.entry);
                   },
               },
               command);
  }
  flush();
  return transaction.end();
}

std::vector<std::uint8_t> entries_request(FilterSet set, std::uint32_t sequence) {
  return nft::elements_request(kFilterTable, shape_of(set).name, sequence);
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
  comments.reserve(kRules.size());
  for (const FixedRule& rule : kRules) comments.emplace_back(rule.comment);
  return comments;
}

}  // namespace holdfast::vrrp
