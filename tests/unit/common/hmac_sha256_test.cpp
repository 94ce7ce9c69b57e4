// SPDX-License-Identifier: Apache-2.0
#include "common/hmac_sha256.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace holdfast {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes hex(const std::string& digits) {
  Bytes bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(std::stoul(digits.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

Bytes text(const std::string& characters) {
  return {characters.begin(), characters.end()};
}

struct Vector {
  Bytes key;
  Bytes data;
  std::string digest;
};

// RFC 4231 §4.2 to §4.8, the column of HMAC-SHA-256. The fifth gives the first 128 bits only.
const std::vector<Vector> kVectors{
    {Bytes(20, 0x0b), text("Hi There"),
     "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
    {text("Jefe"), text("what do ya want for nothing?"),
     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
    {Bytes(20, 0xaa), Bytes(50, 0xdd),
     "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
    {hex("0102030405060708090a0b0c0d0e0f10111213141516171819"), Bytes(50, 0xcd),
     "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
    {Bytes(20, 0x0c), text("Test With Truncation"), "a3b6167473100ee06e0c796c2955552b"},
    {Bytes(131, 0xaa), text("Test Using Larger Than Block-Size Key - Hash Key First"),
     "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
    {Bytes(131, 0xaa),
     text(
         "This is a test using a larger than block-size key and a larger than block-size data. The "
         "key needs to be hashed before being used by the HMAC algorithm."),
     "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
};

class Rfc4231 : public testing::TestWithParam<std::size_t> {};

TEST_P(Rfc4231, TestCase) {
  const Vector& vector = kVectors.at(GetParam());
  const Bytes expected = hex(vector.digest);
  const auto digest = hmac_sha256(vector.key, vector.data);
  EXPECT_TRUE(std::equal(expected.begin(), expected.end(), digest.begin()));
}
INSTANTIATE_TEST_SUITE_P(All, Rfc4231, testing::Range(std::size_t{0}, kVectors.size()));

// Where the padding of the key ends, by OpenSSL: printf x | openssl dgst -sha256 -mac HMAC -macopt
// hexkey:5a5a...
TEST(HmacSha256, KeysAroundTheSizeOfABlock) {
  const std::vector<std::pair<std::size_t, std::string>> cases{
      {63, "f5ad1b62f44e9063313eea6196be18ee13b15944b8379907fd852fe15c486567"},
      {64, "e553639f908d1998ec8866141860cd3cf2a90cd9d095a98bd4358fb148de1d54"},
      {65, "b516707387f0ead335bb5898996024339fb4a75bb525a2c7c144aefc6e0ad479"},
  };
  for (const auto& [size, digits] : cases) {
    const Bytes expected = hex(digits);
    const auto digest = hmac_sha256(Bytes(size, 0x5a), text("x"));
    EXPECT_TRUE(std::equal(expected.begin(), expected.end(), digest.begin())) << size;
  }
}

TEST(HmacSha256, AnEmptyMessageAndAnEmptyKeyAreFine) {
  const Bytes expected = hex("b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
  const auto digest = hmac_sha256({}, {});
  EXPECT_TRUE(std::equal(expected.begin(), expected.end(), digest.begin()));
}

}  // namespace
}  // namespace holdfast
