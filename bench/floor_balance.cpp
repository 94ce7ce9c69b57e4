// SPDX-License-Identifier: Apache-2.0
// The least that any program takes to fill the kernel's IPVS table as balance.py has it, as the
// limit beside what is measured. It reads no configuration, no table, and only whether all was
// done:
//   holdfast-floor-balance NUMBER EACH WEIGHT
// So many real servers of weight 1, EACH a virtual server. At SIGUSR1 the first of them gets the
// weight, at SIGUSR2 each; at SIGTERM it ends, and the table stays.
#include <arpa/inet.h>
#include <linux/genetlink.h>
#include <linux/ip_vs.h>
#include <linux/netlink.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

constexpr std::uint32_t kService = 0xc000020aU;  // 192.0.2.10
constexpr std::uint32_t kFirstPort = 1000;
constexpr std::size_t kBatch = 1024;  // requests in one system call

void need(bool good, const char* what) {
  if (good) return;
  std::perror(what);
  std::exit(1);
}

class Packet {
 public:
  void begin(std::uint16_t type, std::uint8_t command, std::uint16_t flags) {
    message_ = bytes_.size();
    nlmsghdr header{};
    header.nlmsg_type = type;
    header.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
    put_raw(&header, sizeof header);
    const genlmsghdr generic{command, 1, 0};
    put_raw(&generic, sizeof generic);
    ++messages_;
  }
  void end() { set<std::uint32_t>(message_, static_cast<std::uint32_t>(bytes_.size() - message_)); }

  template <typename T>
  void put(int attribute, const T& value) {
    put_bytes(attribute, &value, sizeof value);
  }
  void put_bytes(int attribute, const void* bytes, std::size_t size) {
    const nlattr header{static_cast<std::uint16_t>(NLA_HDRLEN + size),
                        static_cast<std::uint16_t>(attribute)};
    put_raw(&header, sizeof header);
    put_raw(bytes, size);
  }
  std::size_t open(int attribute) {
    const std::size_t at = bytes_.size();
    put_bytes(attribute | NLA_F_NESTED, "", 0);
    return at;
  }
  void close(std::size_t at) {
    set<std::uint16_t>(at, static_cast<std::uint16_t>(bytes_.size() - at));
  }

  void send(int socket) {
    need(::send(socket, bytes_.data(), bytes_.size(), 0) == static_cast<ssize_t>(bytes_.size()),
         "send");
    bytes_.clear();
    messages_ = 0;
  }
  std::size_t messages() const { return messages_; }

 private:
  void put_raw(const void* bytes, std::size_t size) {
    const auto* const first = static_cast<const std::uint8_t*>(bytes);
    bytes_.insert(bytes_.end(), first, first + size);
    bytes_.resize((bytes_.size() + 3) / 4 * 4);
  }
  template <typename T>
  void set(std::size_t at, T value) {
    std::memcpy(bytes_.data() + at, &value, sizeof value);
  }

  std::vector<std::uint8_t> bytes_;
  std::size_t messages_ = 0;
  std::size_t message_ = 0;
};

int open_socket() {
  const int socket = ::socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
  need(socket >= 0, "socket");
  const int room = 4 << 20;
  const int on = 1;
  need(::setsockopt(socket, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room) == 0, "setsockopt");
  need(::setsockopt(socket, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on) == 0, "setsockopt");
  return socket;
}

// The kernel's type of the family, which is in an attribute of its own.
std::uint16_t family_type(int socket) {
  Packet packet;
  packet.begin(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0);
  packet.put_bytes(CTRL_ATTR_FAMILY_NAME, IPVS_GENL_NAME, sizeof IPVS_GENL_NAME);
  packet.end();
  packet.send(socket);
  std::array<std::uint8_t, 8192> answer{};
  const ssize_t size = ::recv(socket, answer.data(), answer.size(), 0);
  for (std::size_t at = NLMSG_LENGTH(GENL_HDRLEN);
       at + NLA_HDRLEN < static_cast<std::size_t>(size);) {
    nlattr attribute{};
    std::memcpy(&attribute, answer.data() + at, sizeof attribute);
    need(attribute.nla_len >= NLA_HDRLEN, "no IPVS");
    std::uint16_t type = 0;
    std::memcpy(&type, answer.data() + at + NLA_HDRLEN, sizeof type);
    if (attribute.nla_type == CTRL_ATTR_FAMILY_ID) return type;
    at += NLA_ALIGN(attribute.nla_len);
  }
  need(false, "no IPVS");
  return 0;
}

