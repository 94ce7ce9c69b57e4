// SPDX-License-Identifier: Apache-2.0
#include "config/host_name.h"
#include "config/load_bytes.h"
#include "config/load_check_kinds.h"
#include "config/scalars.h"
#include "config/shapes.h"

// `tcp` of a check, and the endpoint that every kind with one reads.
namespace holdfast {
namespace {

constexpr std::size_t kSendMax = 4096;
constexpr std::size_t kExpectMax = 1024;
constexpr std::size_t kStepsMax = 16;

Keys step_keys() {
  return {{"send", form::bytes(), "", "What is sent."},
          {"expect", form::bytes(), "", "These must come, anywhere in what comes."},
          {"expect_start", form::bytes(), "", "What comes must begin with these."}};
}

const Shape& step_shape() {
  static const Shape shape{"step", "a step", step_keys(), {}};
  return shape;
}

void read_step(MapReader& map, const YamlNode& node, Faults& faults, std::vector<TalkStep>& steps) {
  TalkStep step;
  read_bytes(map, "send", faults, 1, kSendMax, step.send);
  if (map.has("expect") && map.has("expect_start")) {
    faults.add(node, "'expect' and 'expect_start' are two ways to say what must come: give one");
  }
  read_bytes(map, "expect", faults, 1, kExpectMax, step.expect);
  step.at_start = read_bytes(map, "expect_start", faults, 1, kExpectMax, step.expect) != nullptr;
  steps.push_back(std::move(step));
}

std::vector<TalkStep> read_steps(MapReader& map, const YamlNode& node, Faults& faults) {
  std::vector<TalkStep> steps;
  const bool short_form = map.has("send") || map.has("expect") || map.has("expect_start");
  if (short_form) read_step(map, node, faults, steps);
  if (short_form && map.has("steps")) {
    faults.add(*map.find("steps"),
               "steps: what is sent and expected stands here or beside, not both");
  }
  for (const YamlNode* const one : map.list("steps")) {
    MapReader step(faults, *one, step_shape());
    if (step.is_map() && one->children.empty())
      faults.add(*one, "a step sends or expects something");
    read_step(step, *one, faults, steps);
  }
  return steps;
}

// web1.example.net:80. Nothing, if it is something else.
std::optional<CheckEndpoint> endpoint_by_name(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || !is_host_name(text.substr(0, colon))) return {};
  const std::optional<std::int64_t> port = parse_integer(text.substr(colon + 1));
  if (!port || *port < 1 || *port > 65535) return {};
  CheckEndpoint endpoint;
  endpoint.host = text.substr(0, colon);
  endpoint.port = static_cast<std::uint16_t>(*port);
  return endpoint;
}

}  // namespace

Keys address_key() {
  return {{"address", form::text(kCheckEndpointText), "", "Whom to ask; at a server, that is it."}};
}

const Shape& tcp_shape() {
  static const Shape shape{"tcp",
                           "tcp",
                           address_key() + step_keys() +
                               Keys{{"steps", form::list(form::map(step_shape), 1, kStepsMax), "",
                                     "What is said; each step sends first, then waits."}},
                           {}};
  return shape;
}

bool refuse_zone(std::string_view key, const YamlNode& node, const std::string& text,
                 Faults& faults) {
  if (text.find('%') == std::string::npos) return false;
  faults.add(node, std::string(key) + ": found " + quote(text) +
                       ", expected an address without '%': the link of a check's is said by "
                       "'interface' beside it, such as 'interface: eth0'");
  return true;
}

bool read_check_endpoint(std::string_view key, const YamlNode& node, Faults& faults,
                         CheckEndpoint& endpoint) {
  constexpr std::string_view kWhat = kCheckEndpointText.what;
  const YamlText* text = read_text(faults, key, node, kWhat);
  if (text == nullptr) return false;
  if (const std::optional<CheckEndpoint> named = endpoint_by_name(*text)) {
    endpoint = *named;
    return true;
  }
  const Result<Endpoint> parsed = Endpoint::parse(*text);
  if (refuse_zone(key, node, *text, faults)) return false;
  if (!parsed || parsed->address.is_unspecified() || parsed->address.is_multicast()) {
    expected(faults, key, node, kWhat);
    return false;
  }
  endpoint = *parsed;
  return true;
}

bool is_check_endpoint(std::string_view text) {
  CheckEndpoint endpoint;
  return is_taken(text, [&](Faults& faults, const YamlNode& node) {
    read_check_endpoint("", node, faults, endpoint);
  });
}

void read_check_address(MapReader& map, const Reading& into, CheckEndpoint& endpoint) {
  if (!into.of_server) map.require("address");
  if (!map.has("address")) return;
  read_check_endpoint("address", *map.find("address"), into.faults, endpoint);
}

TcpCheck read_tcp_check(const YamlNode& node, const Reading& into) {
  TcpCheck check;
  if (node.kind != YamlNode::Kind::kMap) {
    read_check_endpoint("tcp", node, into.faults, check.endpoint);
    return check;
  }
  MapReader map(into.faults, node, tcp_shape());
  read_check_address(map, into, check.endpoint);
  check.steps = read_steps(map, node, into.faults);
  return check;
}

}  // namespace holdfast
