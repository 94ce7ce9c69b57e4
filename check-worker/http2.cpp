// SPDX-License-Identifier: Apache-2.0
#include "check-worker/http2.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <utility>
#include <vector>

#include "common/core/result.h"

namespace holdfast::check {
namespace {

struct FreeSession {
  void operator()(nghttp2_session* session) const { nghttp2_session_del(session); }
};

std::string_view text_of(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

class Exchange final : public HttpAnswer {
 public:
  Exchange(const Http2Fields& request, std::string body) : unsent_(std::move(body)) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_option* option = nullptr;
    nghttp2_session* session = nullptr;
    HF_CHECK(nghttp2_session_callbacks_new(&callbacks) == 0 && nghttp2_option_new(&option) == 0);
    listen(callbacks);
    nghttp2_option_set_max_deflate_dynamic_table_size(option, 0);
    HF_CHECK(nghttp2_session_client_new2(&session, callbacks, this, option) == 0);
    session_.reset(session);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_option_del(option);
    submit(request);
  }
  Exchange(const Exchange&) = delete;  // nghttp2 knows where it is
  Exchange& operator=(const Exchange&) = delete;
  ~Exchange() override = default;

  void feed(std::string_view bytes) override {
    if (!fault_.empty() || complete_) return;
    bytes_ += bytes.size();
    if (bytes_ > Http2Limits::kBytesMax) {
      fail("more than 4 MB");
      return;
    }
    const auto read = nghttp2_session_mem_recv(
        session_.get(), reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    if (!fault_.empty() || complete_) return;
    // What is queued is taken at once: answers to a flood pile up nowhere, and a session that has
    // ended itself says so.
    drain();
    if (read < 0) {
      fail(std::string("HTTP/2: ") + nghttp2_strerror(static_cast<int>(read)));
    } else if (nghttp2_session_want_read(session_.get()) == 0) {
      fail(frames_ == 0 ? "no HTTP/2 in answer" : "no sound HTTP/2 in answer");
    }
  }

  void close() override {
    if (!complete_ && fault_.empty()) fail("closed the connection before the end of its answer");
  }

  std::string take_outgoing() override {
    drain();
    return std::exchange(outgoing_, {});
  }

  bool has_head() const override { return has_head_; }
  bool complete() const override { return complete_; }
  const std::string& fault() const override { return fault_; }
  int status() const override { return status_; }
  const std::string& body() const override { return body_; }
  bool body_cut() const override { return body_cut_; }
  std::string_view awaited() const override {
    if (frames_ == 0) return "no HTTP/2 in answer";
    return has_head_ ? "no end of the body" : "no status";
  }

 private:
  void drain() {
    const std::uint8_t* bytes = nullptr;
    for (;;) {
      const auto size = nghttp2_session_mem_send(session_.get(), &bytes);
      if (size <= 0) return;
      outgoing_.append(text_of(bytes, static_cast<std::size_t>(size)));
    }
  }

  static Exchange& of(void* self) { return *static_cast<Exchange*>(self); }

  static void listen(nghttp2_session_callbacks* callbacks) {
    nghttp2_session_callbacks_set_on_begin_frame_callback(
        callbacks, [](nghttp2_session*, const nghttp2_frame_hd* header, void* self) {
          return of(self).frame_began(*header);
        });
    nghttp2_session_callbacks_set_on_header_callback(
        callbacks,
        [](nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t size,
           const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* self) {
          return of(self).field(frame->hd.stream_id, text_of(name, size),
                                text_of(value, value_size));
        });
    nghttp2_session_callbacks_set_on_frame_recv_callback(
        callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* self) {
          return of(self).received(*frame);
        });
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
        callbacks,
        [](nghttp2_session*, std::uint8_t, std::int32_t stream, const std::uint8_t* bytes,
           std::size_t size, void* self) { return of(self).data(stream, text_of(bytes, size)); });
    nghttp2_session_callbacks_set_on_stream_close_callback(
        callbacks, [](nghttp2_session*, std::int32_t stream, std::uint32_t error, void* self) {
          return of(self).stream_closed(stream, error);
        });
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(
        callbacks, [](nghttp2_session*, const nghttp2_frame*, int error, void* self) {
          return of(self).fail(std::string("HTTP/2: ") + nghttp2_strerror(error));
        });
  }

