// SPDX-License-Identifier: Apache-2.0
#include "common/transfers.h"

#include <curl/curl.h>

#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "common/clock.h"
#include "common/core/overloaded.h"

namespace holdfast {
namespace {

using Easy = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using List = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

void append(List& list, const std::string& text) {
  curl_slist* const longer = curl_slist_append(list.get(), text.c_str());
  HF_CHECK(longer != nullptr);
  static_cast<void>(list.release());
  list.reset(longer);
}

// One that is under way, and what its options point to.
struct Underway {
  Underway(Transfer transfer, Transfers::Done then)
      : asked(std::move(transfer)), done(std::move(then)) {}

  Transfer asked;
  Transfers::Done done;
  std::string_view rest;  // of a mail, to be read
  std::string answer;
  std::array<char, CURL_ERROR_SIZE> error{};
  List headers{nullptr, curl_slist_free_all};
  List resolved{nullptr, curl_slist_free_all};
  List recipients{nullptr, curl_slist_free_all};
  Easy easy{curl_easy_init(), curl_easy_cleanup};
};

std::size_t read_mail(char* into, std::size_t size, std::size_t count, void* underway) {
  std::string_view& rest = static_cast<Underway*>(underway)->rest;
  const std::size_t taken = rest.copy(into, size * count);
  rest.remove_prefix(taken);
  return taken;
}

std::size_t take_answer(char* from, std::size_t size, std::size_t count, void* underway) {
  auto& one = *static_cast<Underway*>(underway);
  if (one.answer.size() + size * count > one.asked.answer_max) return 0;
  one.answer.append(from, size * count);
  return size * count;
}

template <typename T>
void set(const Underway& one, CURLoption option, T value) {
  HF_CHECK(curl_easy_setopt(one.easy.get(), option, value) == CURLE_OK);
}

// Bytes that are read where they are.
void set_bytes(const Underway& one, CURLoption option, std::string& bytes) {
  curl_blob blob{bytes.data(), bytes.size(), CURL_BLOB_NOCOPY};
  if (!bytes.empty()) set(one, option, &blob);
}

void set_up_mail(Underway& one, const MailPost& mail) {
  set(one, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  set(one, CURLOPT_MAIL_FROM, mail.from.c_str());
  for (const std::string& to : mail.to) append(one.recipients, to);
  set(one, CURLOPT_MAIL_RCPT, one.recipients.get());
  set(one, CURLOPT_UPLOAD, 1L);
  one.rest = mail.text;
  set(one, CURLOPT_READFUNCTION, read_mail);
  set(one, CURLOPT_READDATA, &one);
  set(one, CURLOPT_USE_SSL, static_cast<long>(mail.tls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
  if (mail.user.empty()) return;
  // What takes no file and no other library; the password is under TLS.
  set(one, CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN");
  set(one, CURLOPT_USERNAME, mail.user.c_str());
  set(one, CURLOPT_PASSWORD, mail.password.c_str());
}

void set_up_http(Underway& one, const HttpPost& http) {
  set(one, CURLOPT_PROTOCOLS_STR, "http,https");
  set(one, CURLOPT_POST, 1L);
  set(one, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(http.body.size()));
  set(one, CURLOPT_POSTFIELDS, http.body.c_str());
  for (const std::string& header : http.headers) append(one.headers, header);
  append(one.headers, "Expect:");  // nobody is asked before a body of some kilobytes
  set(one, CURLOPT_HTTPHEADER, one.headers.get());
  set(one, CURLOPT_USERAGENT, "holdfast/" HOLDFAST_VERSION);
}

void set_up_tls(Underway& one) {
  set(one, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  const char* const none = nullptr;
  set(one, CURLOPT_CAINFO, none);
  set(one, CURLOPT_CAPATH, none);
  set_bytes(one, CURLOPT_CAINFO_BLOB, one.asked.ca);
  set_bytes(one, CURLOPT_SSLCERT_BLOB, one.asked.certificate);
  set_bytes(one, CURLOPT_SSLKEY_BLOB, one.asked.key);
}

void set_up(Underway& one) {
  const Transfer& asked = one.asked;
  HF_CHECK(one.easy != nullptr);
  set(one, CURLOPT_URL, asked.url.c_str());
  if (!asked.host.empty()) {
    // Else a thread would look it up.
    const std::string address = asked.address.to_string();
    append(one.resolved, asked.host + ":" + std::to_string(asked.port) + ":" +
                             (asked.address.is_v4() ? address : "[" + address + "]"));
    set(one, CURLOPT_RESOLVE, one.resolved.get());
  }
  set(one, CURLOPT_NOPROXY, "*");
  set(one, CURLOPT_NOSIGNAL, 1L);
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(asked.timeout).count();
  set(one, CURLOPT_TIMEOUT_MS, static_cast<long>(ms));
  set(one, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(ms));
  set(one, CURLOPT_FRESH_CONNECT, asked.reuse == Reuse::kAny ? 0L : 1L);
  set(one, CURLOPT_FORBID_REUSE, asked.reuse == Reuse::kNone ? 1L : 0L);
  set(one, CURLOPT_ERRORBUFFER, one.error.data());
  set(one, CURLOPT_WRITEFUNCTION, take_answer);
  set(one, CURLOPT_WRITEDATA, &one);
  set_up_tls(one);
  std::visit(Overloaded{
                 [&](const HttpPost& http) { set_up_http(one, http); },
                 [&](const MailPost& mail) { set_up_mail(one, mail); },
             },
             asked.what);
}

}  // namespace

class Transfers::Impl {
 public:
  Impl(EventLoop& loop, long host_connections)
      : loop_(loop),
        host_connections_(host_connections),
        timer_(loop, [this] { act(CURL_SOCKET_TIMEOUT, 0); }) {}

  ~Impl() {
    for (const auto& [easy, one] : underway_) curl_multi_remove_handle(multi_, easy);
    if (multi_ != nullptr) curl_multi_cleanup(multi_);
  }

  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void begin(Transfer transfer, Done done) {
    auto one = std::make_unique<Underway>(std::move(transfer), std::move(done));
    set_up(*one);
    CURL* const easy = one->easy.get();
    if (multi_ == nullptr) start();
    underway_.emplace(easy, std::move(one));
    HF_CHECK(curl_multi_add_handle(multi_, easy) == CURLM_OK);
  }

 private:
  // With the first transfer: libcurl takes CURLOPT_NOSIGNAL for the end of a multi handle from
  // those that it was given, and asks for the handler of SIGPIPE, which no filter allows, if it had
  // none.
  void start() {
    multi_ = curl_multi_init();
    HF_CHECK(multi_ != nullptr);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, watch_socket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, host_connections_);
  }

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
    std::vector<std::pair<std::unique_ptr<Underway>, CURLcode>> ended;
    int left = 0;
    while (const CURLMsg* const message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      CURL* const easy = message->easy_handle;
      const CURLcode code = message->data.result;
      curl_multi_remove_handle(multi_, easy);
      ended.emplace_back(std::move(underway_.extract(easy).mapped()), code);
    }
    for (const auto& [one, code] : ended) conclude(*one, code);
  }

  static void conclude(Underway& one, CURLcode code) {
    TransferEnd end;
    curl_easy_getinfo(one.easy.get(), CURLINFO_RESPONSE_CODE, &end.status);
    if (code == CURLE_OK) {
      end.answer = std::move(one.answer);
    } else {
      end.trouble = one.error[0] != '\0' ? one.error.data() : curl_easy_strerror(code);
    }
    one.done(end);
  }

  EventLoop& loop_;
  CURLM* multi_ = nullptr;
  long host_connections_;
  Timer timer_;
  std::map<curl_socket_t, Watch> watches_;
  std::map<CURL*, std::unique_ptr<Underway>> underway_;
};

Result<void> Transfers::prepare() {
  const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK)
    return fail(std::string("libcurl cannot start: ") + curl_easy_strerror(code));
  return {};
}

Transfers::Transfers(EventLoop& loop, long host_connections)
    : impl_(std::make_unique<Impl>(loop, host_connections)) {}
Transfers::~Transfers() = default;

void Transfers::begin(Transfer transfer, Done done) {
  impl_->begin(std::move(transfer), std::move(done));
}

}  // namespace holdfast
