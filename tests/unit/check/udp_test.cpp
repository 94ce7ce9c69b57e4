// SPDX-License-Identifier: Apache-2.0
#include "check-worker/core/udp.h"

#include <gtest/gtest.h>

#include <string>

namespace holdfast::check {
namespace {

UdpCheck wanting(std::string bytes, std::string mask) {
  UdpCheck check;
  check.payload = "ask";
  check.require_reply = true;
  check.reply = {std::move(bytes), std::move(mask)};
  return check;
}

Conclusion answer(const UdpCheck& check, std::string_view datagram) {
  UdpConversation udp(check);
  EXPECT_EQ(udp.begin(), say(check.payload));
  return udp.received(datagram).end.value();
}

TEST(Udp, WithoutAReplyRequiredSilenceIsGood) {
  UdpCheck check;
  EXPECT_EQ(UdpConversation(check).silence(), (Conclusion{true, "no ICMP error", {}}));
  EXPECT_TRUE(answer(check, "").good);
  check.require_reply = true;
  EXPECT_EQ(UdpConversation(check).silence(), (Conclusion{false, "no reply", {}}));
  EXPECT_TRUE(answer(check, "").good);
}

TEST(Udp, SomeBitsOfTheReplyMayBeAny) {
  const UdpCheck check = wanting(std::string("\x41\x00\x50", 3), std::string("\xff\x00\xf0", 3));
  EXPECT_TRUE(answer(check, "A\xffZ").good);
  EXPECT_TRUE(answer(check, "A PZ and more").good);
  EXPECT_FALSE(answer(check, "B P").good);
  EXPECT_EQ(answer(check, "A a"), (Conclusion{false, "reply 'A a', expected another", {}}));
  EXPECT_FALSE(answer(check, "A ").good);
  EXPECT_FALSE(answer(check, "").good);
}

TEST(Udp, ItsLength) {
  UdpCheck check;
  check.min = 2;
  check.max = 3;
  EXPECT_EQ(answer(check, "a"), (Conclusion{false, "a reply of 1 bytes, expected 2 to 3", {}}));
  EXPECT_TRUE(answer(check, "ab").good);
  EXPECT_TRUE(answer(check, "abc").good);
  EXPECT_FALSE(answer(check, "abcd").good);
}

}  // namespace
}  // namespace holdfast::check
