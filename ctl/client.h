// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

#include "common/core/result.h"
#include "common/owned_fd.h"

namespace holdfast::ctl {

// A request to the daemon that is under way: several may be.
class Question {
 public:
  static Result<Question> ask(const std::string& runtime_dir, const std::string& request,
                              std::chrono::seconds patience);
  Result<std::string> answer();  // once; see ask_daemon()

 private:
  Question(OwnedFd socket, std::string path, std::chrono::seconds patience);

  OwnedFd socket_;
  std::string path_;
  std::chrono::seconds patience_;
};

// What the daemon with this runtime directory answers to a request (docs/status.md), a JSON
// document. An error says why it cannot be reached, or does not answer within the patience.
Result<std::string> ask_daemon(const std::string& runtime_dir, const std::string& request,
                               std::chrono::seconds patience = std::chrono::seconds{5});

}  // namespace holdfast::ctl
