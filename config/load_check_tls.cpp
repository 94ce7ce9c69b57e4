// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "config/load_check_kinds.h"

// How a check speaks TLS: keys beside those of its kind.
namespace holdfast {
namespace {

constexpr const char* kSystemAuthorities = "/etc/ssl/certs/ca-certificates.crt";

bool is_server_name(std::string_view text) {
  return !text.empty() && text.size() <= 255 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_' || c == ':';
  });
}

void name_file(const MapReader& map, std::string_view key, const std::string& path, bool closed,
               const Reading& into) {
  if (path.empty()) return;
  const YamlNode* const node = map.find(key);
  into.places.files.push_back(in_file<PlacedFile>(*node, path, closed));
}

}  // namespace

MapReader::Keys tls_keys() {
  return {"server_name", "verify", "ca", "certificate", "key", "min_days"};
}

void refuse_tls_keys(const MapReader& map, std::string_view expected, Faults& faults) {
  for (const std::string_view key : tls_keys()) {
    if (!map.has(key)) continue;
    faults.add(*map.find(key),
               std::string(key) + ": is of TLS, expected '" + std::string(expected) + "'");
  }
}

TlsConfig read_tls(MapReader& map, const Reading& into) {
  TlsConfig tls;
  map.text("server_name", "a host name, or an IP address", is_server_name, tls.server_name);
  map.text("ca", kPathWhat, is_path, tls.ca_file);
  tls.verify = map.has("ca");
  map.boolean("verify", "true or false", tls.verify);
  if (!tls.verify && map.has("ca")) {
    into.faults.add(*map.find("verify"),
                    "verify: found 'false', expected true, since there is a "
                    "'ca' to verify by");
  }
  if (tls.verify && !map.has("ca")) {
    tls.ca_file = kSystemAuthorities;
    name_file(map, "verify", tls.ca_file, false, into);
  } else {
    name_file(map, "ca", tls.ca_file, false, into);
  }
  map.text("certificate", kPathWhat, is_path, tls.certificate_file);
  map.text("key", kPathWhat, is_path, tls.key_file);
  if (map.has("certificate") != map.has("key")) {
    const bool key = map.has("key");
    into.faults.add(*map.find(key ? "key" : "certificate"),
                    key ? "key: there is no 'certificate' that it is of"
                        : "certificate: there is no 'key' for it");
  }
  name_file(map, "certificate", tls.certificate_file, false, into);
  name_file(map, "key", tls.key_file, true, into);
  map.integer("min_days", 0, 3650, tls.days_min);
  return tls;
}

}  // namespace holdfast
