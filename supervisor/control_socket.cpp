// SPDX-License-Identifier: Apache-2.0
#include "supervisor/control_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "common/clock.h"
#include "common/os_error.h"
#include "supervisor/core/control_request.h"

namespace holdfast::supervisor {
namespace {

constexpr std::size_t kClientsMax = 16;
constexpr int kBacklog = 64;
constexpr Duration kClientTime = std::chrono::seconds{2};   // to ask, and to read the answer
constexpr Duration kAnswerTime = std::chrono::seconds{40};  // for the answer to be there

Result<OwnedFd> listen_at(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return fail("the name of the control socket, " + path + ", is longer than " +
                std::to_string(sizeof address.sun_path - 1) + " bytes");
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  OwnedFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return fail_errno("cannot make the control socket");
  // One that a killed daemon left. The lock of the directory says that nobody else has it.
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return fail_errno("cannot replace " + path);
  const mode_t umask_before = ::umask(0177);
  const bool bound =
      ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  const int error = errno;
  ::umask(umask_before);
  errno = error;
  if (!bound) return fail_errno("cannot make " + path);
  if (::listen(socket.get(), kBacklog) != 0) return fail_errno("cannot listen on " + path);
  return socket;
}

// The mode of the socket lets in nobody else. This holds too if somebody widens it.
bool is_ours(const OwnedFd& socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
         (peer.uid == 0 || peer.uid == ::geteuid());
}

}  // namespace

Result<std::unique_ptr<ControlSocket>> ControlSocket::open(EventLoop& loop, const std::string& path,
                                                           Handler handler) {
  Result<OwnedFd> socket = listen_at(path);
  if (!socket) return tl::unexpected(socket.error());
  return std::unique_ptr<ControlSocket>(
      new ControlSocket(loop, path, std::move(*socket), std::move(handler)));
}

std::unique_ptr<ControlSocket> ControlSocket::take_over(EventLoop& loop, const std::string& path,
                                                        OwnedFd socket, Handler handler) {
  return std::unique_ptr<ControlSocket>(
      new ControlSocket(loop, path, std::move(socket), std::move(handler)));
}

ControlSocket::ControlSocket(EventLoop& loop, std::string path, OwnedFd socket, Handler handler)
    : loop_(loop),
      path_(std::move(path)),
      socket_(std::move(socket)),
      handler_(std::move(handler)),
      watch_(loop, socket_.get(), Ready{true, false}, [this](Ready) { accept(); }) {}

ControlSocket::~ControlSocket() {
  ::unlink(path_.c_str());  // the lock of its directory is still held
}

void ControlSocket::accept() {
  while (clients_.size() < kClientsMax) {
    OwnedFd socket(::accept4(socket_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket) return;  // none waits, or it has gone
    if (is_ours(socket)) serve(std::move(socket));
  }
  watch_.set_interest({});
}

ControlSocket::Id ControlSocket::serve(OwnedFd socket) {
  const Id id = ++last_;
  Client& client = clients_[id];
  client.socket = std::move(socket);
  client.deadline = std::make_unique<Timer>(loop_, [this, id] { drop(id); });
  client.deadline->set(monotonic_now() + kClientTime);
  client.watch = Watch(loop_, client.socket.get(), Ready{true, false}, [this, id](Ready ready) {
    if (ready.readable) {
      read(id);
    } else {
      write(id);
    }
  });
  return id;
}

bool ControlSocket::talking() const {
  return std::any_of(clients_.begin(), clients_.end(), [](const auto& entry) {
    return !entry.second.asked || !entry.second.rest.empty();
  });
}

std::vector<int> ControlSocket::askers() const {
  std::vector<int> sockets;
  for (const auto& [id, client] : clients_) {
    if (client.asked && client.rest.empty()) sockets.push_back(client.socket.get());
  }
  return sockets;
}

ControlSocket::Answer ControlSocket::adopt_asker(OwnedFd socket) {
  const Id id = serve(std::move(socket));
  return await_answer(id);
}

// Its word is said.
ControlSocket::Answer ControlSocket::await_answer(Id id) {
  Client& client = clients_.at(id);
  client.asked = true;
  client.watch.set_interest({});
  client.deadline->set(monotonic_now() + kAnswerTime);
  return [this, id](std::string document) { answer(id, std::move(document)); };
}

void ControlSocket::read(Id id) {
  Client& client = clients_.at(id);
  std::array<char, kRequestMax + 1> buffer;  // NOLINT: the kernel fills what is read
  const ssize_t size = ::recv(client.socket.get(), buffer.data(), buffer.size(), 0);
  if (size < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (size < 0 || (size == 0 && client.line.empty())) {
    drop(id);
    return;
  }
  client.line.append(buffer.data(), static_cast<std::size_t>(size));
  // Who has said all that he will need not end the line.
  if (size == 0 || client.line.size() > kRequestMax ||
      client.line.find('\n') != std::string::npos) {
    ask(id);
  }
}

void ControlSocket::ask(Id id) {
  Client& client = clients_.at(id);
  // What else a client says is refused by the kernel, and does not reset the connection.
  ::shutdown(client.socket.get(), SHUT_RD);
  const std::string line = std::exchange(client.line, {});
  const Answer answer = await_answer(id);
  handler_(std::string_view(line).substr(0, line.find('\n')), answer);
}

void ControlSocket::answer(Id id, std::string document) {
  const auto found = clients_.find(id);
  if (found == clients_.end()) return;
  Client& client = found->second;
  client.rest = std::move(document);
  client.deadline->set(monotonic_now() + kClientTime);
  client.watch.set_interest({false, true});
  write(id);
}

void ControlSocket::write(Id id) {
  Client& client = clients_.at(id);
  std::size_t written = 0;
  while (written < client.rest.size()) {
    const ssize_t size = ::send(client.socket.get(), client.rest.data() + written,
                                client.rest.size() - written, MSG_NOSIGNAL);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) {
      client.rest.erase(0, written);
      return;
    }
    if (size < 0) break;
    written += static_cast<std::size_t>(size);
  }
  drop(id);
}

void ControlSocket::drop(Id id) {
  clients_.erase(id);
  watch_.set_interest({true, false});
}

}  // namespace holdfast::supervisor
