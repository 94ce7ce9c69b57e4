// SPDX-License-Identifier: Apache-2.0
#include "common/hmac_sha256.h"

#include <sha256.h>
#include <string.h>

#include <algorithm>

namespace holdfast {
namespace {

using Bytes = std::span<const std::uint8_t>;
using Block = std::array<std::uint8_t, SHA256_BLOCK_LENGTH>;
using Digest = std::array<std::uint8_t, SHA256_DIGEST_LENGTH>;

Digest hash(Bytes first, Bytes second) {
  SHA256_CTX context;
  SHA256Init(&context);
  SHA256Update(&context, first.data(), first.size());
  SHA256Update(&context, second.data(), second.size());
  Digest digest{};
  SHA256Final(digest.data(), &context);
  return digest;
}

}  // namespace

std::array<std::uint8_t, 32> hmac_sha256(Bytes key, Bytes message) {
  Block padded{};
  if (key.size() > padded.size()) {
    const Digest shorter = hash(key, {});
    std::copy(shorter.begin(), shorter.end(), padded.begin());
  } else {
    std::copy(key.begin(), key.end(), padded.begin());
  }
  for (std::uint8_t& byte : padded) byte ^= 0x36U;
  const Digest inner = hash(padded, message);
  for (std::uint8_t& byte : padded) byte ^= 0x36U ^ 0x5cU;
  const Digest outer = hash(padded, inner);
  ::explicit_bzero(padded.data(), padded.size());
  return outer;
}

std::array<std::uint8_t, 32> sha256(std::string_view bytes) {
  return hash({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, {});
}

}  // namespace holdfast
