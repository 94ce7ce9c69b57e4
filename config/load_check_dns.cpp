// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "config/host_name.h"
#include "config/load_check_kinds.h"
#include "config/shapes.h"
#include "config/zone_text.h"

// `dns` of a check.
namespace holdfast {
namespace {

constexpr std::size_t kAnswersMax = 16;
constexpr std::size_t kAnswerMax = 512;

constexpr std::uint16_t kTxt = 16;
constexpr std::string_view kZoneTextWhat =
    "texts in quotation marks as in a zone file, such as '\"v=spf1\" \" -all\"', or one text "
    "without";

constexpr std::array kTypes{
    Choice<std::uint16_t>{"A", 1},      Choice<std::uint16_t>{"NS", 2},
    Choice<std::uint16_t>{"CNAME", 5},  Choice<std::uint16_t>{"SOA", 6},
    Choice<std::uint16_t>{"PTR", 12},   Choice<std::uint16_t>{"MX", 15},
    Choice<std::uint16_t>{"TXT", kTxt}, Choice<std::uint16_t>{"AAAA", 28},
    Choice<std::uint16_t>{"SRV", 33},   Choice<std::uint16_t>{"CAA", 257},
};
constexpr std::array kRcodes{
    Choice<std::uint8_t>{"NOERROR", 0},  Choice<std::uint8_t>{"FORMERR", 1},
    Choice<std::uint8_t>{"SERVFAIL", 2}, Choice<std::uint8_t>{"NXDOMAIN", 3},
    Choice<std::uint8_t>{"NOTIMP", 4},   Choice<std::uint8_t>{"REFUSED", 5},
};
constexpr std::array kTransports{Choice<bool>{"udp", false}, Choice<bool>{"tcp", true}};

constexpr TextForm kDnsName{
    "a name of labels of 1 to 63 letters, digits, '-' and '_' between dots, at most 253 in all, or "
    "'.'",
    "^[A-Za-z0-9._-]{1,254}$", is_dns_name};
bool is_answer(std::string_view text) {
  return !text.empty() && text.size() <= kAnswerMax;
}

constexpr TextForm kAnswer{"what a record holds, such as 192.0.2.1", "^[\\s\\S]{1,512}$",
                           is_answer};

}  // namespace

const Shape& dns_shape() {
  static const Shape shape{
      "dns",
      "dns",
      address_key() +
          Keys{{"transport", form::words(kTransports), "udp",
                "Over UDP, a reply that is cut makes it ask again over TCP."},
               {"name", form::text(kDnsName), ".", "What is asked for."},
               {"type", form::words(kTypes), "SOA", "The type of record that is asked for."},
               {"rcode", form::words(kRcodes), "NOERROR", "What the server must answer."},
               {"answers", form::list(form::text(kAnswer), 1, kAnswersMax), "",
                "One of the records must hold one of these, written as in a zone file."}},
      {}};
  return shape;
}

DnsCheck read_dns_check(const YamlNode& node, const Reading& into) {
  DnsCheck check;
  if (node.kind != YamlNode::Kind::kMap) {
    read_check_endpoint("dns", node, into.faults, check.endpoint);
    return check;
  }
  MapReader map(into.faults, node, dns_shape());
  read_check_address(map, into, check.endpoint);
  map.choice("transport", kTransports, check.tcp);
  map.text("name", check.name);
  map.choice("type", kTypes, check.type);
  map.choice("rcode", kRcodes, check.rcode);
  constexpr std::string_view kAnswerWhat = kAnswer.what;
  for (const YamlNode* const one : map.list("answers")) {
    const YamlText* const text = read_text(into.faults, "answers", *one, kAnswerWhat);
    if (text == nullptr) continue;
    if (!is_answer(*text)) expected(into.faults, "answers", *one, kAnswerWhat);
    const std::optional<std::string> answer =
        check.type == kTxt ? joined_zone_text(*text) : std::optional<std::string>(*text);
    if (!answer) expected(into.faults, "answers", *one, kZoneTextWhat);
    check.answers.push_back(answer.value_or(""));
  }
  if (!check.answers.empty() && check.rcode != 0) {
    into.faults.add(*map.find("answers"), "answers: none comes with another rcode than NOERROR");
  }
  return check;
}

}  // namespace holdfast
