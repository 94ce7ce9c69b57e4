// SPDX-License-Identifier: Apache-2.0
#include "witness-worker/asker.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <map>
#include <utility>

#include "common/clock.h"

namespace holdfast::witness {
namespace {

constexpr std::size_t kAnswerMax = std::size_t{2} << 20U;  // of thousands of keys
// A member that is gone without a word is noticed by the next request that times out; a connection
// to it is never trusted again.
constexpr long kConnectionsMax = 8;

using Easy = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using List = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

void append(List& list, const std::string& text) {
  curl_slist* const longer = curl_slist_append(list.get(), text.c_str());
  HF_CHECK(longer != nullptr);
  static_cast<void>(list.release());
  list.reset(longer);
}

// One request under way.
struct Transfer {
  explicit Transfer(Post what, Asker::Done then) : post(std::move(what)), done(std::move(then)) {}

  Post post;
  Asker::Done done;
  std::string answer;
  std::array<char, CURL_ERROR_SIZE> error{};
  List headers{nullptr, curl_slist_free_all};
  List resolved{nullptr, curl_slist_free_all};
  Easy easy{curl_easy_init(), curl_easy_cleanup};
};

std::size_t take_answer(char* from, std::size_t size, std::size_t count, void* transfer) {
  std::string& answer = static_cast<Transfer*>(transfer)->answer;
  if (answer.size() + size * count > kAnswerMax) return 0;
  answer.append(from, size * count);
  return size * count;
}

template <typename T>
void set(const Transfer& transfer, CURLoption option, T value) {
  HF_CHECK(curl_easy_setopt(transfer.easy.get(), option, value) == CURLE_OK);
}

void set_up_tls(Transfer& transfer) {
  Post& post = transfer.post;
  set(transfer, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  const char* const none = nullptr;
  set(transfer, CURLOPT_CAINFO, none);
  set(transfer, CURLOPT_CAPATH, none);
  const auto blob = [&](CURLoption option, std::string& text) {
    curl_blob bytes{text.data(), text.size(), CURL_BLOB_NOCOPY};
    if (!text.empty()) set(transfer, option, &bytes);
  };
  blob(CURLOPT_CAINFO_BLOB, post.ca);
  blob(CURLOPT_SSLCERT_BLOB, post.certificate);
  blob(CURLOPT_SSLKEY_BLOB, post.key);
}

std::string url_of(const Post& post) {
  const std::string scheme = post.tls ? "https://" : "http://";
  return scheme + post.endpoint.to_string() + post.path;
}

void set_up(Transfer& transfer) {
  Post& post = transfer.post;
  HF_CHECK(transfer.easy != nullptr);
  set(transfer, CURLOPT_URL, url_of(post).c_str());
  set(transfer, CURLOPT_PROTOCOLS_STR, "http,https");
  if (!post.endpoint.host.empty()) {
    // Else a thread would look it up.
    const std::string address = post.address.to_string();
    append(transfer.resolved, "+" + post.endpoint.host + ":" + std::to_string(post.endpoint.port) +
                                  ":" + (post.address.is_v4() ? address : "[" + address + "]"));
    set(transfer, CURLOPT_RESOLVE, transfer.resolved.get());
  }
  set(transfer, CURLOPT_NOPROXY, "*");
  set(transfer, CURLOPT_NOSIGNAL, 1L);
  set(transfer, CURLOPT_TCP_NODELAY, 1L);
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(post.timeout).count();
  set(transfer, CURLOPT_TIMEOUT_MS, static_cast<long>(ms));
  set(transfer, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(ms));
  set(transfer, CURLOPT_FRESH_CONNECT, post.fresh ? 1L : 0L);
  set(transfer, CURLOPT_ERRORBUFFER, transfer.error.data());
  set(transfer, CURLOPT_WRITEFUNCTION, take_answer);
  set(transfer, CURLOPT_WRITEDATA, &transfer);
  set(transfer, CURLOPT_PRIVATE, &transfer);
  set(transfer, CURLOPT_POST, 1L);
  set(transfer, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(post.body.size()));
  set(transfer, CURLOPT_POSTFIELDS, post.body.c_str());
  append(transfer.headers, "Content-Type: application/json");
  append(transfer.headers, "Expect:");
  if (!post.token.empty()) append(transfer.headers, "Authorization: " + post.token);
  set(transfer, CURLOPT_HTTPHEADER, transfer.headers.get());
  set(transfer, CURLOPT_USERAGENT, "holdfast/" HOLDFAST_VERSION);
  set_up_tls(transfer);
}

}  // namespace

class Asker::Impl {
 public:
  explicit Impl(EventLoop& loop)
      : loop_(loop),
        multi_(curl_multi_init()),
        timer_(loop, [this] { act(CURL_SOCKET_TIMEOUT, 0); }) {
    HF_CHECK(multi_ != nullptr);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, watch_socket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, kConnectionsMax);
  }

