// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "config/load_check_kinds.h"
#include "config/shapes.h"

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

Keys tls_keys() {
  return {
      {"server_name",
       form::text({"a host name, or an IP address", "^[A-Za-z0-9._:-]{1,255}$", is_server_name}),
       "", "Sent to the server (SNI), and what the certificate must be of if it is verified."},
      {"verify", form::boolean(), "",
       "Whether the certificate is verified; true with ca, else false."},
      {"ca", form::text(kPathText), "", "PEM with the authorities to verify by."},
      {"certificate", form::text(kPathText), "", "PEM that the check shows of itself."},
      {"key", form::text(kSecretText), "", "PEM of the key of the certificate."},
      {"min_days", form::whole(0, 3650), "0",
       "For so long the certificate must still be valid, verified or not."},
  };
}

void refuse_tls_keys(const MapReader& map, std::string_view expected, Faults& faults) {
  static const Keys keys = tls_keys();
  for (const auto& [key, forms, preset, help] : keys) {
    if (!map.has(key)) continue;
    faults.add(*map.find(key),
               std::string(key) + ": is of TLS, expected '" + std::string(expected) + "'");
  }
}

TlsConfig read_tls(MapReader& map, const Reading& into) {
  TlsConfig tls;
  map.text("server_name", tls.server_name);
  map.text("ca", tls.ca_file);
  tls.verify = map.has("ca");
  map.boolean("verify", tls.verify);
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
  map.text("certificate", tls.certificate_file);
  map.text("key", tls.key_file);
  if (map.has("certificate") != map.has("key")) {
    const bool key = map.has("key");
    into.faults.add(*map.find(key ? "key" : "certificate"),
                    key ? "key: there is no 'certificate' that it is of"
                        : "certificate: there is no 'key' for it");
  }
  name_file(map, "certificate", tls.certificate_file, false, into);
  name_file(map, "key", tls.key_file, true, into);
  map.integer("min_days", tls.days_min);
  return tls;
}

}  // namespace holdfast
