// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <string>

#include "ctl/command.h"
#include "ctl/order.h"

namespace holdfast::ctl {
namespace {

struct Options {
  std::string service;
  std::string server;
  int weight = 0;
  TimeLimit limit;
};

std::string done(const Options& options, const std::string& kind) {
  const std::string which = options.server + " of " + options.service;
  if (kind == "enable") return which + " is enabled: no order holds for it any more";
  if (kind == "disable") return which + " is disabled";
  if (kind == "drain") return which + " is drained, nothing new is sent there";
  return which + " has the weight " + std::to_string(options.weight);
}

int order_server(const Globals& globals, const Options& options, const std::string& kind,
                 bool json) {
  std::string request = "server " + kind + ' ' + options.service + ' ' + options.server;
  if (kind == "weight") request += ' ' + std::to_string(options.weight);
  return order(globals, request, json, options.limit, done(options, kind));
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
    verbs.push_back(order_verb(one, [&globals, options, kind](bool json) {
      return order_server(globals, *options, kind, json);
    }));
    return one;
  };
  add_order("enable", "as if nothing had been said");
  options->limit.add_to(*add_order("disable", "take it out at once; its connections end"));
  options->limit.add_to(*add_order("drain", "nothing new is sent there; its connections go on"));
  CLI::App* const weight = add_order("weight", "another weight than the configured one");
  weight->add_option("WEIGHT", options->weight)->required()->check(CLI::Range(0, 65535));
  options->limit.add_to(*weight);
  return verbs;
}

}  // namespace holdfast::ctl
