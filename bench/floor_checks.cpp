// SPDX-License-Identifier: Apache-2.0
// The least that any program takes to check servers as checks.py has them, as the limit beside what
// is measured: the same connections at the same pace, and nothing known of any server but whether
// it is up.
//   holdfast-floor-checks tcp|http PORT NUMBER INTERVAL FILE
// The number of servers that are up, eight bytes of this machine, stands in the file. The interval
// is in milliseconds.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
// What is due within one begins together, as Holdfast has it.
constexpr std::int64_t tick_of(std::int64_t gap) {
  return gap >= 1'000'000 ? 16'000'000 : 4'000'000;
}
constexpr std::size_t kIdleMax = 64;
constexpr std::string_view kRequest =
    "GET / HTTP/1.1\r\nHost: server\r\nUser-Agent: floor\r\nConnection: close\r\n\r\n";
constexpr std::string_view kAnswer = "HTTP/1.1 200";

void need(bool good, const char* what) {
  if (good) return;
  std::perror(what);
  std::exit(1);
}

std::int64_t now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * kSecond + time.tv_nsec;
}

// A connection and the socket of it, which begins another one when it has ended well.
struct Connection {
  int socket = -1;
  std::size_t server = 0;
  bool idle = false;  // what is told is of a connection that has ended
  bool sent = false;
};

class Checks {
 public:
  Checks(bool http, std::uint16_t port, std::size_t number, std::uint64_t* up)
      : http_(http), port_(port), is_up_(number), up_(up), watched_(::epoll_create1(0)) {
    need(watched_ >= 0, "epoll_create1");
  }

  int watched() const { return watched_; }

  void begin(std::size_t server) {
    Connection* const one = idle_.empty() ? make() : idle_.back();
    if (!idle_.empty()) idle_.pop_back();
    one->server = server;
    one->idle = false;
    one->sent = false;
    sockaddr_in address{};  // as checks.py counts them
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr =
        htonl(0x0a400000U + static_cast<std::uint32_t>(server / 250 * 256 + server % 250 + 1));
    const int status =
        ::connect(one->socket, reinterpret_cast<sockaddr*>(&address), sizeof address);
    if (status != 0 && errno != EINPROGRESS) end(*one, false);
  }

  void ready(Connection& one, std::uint32_t events) {
    if (one.idle) return;
    if ((events & EPOLLERR) != 0) {
      end(one, false);
    } else if (!http_) {
      end(one, true);
    } else if (!one.sent && (events & EPOLLOUT) != 0) {
      one.sent = ::send(one.socket, kRequest.data(), kRequest.size(), MSG_NOSIGNAL) > 0;
      if (!one.sent) end(one, false);
    } else if ((events & EPOLLIN) != 0) {
      std::array<char, 16'384> answer;  // NOLINT: the kernel fills what is read
      const ssize_t size = ::recv(one.socket, answer.data(), answer.size(), 0);
      if (size < 0 && errno == EAGAIN) return;
      end(one,
          size > 0 &&
              std::string_view(answer.data(), static_cast<std::size_t>(size)).starts_with(kAnswer));
    }
  }

  // Those that have ended, when no event of theirs is at hand any more.
  void forget() {
    for (const Connection* one : gone_) delete one;
    gone_.clear();
  }

 private:
  Connection* make() {
    auto* const one = new Connection;
    one->socket = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    need(one->socket >= 0, "socket");
    const linger reset{.l_onoff = 1, .l_linger = 0};
    const int second = 1;
    ::setsockopt(one->socket, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    ::setsockopt(one->socket, IPPROTO_TCP, TCP_DEFER_ACCEPT, &second, sizeof second);
    epoll_event wanted{};
    wanted.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    wanted.data.ptr = one;
    need(::epoll_ctl(watched_, EPOLL_CTL_ADD, one->socket, &wanted) == 0, "epoll_ctl");
    return one;
  }

  void end(Connection& one, bool good) {
    if (is_up_[one.server] != good) *up_ += good ? std::uint64_t{1} : ~std::uint64_t{0};
    is_up_[one.server] = good;
    one.idle = true;
    sockaddr none{};
    none.sa_family = AF_UNSPEC;
    if (good && idle_.size() < kIdleMax && ::connect(one.socket, &none, sizeof none) == 0) {
      idle_.push_back(&one);
      return;
    }
    ::close(one.socket);
    gone_.push_back(&one);  // an event of it may be at hand
  }

  bool http_;
  std::uint16_t port_;
  std::vector<bool> is_up_;  // by server
  std::uint64_t* up_;        // how many are
  int watched_;
  std::vector<Connection*> idle_;
  std::vector<Connection*> gone_;
};

std::uint64_t* counter_in(const char* path) {
  const int file = ::open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  need(file >= 0 && ::ftruncate(file, sizeof(std::uint64_t)) == 0, path);
  void* const memory =
      ::mmap(nullptr, sizeof(std::uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  need(memory != MAP_FAILED, "mmap");
  return static_cast<std::uint64_t*>(memory);
}

[[noreturn]] void run(Checks& checks, std::size_t number, std::int64_t interval) {
  const int timer = ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  epoll_event wanted{};
  wanted.events = EPOLLIN | EPOLLET;
  wanted.data.ptr = nullptr;
  need(::epoll_ctl(checks.watched(), EPOLL_CTL_ADD, timer, &wanted) == 0, "epoll_ctl");
  const std::int64_t began = now();
  std::int64_t begun = 0;  // connections
  for (std::int64_t tick = began;;) {
    if (tick <= now()) {
      tick = now() + tick_of(interval / static_cast<std::int64_t>(number));
      const itimerspec once{{0, 0}, {tick / kSecond, tick % kSecond}};
      need(::timerfd_settime(timer, TFD_TIMER_ABSTIME, &once, nullptr) == 0, "timerfd_settime");
    }
    std::array<epoll_event, 64> ready{};
    const int count = ::epoll_wait(checks.watched(), ready.data(), ready.size(), -1);
    for (int at = 0; at < count; ++at) {
      const epoll_event& event = ready[static_cast<std::size_t>(at)];
      if (event.data.ptr != nullptr) {
        checks.ready(*static_cast<Connection*>(event.data.ptr), event.events);
        continue;
      }
      const auto due = (now() - began) * static_cast<std::int64_t>(number) / interval;
      for (std::size_t one = 0; one < kIdleMax && begun < due; ++one, ++begun) {
        checks.begin(static_cast<std::size_t>(begun) % number);
      }
    }
    checks.forget();
  }
}

}  // namespace

int main(int count, char** words) {
  if (count != 6) return 2;
  rlimit most{};
  ::getrlimit(RLIMIT_NOFILE, &most);
  most.rlim_cur = most.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &most);
  const std::size_t number = std::strtoull(words[3], nullptr, 10);
  Checks checks(std::string_view(words[1]) == "http",
                static_cast<std::uint16_t>(std::strtoul(words[2], nullptr, 10)), number,
                counter_in(words[5]));
  run(checks, number, std::strtoll(words[4], nullptr, 10) * (kSecond / 1000));
}
