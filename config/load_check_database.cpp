// SPDX-License-Identifier: Apache-2.0
#include "config/load_check_kinds.h"
#include "config/shapes.h"

// `postgresql`, `mysql` and `redis` of a check.
namespace holdfast {
namespace {

template <std::size_t kMax>
bool is_user(std::string_view text) {
  return !text.empty() && text.size() <= kMax && text.find('\0') == std::string_view::npos;
}

}  // namespace

const Shape& postgresql_shape() {
  static const Shape shape{
      "postgresql",
      "postgresql",
      address_key() + Keys{{"user",
                            form::text({"the name of a user, at most 63 bytes", "^[\\s\\S]{1,63}$",
                                        is_user<63>}),
                            "holdfast", "Who is said to log in; never with a password."},
                           {"database",
                            form::text({"the name of a database, at most 63 bytes",
                                        "^[\\s\\S]{1,63}$", is_user<63>}),
                            "", "Where to; that of the user's name."}},
      {}};
  return shape;
}

const Shape& mysql_shape() {
  static const Shape shape{"mysql",
                           "mysql",
                           address_key() + Keys{{"user",
                                                 form::text({"the name of a user, at most 80 bytes",
                                                             "^[\\s\\S]{1,80}$", is_user<80>}),
                                                 "", "Who is said to log in; otherwise nobody."}},
                           {}};
  return shape;
}

PostgresqlCheck read_postgresql_check(const YamlNode& node, const Reading& into) {
  PostgresqlCheck check;
  if (node.kind != YamlNode::Kind::kMap) {
    read_check_endpoint("postgresql", node, into.faults, check.endpoint);
    return check;
  }
  MapReader map(into.faults, node, postgresql_shape());
  read_check_address(map, into, check.endpoint);
  map.text("user", check.user);
  map.text("database", check.database);
  return check;
}

RedisCheck read_redis_check(const YamlNode& node, const Reading& into) {
  RedisCheck check;
  if (into.of_server && node.kind == YamlNode::Kind::kMap && node.children.empty()) return check;
  read_check_endpoint("redis", node, into.faults, check.endpoint);
  return check;
}

MysqlCheck read_mysql_check(const YamlNode& node, const Reading& into) {
  MysqlCheck check;
  if (node.kind != YamlNode::Kind::kMap) {
    read_check_endpoint("mysql", node, into.faults, check.endpoint);
    return check;
  }
  MapReader map(into.faults, node, mysql_shape());
  read_check_address(map, into, check.endpoint);
  map.text("user", check.user);
  return check;
}

}  // namespace holdfast