  ~Impl() {
    for (const auto& [easy, transfer] : transfers_) curl_multi_remove_handle(multi_, easy);
    curl_multi_cleanup(multi_);
  }

  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void ask(Post post, Done done) {
    auto transfer = std::make_unique<Transfer>(std::move(post), std::move(done));
    set_up(*transfer);
    CURL* const easy = transfer->easy.get();
    transfers_.emplace(easy, std::move(transfer));
    HF_CHECK(curl_multi_add_handle(multi_, easy) == CURLM_OK);
  }

 private:
  static int watch_socket(CURL*, curl_socket_t fd, int what, void* self, void*) {
    auto& impl = *static_cast<Impl*>(self);
    if (what == CURL_POLL_REMOVE) {
      impl.watches_.erase(fd);
      return 0;
    }
    const Ready interest{.readable = (what & CURL_POLL_IN) != 0,
                         .writable = (what & CURL_POLL_OUT) != 0};
    const auto known = impl.watches_.find(fd);
    if (known != impl.watches_.end()) {
      known->second.set_interest(interest);
    } else {
      impl.watches_.emplace(
          fd, Watch(impl.loop_, fd, interest, [&impl, fd](Ready ready) { impl.ready(fd, ready); }));
    }
    return 0;
  }

  static int set_timer(CURLM*, long ms, void* self) {
    auto& impl = *static_cast<Impl*>(self);
    if (ms < 0) {
      impl.timer_.set(std::nullopt);
    } else {
      impl.timer_.set(monotonic_now() + std::chrono::milliseconds{ms});
    }
    return 0;
  }

  void ready(curl_socket_t fd, Ready ready) {
    act(fd, (ready.readable ? CURL_CSELECT_IN : 0) | (ready.writable ? CURL_CSELECT_OUT : 0) |
                (ready.failed ? CURL_CSELECT_ERR : 0));
  }

  void act(curl_socket_t fd, int events) {
    int running = 0;
    curl_multi_socket_action(multi_, fd, events, &running);
    finish();
  }

  void finish() {
    std::vector<std::pair<std::unique_ptr<Transfer>, CURLcode>> ended;
    int left = 0;
    while (const CURLMsg* const message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      CURL* const easy = message->easy_handle;
      const CURLcode code = message->data.result;
      curl_multi_remove_handle(multi_, easy);
      ended.emplace_back(std::move(transfers_.extract(easy).mapped()), code);
    }
    for (const auto& [transfer, code] : ended) conclude(*transfer, code);
  }

  static void conclude(const Transfer& transfer, CURLcode code) {
    long status = 0;
    curl_easy_getinfo(transfer.easy.get(), CURLINFO_RESPONSE_CODE, &status);
    if (code == CURLE_OK) {
      transfer.done(status, transfer.answer);
    } else {
      transfer.done(0,
                    transfer.error[0] != '\0' ? transfer.error.data() : curl_easy_strerror(code));
    }
  }

  EventLoop& loop_;
  CURLM* multi_;
  Timer timer_;
  std::map<curl_socket_t, Watch> watches_;
  std::map<CURL*, std::unique_ptr<Transfer>> transfers_;
};

Result<void> Asker::prepare() {
  const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK)
    return fail(std::string("libcurl cannot start: ") + curl_easy_strerror(code));
  return {};
}

Asker::Asker(EventLoop& loop) : impl_(std::make_unique<Impl>(loop)) {}
Asker::~Asker() = default;

void Asker::ask(Post post, Done done) {
  impl_->ask(std::move(post), std::move(done));
}

}  // namespace holdfast::witness
