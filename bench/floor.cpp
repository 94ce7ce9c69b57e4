// SPDX-License-Identifier: Apache-2.0
// The least that any VRRP program can do on this machine, as the limit beside what is measured. It
// knows no protocol and decides nothing:
//   holdfast-floor master INTERFACE MICROSECONDS ADVERT   sends the advert so often
//   holdfast-floor heir INTERFACE MICROSECONDS ADVERT     sends it so long after the last heard
//   holdfast-floor send INTERFACE COUNT ADVERT            sends as many, as fast as it can
//   holdfast-floor send INTERFACE COUNT ADVERT EACH MICROSECONDS    so many, and sleeps so long
//   holdfast-floor hear INTERFACE COUNT                   reads as many, once one has come
// The last three print the nanoseconds of CPU of each. An advert is hexadecimal, from the VRRP
// header on.
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <vector>

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr int kProtocol = 112;
constexpr std::size_t kBatch = 64;

void need(bool good, const char* what) {
  if (good) return;
  std::perror(what);
  std::exit(1);
}

std::int64_t nanoseconds_of(const timespec& time) {
  return time.tv_sec * kSecond + time.tv_nsec;
}

std::int64_t now_by(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return nanoseconds_of(now);
}

int open_socket(const char* interface) {
  const int socket = ::socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK, kProtocol);
  need(socket >= 0, "socket");
  ip_mreqn group{};
  group.imr_multiaddr.s_addr = htonl(0xe0000012U);  // 224.0.0.18
  group.imr_ifindex = static_cast<int>(::if_nametoindex(interface));
  const int on = 1;
  const int off = 0;
  const int room = 4 << 20;
  const auto set = [&](int level, int option, const auto& value) {
    need(::setsockopt(socket, level, option, &value, sizeof value) == 0, "setsockopt");
  };
  set(SOL_SOCKET, SO_BINDTOIFINDEX, group.imr_ifindex);
  set(IPPROTO_IP, IP_ADD_MEMBERSHIP, group);
  set(IPPROTO_IP, IP_MULTICAST_IF, group);
  set(IPPROTO_IP, IP_MULTICAST_LOOP, off);
  set(IPPROTO_IP, IP_HDRINCL, on);  // else the kernel takes a fifth more for each
  set(SOL_SOCKET, SO_TIMESTAMPNS, on);
  set(SOL_SOCKET, SO_SNDBUFFORCE, room);
  set(SOL_SOCKET, SO_RCVBUFFORCE, room);
  return socket;
}

std::vector<std::uint8_t> bytes_of(const std::string& hexadecimal) {
  std::vector<std::uint8_t> bytes;
  for (std::size_t at = 0; at + 1 < hexadecimal.size(); at += 2) {
    bytes.push_back(static_cast<std::uint8_t>(std::stoul(hexadecimal.substr(at, 2), nullptr, 16)));
  }
  return bytes;
}

// The kernel adds the source, the lengths and the checksum.
std::vector<std::uint8_t> packet_of(const std::vector<std::uint8_t>& advert) {
  iphdr header{};
  header.version = IPVERSION;
  header.ihl = sizeof header / 4;
  header.frag_off = htons(IP_DF);
  header.ttl = 255;
  header.protocol = kProtocol;
  header.daddr = htonl(0xe0000012U);
  std::vector<std::uint8_t> packet(sizeof header);
  std::memcpy(packet.data(), &header, sizeof header);
  packet.insert(packet.end(), advert.begin(), advert.end());
  return packet;
}

// Packets of one system call, and where they go.
class Batch {
 public:
  explicit Batch(const std::vector<std::uint8_t>& packet = {}) {
    group_.sin_family = AF_INET;
    group_.sin_addr.s_addr = htonl(0xe0000012U);
    for (std::size_t at = 0; at < kBatch; ++at) {
      std::copy(packet.begin(), packet.end(), packets_[at].begin());
      parts_[at] = {packets_[at].data(), packet.empty() ? packets_[at].size() : packet.size()};
    }
  }
  int send(int socket, std::size_t count) {
    for (mmsghdr& one : clean()) one.msg_hdr.msg_name = &group_;
    for (mmsghdr& one : headers_) one.msg_hdr.msg_namelen = sizeof group_;
    return ::sendmmsg(socket, headers_.data(), static_cast<unsigned>(count), 0);
  }
  // How many came; of the last of them the time at which the kernel received it.
  int receive(int socket, std::int64_t& came) {
    clean();
    for (std::size_t at = 0; at < kBatch; ++at) {
      headers_[at].msg_hdr.msg_control = control_[at].data();
      headers_[at].msg_hdr.msg_controllen = control_[at].size();
    }
    const int count = ::recvmmsg(socket, headers_.data(), kBatch, MSG_DONTWAIT, nullptr);
    if (count <= 0) return 0;
    msghdr& last = headers_[static_cast<std::size_t>(count) - 1].msg_hdr;
    cmsghdr* const part = CMSG_FIRSTHDR(&last);
    if (part != nullptr && part->cmsg_type == SCM_TIMESTAMPNS) {
      timespec time{};
      std::memcpy(&time, CMSG_DATA(part), sizeof time);
      came = nanoseconds_of(time);
    }
    return count;
  }

