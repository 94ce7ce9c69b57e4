// SPDX-License-Identifier: Apache-2.0
#include "config/load_check_kinds.h"

// `postgresql` and `mysql` of a check.
namespace holdfast {
namespace {

template <std::size_t kMax>
bool is_user(std::string_view text) {
  return !text.empty() && text.size() <= kMax && text.find('\0') == std::string_view::npos;
}

}  // namespace

PostgresqlCheck read_postgresql_check(const YamlNode& node, const Reading& into) {
  PostgresqlCheck check;
  if (node.kind != YamlNode::Kind::kMap) {
    read_check_endpoint("postgresql", node, into.faults, check.endpoint);
    return check;
  }
  MapReader map(into.faults, node, "postgresql", {"address", "user", "database"});
  read_check_address(map, into, check.endpoint);
  map.text("user", "the name of a user, at most 63 bytes", is_user<63>, check.user);
  map.text("database", "the name of a database, at most 63 bytes", is_user<63>, check.database);
  return check;
}

MysqlCheck read_mysql_check(const YamlNode& node, const Reading& into) {
  MysqlCheck check;
  if (node.kind != YamlNode::Kind::kMap) {
    read_check_endpoint("mysql", node, into.faults, check.endpoint);
    return check;
  }
  MapReader map(into.faults, node, "mysql", {"address", "user"});
  read_check_address(map, into, check.endpoint);
  map.text("user", "the name of a user, at most 80 bytes", is_user<80>, check.user);
  return check;
}

}  // namespace holdfast
