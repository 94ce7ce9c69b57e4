// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/clock.h"
#include "common/log.h"
#include "config/sealed.h"
#include "status/status.h"
#include "supervisor/daemon.h"

// A new configuration in the place of the running one; and the way back, if nobody confirms it.
namespace holdfast::supervisor {
namespace {

void add_lines(std::string_view text, std::vector<std::string>& lines) {
  for (; !text.empty(); text.remove_prefix(std::min(text.find('\n') + 1, text.size()))) {
    lines.emplace_back(text.substr(0, text.find('\n')));
  }
}

std::string seconds_text(std::chrono::seconds time) {
  return std::to_string(time.count()) + " s";
}

}  // namespace

Document Daemon::adopt(Document document) {
  const bool stands_otherwise =
      core_.generation().value > 0 && document.vrrp_process != document_.vrrp_process;
  std::swap(document_, document);
  set_up_log();
  if (stands_otherwise && process(Role::kVrrp)) {
    log(LogLevel::kWarning,
        "vrrp: process: counts from the next start of the vrrp-worker on: "
        "holdfastctl upgrade");
  }
  const std::string which =
      "configuration " + std::to_string(core_.generation().value + 1) + " from " + source_.file;
  log(LogLevel::kInfo, which + " (SHA-256 " + document_.sha256 + ")");
  for (const std::string& warning : document_.warnings) log(LogLevel::kWarning, warning);
  messenger_.configure(document_.config->notify, document_.users);
  listeners_.keep_only(document_.config->monitoring.listen);
  system_files_.configure(*document_.config);
  chronicle_.configure(*document_.config);
  remember(EventOf::kDaemon, "", "configured", which);
  handle(ConfigLoaded{document_.config});
  tell_orders();
  files_.configure(document_.config->checks);
  programs_seen_.configure(document_.config->checks);
  return document;
}

std::optional<std::string> Daemon::reload(std::optional<std::chrono::seconds> confirm) {
  if (stopping_) return error_document("holdfastd is stopping");
  notifier_.reloading(monotonic_now());
  if (unconfirmed_) {
    const std::string why = "configuration " + std::to_string(core_.generation().value) +
                            " waits to be confirmed first: holdfastctl confirm";
    log(LogLevel::kError, "no reload: " + why);
    notifier_.ready();
    return error_document(why);
  }
  Loading loading = load_document(source_);
  if (!loading.document) return refuse(loading);
  failed_reload_.reset();
  Document former = adopt(std::move(*loading.document));
  if (confirm) {
    unconfirmed_ = std::move(former);
    confirmation_.set(monotonic_now() + *confirm);
    log(LogLevel::kInfo, "this configuration goes back to the former one in " +
                             seconds_text(*confirm) +
                             ", unless it is confirmed: "
                             "holdfastctl confirm");
  }
  return std::nullopt;
}

std::string Daemon::refuse(const Loading& loading) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < loading.faults.size(); ++i) {
    lines.push_back(loading.faults[i]);
    if (i < loading.excerpts.size()) add_lines(loading.excerpts[i], lines);
  }
  for (const std::string& line : lines) log(LogLevel::kError, line);
  const std::string conclusion =
      "refused; configuration " + std::to_string(core_.generation().value) + " stays in force";
  log(LogLevel::kError, conclusion);
  remember(EventOf::kDaemon, "", "refused", "a reload: " + loading.faults.front());
  failed_reload_ = FailedReload{std::chrono::system_clock::now(), loading.faults.front()};
  notifier_.ready();
  return error_document(conclusion, lines);
}

Result<void> Daemon::confirm() {
  if (!unconfirmed_) return fail("no configuration waits to be confirmed");
  unconfirmed_.reset();
  confirmation_.set(std::nullopt);
  log(LogLevel::kInfo,
      "configuration " + std::to_string(core_.generation().value) + " is confirmed");
  return {};
}

std::string Daemon::configuration() const {
  const Result<SealedDocument> sealed = unseal(document_.text);
  if (!sealed) return error_document(sealed.error().message);
  return configuration_document(sealed->file, sealed->host_name, sealed->text);
}

// The file on the disk stays as it is: whoever starts or reloads again gets what it says.
void Daemon::roll_back() {
  if (!unconfirmed_ || stopping_) return;
  const std::string why = "configuration " + std::to_string(core_.generation().value) +
                          " was not confirmed in time: the former one comes back; " + source_.file +
                          " still has the other";
  log(LogLevel::kWarning, why);
  notifier_.reloading(monotonic_now());
  Document former = std::move(*unconfirmed_);
  unconfirmed_.reset();
  static_cast<void>(adopt(std::move(former)));
  failed_reload_ = FailedReload{std::chrono::system_clock::now(), why};
}

}  // namespace holdfast::supervisor
