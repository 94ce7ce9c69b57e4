// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "check-worker/core/http_answer.h"

namespace holdfast::check {

// An HTTP/1.x response (RFC 9112), read as its bytes come, cut anywhere. Interim responses (1xx)
// are passed over. Nothing is unpacked, and nothing grows beyond the limits below.
class HttpResponse final : public HttpAnswer {
 public:
  static constexpr std::size_t kLineMax = 8192;   // of a line, its end included
  static constexpr std::size_t kFieldsMax = 256;  // lines of header and trailer, of all heads
  static constexpr std::size_t kInterimMax = 8;   // responses 1xx
  static constexpr std::size_t kBodyMax =
      std::size_t{64} * 1024 - kLineMax;                 // of body() that is kept
  static constexpr std::uint64_t kBytesMax = 4'000'000;  // in all, framing included

  // `to_head`: the answer to a HEAD request, which has no body.
  explicit HttpResponse(bool to_head, std::string request = {})
      : to_head_(to_head), outgoing_(std::move(request)) {}

  void feed(std::string_view bytes) override;
  void close() override;  // which ends a body of unknown length
  std::string take_outgoing() override { return std::exchange(outgoing_, {}); }

  bool has_head() const override { return phase_ >= Phase::kSize; }
  bool complete() const override { return phase_ == Phase::kComplete; }
  const std::string& fault() const override { return fault_; }

  int status() const override { return status_; }
  const std::string& body() const override { return body_; }  // at most kBodyMax bytes
  bool body_cut() const override { return body_cut_; }

  std::string_view awaited() const override;

 private:
  // In the order of the bytes. Of the body there is kSize, kData, kDataEnd and kTrailer if it is
  // chunked, else kData alone.
  enum class Phase : std::uint8_t {
    kStatusLine,
    kFields,
    kSize,
    kData,
    kDataEnd,
    kTrailer,
    kComplete,
  };

  std::string_view take_line(std::string_view bytes);
  std::string_view take_data(std::string_view bytes);
  void line_ended(std::string_view line);
  void status_line(std::string_view line);
  void field(std::string_view line);
  void head_ended();
  void framing(std::string_view name, std::string_view value);
  void chunk_size(std::string_view line);
  void fail(std::string_view why) { fault_ = why; }

  bool to_head_;
  std::string outgoing_;
  Phase phase_ = Phase::kStatusLine;
  std::string line_;  // as far as it has come, if its end is still to come
  std::string fault_;
  std::string body_;
  bool body_cut_ = false;
  bool chunked_ = false;
  bool coded_ = false;                   // a Transfer-Encoding, chunked or not
  std::optional<std::uint64_t> length_;  // Content-Length
  std::optional<std::uint64_t> left_;    // of kData; nothing: until the peer closes
  int status_ = 0;
  std::size_t interim_ = 0;
  std::size_t fields_ = 0;
  std::uint64_t bytes_ = 0;
};

// What a peer said, for a reason: at most 40 bytes, what is not printable ASCII as '?'.
std::string shown(std::string_view text);

}  // namespace holdfast::check
