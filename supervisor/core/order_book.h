// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/messages.h"

namespace holdfast::supervisor {

// What the operator has said of servers, by server_name(), in a form that outlives a restart: times
// are seconds since 1970. A server that is not configured keeps its order for when it comes back.
struct Order {
  OrderKind kind{};                     // never kNone
  std::uint32_t weight = 0;             // of kWeight, 0..65535
  std::optional<std::int64_t> until{};  // and then it is forgotten
  bool operator==(const Order&) const = default;
};

class OrderBook {
 public:
  // Nothing: the server is as any other again. False, if nothing changes.
  bool set(const std::string& server, const std::optional<Order>& order);
  // Takes out those whose time is up; the servers of them.
  std::vector<std::string> take_expired(std::int64_t now);
  std::optional<std::int64_t> first_end() const;  // nothing: none ends by itself

  const std::map<std::string, Order, std::less<>>& orders() const { return orders_; }

  // A line an order: SERVER KIND WEIGHT UNTIL, with '-' for what it has not.
  std::string to_text() const;
  // Lines that are none are left out; how many those are.
  static OrderBook parse(std::string_view text, std::size_t& faulty);

 private:
  std::map<std::string, Order, std::less<>> orders_;
};

}  // namespace holdfast::supervisor
