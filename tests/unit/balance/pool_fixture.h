// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>

#include "balance-worker/core/pool.h"
#include "tests/unit/balance/balance_fixture.h"

namespace holdfast::balance {

// A pool, the results of its checks, the operator's orders and the time.
class PoolTest : public testing::Test {
 protected:
  void begin(VirtualServerConfig config) {
    pool = Pool(std::move(config));
    look();
  }
  void look() {
    pool.look_at_all(lookup(), [this](const std::string& server) -> const ServerOrder* {
      const auto found = orders.find(server);
      return found == orders.end() ? nullptr : &found->second;
    });
    pool.decide(now);
  }
  void check(std::uint8_t last, bool up, std::uint8_t weight = 100) {
    now += seconds{1};
    checks[check_of(last)] = check_state(last, up, now, weight);
    pool.look_at(check_of(last), lookup());
    pool.decide(now);
  }
  void order(std::uint8_t last, OrderKind kind, std::uint32_t weight = 0,
             std::optional<Time> until = {}) {
    pool.take({server_name("web", at(last)), kind, weight, until});
    pool.decide(now);
  }
  CheckLookup lookup() {
    return [this](const std::string& name) -> const CheckState* {
      const auto found = checks.find(name);
      return found == checks.end() ? nullptr : &found->second;
    };
  }
  // "1:1 2:0": the servers in the table, by the last byte of their address, and their weights.
  std::string table() const {
    std::string text;
    for (const auto& [endpoint, options] : pool.destinations()) {
      text += (text.empty() ? "" : " ") + std::to_string(endpoint.address.bytes()[3]) + ":" +
              std::to_string(options.weight);
    }
    return text;
  }
  const ServerState& server(std::uint8_t last) const { return pool.server(last - 1U); }

  std::map<std::string, CheckState> checks;
  std::map<std::string, ServerOrder> orders;
  Time now = kStart;
  Pool pool{VirtualServerConfig{}};
};

}  // namespace holdfast::balance
