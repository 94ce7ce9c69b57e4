// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ctl/alert_report.h"
#include "ctl/client.h"
#include "ctl/command.h"
#include "ctl/console.h"
#include "ctl/order.h"

namespace holdfast::ctl {
namespace {

struct Options {
  std::vector<std::string> names;  // of receivers; none: all of them
};

int test(const Globals& globals, const Options& options, bool json) {
  // The daemon gives a delivery at most a minute.
  constexpr std::chrono::seconds kPatience{90};
  constexpr std::size_t kAtOnce = 8;  // it tests no more
  std::vector<std::string> names = options.names;
  if (names.empty()) {
    const Result<std::string> answer = ask_daemon(globals.runtime_dir, "alerts");
    if (!answer) return failed(kNotReachable, answer.error().message);
    const Result<std::vector<std::string>> all = receivers_in(*answer);
    if (!all) return failed(kFailed, all.error().message);
    if (all->empty()) return failed(kFailed, "no receivers of alerts are configured");
    names = *all;
  }
  int status = kOk;
  std::vector<Question> asked;  // side by side, answered in their order
  for (std::size_t next = 0; next < names.size(); ++next) {
    while (asked.size() < std::min(names.size(), next + kAtOnce)) {
      Result<Question> one =
          Question::ask(globals.runtime_dir, "alerts test " + names[asked.size()], kPatience);
      if (!one) return failed(kNotReachable, one.error().message);
      asked.push_back(std::move(*one));
    }
    const Result<std::string> answer = asked[next].answer();
    if (!answer) return failed(kNotReachable, answer.error().message);
    const Result<TestReport> report = test_report(*answer);
    if (!report) return failed(kFailed, report.error().message);
    if (print(json ? *answer : report->text) != kOk || !report->good) status = kFailed;
  }
  return status;
}

}  // namespace

std::vector<Verb> add_alert(CLI::App& program, const Globals& globals) {
  const auto options = std::make_shared<Options>();
  CLI::App* const alert = program.add_subcommand("alert", "those who are told what happens");
  alert->require_subcommand(1);
  CLI::App* const one = alert->add_subcommand(
      "test", "tell every receiver, or those of these names, of something that has not happened");
  one->add_option("NAME", options->names, "of a receiver");
  return {
      order_verb(one, [&globals, options](bool json) { return test(globals, *options, json); })};
}

}  // namespace holdfast::ctl