 private:
  std::array<mmsghdr, kBatch>& clean() {
    for (std::size_t at = 0; at < kBatch; ++at) {
      headers_[at] = {};
      headers_[at].msg_hdr.msg_iov = &parts_[at];
      headers_[at].msg_hdr.msg_iovlen = 1;
    }
    return headers_;
  }

  sockaddr_in group_{};
  std::array<std::array<std::uint8_t, 2048>, kBatch> packets_{};
  alignas(cmsghdr) std::array<std::array<char, CMSG_SPACE(sizeof(timespec))>, kBatch> control_{};
  std::array<iovec, kBatch> parts_{};
  std::array<mmsghdr, kBatch> headers_{};
};

void arm(int timer, std::int64_t at) {
  itimerspec when{};
  when.it_value.tv_sec = at / kSecond;
  when.it_value.tv_nsec = at % kSecond;
  need(::timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, nullptr) == 0, "timerfd_settime");
}

int watch(int socket, int timer) {
  const int watched = ::epoll_create1(0);
  for (const int descriptor : {socket, timer}) {
    epoll_event wanted{};
    wanted.events = descriptor == timer ? EPOLLIN | EPOLLET : EPOLLIN;
    wanted.data.fd = descriptor;
    need(::epoll_ctl(watched, EPOLL_CTL_ADD, descriptor, &wanted) == 0, "epoll_ctl");
  }
  return watched;
}

// As a router does that is nothing else: sleeps by epoll until a packet or its time comes.
[[noreturn]] void wait_and_send(int socket, std::int64_t pause, Batch& advert, bool heir) {
  const int timer = ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  const int watched = watch(socket, timer);
  static Batch heard;
  std::int64_t due = now_by(CLOCK_MONOTONIC) + pause;
  if (!heir) arm(timer, due);
  for (;;) {
    epoll_event ready{};
    if (::epoll_wait(watched, &ready, 1, -1) != 1) continue;
    if (ready.data.fd == timer) {
      need(advert.send(socket, 1) == 1, "sendmmsg");
      due += pause;
      if (!heir) arm(timer, due);
      continue;
    }
    std::int64_t came = 0;
    if (heard.receive(socket, came) == 0 || !heir) continue;
    arm(timer, now_by(CLOCK_MONOTONIC) - (now_by(CLOCK_REALTIME) - came) + pause);
  }
}

void tell(std::int64_t began, std::size_t count) {
  if (count == 0) return;
  const std::int64_t took = now_by(CLOCK_PROCESS_CPUTIME_ID) - began;
  std::printf("%lld\n", static_cast<long long>(took / static_cast<std::int64_t>(count)));
}

void send_some(int socket, std::size_t count, Batch& advert) {
  for (std::size_t sent = 0; sent < count;) {
    const int now = advert.send(socket, std::min(kBatch, count - sent));
    if (now < 0 && errno == EAGAIN) {  // It is faster than the wire.
      pollfd writable{socket, POLLOUT, 0};
      need(::poll(&writable, 1, 1'000) == 1, "poll");
      continue;
    }
    need(now > 0, "sendmmsg");
    sent += static_cast<std::size_t>(now);
  }
}

void send_all(int socket, std::size_t count, Batch& advert) {
  const std::int64_t began = now_by(CLOCK_PROCESS_CPUTIME_ID);
  send_some(socket, count, advert);
  tell(began, count);
}

// As a router of many that are due together: what was done before is in no cache any more.
void send_paced(int socket, std::size_t count, Batch& advert, std::size_t each,
                std::int64_t pause) {
  const int timer = ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  const int watched = watch(socket, timer);
  const std::int64_t began = now_by(CLOCK_PROCESS_CPUTIME_ID);
  std::int64_t due = now_by(CLOCK_MONOTONIC);
  for (std::size_t sent = 0; sent < count; sent += each) {
    due += pause;
    arm(timer, due);
    epoll_event ready{};
    while (::epoll_wait(watched, &ready, 1, -1) != 1 || ready.data.fd != timer) {
    }
    send_some(socket, each, advert);
  }
  tell(began, count);
}

void hear_all(int socket, std::size_t count) {
  static Batch heard;
  std::size_t all = 0;
  std::int64_t came = 0;
  pollfd readable{socket, POLLIN, 0};
  need(::poll(&readable, 1, 60'000) == 1, "poll");
  const std::int64_t began = now_by(CLOCK_PROCESS_CPUTIME_ID);
  while (all < count && ::poll(&readable, 1, 2'000) == 1) {
    all += static_cast<std::size_t>(heard.receive(socket, came));
  }
  tell(began, all);
}

}  // namespace

int main(int count, char** words) {
  if (count < 4) return 2;
  const std::string what = words[1];
  const int socket = open_socket(words[2]);
  const std::int64_t number = std::strtoll(words[3], nullptr, 10);
  static Batch advert(count > 4 ? packet_of(bytes_of(words[4])) : std::vector<std::uint8_t>());
  std::printf("ready\n");
  need(std::fflush(stdout) == 0, "fflush");
  if (what == "master" || what == "heir") {
    wait_and_send(socket, number * 1000, advert, what == "heir");
  }
  const auto wanted = static_cast<std::size_t>(number);
  if (what == "send" && count > 6) {
    send_paced(socket, wanted, advert, std::strtoull(words[5], nullptr, 10),
               std::strtoll(words[6], nullptr, 10) * 1000);
  } else if (what == "send") {
    send_all(socket, wanted, advert);
  }
  if (what == "hear") hear_all(socket, wanted);
}
