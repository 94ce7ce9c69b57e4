// SPDX-License-Identifier: Apache-2.0
#include "ctl/order.h"

#include <cstdio>

#include "ctl/client.h"
#include "ctl/console.h"
#include "ctl/done_report.h"

namespace holdfast::ctl {

int order(const Globals& globals, const std::string& request, std::chrono::seconds patience) {
  const Result<std::string> answer = ask_daemon(globals.runtime_dir, request, patience);
  if (!answer) return failed(kNotReachable, answer.error().message);
  static_cast<void>(std::fputs(details_report(*answer).c_str(), stderr));
  return show(done_report(*answer));
}

int order(const Globals& globals, const std::string& request, const TimeLimit& limit) {
  const auto seconds = limit.seconds();
  if (!seconds) return failed(kUsage, seconds.error().message);
  return order(globals, *seconds ? request + " for " + std::to_string(**seconds) : request);
}

}  // namespace holdfast::ctl
