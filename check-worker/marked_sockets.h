// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <queue>
#include <string>
#include <utility>

#include "common/core/messages.h"
#include "common/core/result.h"
#include "common/owned_fd.h"

namespace holdfast::check {

// The sockets of checks that mark their packets. To set a mark takes a capability, so each is asked
// of the supervisor. Few at a time: what is on its way counts against the limit of descriptors.
class MarkedSockets {
 public:
  static constexpr std::size_t kAskedMax = 64;

  using Ask = std::function<void(const AskSocket&)>;
  using Opened = std::function<void(Result<OwnedFd>)>;

  // One that is waited for until this is destroyed, which must be before the MarkedSockets are.
  class Waiting {
   public:
    Waiting() = default;
    Waiting(MarkedSockets& sockets, std::uint64_t ticket) : sockets_(&sockets), ticket_(ticket) {}
    ~Waiting();
    Waiting(Waiting&& other) noexcept { *this = std::move(other); }
    Waiting& operator=(Waiting&& other) noexcept;

   private:
    MarkedSockets* sockets_ = nullptr;  // none: nothing is waited for
    std::uint64_t ticket_ = 0;
  };

  explicit MarkedSockets(Ask ask) : ask_(std::move(ask)) {}
  MarkedSockets(const MarkedSockets&) = delete;
  MarkedSockets& operator=(const MarkedSockets&) = delete;

  // `opened` is called once, never from within this.
  Waiting open(const std::string& check, bool stream, Opened opened);

  void answered(const MarkedSocket& answer, OwnedFd socket);

 private:
  void ask_next();

  Ask ask_;
  std::uint64_t last_ = 0;                   // ticket
  std::map<std::uint64_t, Opened> waiting_;  // by ticket
  std::queue<AskSocket> queue_;              // not asked for yet
  std::size_t asked_ = 0;                    // so many answers are to come
};

}  // namespace holdfast::check
