// SPDX-License-Identifier: Apache-2.0
#include "balance-worker/generic_netlink.h"

#include <linux/genetlink.h>
#include <linux/netlink.h>

#include <utility>

namespace holdfast::balance {
namespace {

std::span<const std::uint8_t> content_of(const nlmsghdr* message) {
  return {reinterpret_cast<const std::uint8_t*>(message) + NLMSG_HDRLEN,
          message->nlmsg_len - NLMSG_HDRLEN};
}

Answer answer_in(const nlmsghdr* message) {
  Answer answer;
  const std::span<const std::uint8_t> content = content_of(message);
  // Both kinds begin with it, the end of a dump only in newer kernels.
  int error = 0;
  if (content.size() < sizeof error) return answer;
  std::memcpy(&error, content.data(), sizeof error);
  answer.error = -error;
  // The kernel's own words follow the request, unless that was left out (NETLINK_CAP_ACK).
  constexpr int kExtended = NLM_F_CAPPED | NLM_F_ACK_TLVS;
  if (answer.error == 0 || (message->nlmsg_flags & kExtended) != kExtended) return answer;
  constexpr std::size_t kBefore = NLMSG_ALIGN(sizeof(nlmsgerr));
  if (content.size() < kBefore) return answer;
  answer.text = AttributeSet(content.subspan(kBefore)).text(NLMSGERR_ATTR_MSG);
  return answer;
}

}  // namespace

RequestWriter generic_request(std::vector<std::uint8_t>& packet, std::uint16_t type,
                              std::uint8_t command, int flags, std::uint32_t sequence) {
  return {packet, type, flags, sequence, genlmsghdr{command, 1, 0}};
}

std::vector<GenericMessage> messages_in(std::span<const std::uint8_t> datagram) {
  std::vector<GenericMessage> messages;
  const auto* message = reinterpret_cast<const nlmsghdr*>(datagram.data());
  int rest = static_cast<int>(datagram.size());
  for (; NLMSG_OK(message, static_cast<unsigned>(rest)); message = NLMSG_NEXT(message, rest)) {
    GenericMessage one;
    one.type = message->nlmsg_type;
    one.sequence = message->nlmsg_seq;
    one.interrupted = (message->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
    if (one.type == NLMSG_ERROR || one.type == NLMSG_DONE) {
      one.answer = answer_in(message);
    } else if (const auto* const header = header_in<genlmsghdr>(message)) {
      one.command = header->cmd;
      one.attributes = AttributeSet(content_of(message).subspan(GENL_HDRLEN));
    } else {
      continue;
    }
    messages.push_back(std::move(one));
  }
  return messages;
}

}  // namespace holdfast::balance
