// SPDX-License-Identifier: Apache-2.0
#include "supervisor/state_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

#include "common/os_error.h"
#include "common/owned_fd.h"

namespace holdfast::supervisor {
namespace {

constexpr std::size_t kSizeMax = std::size_t{8} << 20U;

Result<void> write_all(int fd, const std::string& text, const std::string& path) {
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t size = ::write(fd, text.data() + written, text.size() - written);
    if (size < 0 && errno != EINTR) return fail_errno("cannot write " + path);
    if (size > 0) written += static_cast<std::size_t>(size);
  }
  if (::fsync(fd) != 0) return fail_errno("cannot write " + path);
  return {};
}

}  // namespace

Result<std::string> read_state_file(const std::string& path) {
  const OwnedFd file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!file) {
    if (errno == ENOENT) return std::string();
    return fail_errno("cannot open " + path);
  }
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return fail_errno("cannot look at " + path);
  if (status.st_uid != 0 || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return fail(path + " can be written by others than root");
  }
  std::string text;
  std::array<char, 4096> buffer{};
  while (text.size() <= kSizeMax) {
    const ssize_t size = ::read(file.get(), buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return fail_errno("cannot read " + path);
    if (size == 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(size));
  }
  return text;
}

Result<void> write_state_file(const std::string& directory, const std::string& name,
                              const std::string& text) {
  const std::string path = directory + '/' + name;
  const std::string fresh = path + ".new";
  if (::mkdir(directory.c_str(), 0755) != 0 && errno != EEXIST) {
    return fail_errno("cannot make the directory " + directory);
  }
  const OwnedFd file(
      ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return fail_errno("cannot open " + fresh);
  if (auto written = write_all(file.get(), text, fresh); !written) return written;
  if (::rename(fresh.c_str(), path.c_str()) != 0) return fail_errno("cannot rename " + fresh);
  return {};
}

}  // namespace holdfast::supervisor
