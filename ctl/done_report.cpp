// SPDX-License-Identifier: Apache-2.0
#include "ctl/done_report.h"

#include "ctl/document.h"

namespace holdfast::ctl {

Result<std::string> done_report(const std::string& document) {
  return shown(document, [](const Json& json) {
    static_cast<void>(json.at("done").get<bool>());
    return std::string();
  });
}

}  // namespace holdfast::ctl
