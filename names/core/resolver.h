// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "common/core/log_line.h"
#include "common/core/time.h"
#include "config/config.h"
#include "names/core/dns_message.h"
#include "names/core/lookup_answer.h"
#include "names/core/resolv_conf.h"

namespace holdfast {

// What is known of the name of a host.
struct NameState {
  std::optional<IpAddress> address;  // none: never found in this life
  bool absent = false;               // no address, and there is none, as name servers keep saying
  std::string reason;                // why there is no address, or a former one stands; or empty
  bool operator==(const NameState&) const = default;
};

// ---- What happens to a Resolver.

struct NamesWanted {
  std::set<HostName> names;
  ResolverConfig config;
};
struct HostsRead {  // /etc/hosts
  std::string text;
};
struct ResolvConfRead {  // /etc/resolv.conf
  std::string text;
};
struct LookupEnded {
  std::uint64_t attempt = 0;
  std::optional<LookupAnswer> answer{};
  std::string reason;  // why there is none
};
struct LookupWake {};  // deadline() has come

using ResolverEvent = std::variant<NamesWanted, HostsRead, ResolvConfRead, LookupEnded, LookupWake>;

// That a file of the system was read; nothing: it says nothing of names.
std::optional<ResolverEvent> file_read(std::string_view path, std::string text);

// ---- What it does, in order.

struct StartLookup {
  std::uint64_t attempt = 0;
  Endpoint server;
  DnsQuestion question;
  bool operator==(const StartLookup&) const = default;
};
struct CancelLookup {  // timed out, or no longer wanted: no LookupEnded follows
  std::uint64_t attempt = 0;
  bool operator==(const CancelLookup&) const = default;
};
struct NameChanged {
  HostName name;
  NameState state;
  bool operator==(const NameChanged&) const = default;
};

using ResolverAction = std::variant<StartLookup, CancelLookup, NameChanged, LogLine>;
using ResolverActions = std::vector<ResolverAction>;

// Finds the addresses of the hosts that are asked by name: in the hosts file, else by DNS, and
// again when the TTL has passed. The name servers are asked in turn, beginning with the one that
// answered last; what one of them says of a name counts, be it that there is none.
//
// Of several addresses one is taken: the one that it had, as long as it is among them, else the
// lowest, so that two nodes agree. What was found once stands until another is found: that a lookup
// fails is no word about the host. A name that has had no address yet is `absent` once name
// servers have said kSaysMax times in a row that it has none.
class Resolver {
 public:
  static constexpr std::uint32_t kSaysMax = 3;
  static constexpr std::size_t kLookupsMax = 32;  // under way at once; the others wait

  ResolverActions handle(const ResolverEvent& event, Time now);
  std::optional<Time> deadline() const;  // when handle(LookupWake{}, now) must be called next

 private:
  struct Lookup {
    std::uint64_t attempt = 0;
    Time deadline{};
  };
  struct Name {
    NameState state;
    bool told = false;
    std::vector<std::string> candidates;  // of the search in hand
    std::size_t candidate = 0;
    std::size_t tried = 0;           // servers, of this candidate
    std::uint32_t failed = 0;        // searches in a row
    std::uint32_t said_absent = 0;   // of these, by a name server, in a row
    std::optional<Lookup> lookup{};  // under way
    std::optional<Time> planned{};   // its deadline, or that of the next search
  };
  using Names = std::map<HostName, Name>;

  void want(const NamesWanted& event);
  void search_all();
  void begin(Names::value_type& entry);
  void ask(Names::value_type& entry);
  void ended(Names::value_type& entry, const LookupEnded& event);
  void answered(Names::value_type& entry, const LookupAnswer& answer);
  void try_next_server(Names::value_type& entry, const std::string& reason);
  void found(Names::value_type& entry, const std::vector<IpAddress>& addresses,
             std::optional<Duration> valid);
  void failed(Names::value_type& entry, const std::string& reason);
  void tell(Names::value_type& entry, const NameState& state);
  void wake();
  void cancel(Names::value_type& entry);
  void plan(Names::value_type& entry, std::optional<Time> when);
  const std::vector<Endpoint>& servers() const;

  // Of the event in hand.
  Time now_{};
  ResolverActions actions_;

  ResolverConfig config_;
  ResolvConf conf_;
  std::string hosts_;
  std::map<HostName, std::vector<IpAddress>> in_hosts_;
  Names names_;
  std::map<std::uint64_t, HostName> lookups_;      // by attempt
  std::set<std::pair<Time, HostName>> deadlines_;  // of lookups
  std::set<std::pair<Time, HostName>> searches_;   // to begin
  std::size_t first_ = 0;                          // the server that is asked first
  std::uint64_t attempts_ = 0;
};

}  // namespace holdfast
