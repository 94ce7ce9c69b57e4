// SPDX-License-Identifier: Apache-2.0
#include "ctl/client.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "common/os_error.h"
#include "common/owned_fd.h"

namespace holdfast::ctl {
namespace {

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

Result<OwnedFd> connect_to(const std::string& path, std::chrono::seconds patience) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return fail(path + " is too long for the name of a socket");
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  OwnedFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) return fail_errno("cannot make a socket");
  // A daemon that is stopped or whose clients are all served late must not hang us for ever.
  const timeval limit{patience.count(), 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return not_connected(path);
  }
  return socket;
}

}  // namespace

Question::Question(OwnedFd socket, std::string path, std::chrono::seconds patience)
    : socket_(std::move(socket)), path_(std::move(path)), patience_(patience) {}

Result<Question> Question::ask(const std::string& runtime_dir, const std::string& request,
                               std::chrono::seconds patience) {
  const std::string path = runtime_dir + "/control";
  Result<OwnedFd> socket = connect_to(path, patience);
  if (!socket) return tl::unexpected(socket.error());
  // It fits into the socket's buffer, or the daemon will say that it is too long.
  const std::string line = request + "\n";
  const ssize_t said = ::send(socket->get(), line.data(), line.size(), MSG_NOSIGNAL);
  if (said != static_cast<ssize_t>(line.size())) return fail_errno("cannot write to " + path);
  return Question(std::move(*socket), path, patience);
}

Result<std::string> Question::answer() {
  std::string answer;
  std::array<char, 65536> buffer;  // NOLINT: the kernel fills what is read
  while (answer.size() < kAnswerMax) {
    const ssize_t size = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) {
      return fail("holdfastd does not answer at " + path_ + " within " +
                  std::to_string(patience_.count()) + " s");
    }
    if (size < 0) return fail_errno("cannot read from " + path_);
    if (size == 0) break;
    answer.append(buffer.data(), static_cast<std::size_t>(size));
  }
  if (!answer.ends_with("}\n")) return fail("the answer from " + path_ + " is cut short");
  return answer;
}

Result<std::string> ask_daemon(const std::string& runtime_dir, const std::string& request,
                               std::chrono::seconds patience) {
  Result<Question> question = Question::ask(runtime_dir, request, patience);
  if (!question) return tl::unexpected(question.error());
  return question->answer();
}

}  // namespace holdfast::ctl
