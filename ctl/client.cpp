// SPDX-License-Identifier: Apache-2.0
#include "ctl/client.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "common/os_error.h"
#include "common/owned_fd.h"

namespace holdfast::ctl {
namespace {

constexpr timeval kPatience{5, 0};
constexpr std::size_t kAnswerMax = 256U << 20U;

tl::unexpected<Error> not_connected(const std::string& path) {
  switch (errno) {
    case ENOENT:
    case ECONNREFUSED:
      return fail("holdfastd is not running: nobody listens at " + path);
    case EACCES:
    case EPERM:
      return fail("only root may ask holdfastd, at " + path);
    default:
      return fail_errno("cannot reach holdfastd at " + path);
  }
}

Result<OwnedFd> connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return fail(path + " is too long for the name of a socket");
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  OwnedFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) return fail_errno("cannot make a socket");
  // A daemon that is stopped or whose clients are all served late must not hang us for ever.
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return not_connected(path);
  }
  return socket;
}

}  // namespace

Result<std::string> ask_daemon(const std::string& runtime_dir) {
  const std::string path = runtime_dir + "/control";
  const Result<OwnedFd> socket = connect_to(path);
  if (!socket) return tl::unexpected(socket.error());
  std::string answer;
  std::array<char, 65536> buffer;  // NOLINT: the kernel fills what is read
  while (answer.size() < kAnswerMax) {
    const ssize_t size = ::recv(socket->get(), buffer.data(), buffer.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) {
      return fail("holdfastd does not answer at " + path + " within 5 s");
    }
    if (size < 0) return fail_errno("cannot read from " + path);
    if (size == 0) break;
    answer.append(buffer.data(), static_cast<std::size_t>(size));
  }
  if (!answer.ends_with("}\n")) return fail("the answer from " + path + " is cut short");
  return answer;
}

}  // namespace holdfast::ctl
