// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/scalars.h"
#include "ctl/check.h"
#include "ctl/client.h"
#include "ctl/report.h"

namespace holdfast::ctl {
namespace {

// What scripts may rely on.
constexpr int kOk = 0;
constexpr int kFailed = 1;
constexpr int kUsage = 2;
constexpr int kNotReachable = 3;

struct Options {
  std::string runtime_dir = "/run/holdfast";
  std::string service;
  std::string server;
  int weight = 0;
  std::string duration;
  std::string until;
  std::string name;  // of a check
  CheckFilter filter;
  CheckOptions check;
  bool json = false;
};

int failed(int status, const std::string& why) {
  static_cast<void>(std::fprintf(stderr, "holdfastctl: %s\n", why.c_str()));
  return status;
}

int print(const std::string& text) {
  const bool written = std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0;
  return written ? kOk : kFailed;
}

int show(const Result<std::string>& text) {
  if (!text) return failed(kFailed, text.error().message);
  return print(*text);
}

bool wants_colours() {
  const char* const refused = std::getenv("NO_COLOR");  // NOLINT(concurrency-mt-unsafe)
  return ::isatty(STDOUT_FILENO) == 1 && (refused == nullptr || *refused == '\0');
}

int status(const Options& options) {
  const Result<std::string> answer = ask_daemon(options.runtime_dir, "status");
  if (!answer) return failed(kNotReachable, answer.error().message);
  if (options.json) return print(*answer);
  return show(report(*answer, wants_colours()));
}

int checks(const Options& options) {
  const Result<std::string> answer = ask_daemon(options.runtime_dir, "checks");
  if (!answer) return failed(kNotReachable, answer.error().message);
  return show(options.json ? checks_json(*answer, options.filter)
                           : checks_report(*answer, options.filter, wants_colours()));
}

int run_check(const Options& options) {
  // The daemon gives an attempt 30 s.
  constexpr std::chrono::seconds kPatience{40};
  const Result<std::string> answer =
      ask_daemon(options.runtime_dir, "checks run " + options.name, kPatience);
  if (!answer) return failed(kNotReachable, answer.error().message);
  const Result<RunReport> run = run_report(*answer, wants_colours());
  if (!run) return failed(kFailed, run.error().message);
  const int printed = print(options.json ? *answer : run->text);
  return run->good ? printed : kFailed;
}

int servers(const Options& options) {
  const Result<std::string> answer = ask_daemon(options.runtime_dir, "status");
  if (!answer) return failed(kNotReachable, answer.error().message);
  return show(servers_report(*answer, wants_colours()));
}

// Until a time, as seconds from now; nothing, if it is none or has passed.
std::optional<std::int64_t> seconds_until(const std::string& text) {
  std::tm time{};
  const char* end = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M", &time);
  if (end != nullptr && *end == ':') end = ::strptime(end, ":%S", &time);
  if (end == nullptr) return std::nullopt;
  const bool utc = std::string_view(end) == "Z";
  if (!utc && *end != '\0') return std::nullopt;
  time.tm_isdst = -1;
  const std::time_t then = utc ? ::timegm(&time) : std::mktime(&time);
  const std::int64_t left = then - std::time(nullptr);
  return left > 0 ? std::optional(left) : std::nullopt;
}

int order(const Options& options, const std::string& kind) {
  std::string request = "server " + kind + ' ' + options.service + ' ' + options.server;
  if (kind == "weight") request += ' ' + std::to_string(options.weight);
  std::optional<std::int64_t> seconds;
  if (!options.duration.empty()) {
    const auto duration = parse_duration(options.duration);
    if (!duration || *duration < std::chrono::seconds{1}) {
      return failed(kUsage, "--for expects a time such as 30s, 10m or 2h");
    }
    seconds = std::chrono::duration_cast<std::chrono::seconds>(*duration).count();
  } else if (!options.until.empty()) {
    seconds = seconds_until(options.until);
    if (!seconds) {
      return failed(kUsage,
                    "--until expects a time to come, such as 2026-12-24T18:00 (local) or "
                    "2026-12-24T18:00Z");
    }
  }
  if (seconds) request += " for " + std::to_string(*seconds);
  const Result<std::string> answer = ask_daemon(options.runtime_dir, request);
  if (!answer) return failed(kNotReachable, answer.error().message);
  return show(done_report(*answer));
}

int upgrade(const Options& options) {
  // The daemon refuses after 30 s.
  constexpr std::chrono::seconds kPatience{40};
  const Result<std::string> answer = ask_daemon(options.runtime_dir, "upgrade", kPatience);
  if (!answer) return failed(kNotReachable, answer.error().message);
  return show(done_report(*answer));
}

int show(const CheckReport& report) {
  const int printed = print(report.text);
  return report.good ? printed : kFailed;
}

int program(int argc, char** argv) {
  Options options;
  CLI::App app{
      "Looks at a running holdfastd and checks its configuration.\n"
      "Exit status: 0 done, 1 failed, 2 usage, 3 holdfastd cannot be reached."};
  app.set_version_flag("--version", "holdfastctl " HOLDFAST_VERSION);
  app.add_option("--runtime-dir", options.runtime_dir, "directory of the control socket")
      ->capture_default_str();
  app.require_subcommand(1);
  app.fallthrough();  // --runtime-dir may stand after the verb too
  CLI::App* const overview =
      app.add_subcommand("status", "what every router, check and worker does");
  overview->add_flag("--json", options.json, "for programs");
  CLI::App* const list = app.add_subcommand("checks", "what every check has come to");
  list->add_option("NAME", options.filter.names, "only those of this name, or shell pattern");
  list->add_flag("--down", options.filter.down, "only what is not up");
  list->add_flag("--json", options.json, "for programs");
  CLI::App* const run = list->add_subcommand(
      "run", "one attempt of a check now, which counts as nothing, and what is said in it");
  run->add_option("NAME", options.name)->required();
  run->add_flag("--json", options.json, "for programs");
  CLI::App* const servers_of = app.add_subcommand(
      "servers", "every server of every virtual server: weight, connections, health, and why");
  CLI::App* const server = app.add_subcommand(
      "server", "what the operator wants of one server, kept over reload and restart");
  server->require_subcommand(1);
  const auto add_order = [&](const char* kind, const char* what) {
    CLI::App* const one = server->add_subcommand(kind, what);
    one->add_option("SERVICE", options.service, "the name of the virtual server")->required();
    one->add_option("SERVER", options.server, "its real server, as 10.0.0.11:80")->required();
    return one;
  };
  const auto add_time = [&](CLI::App* one) {
    CLI::Option* const time = one->add_option("--for", options.duration, "so long: 30s, 10m, 2h");
    one->add_option("--until", options.until, "until then: 2026-12-24T18:00, or with Z: UTC")
        ->excludes(time);
  };
  add_order("enable", "as if nothing had been said");
  add_time(add_order("disable", "take it out at once; its connections end"));
  add_time(add_order("drain", "nothing new is sent there; its connections go on"));
  CLI::App* const weight = add_order("weight", "another weight than the configured one");
  weight->add_option("WEIGHT", options.weight)->required()->check(CLI::Range(0, 65535));
  add_time(weight);
  CLI::App* const test = app.add_subcommand(
      "check", "is this file a valid configuration? A line FILE:LINE:COLUMN: message a fault");
  test->add_option("FILE", options.check.file)->required();
  test->add_flag("--strict", options.check.strict, "a warning is a failure, too");
  const auto add_node = [&](CLI::App* one) {
    one->add_option("--node", options.check.node,
                    "of which node in the file; default: the host name");
  };
  add_node(test);
  CLI::App* const rendered = app.add_subcommand(
      "render", "the configuration of one node: includes, variables and nodes resolved");
  rendered->add_option("FILE", options.check.file)->default_val("/etc/holdfast/holdfast.yaml");
  add_node(rendered);
  CLI::App* const upgraded = app.add_subcommand(
      "upgrade", "holdfastd becomes the version that is installed now, without a failover");
  app.add_subcommand("version", "of this program");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kOk : kUsage;
  }
  if (overview->parsed()) return status(options);
  if (run->parsed()) return run_check(options);
  if (list->parsed()) return checks(options);
  if (servers_of->parsed()) return servers(options);
  if (server->parsed()) return order(options, server->get_subcommands().front()->get_name());
  if (test->parsed()) return show(check_file(options.check));
  if (rendered->parsed()) return show(render_file(options.check));
  if (upgraded->parsed()) return upgrade(options);
  return print("holdfastctl " HOLDFAST_VERSION "\n");
}

}  // namespace
}  // namespace holdfast::ctl

// NOLINTNEXTLINE(bugprone-exception-escape): CLI11 throws past its parse() only for our mistakes
int main(int argc, char** argv) {
  return holdfast::ctl::program(argc, argv);
}
