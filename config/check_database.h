// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "config/check_endpoint.h"

namespace holdfast {

// Good, if the server would let a client log in, or refuses just this one.
struct PostgresqlCheck {
  CheckEndpoint endpoint;
  std::string user = "holdfast";  // 1..63 bytes; need not exist
  std::string database{};         // at most 63 bytes; empty: that of the user's name
  bool operator==(const PostgresqlCheck&) const = default;
};

// Good, if the server answers PING.
struct RedisCheck {
  CheckEndpoint endpoint;
  bool operator==(const RedisCheck&) const = default;
};

// Good, if the server greets; with a user, if that one may log in without a password.
struct MysqlCheck {
  CheckEndpoint endpoint;
  std::string user{};  // at most 80 bytes; empty: the greeting is the whole question
  bool operator==(const MysqlCheck&) const = default;
};

}  // namespace holdfast
