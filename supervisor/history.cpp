// SPDX-License-Identifier: Apache-2.0
#include "supervisor/history.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <span>
#include <utility>

#include "common/log.h"
#include "common/os_error.h"
#include "common/owned_fd.h"
#include "supervisor/core/history_record.h"

namespace holdfast::supervisor {
namespace {

constexpr const char* kNode = "/history";
constexpr const char* kChecks = "/history-checks";

Result<std::size_t> size_of(int fd, const std::string& path) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return fail_errno("cannot look at " + path);
  return static_cast<std::size_t>(status.st_size);
}

OwnedFd open_to_append(const std::string& path) {
  return OwnedFd(
      ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
}

Result<void> append(const std::string& directory, const char* name,
                    std::span<const std::uint8_t> record) {
  const std::string path = directory + name;
  OwnedFd file = open_to_append(path);
  if (!file && errno == ENOENT) {
    if (::mkdir(directory.c_str(), 0755) != 0) {
      return fail_errno("cannot make the directory " + directory);
    }
    file = open_to_append(path);
  }
  if (!file) return fail_errno("cannot open " + path);
  Result<std::size_t> size = size_of(file.get(), path);
  if (!size) return tl::unexpected(size.error());
  if (*size > 0 && *size + record.size() > History::kSizeMax) {
    if (::rename(path.c_str(), (path + ".1").c_str()) != 0) {
      return fail_errno("cannot rename " + path);
    }
    file = open_to_append(path);
    if (!file) return fail_errno("cannot open " + path);
    size = 0;
  }
  const ssize_t written = ::write(file.get(), record.data(), record.size());
  if (written == static_cast<ssize_t>(record.size())) return {};
  auto failure = written < 0 ? fail_errno("cannot write " + path)
                             : fail("cannot write " + path + ": no space left");
  // Half a record would be passed over by who reads; it need not take the space.
  if (written > 0 && ::ftruncate(file.get(), static_cast<off_t>(*size)) != 0) {
    return fail_errno("cannot shorten " + path);
  }
  return failure;
}

// Nothing of a file that is not there or cannot be read: what is left of the history is still worth
// having.
void read_into(std::vector<HistoryEvent>& events, const std::string& path) {
  const OwnedFd file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!file) return;
  std::vector<std::uint8_t> bytes;
  std::array<std::uint8_t, 65536> buffer;  // NOLINT: the kernel fills what is read
  while (bytes.size() <= 2 * History::kSizeMax) {
    const ssize_t size = ::read(file.get(), buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    bytes.insert(bytes.end(), buffer.begin(), buffer.begin() + size);
  }
  for (HistoryEvent& event : events_in(bytes)) events.push_back(std::move(event));
}

bool is_of_many(EventOf of) {
  return of == EventOf::kCheck || of == EventOf::kService || of == EventOf::kServer;
}

}  // namespace

History::History(std::string directory) : directory_(std::move(directory)) {}

void History::record(const HistoryEvent& event) {
  const Result<void> written =
      append(directory_, is_of_many(event.of) ? kChecks : kNode, record_of(event));
  if (written) {
    if (std::exchange(fails_, false)) log(LogLevel::kInfo, "history is kept again");
  } else if (!std::exchange(fails_, true)) {
    log(LogLevel::kWarning, "no history is kept: " + written.error().message);
  }
}

std::vector<HistoryEvent> History::read() const {
  std::vector<HistoryEvent> events;
  for (const char* const name : {kNode, kChecks}) {
    read_into(events, directory_ + name + ".1");
    read_into(events, directory_ + name);
  }
  std::stable_sort(events.begin(), events.end(),
                   [](const auto& one, const auto& other) { return one.at < other.at; });
  return events;
}

}  // namespace holdfast::supervisor
