// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "import/scope.h"
#include "import/tree.h"

namespace holdfast::importer {

// What clients send to: a virtual server of Holdfast has addresses or marks, not both.
struct Services {
  std::vector<std::string> addresses;
  std::vector<std::int64_t> marks;
  std::vector<std::string> hosts;  // of the addresses, without ports
};

// `10.0.0.1 80`: as an endpoint of Holdfast; the port may be missing.
std::string endpoint_text(std::string_view address, std::string_view port);

void add_mark(const Directive& at, std::string_view text, Services& into, Findings& findings);
// 192.0.2.1, 192.0.2.1-9, 192.0.2.250-192.0.3.10, 192.0.2.8/29
bool add_address(std::string_view text, std::string_view port, Services& into);
void read_group(const Directive& group, Services& into, Findings& findings);

}  // namespace holdfast::importer
