// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast::check {

// An HTTP/1.x response (RFC 9112), read as its bytes come, cut anywhere. Interim responses (1xx)
// are passed over. Nothing is unpacked, and nothing grows beyond the limits below.
class HttpResponse {
 public:
  static constexpr std::size_t kLineMax = 8192;   // of a line, its end included
  static constexpr std::size_t kFieldsMax = 256;  // lines of header and trailer, of all heads
  static constexpr std::size_t kInterimMax = 8;   // responses 1xx
  static constexpr std::size_t kBodyMax =
      std::size_t{64} * 1024 - kLineMax;                 // of body() that is kept
  static constexpr std::uint64_t kBytesMax = 4'000'000;  // in all, framing included

  // `to_head`: the answer to a HEAD request, which has no body.
  explicit HttpResponse(bool to_head) : to_head_(to_head) {}

  void feed(std::string_view bytes);
  void close();  // the peer closed its side, which ends a body of unknown length

  bool has_head() const { return phase_ >= Phase::kSize; }  // status() is final
  bool complete() const { return phase_ == Phase::kComplete; }
  const std::string& fault() const { return fault_; }  // why this is no response; or empty

  int status() const { return status_; }             // 100..999
  const std::string& body() const { return body_; }  // the first kBodyMax bytes
  bool body_cut() const { return body_cut_; }        // there were more

  std::string_view awaited() const;  // "no status line": what has not come

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
  void line_ended();
  void status_line();
  void field();
  void head_ended();
  void framing(std::string_view name, std::string_view value);
  void chunk_size();
  void fail(std::string_view why) { fault_ = why; }

  bool to_head_;
  Phase phase_ = Phase::kStatusLine;
  std::string line_;  // as far as it has come
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
