// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "import/context.h"

// What virtual_server and real_server share.
namespace holdfast::importer {

std::string lower(std::string_view text);

// TUN type gue port 6080 csum
std::optional<Yaml> forwarding_of(const Directive& at, Findings& findings);

// What a virtual server says of its servers.
struct ServerDefaults {
  CheckDefaults checks;
  bool inhibit = false;   // inhibit_on_failure
  bool mails = false;     // smtp_alert
  bool has_port = false;  // it has one, which is theirs if they have none
};
// `mailed`: gets those that mail while the virtual server does not.
Yaml translate_real_server(const Directive& block, const ServerDefaults& of, Context& context,
                           std::vector<std::string>& mailed);

// The checks of servers that have the same stand once, at the virtual server.
void hoist_checks(Yaml& servers, Yaml& into);

}  // namespace holdfast::importer
