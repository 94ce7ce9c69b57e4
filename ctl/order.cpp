// SPDX-License-Identifier: Apache-2.0
#include "ctl/order.h"

#include <cstdio>
#include <memory>
#include <utility>

#include "ctl/client.h"
#include "ctl/console.h"
#include "ctl/done_report.h"

namespace holdfast::ctl {

int order(const Globals& globals, const std::string& request, bool json,
          std::chrono::seconds patience) {
  const Result<std::string> answer = ask_daemon(globals.runtime_dir, request, patience);
  if (!answer) return failed(kNotReachable, answer.error().message);
  if (json) {
    const int printed = print(*answer);
    return done_report(*answer) ? printed : kFailed;
  }
  static_cast<void>(std::fputs(details_report(*answer).c_str(), stderr));
  return show(done_report(*answer));
}

int order(const Globals& globals, const std::string& request, bool json, const std::string& done,
          std::chrono::seconds patience) {
  const int status = order(globals, request, json, patience);
  return json || status != kOk ? status : print(done + "\n");
}

int order(const Globals& globals, const std::string& request, bool json, const TimeLimit& limit,
          const std::string& done) {
  const auto seconds = limit.seconds();
  if (!seconds) return failed(kUsage, seconds.error().message);
  return order(globals, *seconds ? request + " for " + std::to_string(**seconds) : request, json,
               done + limit.in_words());
}

Verb order_verb(CLI::App* verb, std::function<int(bool json)> run) {
  const auto json = std::make_shared<bool>(false);
  verb->add_flag("--json", *json, "for programs");
  return {verb, [json, run = std::move(run)] { return run(*json); }};
}

}  // namespace holdfast::ctl
