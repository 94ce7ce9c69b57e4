// SPDX-License-Identifier: Apache-2.0
#include "supervisor/runtime_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "common/os_error.h"

namespace holdfast::supervisor {
namespace {

Result<OwnedFd> open_directory(const std::string& path) {
  const bool made = ::mkdir(path.c_str(), 0755) == 0;
  if (!made && errno != EEXIST) return fail_errno("cannot make the directory " + path);
  OwnedFd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory) return fail_errno("cannot open the directory " + path);
  // Workers of other users live below it, whatever our umask was.
  if (made && ::fchmod(directory.get(), 0755) != 0) return fail_errno("cannot open up " + path);
  struct stat status {};
  if (::fstat(directory.get(), &status) != 0) return fail_errno("cannot look at " + path);
  if (status.st_uid != 0) {
    return fail(path + " belongs to the user " + std::to_string(status.st_uid) +
                ", expected a directory of root");
  }
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return fail(path + " can be written by others than root, expected at most 0755");
  }
  return directory;
}

Result<OwnedFd> lock(const OwnedFd& directory, const std::string& path) {
  OwnedFd file(::openat(directory.get(), "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return fail_errno("cannot open " + path + "/lock");
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return fail_errno("cannot lock " + path + "/lock");
    std::array<char, 24> pid{};
    static_cast<void>(!::pread(file.get(), pid.data(), pid.size() - 1, 0));
    return fail("another holdfastd, pid " + std::string(pid.data()) + ", already runs with " +
                path);
  }
  const std::string pid = std::to_string(::getpid());
  if (::ftruncate(file.get(), 0) != 0 || ::pwrite(file.get(), pid.data(), pid.size(), 0) < 0) {
    return fail_errno("cannot write " + path + "/lock");
  }
  return file;
}

// Made anew, so that it is certainly empty.
Result<void> make_empty_root(const OwnedFd& directory, const std::string& path) {
  if (::unlinkat(directory.get(), "root", AT_REMOVEDIR) != 0 && errno != ENOENT) {
    return fail_errno("cannot remove " + path + "/root, expected an empty directory");
  }
  if (::mkdirat(directory.get(), "root", 0555) != 0 ||
      ::fchmodat(directory.get(), "root", 0555, 0) != 0) {
    return fail_errno("cannot make " + path + "/root");
  }
  return {};
}

}  // namespace

Result<RuntimeDirectory> RuntimeDirectory::take(const std::string& path) {
  const Result<OwnedFd> directory = open_directory(path);
  if (!directory) return tl::unexpected(directory.error());
  Result<OwnedFd> held = lock(*directory, path);
  if (!held) return tl::unexpected(held.error());
  if (auto made = make_empty_root(*directory, path); !made) return tl::unexpected(made.error());
  return RuntimeDirectory(path, std::move(*held));
}

Result<RuntimeDirectory> RuntimeDirectory::take_over(const std::string& path, OwnedFd lock) {
  const Result<OwnedFd> directory = open_directory(path);
  if (!directory) return tl::unexpected(directory.error());
  struct stat held {};
  struct stat named {};
  if (::fstat(lock.get(), &held) != 0 ||
      ::fstatat(directory->get(), "lock", &named, AT_SYMLINK_NOFOLLOW) != 0 ||
      held.st_dev != named.st_dev || held.st_ino != named.st_ino) {
    return fail("what is handed over is not the lock of " + path);
  }
  return RuntimeDirectory(path, std::move(lock));
}

}  // namespace holdfast::supervisor
