// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/core/result.h"
#include "common/event_loop.h"
#include "common/owned_fd.h"
#include "names/core/resolver.h"

namespace holdfast {

// The shell around a Resolver: what hosts are called is looked up before anybody has to be
// reached, and stays known when name servers fail. Each question has a socket of its own,
// whose port the kernel draws, and an identifier that nobody can guess. A reply that is cut to fit
// into a datagram counts as none.
class Lookups {
 public:
  explicit Lookups(EventLoop& loop);

  void want(const std::set<std::string>& hosts, const ResolverConfig& config);
  void read(const std::string& path, const std::string& text);  // a file of the system

  // Its own, or that of its host: of either family, IPv4 first.
  Result<IpAddress> address_of(const CheckEndpoint& endpoint) const;

 private:
  struct Question {
    DnsQuestion question;
    std::uint16_t id = 0;
    OwnedFd socket;
    Watch watch;
  };

  void happen(const ResolverEvent& event);
  void perform(const ResolverActions& actions);
  void start(const StartLookup& action);
  Result<void> ask(const StartLookup& action);
  void readable(std::uint64_t attempt);

  EventLoop& loop_;
  Resolver resolver_;
  std::map<HostName, NameState> known_;
  std::map<std::uint64_t, Question> questions_;  // under way, by attempt
  std::vector<LookupEnded> ended_;               // of which the resolver has not heard
  Timer timer_;
};

}  // namespace holdfast
