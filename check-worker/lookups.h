// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "check-worker/probe.h"
#include "common/event_loop.h"
#include "names/core/resolver.h"

namespace holdfast::check {

// The shell around the Resolver: its questions, each by a socket of its own, whose port the kernel
// draws, and with an identifier that nobody can guess.
class Lookups {
 public:
  using Told = std::function<void(const NameChanged&)>;

  // `told` is never called from within the constructor. `tls` is not used, but what a probe takes.
  Lookups(EventLoop& loop, TlsClient& tls, Told told);

  void want(std::set<HostName> names, const ResolverConfig& config);
  void read(const std::string& path, const std::string& text);  // a file of the system

 private:
  struct Running {
    std::optional<LookupAnswer> answer;  // that the conversation fills
    std::optional<Probe> probe{};
  };

  void happen(const ResolverEvent& event);
  void perform(const ResolverActions& actions);
  void start(const StartLookup& action);
  void look_at(std::uint64_t attempt);
  void wake();

  EventLoop& loop_;
  TlsClient& tls_;
  Told told_;
  Resolver resolver_;
  std::map<std::uint64_t, Running> running_;  // by attempt
  std::set<std::uint64_t> ended_;             // attempts that the resolver has not heard of
  Timer timer_;
};

}  // namespace holdfast::check
