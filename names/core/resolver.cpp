// SPDX-License-Identifier: Apache-2.0
#include "names/core/resolver.h"

#include <algorithm>

#include "common/core/overloaded.h"
#include "common/core/words.h"

namespace holdfast {
namespace {

constexpr std::uint16_t kA = 1;
constexpr std::uint16_t kAaaa = 28;
constexpr std::uint8_t kNameError = 3;

// From a search that failed to the next: doubled each time.
constexpr Duration kRetry = std::chrono::seconds{1};
constexpr std::uint32_t kDoublingsMax = 5;

Duration pause_after(std::uint32_t failures) {
  return kRetry * (1U << std::min(failures - 1, kDoublingsMax));
}

}  // namespace

std::optional<ResolverEvent> file_read(std::string_view path, std::string text) {
  if (path == "/etc/hosts") return HostsRead{std::move(text)};
  if (path == "/etc/resolv.conf") return ResolvConfRead{std::move(text)};
  return std::nullopt;
}

ResolverActions Resolver::handle(const ResolverEvent& event, Time now) {
  now_ = now;
  actions_.clear();
  std::visit(Overloaded{
                 [this](const NamesWanted& wanted) { want(wanted); },
                 [this](const HostsRead& file) {
                   if (hosts_ == file.text) return;
                   hosts_ = file.text;
                   search_all();
                 },
                 [this](const ResolvConfRead& file) {
                   ResolvConf conf = parse_resolv_conf(file.text);
                   if (conf == conf_) return;
                   conf_ = std::move(conf);
                   first_ = 0;
                   search_all();
                 },
                 [this](const LookupEnded& end) {
                   const auto lookup = lookups_.find(end.attempt);
                   if (lookup == lookups_.end()) return;
                   Names::value_type& entry = *names_.find(lookup->second);
                   lookups_.erase(lookup);
                   ended(entry, end);
                 },
                 [](const LookupWake&) {},
             },
             event);
  wake();
  return std::exchange(actions_, {});
}

std::optional<Time> Resolver::deadline() const {
  std::optional<Time> first;
  if (!deadlines_.empty()) first = deadlines_.begin()->first;
  if (!searches_.empty() && lookups_.size() < kLookupsMax) {
    first = std::min(first.value_or(searches_.begin()->first), searches_.begin()->first);
  }
  return first;
}

// ---- What is wanted, and where it is to be found.

void Resolver::want(const NamesWanted& event) {
  const bool other_way = config_ != event.config;
  config_ = event.config;
  first_ = other_way ? 0 : first_;
  for (auto it = names_.begin(); it != names_.end();) {
    if (event.names.contains(it->first)) {
      ++it;
      continue;
    }
    cancel(*it);
    plan(*it, std::nullopt);
    it = names_.erase(it);
  }
  bool more = other_way;
  for (const HostName& name : event.names) more = names_.try_emplace(name).second || more;
  if (more) search_all();
}

// Names that are known keep their address meanwhile.
void Resolver::search_all() {
  std::set<HostName> wanted;
  for (const auto& [name, state] : names_) wanted.insert(name);
  in_hosts_.clear();
  for (auto& [name, address] : parse_hosts(hosts_, wanted)) in_hosts_[name].push_back(address);
  for (Names::value_type& entry : names_) {
    cancel(entry);
    entry.second.failed = entry.second.said_absent = 0;
    plan(entry, now_);
  }
}

const std::vector<Endpoint>& Resolver::servers() const {
  return config_.servers.empty() ? conf_.servers : config_.servers;
}

// ---- One name.

void Resolver::begin(Names::value_type& entry) {
  auto& [host, name] = entry;
  if (const auto known = in_hosts_.find(host); known != in_hosts_.end()) {
    found(entry, known->second, std::nullopt);
    return;
  }
  name.candidates = candidates_for(host.name, conf_);
  name.candidate = name.tried = 0;
  if (servers().empty()) {
    failed(entry, "no name server is configured");
    return;
  }
  ask(entry);
}

void Resolver::ask(Names::value_type& entry) {
  auto& [host, name] = entry;
  const std::size_t server = (first_ + name.tried) % servers().size();
  name.lookup = Lookup{++attempts_, now_ + config_.timeout};
  lookups_.emplace(attempts_, host);
  plan(entry, name.lookup->deadline);
  actions_.emplace_back(
      StartLookup{attempts_,
                  servers()[server],
                  {name.candidates[name.candidate], host.family == Family::kIpv4 ? kA : kAaaa}});
}

void Resolver::ended(Names::value_type& entry, const LookupEnded& event) {
  plan(entry, std::nullopt);
  entry.second.lookup.reset();
  const bool usable =
      event.answer && (event.answer->rcode == kDnsNoError || event.answer->rcode == kNameError);
  if (usable) {
    first_ = (first_ + entry.second.tried) % servers().size();
    answered(entry, *event.answer);
    return;
  }
  try_next_server(entry, event.answer ? dns_rcode_name(event.answer->rcode) : event.reason);
}

void Resolver::answered(Names::value_type& entry, const LookupAnswer& answer) {
  auto& [host, name] = entry;
  if (!answer.addresses.empty()) {
    const Duration ttl = std::chrono::seconds{answer.ttl};
    found(entry, answer.addresses, std::clamp(ttl, config_.ttl_min, config_.ttl_max));
    return;
  }
  if (++name.candidate < name.candidates.size()) {
    name.tried = 0;
    ask(entry);
    return;
  }
  ++name.said_absent;
  const bool v4 = host.family == Family::kIpv4;
  failed(entry, answer.rcode == kNameError
                    ? "there is no such name"
                    : std::string("it has no IPv") + (v4 ? "4" : "6") + " address");
}

void Resolver::try_next_server(Names::value_type& entry, const std::string& reason) {
  Name& name = entry.second;
  const std::size_t server = (first_ + name.tried) % servers().size();
  if (++name.tried < servers().size() * config_.attempts) {
    ask(entry);
    return;
  }
  name.said_absent = 0;
  failed(entry, "no name server answers: " + servers()[server].address.to_string() + ": " + reason);
}

// `valid`: for so long; nothing: until a file changes.
void Resolver::found(Names::value_type& entry, const std::vector<IpAddress>& addresses,
                     std::optional<Duration> valid) {
  Name& name = entry.second;
  const std::optional<IpAddress>& former = name.state.address;
  const bool stays =
      former && std::find(addresses.begin(), addresses.end(), *former) != addresses.end();
  const IpAddress address = stays ? *former : *std::min_element(addresses.begin(), addresses.end());
  if (name.failed > 0 || !stays) {
    std::string text = "the host " + entry.first.name + " is " + address.to_string();
    if (former && !stays) text += ", it was " + former->to_string();
    actions_.emplace_back(LogLine{LogLevel::kInfo, std::move(text)});
  }
  name.failed = name.said_absent = 0;
  plan(entry, valid ? std::optional{now_ + *valid} : std::nullopt);
  tell(entry, {address, false, ""});
}

void Resolver::failed(Names::value_type& entry, const std::string& reason) {
  auto& [host, name] = entry;
  const bool first = ++name.failed == 1;
  plan(entry, now_ + pause_after(name.failed));
  const std::optional<IpAddress> former = name.state.address;
  const std::string what = "the host " + host.name + " cannot be looked up: " + reason;
  if (first) {
    actions_.emplace_back(
        LogLine{LogLevel::kWarning, what + (former ? "; " + former->to_string() + " stands" : "")});
  }
  tell(entry, {former, !former && name.said_absent >= kSaysMax, what});
}

void Resolver::tell(Names::value_type& entry, const NameState& state) {
  auto& [host, name] = entry;
  if (name.told && name.state == state) return;
  name.told = true;
  name.state = state;
  actions_.emplace_back(NameChanged{host, state});
}

// ---- Time.

void Resolver::wake() {
  while (!deadlines_.empty() && deadlines_.begin()->first <= now_) {
    Names::value_type& entry = *names_.find(deadlines_.begin()->second);
    cancel(entry);
    try_next_server(entry, "no answer within " + in_words(config_.timeout));
  }
  while (!searches_.empty() && searches_.begin()->first <= now_ && lookups_.size() < kLookupsMax) {
    Names::value_type& entry = *names_.find(searches_.begin()->second);
    plan(entry, std::nullopt);
    begin(entry);
  }
}

void Resolver::cancel(Names::value_type& entry) {
  Name& name = entry.second;
  if (!name.lookup) return;
  plan(entry, std::nullopt);
  lookups_.erase(name.lookup->attempt);
  actions_.emplace_back(CancelLookup{name.lookup->attempt});
  name.lookup.reset();
}

// The deadline of a lookup that is under way, else the begin of the next search.
void Resolver::plan(Names::value_type& entry, std::optional<Time> when) {
  auto& [host, name] = entry;
  if (name.planned) {
    deadlines_.erase({*name.planned, host});
    searches_.erase({*name.planned, host});
  }
  name.planned = when;
  if (when) (name.lookup ? deadlines_ : searches_).emplace(*when, host);
}

}  // namespace holdfast
