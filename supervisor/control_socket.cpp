// SPDX-License-Identifier: Apache-2.0
#include "supervisor/control_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "common/clock.h"
#include "common/os_error.h"

namespace holdfast::supervisor {
namespace {

constexpr std::size_t kClientsMax = 16;
constexpr int kBacklog = 64;
constexpr Duration kClientTime = std::chrono::seconds{2};

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

}  // namespace

Result<std::unique_ptr<ControlSocket>> ControlSocket::open(EventLoop& loop, const std::string& path,
                                                           Document document) {
  Result<OwnedFd> socket = listen_at(path);
  if (!socket) return tl::unexpected(socket.error());
  return std::unique_ptr<ControlSocket>(
      new ControlSocket(loop, path, std::move(*socket), std::move(document)));
}

ControlSocket::ControlSocket(EventLoop& loop, std::string path, OwnedFd socket, Document document)
    : loop_(loop),
      path_(std::move(path)),
      socket_(std::move(socket)),
      document_(std::move(document)),
      watch_(loop, socket_.get(), Ready{true, false}, [this](Ready) { accept(); }) {}

ControlSocket::~ControlSocket() {
  ::unlink(path_.c_str());  // the lock of its directory is still held
}

void ControlSocket::accept() {
  while (clients_.size() < kClientsMax) {
    OwnedFd socket(::accept4(socket_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket) return;  // none waits, or it has gone
    serve(std::move(socket));
  }
  watch_.set_interest({});
}

void ControlSocket::serve(OwnedFd socket) {
  // So that what a client says is refused by the kernel, and does not reset the connection.
  ::shutdown(socket.get(), SHUT_RD);
  const auto client = clients_.insert(clients_.end(), Client{});
  client->socket = std::move(socket);
  client->rest = document_();
  client->deadline = std::make_unique<Timer>(loop_, [this, client] { drop(client); });
  client->deadline->set(monotonic_now() + kClientTime);
  client->watch = Watch(loop_, client->socket.get(), Ready{false, true},
                        [this, client](Ready) { write(client); });
  write(client);
}

void ControlSocket::write(Clients::iterator client) {
  while (!client->rest.empty()) {
    const ssize_t size =
        ::send(client->socket.get(), client->rest.data(), client->rest.size(), MSG_NOSIGNAL);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) return;
    if (size < 0) break;
    client->rest.erase(0, static_cast<std::size_t>(size));
  }
  drop(client);
}

void ControlSocket::drop(Clients::iterator client) {
  clients_.erase(client);
  watch_.set_interest({true, false});
}

}  // namespace holdfast::supervisor
