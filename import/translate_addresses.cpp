// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "common/core/ip.h"
#include "import/context.h"

// The entries of virtual_ipaddress, and of static_ipaddress.
namespace holdfast::importer {
namespace {

constexpr std::size_t kLabelMax = 15;

// What may stand only at an IPv4 address.
bool put_ipv4_option(const Directive& entry, std::string_view option, std::string_view value,
                     Yaml& into, Findings& findings) {
  if (option == "brd" || option == "broadcast") {
    if (value == "-") return findings.report(entry, "'brd -' is what there is without"), false;
    into.put("broadcast", Yaml::text(value));
    return true;
  }
  into.put(option, Yaml::text(value));
  return true;
}

void put_label(const Directive& entry, std::string_view label, const std::string& device,
               Yaml& into, Findings& findings) {
  if (label.size() > kLabelMax || !label.starts_with(device + ":")) {
    findings.report(entry, "a label is '" + device + ":TEXT', and has at most 15 characters");
    return;
  }
  into.put("label", Yaml::text(label));
}

// Reads the words after the address into `into`.
void read_options(const Directive& entry, const std::string& device, bool v6, Yaml& into,
                  Findings& findings) {
  std::string own = device;
  std::string_view label;
  for (std::size_t i = 1; i < entry.words.size(); ++i) {
    const std::string_view option = entry.argument(i);
    const std::string_view value = entry.argument(i + 1);
    const bool valued = option == "brd" || option == "broadcast" || option == "dev" ||
                        option == "scope" || option == "label" || option == "peer" ||
                        option == "preferred_lft" || option == "track_group";
    if (valued) ++i;
    if (report_option(Section::kAddress, entry, option, findings)) continue;
    if (option == "dev") {
      own = value;
      if (own != device) into.put("device", Yaml::text(own));
    } else if (option == "no_track") {
      into.put("no_track", Yaml::truth(true));
    } else if (option == "peer") {
      const std::size_t slash = value.find('/');
      if (slash != std::string_view::npos) {
        // The length is that of the peer's network, and stands at the address.
        const std::string address(entry.name().substr(0, entry.name().find('/')));
        into.put("address", Yaml::text(address + std::string(value.substr(slash))));
      }
      into.put("peer", Yaml::text(value.substr(0, slash)));
    } else if (v6) {
      findings.report(entry, "'" + std::string(option) + "' is of IPv4 addresses only");
    } else if (option == "label") {
      label = value;
    } else {
      put_ipv4_option(entry, option, value, into, findings);
    }
  }
  if (!label.empty()) put_label(entry, label, own, into, findings);
}

}  // namespace

std::optional<bool> is_v6(std::string_view address) {
  const auto prefix = IpPrefix::parse(address);
  if (!prefix) return std::nullopt;
  return !prefix->address.is_v4();
}

void report_no_address(const Directive& entry, Findings& findings) {
  const bool name = entry.name().find('$') != std::string::npos;
  findings.report(entry,
                  std::string("expected an IP address") +
                      (name ? "; to keepalived a name that ends elsewhere than at a space is "
                              "one only in braces: ${NAME}"
                            : ""));
}

std::optional<Yaml> translate_address(const Directive& entry, const std::string& device,
                                      std::optional<bool> v6, Findings& findings) {
  const auto family = is_v6(entry.name());
  if (!family) {
    report_no_address(entry, findings);
    return std::nullopt;
  }
  if (v6 && *v6 != *family) {
    findings.report(entry,
                    "the addresses of an instance are of one family: give it to "
                    "virtual_ipaddress_excluded");
    return std::nullopt;
  }
  Yaml map = Yaml::map();
  map.put("address", Yaml::text(entry.name()));
  read_options(entry, device, *family, map, findings);
  if (map.size() == 1) return *map.find("address");
  return map;
}

}  // namespace holdfast::importer
