// SPDX-License-Identifier: Apache-2.0
#include "alert-worker/courier.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <map>
#include <string_view>
#include <utility>

#include "common/clock.h"
#include "common/core/overloaded.h"

namespace holdfast::alert {
namespace {

constexpr std::size_t kAnswerMax = 65'536;  // what a receiver may answer, which nobody reads

using Easy = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using List = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

void append(List& list, const std::string& text) {
  curl_slist* const longer = curl_slist_append(list.get(), text.c_str());
  HF_CHECK(longer != nullptr);
  static_cast<void>(list.release());
  list.reset(longer);
}

// One parcel under way.
struct Transfer {
  explicit Transfer(Parcel what, Courier::Done then)
      : parcel(std::move(what)), done(std::move(then)) {}

  Parcel parcel;
  Courier::Done done;
  std::string_view rest;     // of a mail, to be read
  std::size_t answered = 0;  // bytes
  std::array<char, CURL_ERROR_SIZE> error{};
  List headers{nullptr, curl_slist_free_all};
  List resolved{nullptr, curl_slist_free_all};
  List recipients{nullptr, curl_slist_free_all};
  Easy easy{curl_easy_init(), curl_easy_cleanup};
};

std::size_t read_mail(char* into, std::size_t size, std::size_t count, void* transfer) {
  std::string_view& rest = static_cast<Transfer*>(transfer)->rest;
  const std::size_t taken = rest.copy(into, size * count);
  rest.remove_prefix(taken);
  return taken;
}

std::size_t drop_answer(char*, std::size_t size, std::size_t count, void* transfer) {
  std::size_t& answered = static_cast<Transfer*>(transfer)->answered;
  answered += size * count;
  return answered > kAnswerMax ? 0 : size * count;
}

template <typename T>
void set(const Transfer& transfer, CURLoption option, T value) {
  HF_CHECK(curl_easy_setopt(transfer.easy.get(), option, value) == CURLE_OK);
}

void set_up_mail(Transfer& transfer, const MailPart& mail) {
  set(transfer, CURLOPT_MAIL_FROM, mail.from.c_str());
  for (const std::string& one : mail.to) append(transfer.recipients, one);
  set(transfer, CURLOPT_MAIL_RCPT, transfer.recipients.get());
  set(transfer, CURLOPT_UPLOAD, 1L);
  transfer.rest = mail.text;
  set(transfer, CURLOPT_READFUNCTION, read_mail);
  set(transfer, CURLOPT_READDATA, &transfer);
  set(transfer, CURLOPT_USE_SSL,
      static_cast<long>(mail.tls == MailTls::kNone ? CURLUSESSL_NONE : CURLUSESSL_ALL));
  if (mail.user.empty()) return;
  // What takes no file and no other library; the password is under TLS.
  set(transfer, CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN");
  set(transfer, CURLOPT_USERNAME, mail.user.c_str());
  set(transfer, CURLOPT_PASSWORD, mail.password.c_str());
}

void set_up_http(Transfer& transfer, const HttpPart& http) {
  set(transfer, CURLOPT_POST, 1L);
  set(transfer, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(http.body.size()));
  set(transfer, CURLOPT_POSTFIELDS, http.body.c_str());
  for (const std::string& one : http.headers) append(transfer.headers, one);
  append(transfer.headers, "Expect:");  // nobody is asked before a body of some kilobytes
  set(transfer, CURLOPT_HTTPHEADER, transfer.headers.get());
  set(transfer, CURLOPT_USERAGENT, "holdfast/" HOLDFAST_VERSION);
}

void set_up(Transfer& transfer) {
  Parcel& parcel = transfer.parcel;
  HF_CHECK(transfer.easy != nullptr);
  set(transfer, CURLOPT_URL, parcel.url.c_str());
  set(transfer, CURLOPT_PROTOCOLS_STR, "http,https,smtp,smtps");
  if (!parcel.endpoint.host.empty()) {
    // Else a thread would look it up.
    const std::string address = parcel.address.to_string();
    append(transfer.resolved, parcel.endpoint.host + ":" + std::to_string(parcel.endpoint.port) +
                                  ":" + (parcel.address.is_v4() ? address : "[" + address + "]"));
    set(transfer, CURLOPT_RESOLVE, transfer.resolved.get());
  }
  set(transfer, CURLOPT_NOPROXY, "*");
  set(transfer, CURLOPT_NOSIGNAL, 1L);
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(parcel.timeout).count();
  set(transfer, CURLOPT_TIMEOUT_MS, static_cast<long>(ms));
  set(transfer, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(ms));
  set(transfer, CURLOPT_FRESH_CONNECT, 1L);
  set(transfer, CURLOPT_FORBID_REUSE, 1L);
  set(transfer, CURLOPT_ERRORBUFFER, transfer.error.data());
  set(transfer, CURLOPT_WRITEFUNCTION, drop_answer);
  set(transfer, CURLOPT_WRITEDATA, &transfer);
  set(transfer, CURLOPT_PRIVATE, &transfer);
  set(transfer, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  const char* const none = nullptr;
  set(transfer, CURLOPT_CAINFO, none);
  set(transfer, CURLOPT_CAPATH, none);
  curl_blob authorities{parcel.ca.data(), parcel.ca.size(), CURL_BLOB_NOCOPY};
  if (!parcel.ca.empty()) set(transfer, CURLOPT_CAINFO_BLOB, &authorities);
  std::visit(Overloaded{
                 [&](const HttpPart& http) { set_up_http(transfer, http); },
                 [&](const MailPart& mail) { set_up_mail(transfer, mail); },
             },
             parcel.part);
}

}  // namespace

class Courier::Impl {
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
  }

  ~Impl() {
    for (const auto& [easy, transfer] : transfers_) curl_multi_remove_handle(multi_, easy);
    curl_multi_cleanup(multi_);
  }

  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void send(Parcel parcel, Done done) {
    auto transfer = std::make_unique<Transfer>(std::move(parcel), std::move(done));
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
    if (code != CURLE_OK) {
      std::string why =
          transfer.error[0] != '\0' ? transfer.error.data() : curl_easy_strerror(code);
      transfer.done(false, why);
    } else if (std::holds_alternative<MailPart>(transfer.parcel.part)) {
      transfer.done(true, "the mail server took it");
    } else {
      transfer.done(status >= 200 && status < 300, "HTTP " + std::to_string(status));
    }
  }

  EventLoop& loop_;
  CURLM* multi_;
  Timer timer_;
  std::map<curl_socket_t, Watch> watches_;
  std::map<CURL*, std::unique_ptr<Transfer>> transfers_;
};

Result<void> Courier::prepare() {
  const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK)
    return fail(std::string("libcurl cannot start: ") + curl_easy_strerror(code));
  return {};
}

Courier::Courier(EventLoop& loop) : impl_(std::make_unique<Impl>(loop)) {}
Courier::~Courier() = default;

void Courier::send(Parcel parcel, Done done) {
  impl_->send(std::move(parcel), std::move(done));
}

}  // namespace holdfast::alert
