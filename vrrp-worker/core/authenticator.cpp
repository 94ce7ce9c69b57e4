// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/authenticator.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace holdfast::vrrp {

namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::uint8_t kMagic = 'H';
constexpr std::uint8_t kFormat = 1;  // HMAC-SHA256, of which the first 128 bits are sent
constexpr std::size_t kKeyIdOffset = 2;
constexpr std::size_t kSequenceOffset = 4;
constexpr std::size_t kTagOffset = 12;  // and the end of what the tag covers
// Keeps the tags apart from any other that is made with the same key.
constexpr std::string_view kContext = "holdfast vrrp 1\n";

std::uint64_t read64(Bytes bytes) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes.first(8)) value = value << 8U | byte;
  return value;
}

// In a time that does not depend on where they differ.
bool same(Bytes a, Bytes b) {
  volatile std::uint8_t difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference = difference | (a[i] ^ b[i]);
  return difference == 0;
}

}  // namespace

Trailer take_trailer(Datagram& datagram) {
  const std::size_t size = message_size(datagram.payload, datagram.source.family());
  if (size == 0 || datagram.payload.size() != size + kTrailerSize) return {};
  const Trailer trailer = datagram.payload.last(kTrailerSize);
  if (trailer[0] != kMagic || trailer[1] != kFormat) return {};
  datagram.payload = datagram.payload.first(size);
  return trailer;
}

void Authenticator::configure(AuthenticationMode mode, Duration window, std::vector<Key> keys) {
  HF_CHECK(!keys.empty() && window > Duration{0} && hash_ != nullptr);
  mode_ = mode;
  window_ = window;
  keys_ = std::move(keys);
}

std::vector<std::uint8_t> Authenticator::sign(const IpAddress& source, const IpAddress& destination,
                                              Bytes message, RealTime now) {
  const Key& key = keys_.front();
  std::vector<std::uint8_t> trailer{kMagic, kFormat, key.id, 0};
  const auto sequence = static_cast<std::uint64_t>(next_sequence(now).time_since_epoch().count());
  for (unsigned shift = 64; shift > 0; shift -= 8) {
    trailer.push_back(static_cast<std::uint8_t>(sequence >> (shift - 8)));
  }
  const Tag tag = tag_of(key, {source, destination, kVrrpTtl, message}, trailer);
  trailer.insert(trailer.end(), tag.begin(), tag.end());
  return trailer;
}

tl::expected<std::optional<Duration>, Rejection> Authenticator::verify(const Datagram& datagram,
                                                                       Trailer trailer,
                                                                       RealTime now) {
  if (trailer.empty()) {
    if (accepts_unsigned()) return std::nullopt;
    return tl::unexpected(Rejection::kUnsigned);
  }
  const auto key = std::find_if(keys_.begin(), keys_.end(),
                                [&](const Key& one) { return one.id == trailer[kKeyIdOffset]; });
  if (key == keys_.end()) return tl::unexpected(Rejection::kKey);
  // Of what is not signed nothing else is looked at.
  const Tag tag = tag_of(*key, datagram, trailer.first(kTagOffset));
  if (!same(tag, trailer.subspan(kTagOffset))) return tl::unexpected(Rejection::kSignature);

  // A sender's count is its clock: compared as numbers, since any 64 bits may be signed.
  const auto count = read64(trailer.subspan(kSequenceOffset));
  const auto as_count = [](RealTime time) {
    return static_cast<std::uint64_t>(std::max(time, RealTime{}).time_since_epoch().count());
  };
  if (count < as_count(now - window_) || count > as_count(now + window_))
    return tl::unexpected(Rejection::kStale);
  const RealTime sequence{Duration{static_cast<std::int64_t>(count)}};

  forget_the_stale(now);
  const auto [last, is_new] = last_verified_.try_emplace(datagram.source, sequence);
  if (!is_new && sequence <= last->second) return tl::unexpected(Rejection::kReplay);
  last->second = sequence;
  return sequence - now;
}

Authenticator::Tag Authenticator::tag_of(const Key& key, const Datagram& datagram,
                                         Bytes head) const {
  std::vector<std::uint8_t> covered(kContext.begin(), kContext.end());
  const auto add = [&](Bytes bytes) { covered.insert(covered.end(), bytes.begin(), bytes.end()); };
  // Of one length for each family, and the message tells its own: no two packets run together to
  // the same bytes.
  covered.push_back(static_cast<std::uint8_t>(datagram.source.family()));
  add(datagram.source.bytes());
  add(datagram.destination.bytes());
  add(datagram.payload);
  add(head);
  const auto whole = hash_(key.bytes, covered);
  Tag tag{};
  std::copy_n(whole.begin(), tag.size(), tag.begin());
  return tag;
}

// The time, but always greater than the last. When the clock was set back by more than the window
// the peers cannot have believed the last ones, unless theirs was wrong too: it is followed.
RealTime Authenticator::next_sequence(RealTime now) {
  const RealTime after_the_last = last_signed_ + Duration{1};
  last_signed_ = last_signed_ > now + window_ ? now : std::max(now, after_the_last);
  return last_signed_;
}

// What lies outside the window says nothing about what lies in it: in the past, since all of that
// is newer; in the future, since our own clock was set back.
void Authenticator::forget_the_stale(RealTime now) {
  std::erase_if(last_verified_, [&](const auto& entry) {
    return entry.second < now - window_ || entry.second > now + window_;
  });
}

}  // namespace holdfast::vrrp
