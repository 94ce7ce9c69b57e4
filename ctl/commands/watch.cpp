// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <cmath>
#include <memory>
#include <utility>

#include "ctl/client.h"
#include "ctl/command.h"
#include "ctl/console.h"
#include "ctl/history_report.h"
#include "ctl/screen.h"
#include "ctl/status_report.h"
#include "ctl/text.h"

namespace holdfast::ctl {
namespace {

constexpr std::size_t kEvents = 8;

// What status says, and under it what happened last.
Result<std::string> page(const Globals& globals) {
  const bool colours = wants_colours();
  const Result<std::string> status = ask_daemon(globals.runtime_dir, "status");
  if (!status) return tl::unexpected(status.error());
  Result<std::string> text = report(*status, colours);
  if (!text) return text;
  if (const Result<std::string> events = ask_daemon(globals.runtime_dir, "history")) {
    if (const auto last = history_report(*events, {{}, kEvents}, colours)) {
      *text += "\n" + coloured("LAST EVENTS", Colour::kBold, colours) + "\n" + *last;
    }
  }
  return text;
}

int watch(const Globals& globals, std::chrono::milliseconds every) {
  if (const Result<void> possible = Screen::possible(); !possible) {
    return failed(kUsage, possible.error().message);
  }
  std::string last;
  const Screen screen;
  do {
    if (Result<std::string> now = page(globals)) {
      last = std::move(*now);
      screen.draw(last);
    } else {  // a daemon that is being replaced comes back
      screen.draw(coloured(now.error().message, Colour::kBad, wants_colours()) +
                  (last.empty() ? "" : "\n\nWhat was last known:\n\n" + last));
    }
  } while (screen.wait(every));
  return kOk;
}

}  // namespace

std::vector<Verb> add_watch(CLI::App& program, const Globals& globals) {
  CLI::App* const verb = program.add_subcommand(
      "watch", "status and the last events on the whole screen, live; q ends it");
  const auto every = std::make_shared<double>(1.0);
  verb->add_option("--every", *every, "seconds between two looks")
      ->check(CLI::Range(0.1, 3600.0))
      ->capture_default_str();
  return {{verb, [&globals, every] {
             return watch(globals, std::chrono::milliseconds{std::llround(*every * 1000)});
           }}};
}

}  // namespace holdfast::ctl
