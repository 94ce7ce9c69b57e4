// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "config/load_parts.h"
#include "config/reader.h"

// What stands under `checks`.
namespace holdfast {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

void read_endpoint(const YamlNode& node, Endpoint& endpoint, Faults& faults) {
  constexpr std::string_view kWhat = "an IP address and a port, such as 192.0.2.1:80";
  const std::string* text = read_text(faults, "tcp", node, kWhat);
  if (text == nullptr) return;
  const Result<Endpoint> parsed = Endpoint::parse(*text);
  if (!parsed || parsed->address.is_unspecified() || parsed->address.is_multicast()) {
    expected(faults, "tcp", node, kWhat);
  } else {
    endpoint = *parsed;
  }
}

}  // namespace

void read_check(const YamlNode& node, const Reading& into) {
  MapReader map(into.faults, node, "a check",
                {"name", "tcp", "interval", "timeout", "rise", "fall"});
  map.require({"name", "tcp"});
  CheckConfig check;
  CheckPlaces at;
  at.name = map.name("name", check.name);
  into.places.all_checks_named = into.places.all_checks_named && at.name != nullptr;
  if (map.has("tcp")) read_endpoint(*map.find("tcp"), check.tcp, into.faults);
  map.duration("interval", milliseconds{10}, hours{24}, check.interval);
  at.timeout = map.duration("timeout", milliseconds{1}, hours{24}, check.timeout);
  if (!map.has("timeout")) check.timeout = std::min(check.timeout, check.interval);
  map.integer("rise", 1, 1000, check.rise);
  map.integer("fall", 1, 1000, check.fall);
  into.config.checks.push_back(std::move(check));
  into.places.checks.push_back(at);
}

}  // namespace holdfast
