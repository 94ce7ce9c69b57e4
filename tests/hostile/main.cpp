// SPDX-License-Identifier: Apache-2.0
// A worker that was taken over: confined as the real one, it greets, takes its configuration, and
// then does what `node: attack-NAME` says.
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/clock.h"
#include "common/log.h"
#include "common/owned_fd.h"
#include "common/sandbox.h"
#include "common/worker.h"
#include "config/load.h"
#include "config/sealed.h"

namespace holdfast {
namespace {

// Who it is in the place of, by the name it was started under.
const std::string_view kName = program_invocation_short_name;
const Role kRole = kName == "holdfast-vrrp-worker"      ? Role::kVrrp
                   : kName == "holdfast-check-worker"   ? Role::kCheck
                   : kName == "holdfast-balance-worker" ? Role::kBalance
                   : kName == "holdfast-monitor-worker" ? Role::kMonitor
                   : kName == "holdfast-alert-worker"   ? Role::kAlert
                                                        : Role::kWitness;

using Bytes = std::vector<std::uint8_t>;

// Without poll(), which a worker has not.
bool wait_for(std::uint32_t events, int milliseconds = -1) {
  static const int kEpoll = ::epoll_create1(EPOLL_CLOEXEC);
  epoll_event one{events, {}};
  if (::epoll_ctl(kEpoll, EPOLL_CTL_ADD, kChannelFd, &one) != 0) {
    ::epoll_ctl(kEpoll, EPOLL_CTL_MOD, kChannelFd, &one);
  }
  return ::epoll_wait(kEpoll, &one, 1, milliseconds) > 0;
}

void send(const Bytes& bytes, int descriptor = -1) {
  iovec part{const_cast<std::uint8_t*>(bytes.data()), bytes.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (descriptor >= 0) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    *header = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
    std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  }
  while (::sendmsg(kChannelFd, &message, MSG_NOSIGNAL) < 0) {
    if (errno != EAGAIN) return;  // the other end is gone: so are we
    wait_for(EPOLLOUT);
  }
}

void say(const Message& message) {
  send(encode(message));
}

// The next word of the supervisor, and what came with it.
std::pair<Message, OwnedFd> hear() {
  for (;;) {
    wait_for(EPOLLIN);
    Bytes bytes(65536);
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    iovec part{bytes.data(), bytes.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t size = ::recvmsg(kChannelFd, &message, MSG_CMSG_CLOEXEC);
    if (size < 0) continue;
    if (size == 0) ::_exit(0);
    OwnedFd descriptor;
    if (const cmsghdr* const header = CMSG_FIRSTHDR(&message); header != nullptr) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
      descriptor.reset(fd);
    }
    Result<Message> heard = decode({bytes.data(), static_cast<std::size_t>(size)});
    if (heard) return {std::move(*heard), std::move(descriptor)};
  }
}

// What the configuration calls its node, once that was answered as it must be.
std::string orders() {
  std::string name;
  for (;;) {
    const auto [message, descriptor] = hear();
    if (const auto* configure = std::get_if<Configure>(&message)) {
      const Result<SealedDocument> document = unseal(descriptor);
      if (!document) ::_exit(3);
      name = load_sealed(*document)->node;
      say(Configured{configure->generation});
      say(Heartbeat{});
    }
    if (std::holds_alternative<Start>(message)) return name;
  }
}

void flood() {
  for (;;) say(Heartbeat{});
}

// Said once, and out of turn, in another's name, or of what is not configured.
const std::map<std::string_view, Message>& words() {
  static const std::map<std::string_view, Message> kWords{
      {"second-hello", Hello{kRole, kBuildId}},
      {"unasked-answer", Configured{{7}}},
      {"unasked-details", CheckDetails{}},
      {"supervisors-word", Shutdown{}},
      {"system-file", SystemFile{}},
      {"marked-socket", MarkedSocket{}},
      {"foreign-router", RouterState{"web", VrrpState::kActive, {255}, {}, "mine", "", 0}},
      {"foreign-check", CheckState{"app", false, 0, {}, "a lie", {}}},
      {"weight", CheckState{"app", true, 200, {}, "a lie", {}}},
      {"script", RunScript{"app", 1}},
      {"suspicion", ServerSuspicion{"web/192.0.2.20:80", true, "a lie"}},
      {"suspicion-of-stranger", ServerSuspicion{"web/192.0.2.66:80", true, "a lie"}},
      {"socket-of-stranger", AskSocket{"nobody", 1, true}},
      {"socket-without-mark", AskSocket{"app", 1, true}},
      {"lease-without-witness", LeaseState{"plain", true, 1, "mine", {}}},
      {"wish", LeaseWish{"web", true}},
  };
  return kWords;
}

void be_a_stranger() {
  if (kRole == Role::kVrrp) say(RouterState{"nobody", VrrpState::kActive, {1}, {}, "", "", 0});
  if (kRole == Role::kBalance) say(ServiceState{"nobody", true, 1, 1, 1, false, false, {}, ""});
  if (kRole == Role::kWitness) say(LeaseState{"nobody", true, 1, "mine", {}});
  say(CheckState{"nobody", false, 0, {}, "a lie", {}});
}

// That the witness is well for a year, and what it says of a lease; then it behaves.
void lie(bool held, const char* holder) {
  say(WitnessState{1, monotonic_now() + std::chrono::hours{8766}, ""});
  say(LeaseState{"web", held, 1, holder, monotonic_now()});
  for (;;) {
    say(Heartbeat{});
    if (wait_for(EPOLLIN, 100)) hear();
  }
}

// Without ever reading what comes.
void ask_for_sockets() {
  for (std::uint64_t ticket = 0;; ++ticket) say(AskSocket{"marked", ticket, true});
}

const std::map<std::string_view, void (*)()>& deeds() {
  static const std::map<std::string_view, void (*)()> kDeeds{
      {"garbage", [] { send(Bytes(10, 0xff)); }},
      {"empty", [] { send({}); }},
      {"tail",
       [] {
         Bytes bytes = encode(Heartbeat{});
         bytes.push_back(0);
         send(bytes);
       }},
      {"oversized", [] { send(Bytes(5000, 2)); }},
      {"descriptor", [] { send(encode(Heartbeat{}), STDERR_FILENO); }},
      {"stranger", be_a_stranger},
      {"flood", flood},
      {"lease", [] { lie(true, "mine"); }},
      {"no-lease", [] { lie(false, "another"); }},
      {"socket-flood", ask_for_sockets},
      {"hang", [] {}},
      {"open", [] { ::_exit(::open("/etc/passwd", O_RDONLY)); }},
      {"exec", [] { ::_exit(::execl("/bin/true", "true", nullptr)); }},
      {"fork", [] { ::_exit(::fork()); }},
      {"trace", [] { ::_exit(static_cast<int>(::ptrace(PTRACE_ATTACH, 1, 0, 0))); }},
      {"signal", [] { ::_exit(::kill(-1, SIGTERM)); }},
      {"socket", [] { ::_exit(::socket(AF_UNIX, SOCK_STREAM, 0)); }},
      {"exit", [] { ::_exit(0); }},
      {"crash", [] { ::abort(); }},
  };
  return kDeeds;
}

// False: there is no such attack.
bool attack(std::string_view name) {
  if (const auto word = words().find(name); word != words().end()) {
    say(word->second);
    return true;
  }
  const auto deed = deeds().find(name);
  if (deed == deeds().end()) return false;
  deed->second();
  return true;
}

int program(const std::vector<std::string_view>& words) {
  const auto root = std::find(words.begin(), words.end(), "--root");
  if (root == words.end() || root + 1 == words.end()) return 2;
  log_setup("hostile", LogLevel::kInfo, LogStyle::kText);
  if (const auto confined = confine(kRole, std::string(root[1])); !confined) {
    log(LogLevel::kError, confined.error().message);
    return 1;
  }
  if (std::find(words.begin(), words.end(), "--release") != words.end()) return 0;
  say(Hello{kRole, kBuildId});
  const std::string name = orders();
  if (!attack(std::string_view(name).substr(name.find('-') + 1))) return 4;
  for (;;) wait_for(0);  // for what becomes of it
}

}  // namespace
}  // namespace holdfast

int main(int argc, char** argv) {
  return holdfast::program({argv + 1, argv + argc});
}
