// SPDX-License-Identifier: Apache-2.0
#include "monitor-worker/http_server.h"

#include <microhttpd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "common/clock.h"
#include "common/core/result.h"
#include "common/log.h"
#include "monitor-worker/event_stream.h"

namespace holdfast::monitor {
namespace {

constexpr Duration kFresh = std::chrono::milliseconds{250};
constexpr std::size_t kPagesMax = 32;         // whatever paths are asked for
constexpr std::size_t kMemory = 16UL << 10U;  // of a connection: its request, and its buffers
constexpr std::size_t kPathMax = 256;         // bytes
constexpr std::size_t kStreamBlock = 4096;    // bytes of events that are sent at once
// So often somebody who has gone without a word is looked for.
constexpr Duration kStillHereEvery = std::chrono::seconds{15};

using Response = std::unique_ptr<MHD_Response, decltype(&MHD_destroy_response)>;

void add_headers(MHD_Response* response, const std::string& type, const std::string& policy) {
  const std::pair<const char*, const char*> headers[] = {
      {MHD_HTTP_HEADER_CONTENT_TYPE, type.c_str()}, {MHD_HTTP_HEADER_CONNECTION, "close"},
      {MHD_HTTP_HEADER_CACHE_CONTROL, "no-store"},  {"Content-Security-Policy", policy.c_str()},
      {"X-Content-Type-Options", "nosniff"},        {"Referrer-Policy", "no-referrer"},
  };
  for (const auto& [name, value] : headers) MHD_add_response_header(response, name, value);
}

Response response_of(const Page& page) {
  // The library copies the body: it may be sent long after this.
  Response response(
      MHD_create_response_from_buffer(page.body.size(), const_cast<char*>(page.body.data()),
                                      MHD_RESPMEM_MUST_COPY),
      MHD_destroy_response);
  HF_CHECK(response != nullptr);
  add_headers(response.get(), page.type, page.policy);
  return response;
}

}  // namespace

class HttpServer::Impl {
 public:
  Impl(EventLoop& loop, const Limits& limits, Find find, EventFeed feed)
      : limits_(limits),
        find_(std::move(find)),
        feed_(std::move(feed)),
        timer_(loop, [this] { turn(); }),
        still_here_(loop, [this] { say_still_here(); }) {
    const std::uint32_t of_one = std::max<std::uint32_t>(1, limits.connections / 2);
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(limits.timeout).count();
    daemon_ =
        MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME, 0,
                         nullptr, nullptr, &Impl::asked, this, MHD_OPTION_CONNECTION_LIMIT,
                         limits.connections, MHD_OPTION_PER_IP_CONNECTION_LIMIT, of_one,
                         MHD_OPTION_CONNECTION_TIMEOUT, static_cast<unsigned>(seconds),
                         MHD_OPTION_CONNECTION_MEMORY_LIMIT, kMemory, MHD_OPTION_STRICT_FOR_CLIENT,
                         1, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_NOTIFY_CONNECTION,
                         &Impl::came_or_went, this, MHD_OPTION_NOTIFY_COMPLETED, &Impl::completed,
                         this, MHD_OPTION_UNESCAPE_CALLBACK, &Impl::leave, nullptr, MHD_OPTION_END);
    if (daemon_ == nullptr) return;
    const MHD_DaemonInfo* const info = MHD_get_daemon_info(daemon_, MHD_DAEMON_INFO_EPOLL_FD);
    HF_CHECK(info != nullptr);
    watch_ = Watch(loop, info->epoll_fd, Ready{true, false}, [this](Ready) { turn(); });
  }
  ~Impl() {
    watch_ = Watch();
    // The library insists.
    for (auto& [connection, stream] : streams_) wake(stream);
    if (daemon_ != nullptr) MHD_stop_daemon(daemon_);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  bool runs() const { return daemon_ != nullptr; }
  StreamCounts streams() const { return {streams_.size(), dropped_}; }

  void tell(std::string_view message) {
    for (auto& [connection, stream] : streams_) {
      if (!stream.lost && !stream.waiting.add(message)) drop(stream);
      wake(stream);
    }
    turn();
  }

  void serve(OwnedFd socket, const sockaddr* address, socklen_t size) {
    // The library closes it, also if it refuses it.
    MHD_add_connection(daemon_, socket.release(), address, size);
    turn();
  }

 private:
  // Lets the library do what there is to do, ends what has taken too long, and asks when to come
  // again.
  void turn() {
    const Time now = monotonic_now();
    for (const auto& [socket, due] : due_) {
      if (due <= now) ::shutdown(socket, SHUT_RDWR);
    }
    MHD_run(daemon_);
    std::optional<Time> next;
    for (const auto& [socket, due] : due_) {
      // What was just shut down is gone with the next turn.
      const Time then = std::max(due, now + std::chrono::milliseconds{10});
      if (!next || then < *next) next = then;
    }
    MHD_UNSIGNED_LONG_LONG wait = 0;
    if (MHD_get_timeout(daemon_, &wait) == MHD_YES) {
      const Time then = now + std::chrono::milliseconds{std::min(wait, 60'000ULL)};
      if (!next || then < *next) next = then;
    }
    timer_.set(next);
  }

  // No path of ours needs an escape, and one for a zero would end it.
  static std::size_t leave(void*, MHD_Connection*, char* text) { return std::strlen(text); }

  static void came_or_went(void* self, MHD_Connection* connection, void**,
                           MHD_ConnectionNotificationCode code) {
    auto& due = static_cast<Impl*>(self)->due_;
    const MHD_ConnectionInfo* const info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (info == nullptr) return;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
      due[info->connect_fd] = monotonic_now() + static_cast<Impl*>(self)->limits_.timeout;
    } else {
      due.erase(info->connect_fd);
    }
  }

  // Called for a request's head, for each part of its body, which nobody wants, and at its end.
  static MHD_Result asked(void* self, MHD_Connection* connection, const char* path,
                          const char* method, const char*, const char*, std::size_t* size,
                          void** known) {
    static int mark = 0;
    const std::string_view verb(method);
    if (verb != MHD_HTTP_METHOD_GET && verb != MHD_HTTP_METHOD_HEAD) {
      return static_cast<Impl*>(self)->refuse(connection);
    }
    if (*known == nullptr) {
      *known = &mark;
      return MHD_YES;
    }
    if (*size != 0) {
      *size = 0;
      return MHD_YES;
    }
    if (path == kEventsPath && verb == MHD_HTTP_METHOD_GET) {
      return static_cast<Impl*>(self)->begin_stream(connection);
    }
    return static_cast<Impl*>(self)->answer(connection, path);
  }

  // ---- Events.

  struct Stream {
    Impl* server = nullptr;
    MHD_Connection* connection = nullptr;
    int socket = -1;
    EventStream waiting{};
    bool sleeps = false;  // the library does not look at the connection until it is woken
    bool lost = false;
  };

  MHD_Result begin_stream(MHD_Connection* connection) {
    const std::size_t most =
        std::min<std::size_t>(limits_.connections / 4, HttpServer::kStreamsMax);
    if (streams_.size() >= most) {
      const Response response = response_of(
          {MHD_HTTP_SERVICE_UNAVAILABLE, "text/plain", "too many read events already\n"});
      MHD_add_response_header(response.get(), MHD_HTTP_HEADER_RETRY_AFTER, "5");
      return MHD_queue_response(connection, MHD_HTTP_SERVICE_UNAVAILABLE, response.get());
    }
    const MHD_ConnectionInfo* const info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    HF_CHECK(info != nullptr);
    // It lasts as long as its reader reads.
    due_.erase(info->connect_fd);
    const char* const last =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Last-Event-ID");
    Stream& stream = streams_[connection];
    stream.server = this;
    stream.connection = connection;
    stream.socket = info->connect_fd;
    if (!stream.waiting.add(feed_.first_words(last == nullptr ? "" : last))) drop(stream);
    if (streams_.size() == 1) still_here_.set(monotonic_now() + kStillHereEvery);
    const Response response(MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, kStreamBlock,
                                                              &Impl::read, &stream, nullptr),
                            MHD_destroy_response);
    HF_CHECK(response != nullptr);
    add_headers(response.get(), "text/event-stream", feed_.policy);
    return MHD_queue_response(connection, MHD_HTTP_OK, response.get());
  }

  // What is to be sent next. If nothing is, the connection sleeps until something is told.
  static ssize_t read(void* of, std::uint64_t, char* buffer, std::size_t room) {
    Stream& stream = *static_cast<Stream*>(of);
    if (stream.lost) return MHD_CONTENT_READER_END_WITH_ERROR;
    if (stream.waiting.empty()) {
      stream.sleeps = true;
      MHD_suspend_connection(stream.connection);
      return 0;
    }
    return static_cast<ssize_t>(stream.waiting.take(buffer, room));
  }

  static void wake(Stream& stream) {
    if (std::exchange(stream.sleeps, false)) MHD_resume_connection(stream.connection);
  }

  void drop(Stream& stream) {
    stream.lost = true;
    ++dropped_;
    ::shutdown(stream.socket, SHUT_RDWR);
  }

  static void completed(void* self, MHD_Connection* connection, void**,
                        MHD_RequestTerminationCode how) {
    auto& streams = static_cast<Impl*>(self)->streams_;
    const auto ended = streams.find(connection);
    if (ended == streams.end()) return;
    // It had something to send for all the time that a connection has, and nobody took it.
    const bool stuck = how == MHD_REQUEST_TERMINATED_TIMEOUT_REACHED && !ended->second.lost;
    if (stuck) ++static_cast<Impl*>(self)->dropped_;
    streams.erase(ended);
  }

  void say_still_here() {
    if (streams_.empty()) return;
    still_here_.set(monotonic_now() + kStillHereEvery);
    tell(kStillHere);
  }

  static MHD_Result refuse(MHD_Connection* connection) {
    const Response response =
        response_of({MHD_HTTP_METHOD_NOT_ALLOWED, "text/plain", "only GET and HEAD\n"});
    MHD_add_response_header(response.get(), MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    return MHD_queue_response(connection, MHD_HTTP_METHOD_NOT_ALLOWED, response.get());
  }

  MHD_Result answer(MHD_Connection* connection, std::string_view path) {
    const Time now = monotonic_now();
    const std::string name(path.substr(0, kPathMax));
    auto known = answers_.find(name);
    if (known == answers_.end() || known->second.until <= now) {
      const Page page = find_(name);
      if (known != answers_.end()) answers_.erase(known);
      if (answers_.size() >= kPagesMax) answers_.clear();
      known = answers_.emplace(name, Answer{now + kFresh, page.status, response_of(page)}).first;
    }
    return MHD_queue_response(connection, known->second.status, known->second.response.get());
  }

  struct Answer {
    Time until;
    unsigned status = 0;
    Response response;
  };

  Limits limits_;
  Find find_;
  EventFeed feed_;
  Timer timer_;
  Timer still_here_;
  Watch watch_;
  std::map<int, Time> due_;  // by socket
  std::map<std::string, Answer> answers_;
  std::map<MHD_Connection*, Stream> streams_;
  std::uint64_t dropped_ = 0;
  MHD_Daemon* daemon_ = nullptr;
};

Result<std::unique_ptr<HttpServer>> HttpServer::start(EventLoop& loop, const Limits& limits,
                                                      Find find, EventFeed feed) {
  auto impl = std::make_unique<Impl>(loop, limits, std::move(find), std::move(feed));
  if (!impl->runs()) return fail("the HTTP server does not start");
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() = default;

void HttpServer::serve(OwnedFd socket, const sockaddr* address, socklen_t size) {
  impl_->serve(std::move(socket), address, size);
}

void HttpServer::tell(std::string_view message) {
  impl_->tell(message);
}

StreamCounts HttpServer::streams() const {
  return impl_->streams();
}

}  // namespace holdfast::monitor
