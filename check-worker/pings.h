// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "common/core/ip.h"
#include "common/core/messages.h"
#include "common/event_loop.h"
#include "common/owned_fd.h"
#include "config/config.h"

namespace holdfast::check {

// All echo requests of a process, over one raw ICMP socket a family, which the supervisor opened.
// Each request has a sequence number, which its reply brings back.
class Pings {
 public:
  using Received = std::function<void(std::string_view message)>;  // from its type on

  // One that is waited for until this is destroyed, which must be before the Pings are.
  class Waiting {
   public:
    Waiting() = default;
    Waiting(Pings& pings, Family family, std::uint16_t sequence)
        : pings_(&pings), family_(family), sequence_(sequence) {}
    ~Waiting();
    Waiting(Waiting&& other) noexcept { *this = std::move(other); }
    Waiting& operator=(Waiting&& other) noexcept;

   private:
    Pings* pings_ = nullptr;  // none: nothing is waited for
    Family family_{};
    std::uint16_t sequence_ = 0;
  };

  explicit Pings(EventLoop& loop) : loop_(loop) {}
  Pings(const Pings&) = delete;
  Pings& operator=(const Pings&) = delete;

  void adopt(const PingSocket& kind, OwnedFd socket);  // unless there is one of that family
  bool can(Family family) const { return static_cast<bool>(of(family).socket); }

  // Sends a request without identifier, sequence number and checksum. `received` is called for what
  // the target answers, never from within this. Returns 0, or an error number.
  int send(const IpAddress& target, std::string request, const ConnectConfig& from,
           Received received, Waiting& waiting);

 private:
  struct Request {
    IpAddress target;
    Received received;
  };
  struct Side {
    OwnedFd socket;
    std::uint16_t identifier = 0;
    std::uint16_t last = 0;  // sequence number
    std::map<std::uint16_t, Request> waiting;
    Watch watch;  // let go of before the socket is closed
  };

  Side& of(Family family) { return sides_[family == Family::kIpv4 ? 0 : 1]; }
  const Side& of(Family family) const { return sides_[family == Family::kIpv4 ? 0 : 1]; }
  void read(Family family);
  void take(Family family, const IpAddress& from, std::string_view message);

  EventLoop& loop_;
  std::array<Side, 2> sides_;
};

}  // namespace holdfast::check