  void submit(const Http2Fields& request) {
    constexpr std::array<nghttp2_settings_entry, 2> kSettings{
        nghttp2_settings_entry{NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, 0},
        nghttp2_settings_entry{NGHTTP2_SETTINGS_ENABLE_PUSH, 0}};
    HF_CHECK(nghttp2_submit_settings(session_.get(), NGHTTP2_FLAG_NONE, kSettings.data(),
                                     kSettings.size()) == 0);
    std::vector<nghttp2_nv> fields;
    for (const auto& [name, value] : request) {
      // It copies what it is given, and writes to none of it.
      const auto bytes = [](const std::string& text) {
        return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
      };
      fields.push_back(
          {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
    }
    nghttp2_data_provider body{};
    body.read_callback = [](nghttp2_session*, std::int32_t, std::uint8_t* buffer, std::size_t room,
                            std::uint32_t* flags, nghttp2_data_source*,
                            void* self) { return of(self).send_body(buffer, room, *flags); };
    stream_ = nghttp2_submit_request(session_.get(), nullptr, fields.data(), fields.size(),
                                     unsent_.empty() ? nullptr : &body, nullptr);
    HF_CHECK(stream_ > 0);
  }

  ssize_t send_body(std::uint8_t* buffer, std::size_t room, std::uint32_t& flags) {
    const std::size_t size = std::min(room, unsent_.size());
    std::copy_n(unsent_.begin(), size, buffer);
    unsent_.erase(0, size);
    if (unsent_.empty()) flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(size);
  }

  int frame_began(const nghttp2_frame_hd& header) {
    // Our settings came before our request.
    if (header.type == NGHTTP2_PUSH_PROMISE) return fail("pushed what it must not push");
    if (++frames_ > Http2Limits::kFramesMax) return fail("more than 2000 HTTP/2 frames");
    return 0;
  }

  int field(std::int32_t stream, std::string_view name, std::string_view value) {
    field_bytes_ += name.size() + value.size();
    if (++fields_ > Http2Limits::kFieldsMax) return fail("more than 256 headers");
    if (field_bytes_ > Http2Limits::kFieldBytesMax) return fail("more than 64 KiB of headers");
    if (stream == stream_ && !has_head_ && name == ":status") {
      std::from_chars(value.data(), value.data() + value.size(), status_);
    }
    return 0;
  }

  int received(const nghttp2_frame& frame) {
    if (frame.hd.type == NGHTTP2_GOAWAY && frame.goaway.error_code != NGHTTP2_NO_ERROR) {
      return fail(std::string("left with the HTTP/2 error ") +
                  nghttp2_http2_strerror(frame.goaway.error_code));
    }
    if (frame.hd.stream_id != stream_) return 0;
    if (frame.hd.type == NGHTTP2_HEADERS && !has_head_) {
      has_head_ = status_ >= 200;
      if (!has_head_ && ++interim_ > Http2Limits::kInterimMax) {
        return fail("more than 8 interim responses");
      }
    }
    const bool carries = frame.hd.type == NGHTTP2_HEADERS || frame.hd.type == NGHTTP2_DATA;
    complete_ =
        complete_ || (carries && has_head_ && (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0);
    return 0;
  }

  int data(std::int32_t stream, std::string_view bytes) {
    if (stream != stream_) return 0;
    const std::size_t room = Http2Limits::kBodyMax - body_.size();
    body_cut_ = body_cut_ || bytes.size() > room;
    body_.append(bytes.substr(0, room));
    return 0;
  }

  int stream_closed(std::int32_t stream, std::uint32_t error) {
    if (stream != stream_ || complete_) return 0;
    return fail(std::string("reset the stream with the HTTP/2 error ") +
                nghttp2_http2_strerror(error));
  }

  // The first fault is the one; nothing more is read.
  int fail(std::string why) {
    if (fault_.empty() && !complete_) fault_ = std::move(why);
    return NGHTTP2_ERR_CALLBACK_FAILURE;
  }

  std::unique_ptr<nghttp2_session, FreeSession> session_;
  std::string outgoing_;
  std::string unsent_;  // of the request's body
  std::int32_t stream_ = 0;
  bool has_head_ = false;
  bool complete_ = false;
  std::string fault_;
  int status_ = 0;
  std::string body_;
  bool body_cut_ = false;
  std::size_t frames_ = 0;
  std::size_t fields_ = 0;
  std::size_t field_bytes_ = 0;
  std::size_t interim_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace

std::unique_ptr<HttpAnswer> http2_exchange(const Http2Fields& request, const std::string& body) {
  return std::make_unique<Exchange>(request, body);
}

}  // namespace holdfast::check
