// SPDX-License-Identifier: Apache-2.0
#include "import/services.h"

#include <algorithm>
#include <array>

#include "common/core/ip.h"
#include "common/core/next_address.h"
#include "import/context.h"

namespace holdfast::importer {
namespace {

// All addresses from first to last, at most as many as a virtual server has.
bool add_each(IpAddress first, const IpAddress& last, std::string_view port, Services& into) {
  constexpr std::size_t kMost = 4096;
  if (last < first || first.family() != last.family()) return false;
  while (into.addresses.size() < kMost) {
    into.addresses.push_back(endpoint_text(first.to_string(), port));
    into.hosts.push_back(first.to_string());
    if (first == last) return true;
    first = next_address(first);
  }
  return false;
}

}  // namespace

std::string endpoint_text(std::string_view address, std::string_view port) {
  const bool v6 = address.find(':') != std::string_view::npos;
  if (port.empty() || port == "0") return std::string(address);
  return (v6 ? "[" + std::string(address) + "]" : std::string(address)) + ":" + std::string(port);
}

void add_mark(const Directive& at, std::string_view text, Services& into, Findings& findings) {
  const auto mark = parse_number(text);
  if (mark && *mark > 0) {
    into.marks.push_back(*mark);
  } else {
    findings.report(at, "expected a firewall mark from 1 to 4294967295");
  }
}

bool add_address(std::string_view text, std::string_view port, Services& into) {
  if (const auto prefix = IpPrefix::parse(text); prefix && text.find('/') != std::string::npos) {
    IpAddress last = prefix->address;
    std::array<std::uint8_t, 16> bytes{};
    const auto given = last.bytes();
    std::copy(given.begin(), given.end(), bytes.begin());
    for (std::size_t bit = prefix->length; bit < given.size() * 8; ++bit) {
      bytes.at(bit / 8) = static_cast<std::uint8_t>(bytes.at(bit / 8) | (0x80U >> (bit % 8)));
    }
    last = last.is_v4() ? IpAddress::v4({bytes[0], bytes[1], bytes[2], bytes[3]})
                        : IpAddress::v6(bytes);
    return add_each(prefix->address, last, port, into);
  }
  const std::size_t dash = text.find('-');
  const auto first = IpAddress::parse(text.substr(0, dash));
  if (!first) return false;
  if (dash == std::string_view::npos) return add_each(*first, *first, port, into);
  if (const auto last = IpAddress::parse(text.substr(dash + 1));
      last && text.find_first_of(".:", dash) != std::string_view::npos) {
    return add_each(*first, *last, port, into);
  }
  // The last number counts up, which Holdfast writes as keepalived does.
  into.addresses.push_back(endpoint_text(text, port));
  into.hosts.push_back(first->to_string());
  return true;
}

void read_group(const Directive& group, Services& into, Findings& findings) {
  for (const Directive& entry : group.children) {
    if (entry.name() == "fwmark") {
      add_mark(entry, entry.argument(), into, findings);
    } else if (!add_address(entry.name(), entry.argument(), into)) {
      findings.report(entry, "expected an address or a range, of at most 4096 addresses in all");
    }
  }
}

}  // namespace holdfast::importer
