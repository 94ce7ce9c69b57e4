// SPDX-License-Identifier: Apache-2.0
#include "supervisor/handover_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "common/clock.h"
#include "common/core/number.h"
#include "common/os_error.h"
#include "config/sealed.h"
#include "supervisor/state_file.h"

namespace holdfast::supervisor {
namespace {

constexpr const char* kVariable = "HOLDFAST_HANDOVER";
constexpr const char* kFile = "handover";
constexpr Duration kOldest = std::chrono::minutes{1};

}  // namespace

Result<OwnedFd> write_handover(const Handover& handover) {
  return seal({"handover", "", to_text(handover)});
}

Result<Handover> read_handover(const OwnedFd& memfd) {
  const Result<SealedDocument> document = unseal(memfd);
  if (!document) return fail("cannot read what is handed over: " + document.error().message);
  return handover_of(document->text);
}

void let_outlive_exec(const std::vector<int>& descriptors, bool outlive) {
  for (const int descriptor : descriptors) {
    if (descriptor >= 0) ::fcntl(descriptor, F_SETFD, outlive ? 0 : FD_CLOEXEC);
  }
}

std::vector<int> descriptors_of(const Handover& handover) {
  std::vector<int> all{handover.lock, handover.control, handover.fifo_descriptor};
  for (const HandedWorker& worker : handover.workers) all.push_back(worker.channel);
  all.insert(all.end(), handover.askers.begin(), handover.askers.end());
  return all;
}

// There are no threads.
// NOLINTBEGIN(concurrency-mt-unsafe)
Result<std::optional<Handover>> inherited_handover() {
  const char* const value = std::getenv(kVariable);
  if (value == nullptr) return std::nullopt;
  const auto descriptor = whole_number<int>(value);
  if (!descriptor || *descriptor < 0) {
    return fail(std::string(kVariable) +
                " is for holdfastd itself, which names a descriptor in it");
  }
  ::unsetenv(kVariable);
  Result<Handover> handover = read_handover(OwnedFd(*descriptor));
  if (!handover) return tl::unexpected(handover.error());
  let_outlive_exec(descriptors_of(*handover), false);
  return std::optional(std::move(*handover));
}

Result<void> leave_handover(const std::string& directory, const Handover& handover) {
  return write_state_file(directory, kFile, to_text(handover));
}

Result<std::optional<Handover>> left_handover(const std::string& directory) {
  const std::string path = directory + "/" + kFile;
  const Result<std::string> text = read_state_file(path);
  if (!text) return tl::unexpected(text.error());
  if (text->empty()) return std::nullopt;
  if (::unlink(path.c_str()) != 0) return fail_errno("cannot remove " + path);
  Result<Handover> handover = handover_of(*text);
  if (!handover) return tl::unexpected(handover.error());
  const Time now = monotonic_now();
  const bool recent = std::any_of(handover->workers.begin(), handover->workers.end(),
                                  [now](const HandedWorker& worker) {
                                    return worker.heard <= now && now - worker.heard < kOldest;
                                  });
  if (!recent) return std::nullopt;
  return std::optional(std::move(*handover));
}

void announce_handover(int memfd) {
  if (memfd < 0) {
    ::unsetenv(kVariable);
  } else {
    ::setenv(kVariable, std::to_string(memfd).c_str(), 1);
  }
}
// NOLINTEND(concurrency-mt-unsafe)

}  // namespace holdfast::supervisor
