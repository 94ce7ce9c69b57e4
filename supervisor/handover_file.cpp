// SPDX-License-Identifier: Apache-2.0
#include "supervisor/handover_file.h"

#include <fcntl.h>

#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "common/core/number.h"
#include "common/os_error.h"
#include "config/sealed.h"

namespace holdfast::supervisor {
namespace {

constexpr const char* kVariable = "HOLDFAST_HANDOVER";

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

void announce_handover(int memfd) {
  if (memfd < 0) {
    ::unsetenv(kVariable);
  } else {
    ::setenv(kVariable, std::to_string(memfd).c_str(), 1);
  }
}
// NOLINTEND(concurrency-mt-unsafe)

}  // namespace holdfast::supervisor
