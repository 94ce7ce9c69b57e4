// SPDX-License-Identifier: Apache-2.0
#include "ctl/fleet_keys.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "common/hmac_sha256.h"
#include "config/key_files.h"

namespace holdfast::ctl {
namespace {

constexpr std::size_t kHashBytes = 4;
constexpr std::size_t kKeyBytes = 32;

std::string hexadecimal(const std::array<std::uint8_t, 32>& bytes, std::size_t count) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    text += kDigits[bytes[i] >> 4U];
    text += kDigits[bytes[i] & 0xfU];
  }
  return text;
}

}  // namespace

void read_keys_of(FleetNode& node, const std::string& file) {
  for (Secret& one : read_keys(node.loaded.keys, file, credentials_directory()).secrets) {
    node.keys.insert_or_assign(one.name, std::move(one.bytes));
  }
}

std::optional<std::string> hash_of(const FleetNode& node, const AuthenticationKey& key) {
  const auto known = node.keys.find(key.secret());
  if (known == node.keys.end()) return std::nullopt;
  return hexadecimal(sha256(known->second), kHashBytes);
}

std::vector<FleetKey> keys_of(const std::vector<FleetNode>& nodes) {
  std::vector<FleetKey> all;
  for (const FleetNode& node : nodes) {
    for (const InstanceConfig& instance : node.loaded.config.instances) {
      if (!instance.hmac) continue;
      for (const AuthenticationKey& key : instance.hmac->keys) {
        all.push_back({instance.name, key.id, node.name, key.secret(), hash_of(node, key)});
      }
    }
  }
  std::stable_sort(all.begin(), all.end(), [](const FleetKey& a, const FleetKey& b) {
    return std::tie(a.instance, a.id) < std::tie(b.instance, b.id);
  });
  return all;
}

std::string keys_text(const std::vector<FleetKey>& keys) {
  std::string text;
  for (std::size_t i = 0; i < keys.size();) {
    text += "Key " + std::to_string(keys[i].id) + " of " + keys[i].instance + ":";
    std::string last;
    const std::size_t first = i;
    for (; i < keys.size() && keys[i].instance == keys[first].instance &&
           keys[i].id == keys[first].id;
         ++i) {
      const std::string is = keys[i].hash ? "SHA-256 " + *keys[i].hash + ", " + keys[i].source
                                          : keys[i].source + ", which is not readable here";
      if (is == last) {
        text += ", " + keys[i].node;
      } else {
        text += (last.empty() ? " " : " (" + last + "); ") + keys[i].node;
      }
      last = is;
    }
    text += " (" + last + ")\n";
  }
  return text;
}

std::vector<Secret> secrets_of(const FleetNode& node) {
  std::vector<Secret> all;
  for (const InstanceConfig& instance : node.loaded.config.instances) {
    if (!instance.hmac) continue;
    for (const AuthenticationKey& key : instance.hmac->keys) {
      const auto known = node.keys.find(key.secret());
      std::string bytes = "key " + std::to_string(key.id);
      bytes.resize(kKeyBytes, ' ');
      all.push_back({key.secret(), known == node.keys.end() ? bytes : known->second});
    }
  }
  return all;
}

}  // namespace holdfast::ctl
