// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "common/core/result.h"
#include "supervisor/core/order_book.h"

namespace holdfast::supervisor {

// Where the orders of the operator outlive a restart. The directory is made when there is something
// to keep.
Result<OrderBook> read_orders(const std::string& directory);  // none, if there is no such file
// As a whole or not at all.
Result<void> write_orders(const std::string& directory, const OrderBook& orders);

}  // namespace holdfast::supervisor
