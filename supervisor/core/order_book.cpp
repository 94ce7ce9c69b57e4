// SPDX-License-Identifier: Apache-2.0
#include "supervisor/core/order_book.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "common/core/number.h"

namespace holdfast::supervisor {
namespace {

constexpr std::array kKinds{OrderKind::kDisable, OrderKind::kDrain, OrderKind::kWeight};
constexpr std::size_t kWords = 4;
constexpr std::uint32_t kWeightMax = 65535;

std::optional<std::array<std::string_view, kWords>> words_of(std::string_view line) {
  std::array<std::string_view, kWords> words;
  for (std::size_t i = 0; i < kWords; ++i) {
    const std::size_t end = line.find(' ');
    const bool last = i + 1 == kWords;
    if (last != (end == std::string_view::npos)) return std::nullopt;
    words.at(i) = line.substr(0, end);
    if (words.at(i).empty()) return std::nullopt;
    if (!last) line.remove_prefix(end + 1);
  }
  return words;
}

std::optional<Order> order_of(const std::array<std::string_view, kWords>& words) {
  const auto* const kind = std::find_if(kKinds.begin(), kKinds.end(),
                                        [&](OrderKind one) { return to_string(one) == words[1]; });
  if (kind == kKinds.end()) return std::nullopt;
  Order order{*kind};
  if ((order.kind == OrderKind::kWeight) == (words[2] == "-")) return std::nullopt;
  if (order.kind == OrderKind::kWeight) {
    const auto weight = whole_number<std::uint32_t>(words[2]);
    if (!weight || *weight > kWeightMax) return std::nullopt;
    order.weight = *weight;
  }
  if (words[3] == "-") return order;
  order.until = whole_number<std::int64_t>(words[3]);
  if (!order.until) return std::nullopt;
  return order;
}

}  // namespace

bool OrderBook::set(const std::string& server, const std::optional<Order>& order) {
  if (!order) return orders_.erase(server) > 0;
  const auto found = orders_.find(server);
  if (found != orders_.end() && found->second == *order) return false;
  orders_.insert_or_assign(server, *order);
  return true;
}

std::vector<std::string> OrderBook::take_expired(std::int64_t now) {
  std::vector<std::string> servers;
  std::erase_if(orders_, [&](const auto& one) {
    const bool over = one.second.until && *one.second.until <= now;
    if (over) servers.push_back(one.first);
    return over;
  });
  return servers;
}

std::optional<std::int64_t> OrderBook::first_end() const {
  std::optional<std::int64_t> first;
  for (const auto& [server, order] : orders_) {
    if (order.until && (!first || *order.until < *first)) first = order.until;
  }
  return first;
}

std::string OrderBook::to_text() const {
  std::string text;
  for (const auto& [server, order] : orders_) {
    const bool weight = order.kind == OrderKind::kWeight;
    text += server + ' ' + std::string(to_string(order.kind)) + ' ' +
            (weight ? std::to_string(order.weight) : "-") + ' ' +
            (order.until ? std::to_string(*order.until) : "-") + '\n';
  }
  return text;
}

OrderBook OrderBook::parse(std::string_view text, std::size_t& faulty) {
  OrderBook book;
  faulty = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const auto words = words_of(text.substr(0, end));
    const auto order = words ? order_of(*words) : std::nullopt;
    if (order) {
      book.orders_.insert_or_assign(std::string((*words)[0]), *order);
    } else {
      ++faulty;
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return book;
}

}  // namespace holdfast::supervisor
