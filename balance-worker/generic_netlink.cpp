// SPDX-License-Identifier: Apache-2.0
#include "balance-worker/generic_netlink.h"

#include <linux/genetlink.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include "common/core/result.h"

namespace holdfast::balance {
namespace {

constexpr std::size_t kSizeMax = 512;

std::span<const std::uint8_t> content_of(const nlattr* attribute) {
  return {static_cast<const std::uint8_t*>(nla_data(attribute)),
          static_cast<std::size_t>(nla_len(attribute))};
}

Answer answer_in(const nlmsghdr* message) {
  Answer answer;
  // Both kinds begin with it, the end of a dump only in newer kernels.
  if (nlmsg_datalen(message) < static_cast<int>(sizeof(int))) return answer;
  answer.error = -*static_cast<const int*>(nlmsg_data(message));
  // The kernel's own words follow the request, unless that was left out (NETLINK_CAP_ACK).
  constexpr int kExtended = NLM_F_CAPPED | NLM_F_ACK_TLVS;
  if (answer.error == 0 || (message->nlmsg_flags & kExtended) != kExtended) return answer;
  const int size = nlmsg_attrlen(message, sizeof(nlmsgerr));
  if (size < 0) return answer;
  const auto* const first =
      reinterpret_cast<const std::uint8_t*>(nlmsg_attrdata(message, sizeof(nlmsgerr)));
  answer.text = AttributeSet({first, static_cast<std::size_t>(size)}).text(NLMSGERR_ATTR_MSG);
  return answer;
}

}  // namespace

void GenericRequest::Free::operator()(nl_msg* message) const {
  nlmsg_free(message);
}

GenericRequest::GenericRequest(std::uint16_t type, std::uint8_t command, int flags,
                               std::uint32_t sequence)
    : message_(nlmsg_alloc_size(kSizeMax)) {
  HF_CHECK(message_ != nullptr);
  HF_CHECK(genlmsg_put(message_.get(), NL_AUTO_PORT, sequence, type, 0, NLM_F_REQUEST | flags,
                       command, 1) != nullptr);
}

void GenericRequest::put_bytes(int attribute, std::span<const std::uint8_t> bytes) {
  HF_CHECK(nla_put(message_.get(), attribute, static_cast<int>(bytes.size()), bytes.data()) == 0);
}

void GenericRequest::put_text(int attribute, const std::string& text) {
  HF_CHECK(nla_put_string(message_.get(), attribute, text.c_str()) == 0);
}

void* GenericRequest::open(int attribute) {
  nlattr* const nest = nla_nest_start(message_.get(), attribute);
  HF_CHECK(nest != nullptr);
  return nest;
}

void GenericRequest::close(void* nest) {
  nla_nest_end(message_.get(), static_cast<nlattr*>(nest));
}

void GenericRequest::append_to(std::vector<std::uint8_t>& packet) const {
  const nlmsghdr* const header = nlmsg_hdr(message_.get());
  const std::size_t at = packet.size();
  packet.resize(at + header->nlmsg_len);
  std::memcpy(packet.data() + at, header, header->nlmsg_len);
}

AttributeSet::AttributeSet(std::span<const std::uint8_t> attributes) {
  const auto* one = reinterpret_cast<const nlattr*>(attributes.data());
  int rest = static_cast<int>(attributes.size());
  for (; one != nullptr && nla_ok(one, rest) != 0; one = nla_next(one, &rest)) {
    if (nla_type(one) <= kMax) found_[static_cast<std::size_t>(nla_type(one))] = content_of(one);
  }
}

std::string AttributeSet::text(int type) const {
  const auto* const words = reinterpret_cast<const char*>(bytes(type).data());
  if (words == nullptr) return {};
  return {words, ::strnlen(words, bytes(type).size())};
}

std::vector<GenericMessage> messages_in(std::span<const std::uint8_t> datagram) {
  std::vector<GenericMessage> messages;
  const auto* message = reinterpret_cast<const nlmsghdr*>(datagram.data());
  int rest = static_cast<int>(datagram.size());
  // libnl's walk is the same, but over what may be written to.
  for (; NLMSG_OK(message, static_cast<unsigned>(rest)); message = NLMSG_NEXT(message, rest)) {
    GenericMessage one;
    one.type = message->nlmsg_type;
    one.sequence = message->nlmsg_seq;
    one.interrupted = (message->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
    if (one.type == NLMSG_ERROR || one.type == NLMSG_DONE) {
      one.answer = answer_in(message);
    } else if (message->nlmsg_len >= NLMSG_LENGTH(GENL_HDRLEN)) {
      const auto* const header = static_cast<const genlmsghdr*>(nlmsg_data(message));
      one.command = header->cmd;
      const auto* const first = reinterpret_cast<const std::uint8_t*>(header) + GENL_HDRLEN;
      one.attributes = AttributeSet({first, message->nlmsg_len - NLMSG_LENGTH(GENL_HDRLEN)});
    } else {
      continue;
    }
    messages.push_back(std::move(one));
  }
  return messages;
}

}  // namespace holdfast::balance
