// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include "common/core/result.h"
#include "common/owned_fd.h"

namespace holdfast::supervisor {

// Where a running daemon has its lock, its control socket, and the empty directory that its workers
// are locked into. Only root may write there; one daemon at a time holds it.
class RuntimeDirectory {
 public:
  static Result<RuntimeDirectory> take(const std::string& path);  // makes it if need be

  // The same, held by the program that this process was before: its lock, and the directory as it
  // is.
  static Result<RuntimeDirectory> take_over(const std::string& path, OwnedFd lock);

  const std::string& path() const { return path_; }
  int lock_descriptor() const { return lock_.get(); }
  std::string root() const { return path_ + "/root"; }
  std::string control_socket() const { return path_ + "/control"; }
  std::string monitor_socket() const { return path_ + "/monitor"; }

 private:
  RuntimeDirectory(std::string path, OwnedFd lock)
      : path_(std::move(path)), lock_(std::move(lock)) {}

  std::string path_;
  OwnedFd lock_;
};

}  // namespace holdfast::supervisor
