// SPDX-License-Identifier: Apache-2.0
#include "balance-worker/ipvs.h"

#include <linux/netlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>
#include <variant>

#include "balance-worker/core/ipvs_refusal.h"
#include "balance-worker/ipvs_requests.h"
#include "common/netlink.h"
#include "common/os_error.h"
#include "common/socket_buffers.h"

namespace holdfast::balance {
namespace {

constexpr std::size_t kDatagramMax = 64U << 10U;  // the kernel makes none of more than 32 KiB
constexpr int kBuffer = 4 << 20;
// Requests in one send(): not more than have room in its buffer, whatever a container allows.
constexpr std::size_t kRequestMax = 256;
constexpr std::size_t kBatchMax = 1024;
constexpr std::size_t kAnswerSize = 1024;  // of one that failed, as the kernel counts it
constexpr int kReadTries = 10;

std::size_t room_in(const OwnedFd& socket, int option) {
  int room = 0;
  socklen_t size = sizeof room;
  if (::getsockopt(socket.get(), SOL_SOCKET, option, &room, &size) != 0) return 0;
  return static_cast<std::size_t>(room);
}

// So many that the answers fit into the receive buffer, should all of them fail.
std::size_t batch_for(const OwnedFd& socket) {
  const std::size_t most =
      std::min(room_in(socket, SO_RCVBUF) / kAnswerSize, room_in(socket, SO_SNDBUF) / kRequestMax);
  return std::clamp<std::size_t>(most, 1, kBatchMax);
}

Result<OwnedFd> open_socket() {
  OwnedFd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_GENERIC));
  if (!socket) return fail_errno("cannot open a generic netlink socket");
  const int on = 1;
  // Without these the kernel's words are missing from the log, and no more.
  ::setsockopt(socket.get(), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
  ::setsockopt(socket.get(), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
  enlarge_receive_buffer(socket, kBuffer);
  enlarge_send_buffer(socket, kBuffer);
  sockaddr_nl local{};
  local.nl_family = AF_NETLINK;
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&local), sizeof local) != 0) {
    return fail_errno("cannot bind a generic netlink socket");
  }
  return socket;
}

std::string words_for(const Answer& answer) {
  std::string words = std::generic_category().message(answer.error);
  if (!answer.text.empty()) words += " (" + answer.text + ")";
  return words;
}

}  // namespace

Ipvs::Ipvs(OwnedFd socket)
    : socket_(std::move(socket)), batch_(batch_for(socket_)), buffer_(kDatagramMax) {}

Result<Ipvs> Ipvs::open() {
  Result<OwnedFd> socket = open_socket();
  if (!socket) return tl::unexpected(socket.error());
  Ipvs ipvs(std::move(*socket));
  if (auto resolved = ipvs.resolve(); !resolved) return tl::unexpected(resolved.error());
  return ipvs;
}

Result<void> Ipvs::resolve() {
  std::optional<std::uint16_t> type;
  std::optional<Answer> answer;
  if (!netlink_send(socket_, family_request(++sequence_))) return fail_errno("cannot ask for IPVS");
  const bool told = receive_all([&](const GenericMessage& message) {
    if (message.answer) answer = message.answer;
    if (const auto found = family_type_in(message)) type = found;
  });
  if (told && type) {
    type_ = *type;
    return {};
  }
  if (!answer) return fail("cannot ask for IPVS: the kernel does not answer");
  if (answer->error == ENOENT) return fail("this kernel has no IPVS (module ip_vs)");
  return fail("cannot ask for IPVS: " + words_for(*answer));
}

// ---- Commands. The kernel carries them out within send(): then their answers are queued.

std::vector<Backend::Refusal> Ipvs::execute(std::span<const IpvsCommand> commands) {
  std::vector<Refusal> refused;
  std::vector<std::uint8_t> packet;  // one for all: memory that is new costs more than what is done
  while (!commands.empty()) {
    const auto batch = commands.first(std::min(commands.size(), batch_));
    commands = commands.subspan(batch.size());
    execute_batch(batch, packet, refused);
    got_on();
  }
  return refused;
}

void Ipvs::execute_batch(std::span<const IpvsCommand> batch, std::vector<std::uint8_t>& packet,
                         std::vector<Refusal>& refused) {
  const std::uint32_t first = sequence_ + 1;
  packet.clear();
  for (const IpvsCommand& command : batch) {
    append_request(packet, type_, command, ++sequence_, &command == &batch.back());
  }
  const auto refuse_all = [&](const std::string& why) {
    for (const IpvsCommand& command : batch) {
      refused.push_back({command, attempt(command) + ": " + why});
    }
  };
  if (!netlink_send(socket_, packet)) return refuse_all(std::generic_category().message(errno));
  // A daemon that is stopped before it ever ran leaves the kernel with an error (EINTR) that it
  // does not tell, nor does it then acknowledge.
  bool acknowledged = std::holds_alternative<StopSync>(batch.back());
  std::vector<Refusal> here;
  const bool all = receive_all([&](const GenericMessage& message) {
    const std::uint32_t place = message.sequence - first;
    if (!message.answer || place >= batch.size()) return;
    acknowledged = acknowledged || place + 1 == batch.size();
    const IpvsCommand& command = batch[place];
    const auto& [error, words] = *message.answer;
    if (!is_as_asked(command, error)) here.push_back({command, refusal(command, error, words)});
  });
  // What was done, only the kernel knows now.
  if (!acknowledged || !all) return refuse_all("the kernel does not answer");
  refused.insert(refused.end(), std::make_move_iterator(here.begin()),
                 std::make_move_iterator(here.end()));
}

