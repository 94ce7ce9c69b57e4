// SPDX-License-Identifier: Apache-2.0
#include "supervisor/core/order_book.h"

#include <gtest/gtest.h>

namespace holdfast::supervisor {
namespace {

TEST(OrderBook, IsReadAsItIsWritten) {
  OrderBook book;
  EXPECT_TRUE(book.set("web/10.0.0.1:80", Order{OrderKind::kDisable, 0, {}}));
  EXPECT_TRUE(book.set("web/10.0.0.2:80", Order{OrderKind::kWeight, 5, 1'764'000'000}));
  EXPECT_TRUE(book.set("web/[2001:db8::1]:80", Order{OrderKind::kDrain, 0, 1'764'000'001}));
  EXPECT_EQ(book.to_text(),
            "web/10.0.0.1:80 disable - -\nweb/10.0.0.2:80 weight 5 1764000000\n"
            "web/[2001:db8::1]:80 drain - 1764000001\n");
  std::size_t faulty = 9;
  EXPECT_EQ(OrderBook::parse(book.to_text(), faulty).orders(), book.orders());
  EXPECT_EQ(faulty, 0U);
}

TEST(OrderBook, LinesThatAreNoneAreCountedAndLeftOut) {
  std::size_t faulty = 0;
  const OrderBook book = OrderBook::parse(
      "a disable - -\nb none - -\nc weight - -\nd drain 5 -\ne weight 65536 -\nf weight 5 soon\n"
      "g disable -\nh disable - - -\n\ni weight 65535 -",
      faulty);
  EXPECT_EQ(faulty, 8U);
  ASSERT_EQ(book.orders().size(), 2U);
  EXPECT_EQ(book.orders().at("i"), (Order{OrderKind::kWeight, 65535, {}}));
}

TEST(OrderBook, SaysWhetherAnythingChanges) {
  OrderBook book;
  EXPECT_FALSE(book.set("a", std::nullopt));
  EXPECT_TRUE(book.set("a", Order{OrderKind::kDrain, 0, {}}));
  EXPECT_FALSE(book.set("a", Order{OrderKind::kDrain, 0, {}}));
  EXPECT_TRUE(book.set("a", std::nullopt));
  EXPECT_TRUE(book.orders().empty());
}

TEST(OrderBook, OrdersEndAtTheirTime) {
  OrderBook book;
  book.set("a", Order{OrderKind::kDrain, 0, 100});
  book.set("b", Order{OrderKind::kDrain, 0, {}});
  book.set("c", Order{OrderKind::kDisable, 0, 50});
  EXPECT_EQ(book.first_end(), 50);
  EXPECT_EQ(book.take_expired(49), std::vector<std::string>{});
  EXPECT_EQ(book.take_expired(99), std::vector<std::string>{"c"});
  EXPECT_EQ(book.first_end(), 100);
  EXPECT_EQ(book.take_expired(100), std::vector<std::string>{"a"});
  EXPECT_EQ(book.first_end(), std::nullopt);
  EXPECT_EQ(book.orders().size(), 1U);
}

}  // namespace
}  // namespace holdfast::supervisor
