// SPDX-License-Identifier: Apache-2.0
#include "check-worker/core/http_response.h"

#include <algorithm>
#include <charconv>

namespace holdfast::check {
namespace {

constexpr std::string_view kVersion = "HTTP/1.";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// RFC 9110 §5.6.2.
constexpr std::string_view kSigns = "!#$%&'*+-.^_`|~";
bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kSigns.find(c) != std::string_view::npos;
  });
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t";
  text.remove_prefix(std::min(text.find_first_not_of(kBlank), text.size()));
  return text.substr(0, text.find_last_not_of(kBlank) + 1);
}

bool same_word(std::string_view one, std::string_view lower) {
  return std::equal(one.begin(), one.end(), lower.begin(), lower.end(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

// A number of at most 15 digits: far below any overflow, and far beyond what is ever read.
std::optional<std::uint64_t> number(std::string_view text, int base) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size() || text.size() > 15) return {};
  return value;
}

}  // namespace

std::string shown(std::string_view text) {
  constexpr std::size_t kShown = 40;
  std::string printable(text.substr(0, kShown));
  for (char& c : printable) {
    if (c < 0x20 || c > 0x7e) c = '?';
  }
  return printable;
}

void HttpResponse::feed(std::string_view bytes) {
  while (!bytes.empty() && fault_.empty() && phase_ != Phase::kComplete) {
    const std::string_view rest = phase_ == Phase::kData ? take_data(bytes) : take_line(bytes);
    bytes_ += bytes.size() - rest.size();
    bytes = rest;
    if (bytes_ > kBytesMax && fault_.empty()) fail("the response has no end");
  }
}

void HttpResponse::close() {
  if (!fault_.empty() || phase_ == Phase::kComplete) return;
  if (phase_ == Phase::kData && !chunked_ && !left_) {
    phase_ = Phase::kComplete;
  } else {
    fail(std::string("closed the connection: ").append(awaited()));
  }
}

std::string_view HttpResponse::awaited() const {
  switch (phase_) {
    case Phase::kStatusLine:
      return "no status line";
    case Phase::kFields:
      return "no end of the headers";
    case Phase::kSize:
    case Phase::kData:
    case Phase::kDataEnd:
    case Phase::kTrailer:
      return "no end of the body";
    case Phase::kComplete:
      break;
  }
  return "nothing";
}

// ---- Bytes of lines and bodies.

std::string_view HttpResponse::take_line(std::string_view bytes) {
  const std::size_t end = bytes.find('\n');
  std::string_view line = bytes.substr(0, std::min(end, kLineMax - line_.size()));
  if (!line_.empty() || end == std::string_view::npos) line = line_ += line;
  if (phase_ == Phase::kStatusLine &&
      !line.substr(0, kVersion.size())
           .starts_with(kVersion.substr(0, std::min(line.size(), kVersion.size())))) {
    fail("no HTTP/1: it began with '" + shown(line) + "'");
    return {};
  }
  if (line.size() >= kLineMax) {
    fail("a line of more than 8192 bytes");
    return {};
  }
  if (end == std::string_view::npos) return {};
  if (line.ends_with('\r')) line.remove_suffix(1);
  line_ended(line);
  line_.clear();
  return bytes.substr(end + 1);
}

std::string_view HttpResponse::take_data(std::string_view bytes) {
  const std::string_view data = bytes.substr(
      0, left_ ? static_cast<std::size_t>(std::min<std::uint64_t>(*left_, bytes.size()))
               : bytes.size());
  const std::string_view kept = data.substr(0, kBodyMax - body_.size());
  body_ += kept;
  body_cut_ = body_cut_ || kept.size() < data.size();
  if (left_) {
    *left_ -= data.size();
    if (*left_ == 0) phase_ = chunked_ ? Phase::kDataEnd : Phase::kComplete;
  }
  return bytes.substr(data.size());
}

void HttpResponse::line_ended(std::string_view line) {
  const auto is_control = [](char c) { return (c >= 0 && c < 0x20 && c != '\t') || c == 0x7f; };
  if (std::any_of(line.begin(), line.end(), is_control)) {
    fail("a control character in a line");
    return;
  }
  switch (phase_) {
    case Phase::kStatusLine:
      status_line(line);
      break;
    case Phase::kFields:
    case Phase::kTrailer:
      field(line);
      break;
    case Phase::kSize:
      chunk_size(line);
      break;
    case Phase::kDataEnd:
      phase_ = Phase::kSize;
      if (!line.empty()) fail("a chunk longer than its size");
      break;
    case Phase::kData:
    case Phase::kComplete:
      break;
  }
}

// ---- Lines. RFC 9112 §4 to §7.

// HTTP/1.1 200 OK
void HttpResponse::status_line(std::string_view line) {
  const bool right = line.size() >= 12 && is_digit(line[7]) && line[8] == ' ' && line[9] != '0' &&
                     std::all_of(line.begin() + 9, line.begin() + 12, is_digit) &&
                     (line.size() == 12 || line[12] == ' ');
  if (!right) {
    fail("a faulty status line: '" + shown(line) + "'");
    return;
  }
  status_ = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
  phase_ = Phase::kFields;
}

void HttpResponse::field(std::string_view line) {
  if (line.empty()) {
    if (phase_ == Phase::kTrailer) {
      phase_ = Phase::kComplete;
    } else {
      head_ended();
    }
    return;
  }
  if (++fields_ > kFieldsMax) {
    fail("more than 256 headers");
    return;
  }
  const std::size_t colon = line.find(':');
  // Blanks before the colon, and lines that go on with the one before, are how responses are
  // smuggled.
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
    fail("a faulty header: '" + shown(line) + "'");
    return;
  }
  if (phase_ == Phase::kFields) framing(line.substr(0, colon), trimmed(line.substr(colon + 1)));
}

void HttpResponse::framing(std::string_view name, std::string_view value) {
  if (same_word(name, "transfer-encoding")) {
    coded_ = true;
    // The last coding of the last field decides.
    chunked_ = same_word(trimmed(value.substr(value.rfind(',') + 1)), "chunked");
  } else if (same_word(name, "content-length")) {
    const auto length = number(value, 10);
    if (!length || (length_ && *length_ != *length)) {
      fail("a faulty Content-Length: '" + shown(value) + "'");
      return;
    }
    length_ = length;
  }
}

void HttpResponse::head_ended() {
  constexpr int kSwitchingProtocols = 101;
  if (status_ < 200 && status_ != kSwitchingProtocols) {
    if (++interim_ > kInterimMax) fail("more than 8 interim responses");
    phase_ = Phase::kStatusLine;
    chunked_ = coded_ = false;
    length_.reset();
    return;
  }
  const bool bodiless = to_head_ || status_ == 204 || status_ == 304 || status_ < 200;
  if (bodiless || (!coded_ && length_ == 0)) {
    phase_ = Phase::kComplete;
  } else if (chunked_) {
    phase_ = Phase::kSize;
  } else {
    phase_ = Phase::kData;
    if (!coded_) left_ = length_;
  }
}

void HttpResponse::chunk_size(std::string_view line) {
  const auto size = number(trimmed(line.substr(0, line.find(';'))), 16);
  if (!size) {
    fail("a faulty chunk size: '" + shown(line) + "'");
    return;
  }
  left_ = size;
  phase_ = *size == 0 ? Phase::kTrailer : Phase::kData;
}

}  // namespace holdfast::check
