// SPDX-License-Identifier: Apache-2.0
#include "config/host_name.h"
#include "config/load_bytes.h"
#include "config/load_check_kinds.h"
#include "config/shapes.h"

// `udp` and `agent` of a check.
namespace holdfast {
namespace {

constexpr std::size_t kPayloadMax = 1400;  // what every path takes in one piece
constexpr std::size_t kReplyMax = 1024;
constexpr std::size_t kSendMax = 4096;

}  // namespace

const Shape& udp_shape() {
  static const Shape shape{
      "udp",
      "udp",
      address_key() +
          Keys{{"payload", form::bytes(), "", "What is sent; otherwise nothing."},
               {"require_reply", form::boolean(), "",
                "Without, silence is good; false, but true with reply."},
               {"reply", form::byte_pattern(), "", "What the reply must begin with."},
               {"min_length", form::whole(0, 65535), "0", "Of the reply, in bytes."},
               {"max_length", form::whole(0, 65535), "65535", "Of the reply, in bytes."}},
      {}};
  return shape;
}

const Shape& agent_shape() {
  static const Shape shape{
      "agent",
      "agent",
      address_key() + Keys{{"send", form::bytes(), "",
                            "Sent first, as HAProxy's agent-send; otherwise nothing."}},
      {}};
  return shape;
}

UdpCheck read_udp_check(const YamlNode& node, const Reading& into) {
  UdpCheck check;
  if (node.kind != YamlNode::Kind::kMap) {
    read_check_endpoint("udp", node, into.faults, check.endpoint);
    return check;
  }
  MapReader map(into.faults, node, udp_shape());
  read_check_address(map, into, check.endpoint);
  read_bytes(map, "payload", into.faults, 0, kPayloadMax, check.payload);
  map.boolean("require_reply", check.require_reply);
  if (read_byte_pattern(map, "reply", into.faults, kReplyMax, check.reply) != nullptr) {
    if (map.has("require_reply") && !check.require_reply) {
      into.faults.add(*map.find("reply"), "reply: what is not required cannot be expected");
    }
    check.require_reply = true;
  }
  map.integer("min_length", check.min);
  const YamlNode* const max = map.integer("max_length", check.max);
  if (max != nullptr && check.max < check.min) {
    expected(into.faults, "max_length", *max, "at least min_length, " + std::to_string(check.min));
  }
  return check;
}

AgentCheck read_agent_check(const YamlNode& node, const Reading& into) {
  AgentCheck check;
  if (node.kind != YamlNode::Kind::kMap) {
    read_check_endpoint("agent", node, into.faults, check.endpoint);
    return check;
  }
  MapReader map(into.faults, node, agent_shape());
  read_check_address(map, into, check.endpoint);
  read_bytes(map, "send", into.faults, 1, kSendMax, check.send);
  return check;
}

namespace {

void read_ping_target(const YamlNode& node, Faults& faults, CheckEndpoint& endpoint) {
  constexpr std::string_view kWhat = kPingText.what;
  const YamlText* const text = read_text(faults, "ping", node, kWhat);
  if (text == nullptr) return;
  if (is_host_name(*text)) {
    endpoint.host = *text;
    return;
  }
  if (refuse_zone("ping", node, *text, faults)) return;
  const Result<IpAddress> address = IpAddress::parse(*text);
  if (address && !address->is_unspecified() && !address->is_multicast()) {
    endpoint = Endpoint{*address, 0};
  } else {
    expected(faults, "ping", node, kWhat);
  }
}

}  // namespace

bool is_ping_target(std::string_view text) {
  CheckEndpoint endpoint;
  return is_taken(text, [&](Faults& faults, const YamlNode& node) {
    read_ping_target(node, faults, endpoint);
  });
}

PingCheck read_ping_check(const YamlNode& node, const Reading& into) {
  PingCheck check;
  const bool as_the_server =
      into.of_server && node.kind == YamlNode::Kind::kMap && node.children.empty();
  if (!as_the_server) read_ping_target(node, into.faults, check.endpoint);
  return check;
}

}  // namespace holdfast