bool Ipvs::receive_all(const std::function<void(const GenericMessage&)>& take) {
  bool all = true;
  for (;;) {
    std::span<std::uint8_t> datagram;
    switch (netlink_receive(socket_, buffer_, datagram)) {
      case Receipt::kNothing:
        return all;
      case Receipt::kLost:
        all = false;
        if (errno != ENOBUFS) return all;
        break;
      case Receipt::kDatagram:
        for (const GenericMessage& message : messages_in(datagram)) take(message);
        break;
    }
  }
}

// ---- What there is.

Result<bool> Ipvs::ask(const std::vector<std::uint8_t>& request, const std::string& what,
                       const std::function<void(const GenericMessage&)>& take) {
  const std::uint32_t sequence = sequence_;
  bool whole = true;
  if (!netlink_send(socket_, request)) return fail_errno("cannot read " + what);
  for (;;) {
    // The kernel queues the next part as the one before it is read: there is nothing to wait for.
    std::span<std::uint8_t> datagram;
    if (netlink_receive(socket_, buffer_, datagram) != Receipt::kDatagram) {
      return fail_errno("cannot read " + what);
    }
    for (const GenericMessage& message : messages_in(datagram)) {
      if (message.sequence != sequence) continue;
      whole = whole && !message.interrupted;
      if (!message.answer) {
        if (message.type == type_) take(message);
        continue;
      }
      // A service that is gone by now has no servers.
      if (message.answer->error == ESRCH) return false;
      if (message.answer->error != 0) {
        return fail("cannot read " + what + ": " + words_for(*message.answer));
      }
      return whole;
    }
  }
}

Result<bool> Ipvs::each_service(const Take& take) {
  std::vector<ServiceIs> services;
  const auto listed = ask(services_request(type_, ++sequence_), "the services of IPVS",
                          [&](const GenericMessage& message) {
                            auto reply = reply_in(message, Family::kIpv4);
                            auto* const service = reply ? std::get_if<ServiceIs>(&*reply) : nullptr;
                            if (service != nullptr) services.push_back(std::move(*service));
                          });
  if (!listed) return tl::unexpected(listed.error());
  bool whole = *listed;
  for (const ServiceIs& service : services) {
    std::vector<DestinationIs> destinations;
    const auto read =
        ask(destinations_request(type_, service.key, ++sequence_),
            "the servers of " + to_string(service.key), [&](const GenericMessage& message) {
              auto reply = reply_in(message, service.key.family);
              auto* const one = reply ? std::get_if<DestinationIs>(&*reply) : nullptr;
              if (one != nullptr) destinations.push_back(*one);
            });
    if (!read) return tl::unexpected(read.error());
    whole = whole && *read;
    take(service, destinations);
    got_on();
  }
  return whole;
}

Result<bool> Ipvs::read_once(IpvsTable& table) {
  ours_.clear();
  auto whole = each_service([&](const ServiceIs& service, const auto& destinations) {
    Service& one = table.services[service.key];
    one.options = service.options;
    if (service.ours) ours_.insert(service.key);
    for (const DestinationIs& is : destinations) {
      one.destinations.emplace(is.destination, is.options);
    }
  });
  if (!whole) return tl::unexpected(whole.error());
  const auto take = [&](const GenericMessage& message) {
    const auto reply = reply_in(message, Family::kIpv4);
    if (!reply) return;
    if (const auto* const sync = std::get_if<SyncIs>(&*reply)) {
      table.sync[sync->role] = sync->daemon;
    } else if (const auto* const are = std::get_if<TimeoutsAre>(&*reply)) {
      table.timeouts = are->timeouts;
    }
  };
  const auto sync = ask(sync_request(type_, ++sequence_), "the synchronization of IPVS", take);
  if (!sync) return tl::unexpected(sync.error());
  const auto timeouts = ask(timeouts_request(type_, ++sequence_), "the timeouts of IPVS", take);
  if (!timeouts) return tl::unexpected(timeouts.error());
  return *whole && *sync && *timeouts;
}

Result<IpvsTable> Ipvs::read() {
  for (int i = 0; i < kReadTries; ++i) {
    IpvsTable table;
    const auto whole = read_once(table);
    if (!whole) return tl::unexpected(whole.error());
    if (*whole) return table;
  }
  return fail("cannot read the IPVS table: it changes all the time");
}

// What came or went meanwhile is in the next figures.
Result<Counters> Ipvs::read_counters() {
  Counters counters;
  const auto whole = each_service([&](const ServiceIs& service, const auto& destinations) {
    ServiceCounters& one = counters[service.key];
    one.traffic = service.traffic;
    for (const DestinationIs& is : destinations) {
      one.destinations.emplace(is.destination, is.counters);
    }
  });
  if (!whole) return tl::unexpected(whole.error());
  return counters;
}

}  // namespace holdfast::balance