// What was sent is done: the last of it is acknowledged, and what fails is answered in any case.
void hear(int socket) {
  std::array<std::uint8_t, 8192> answer{};
  need(::recv(socket, answer.data(), answer.size(), 0) > 0, "recv");
  nlmsgerr error{};
  std::memcpy(&error, answer.data() + NLMSG_HDRLEN, sizeof error);
  need(error.error == 0, "refused by the kernel");
}

using Address = std::array<std::uint8_t, 16>;

Address address_of(std::uint32_t number) {
  Address address{};
  const std::uint32_t bytes = htonl(number);
  std::memcpy(address.data(), &bytes, sizeof bytes);
  return address;
}

void put_service(Packet& packet, std::size_t service, bool options) {
  const std::size_t nest = packet.open(IPVS_CMD_ATTR_SERVICE);
  packet.put(IPVS_SVC_ATTR_AF, std::uint16_t{AF_INET});
  packet.put(IPVS_SVC_ATTR_PROTOCOL, std::uint16_t{IPPROTO_TCP});
  packet.put(IPVS_SVC_ATTR_ADDR, address_of(kService));
  packet.put(IPVS_SVC_ATTR_PORT, htons(static_cast<std::uint16_t>(kFirstPort + service)));
  if (options) {
    packet.put_bytes(IPVS_SVC_ATTR_SCHED_NAME, "wlc", 4);
    packet.put(IPVS_SVC_ATTR_FLAGS, ip_vs_flags{0, ~0U});
    packet.put(IPVS_SVC_ATTR_TIMEOUT, std::uint32_t{0});
    packet.put(IPVS_SVC_ATTR_NETMASK, ~std::uint32_t{0});
  }
  packet.close(nest);
}

void put_server(Packet& packet, std::size_t number, std::uint32_t weight) {
  const std::size_t nest = packet.open(IPVS_CMD_ATTR_DEST);
  const auto low = static_cast<std::uint32_t>(number / 250 * 256 + number % 250 + 1);
  packet.put(IPVS_DEST_ATTR_ADDR, address_of(0x0a400000U + low));  // 10.64.0.1 is the first
  packet.put(IPVS_DEST_ATTR_PORT, htons(80));
  packet.put(IPVS_DEST_ATTR_ADDR_FAMILY, std::uint16_t{AF_INET});
  packet.put(IPVS_DEST_ATTR_FWD_METHOD, std::uint32_t{IP_VS_CONN_F_MASQ});
  packet.put(IPVS_DEST_ATTR_WEIGHT, weight);
  packet.put(IPVS_DEST_ATTR_U_THRESH, std::uint32_t{0});
  packet.put(IPVS_DEST_ATTR_L_THRESH, std::uint32_t{0});
  packet.close(nest);
}

// The first so many: new ones with their services, or those that are there.
void command(int socket, std::uint16_t type, bool fresh, std::size_t number, std::size_t each,
             std::uint32_t weight) {
  Packet packet;
  for (std::size_t one = 0; one < number; ++one) {
    if (fresh && one % each == 0) {
      packet.begin(type, IPVS_CMD_NEW_SERVICE, 0);
      put_service(packet, one / each, true);
      packet.end();
    }
    const bool last = packet.messages() + 2 >= kBatch || one + 1 == number;
    packet.begin(type, fresh ? IPVS_CMD_NEW_DEST : IPVS_CMD_SET_DEST, last ? NLM_F_ACK : 0);
    put_service(packet, one / each, false);
    put_server(packet, one, weight);
    packet.end();
    if (!last) continue;
    packet.send(socket);
    hear(socket);
  }
}

}  // namespace

int main(int argc, char** argv) {
  need(argc == 4, "holdfast-floor-balance NUMBER EACH WEIGHT");
  const std::size_t number = std::stoul(argv[1]);
  const std::size_t each = std::stoul(argv[2]);
  const auto weight = static_cast<std::uint32_t>(std::stoul(argv[3]));
  sigset_t signals;
  sigemptyset(&signals);
  for (const int one : {SIGUSR1, SIGUSR2, SIGTERM}) sigaddset(&signals, one);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  const int socket = open_socket();
  const std::uint16_t type = family_type(socket);
  command(socket, type, true, number, each, 1);
  std::size_t changed = 0;
  for (int told = 0; sigwait(&signals, &told) == 0 && told != SIGTERM;) {
    command(socket, type, false, told == SIGUSR1 ? ++changed : number, each, weight);
  }
  return 0;
}
