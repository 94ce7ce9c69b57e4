// SPDX-License-Identifier: Apache-2.0
#include "names/lookups.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <span>
#include <utility>

#include "common/clock.h"
#include "common/core/overloaded.h"
#include "common/log.h"
#include "common/os_error.h"
#include "common/random.h"
#include "common/socket_address.h"

namespace holdfast {
Lookups::Lookups(EventLoop& loop) : loop_(loop), timer_(loop, [this] { happen(LookupWake{}); }) {}

void Lookups::want(const std::set<std::string>& hosts, const ResolverConfig& config) {
  std::set<HostName> names;
  for (const std::string& host : hosts) {
    names.insert({host, Family::kIpv4});
    names.insert({host, Family::kIpv6});
  }
  std::erase_if(known_, [&](const auto& one) { return !names.contains(one.first); });
  happen(NamesWanted{std::move(names), config});
}

void Lookups::read(const std::string& path, const std::string& text) {
  if (const auto event = file_read(path, text)) happen(*event);
}

Result<IpAddress> Lookups::address_of(const CheckEndpoint& endpoint) const {
  const std::string& host = endpoint.host;
  if (host.empty()) return endpoint.address;
  std::string reason = "not looked up yet";
  for (const Family family : {Family::kIpv6, Family::kIpv4}) {
    const auto found = known_.find({host, family});
    if (found != known_.end() && !found->second.reason.empty()) reason = found->second.reason;
  }
  for (const Family family : {Family::kIpv4, Family::kIpv6}) {
    const auto found = known_.find({host, family});
    if (found != known_.end() && found->second.address) return *found->second.address;
  }
  return fail("no address of " + host + " is known: " + reason);
}

void Lookups::happen(const ResolverEvent& event) {
  perform(resolver_.handle(event, monotonic_now()));
  while (!ended_.empty()) {
    const std::vector<LookupEnded> ended = std::exchange(ended_, {});
    for (const LookupEnded& one : ended) perform(resolver_.handle(one, monotonic_now()));
  }
  timer_.set(resolver_.deadline());
}

void Lookups::perform(const ResolverActions& actions) {
  for (const ResolverAction& action : actions) {
    std::visit(Overloaded{
                   [this](const StartLookup& one) { start(one); },
                   [this](const CancelLookup& one) { questions_.erase(one.attempt); },
                   [this](const NameChanged& one) { known_.insert_or_assign(one.name, one.state); },
                   // That a host has no address of one family is how most are.
                   [](const LogLine& line) { log(LogLevel::kDebug, line.text); },
               },
               action);
  }
}

void Lookups::start(const StartLookup& action) {
  const Result<void> asked = ask(action);
  if (asked) return;
  questions_.erase(action.attempt);
  ended_.push_back({action.attempt, std::nullopt, asked.error().message});
}

Result<void> Lookups::ask(const StartLookup& action) {
  Question question{action.question, static_cast<std::uint16_t>(unpredictable()), OwnedFd{},
                    Watch{}};
  const auto query = dns_query(question.question, question.id);
  if (!query) return fail("no name that DNS can ask for");
  const int family = action.server.address.is_v4() ? AF_INET : AF_INET6;
  question.socket.reset(::socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!question.socket) return fail_errno("cannot make a socket");
  SocketAddress server = to_socket_address(action.server);
  if (::connect(question.socket.get(), server.get(), server.size) != 0 ||
      ::send(question.socket.get(), query->data(), query->size(), MSG_NOSIGNAL) < 0) {
    return fail_errno("cannot ask " + action.server.to_string());
  }
  question.watch = Watch(loop_, question.socket.get(), {.readable = true},
                         [this, attempt = action.attempt](Ready) { readable(attempt); });
  questions_.insert_or_assign(action.attempt, std::move(question));
  return {};
}

void Lookups::readable(std::uint64_t attempt) {
  const auto found = questions_.find(attempt);
  if (found == questions_.end()) return;
  std::array<std::uint8_t, 4096> bytes{};
  const ssize_t size = ::recv(found->second.socket.get(), bytes.data(), bytes.size(), 0);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
  LookupEnded end{attempt, std::nullopt, "no name server is there"};
  if (size >= 0) {
    const auto message = std::span(bytes).first(static_cast<std::size_t>(size));
    if (!is_dns_reply_to(message, found->second.id)) return;
    const Result<DnsReply> reply = parse_dns_reply(message, found->second.question);
    if (!reply) {
      end.reason = reply.error().message;
    } else if (reply->truncated) {
      end.reason = "the reply is cut";
    } else {
      end.answer = lookup_answer(*reply, found->second.question);
    }
  }
  questions_.erase(found);
  happen(end);
}

}  // namespace holdfast
