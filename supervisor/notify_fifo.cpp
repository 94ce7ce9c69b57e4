// SPDX-License-Identifier: Apache-2.0
#include "supervisor/notify_fifo.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "common/log.h"
#include "common/os_error.h"

namespace holdfast::supervisor {

void NotifyFifo::use(const std::string& path) {
  if (path == path_) return;
  close();
  path_ = path;
  if (path_.empty()) return;
  if (auto opened = open(); !opened) log(LogLevel::kError, opened.error().message);
}

void NotifyFifo::take_over(const Held& held) {
  path_ = held.path;
  fifo_.reset(held.descriptor);
  made_ = held.made;
}

// For reading too: such an open never waits, and what is written is kept until a reader comes.
Result<void> NotifyFifo::open() {
  if (::mkfifo(path_.c_str(), 0600) == 0) {
    made_ = true;
  } else if (errno != EEXIST) {
    return fail_errno("cannot make the FIFO " + path_);
  }
  OwnedFd fifo(::open(path_.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW));
  if (!fifo) return fail_errno("cannot open the FIFO " + path_);
  struct stat entry {};
  if (::fstat(fifo.get(), &entry) != 0 || !S_ISFIFO(entry.st_mode)) {
    return fail(path_ + " is no FIFO; nothing is written to it");
  }
  fifo_ = std::move(fifo);
  return {};
}

// Somebody may have removed or replaced it.
bool NotifyFifo::still_there() const {
  struct stat ours {};
  struct stat named {};
  return fifo_ && ::fstat(fifo_.get(), &ours) == 0 && ::lstat(path_.c_str(), &named) == 0 &&
         ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

void NotifyFifo::write(const std::string& line) {
  if (path_.empty()) return;
  if (!still_there()) {
    fifo_.reset();
    if (auto opened = open(); !opened) {
      log(LogLevel::kError, opened.error().message);
      return;
    }
  }
  // Lines are shorter than PIPE_BUF, so that one is written whole or not at all.
  const ssize_t size = ::write(fifo_.get(), line.data(), line.size());
  if (size < 0) {
    if (dropped_++ == 0) {
      log(LogLevel::kWarning, "nobody reads the FIFO " + path_ + ": lines are dropped from now on");
    }
  } else if (const std::uint64_t dropped = std::exchange(dropped_, 0); dropped > 0) {
    log(LogLevel::kWarning, std::to_string(dropped) + " lines for the FIFO " + path_ +
                                " were dropped; it is read again");
  }
}

void NotifyFifo::close() {
  if (made_ && still_there()) ::unlink(path_.c_str());
  fifo_.reset();
  made_ = false;
  dropped_ = 0;
}

}  // namespace holdfast::supervisor
