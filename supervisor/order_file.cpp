// SPDX-License-Identifier: Apache-2.0
#include "supervisor/order_file.h"

#include <cstddef>

#include "supervisor/state_file.h"

namespace holdfast::supervisor {
namespace {

constexpr const char* kName = "orders";

}  // namespace

Result<OrderBook> read_orders(const std::string& directory) {
  const std::string path = directory + '/' + kName;
  const Result<std::string> text = read_state_file(path);
  if (!text) return tl::unexpected(text.error());
  std::size_t faulty = 0;
  OrderBook orders = OrderBook::parse(*text, faulty);
  if (faulty > 0)
    return fail(path + " has " + std::to_string(faulty) + " lines that are no orders");
  return orders;
}

Result<void> write_orders(const std::string& directory, const OrderBook& orders) {
  return write_state_file(directory, kName, orders.to_text());
}

}  // namespace holdfast::supervisor
