// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

#include "config/scalars.h"
#include "ctl/client.h"
#include "ctl/command.h"
#include "ctl/console.h"
#include "ctl/done_report.h"
#include "ctl/time_limit.h"

namespace holdfast::ctl {
namespace {

struct Options {
  std::string service;
  std::string server;
  int weight = 0;
  TimeLimit limit;
};

int order(const Globals& globals, const Options& options, const std::string& kind) {
  std::string request = "server " + kind + ' ' + options.service + ' ' + options.server;
  if (kind == "weight") request += ' ' + std::to_string(options.weight);
  const auto seconds = options.limit.seconds();
  if (!seconds) return failed(kUsage, seconds.error().message);
  if (*seconds) request += " for " + std::to_string(**seconds);
  const Result<std::string> answer = ask_daemon(globals.runtime_dir, request);
  if (!answer) return failed(kNotReachable, answer.error().message);
  return show(done_report(*answer));
}

}  // namespace

std::vector<Verb> add_server(CLI::App& program, const Globals& globals) {
  CLI::App* const server = program.add_subcommand(
      "server", "what the operator wants of one server, kept over reload and restart");
  server->require_subcommand(1);
  const auto options = std::make_shared<Options>();
  std::vector<Verb> verbs;
  const auto add_order = [&](const char* kind, const char* what) {
    CLI::App* const one = server->add_subcommand(kind, what);
    one->add_option("SERVICE", options->service, "the name of the virtual server")->required();
    one->add_option("SERVER", options->server, "its real server, as 10.0.0.11:80")->required();
    verbs.push_back(
        {one, [&globals, options, kind] { return order(globals, *options, kind); }});
    return one;
  };
  add_order("enable", "as if nothing had been said");
  options->limit.add_to(*add_order("disable", "take it out at once; its connections end"));
  options->limit.add_to(
      *add_order("drain", "nothing new is sent there; its connections go on"));
  CLI::App* const weight = add_order("weight", "another weight than the configured one");
  weight->add_option("WEIGHT", options->weight)->required()->check(CLI::Range(0, 65535));
  options->limit.add_to(*weight);
  return verbs;
}

}  // namespace holdfast::ctl
