// SPDX-License-Identifier: Apache-2.0
#include "common/core/wire.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace holdfast {
namespace {

using Bytes = std::vector<std::uint8_t>;

enum class Colour : std::uint8_t { kRed, kGreen, kLast = kGreen };

TEST(Encoder, WritesBigEndianOfFixedWidth) {
  Encoder encoder;
  encoder(true);
  encoder(std::uint8_t{0x01});
  encoder(std::uint16_t{0x0203});
  encoder(std::uint32_t{0x04050607});
  encoder(std::int32_t{-2});
  encoder(std::uint64_t{0x08090A0B0C0D0E0F});
  encoder(Time{Duration{-1}});
  encoder(Priority{200});
  encoder(Generation{9});
  encoder(Colour::kGreen);
  encoder(std::string("ab"));
  encoder.list_size(3);
  EXPECT_EQ(encoder.take(),
            (Bytes{1,   1,  2,  3,  4,  5,  6,    7,    0xFF, 0xFF, 0xFF, 0xFE, 8,    9,
                   10,  11, 12, 13, 14, 15, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                   200, 0,  0,  0,  9,  1,  0,    2,    'a',  'b',  0,    3}));
}

TEST(Encoder, TakesWhatExceedsALimitForABug) {
  Encoder encoder;
  EXPECT_DEATH(encoder(std::string(kStringSizeMax + 1, 'x')), "invariant broken");
  EXPECT_DEATH(encoder.list_size(kListSizeMax + 1), "invariant broken");
}

TEST(Decoder, ReadsWhatTheEncoderWrote) {
  Encoder encoder;
  encoder(false);
  encoder(std::int32_t{-20});
  encoder(std::string(kStringSizeMax, 'x'));
  encoder(std::string());
  encoder(Colour::kGreen);
  encoder.list_size(kListSizeMax);
  const Bytes bytes = encoder.take();

  Decoder decoder(bytes);
  bool flag = true;
  std::int32_t number = 0;
  std::string text;
  std::string empty = "not";
  Colour colour{};
  decoder(flag);
  decoder(number);
  decoder(text);
  decoder(empty);
  decoder(colour);
  EXPECT_FALSE(decoder.finished());
  EXPECT_EQ(decoder.list_size(), kListSizeMax);
  EXPECT_TRUE(decoder.finished());
  EXPECT_FALSE(flag);
  EXPECT_EQ(number, -20);
  EXPECT_EQ(text, std::string(kStringSizeMax, 'x'));
  EXPECT_EQ(empty, "");
  EXPECT_EQ(colour, Colour::kGreen);
}

TEST(Decoder, RefusesBooleansAndEnumsOutOfRange) {
  bool flag = true;
  const Bytes two{2};
  Decoder boolean(two);
  boolean(flag);
  EXPECT_FALSE(boolean.ok());
  EXPECT_FALSE(flag);

  Colour colour = Colour::kGreen;
  Decoder enumeration(two);
  enumeration(colour);
  EXPECT_FALSE(enumeration.ok());
  EXPECT_EQ(colour, Colour::kRed);
}

TEST(Decoder, RefusesStringsAndListsAboveTheirLimits) {
  Bytes bytes{0x02, 0x01};  // one more than kStringSizeMax
  bytes.resize(2 + kStringSizeMax + 1);
  std::string text = "before";
  Decoder string(bytes);
  string(text);
  EXPECT_FALSE(string.ok());
  EXPECT_EQ(text, "");

  const Bytes size{0, kListSizeMax + 1};
  Decoder list(size);
  EXPECT_EQ(list.list_size(), 0U);
  EXPECT_FALSE(list.ok());
}

TEST(Decoder, RefusesAStringLongerThanTheRest) {
  const Bytes bytes{0, 3, 'a', 'b'};
  std::string text;
  Decoder decoder(bytes);
  decoder(text);
  EXPECT_FALSE(decoder.ok());
}

TEST(Decoder, YieldsZeroAfterTheFirstFailure) {
  const Bytes bytes{7, 7, 7};
  Decoder decoder(bytes);
  std::uint32_t number = 1;
  decoder(number);
  EXPECT_EQ(number, 0U);
  std::uint8_t byte = 1;
  decoder(byte);  // would be there to read
  EXPECT_EQ(byte, 0U);
  EXPECT_FALSE(decoder.ok());
  EXPECT_FALSE(decoder.finished());
}

}  // namespace
}  // namespace holdfast
