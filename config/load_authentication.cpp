// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <utility>

#include "config/load_parts.h"
#include "config/reader.h"
#include "config/scalars.h"
#include "config/shapes.h"

// What stands under `authentication`.
namespace holdfast {
namespace {

using std::chrono::seconds;

constexpr std::size_t kKeysMax = 8;
constexpr std::size_t kPasswordMax = 8;  // RFC 2338 §5.3.6
constexpr std::size_t kPathMax = 255;
constexpr Duration kWindowMin = seconds{1};
constexpr Duration kWindowMax = seconds{1000};
constexpr Duration kWindowDefault = seconds{5};

constexpr std::array kModes{
    Choice<AuthenticationMode>{"receive-only", AuthenticationMode::kReceiveOnly},
    Choice<AuthenticationMode>{"permissive", AuthenticationMode::kPermissive},
    Choice<AuthenticationMode>{"enforce", AuthenticationMode::kEnforce}};

bool is_password(std::string_view text) {
  return !text.empty() && text.size() <= kPasswordMax &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

bool is_key_file(std::string_view text) {
  return text.starts_with('/') && text.back() != '/' && text.size() <= kPathMax &&
         text.find('\0') == std::string_view::npos;
}

constexpr TextForm kPasswordText{"1 to 8 printable characters", "^[!-~]{1,8}$", is_password, true};
constexpr TextForm kKeyFileText{"the absolute path of a file, of at most 255 bytes",
                                "^/[\\s\\S]{0,253}[^/]$", is_key_file};

const Shape& key_shape() {
  static const Shape shape{
      "key",
      "a key",
      {{"id", form::whole(1, 255), kRequired, "Unique among the keys."},
       {"key_file", form::text(kKeyFileText), "",
        "A file of root's that nobody else may read: 32 to 64 bytes, or hex: and their digits."},
       {"credential", form::text(kNameText), "", "A file of that name in $CREDENTIALS_DIRECTORY."}},
      {"key_file", "credential"}};
  return shape;
}

class AuthenticationReader {
 public:
  AuthenticationReader(const Reading& into, InstanceConfig& instance, InstancePlaces& at)
      : faults_(into.faults), into_(into), instance_(instance), at_(at) {}

  void read(const YamlNode& node) {
    MapReader map(faults_, node, authentication_shape());
    if (!map.is_map()) return;
    if (map.has("password") == map.has("keys")) {
      faults_.add(node, "authentication needs either 'password' or 'keys'");
    } else if (map.has("keys")) {
      read_hmac(map);
    } else {
      read_password(*map.find("password"));
      for (const char* key : {"mode", "window"}) {
        if (!map.has(key)) continue;
        faults_.add(*map.find(key), std::string(key) + ": a password has none, expected keys");
      }
    }
  }

 private:
  void read_password(const YamlNode& node) {
    constexpr std::string_view kWhat = kPasswordText.what;
    const YamlText* text = read_text(faults_, "password", node, kWhat);
    if (text == nullptr) return;
    if (!is_password(*text)) {
      // Whatever it was meant for, a log is no place for it.
      faults_.add(node, "password: found " + std::to_string(text->size()) + " bytes, expected " +
                            std::string(kWhat) +
                            (text->size() > kPasswordMax ? ": more is never sent, so cut it" : ""));
      return;
    }
    instance_.password = *text;
    at_.password = &node;
  }

  void read_hmac(MapReader& map) {
    HmacConfig hmac;
    map.choice("mode", kModes, hmac.mode);
    hmac.window = std::max(3 * instance_.advert_interval, kWindowDefault);
    map.duration("window", hmac.window);
    for (const YamlNode* entry : map.list("keys")) read_key(*entry, hmac);
    if (!hmac.keys.empty()) instance_.hmac = std::move(hmac);
  }

  void read_key(const YamlNode& node, HmacConfig& hmac) {
    MapReader map(faults_, node, key_shape());
    if (!map.is_map()) return;
    AuthenticationKey key;
    const YamlNode* id = map.integer("id", key.id);
    if (map.has("key_file") == map.has("credential")) {
      faults_.add(node, "a key needs either 'key_file' or 'credential'");
      return;
    }
    const YamlNode* place = map.has("key_file") ? read_path(*map.find("key_file"), key.file)
                                                : map.text("credential", key.credential);
    if (id == nullptr || place == nullptr) return;
    const bool taken = std::any_of(hmac.keys.begin(), hmac.keys.end(),
                                   [&](const AuthenticationKey& one) { return one.id == key.id; });
    if (taken) {
      faults_.add(*id, "id: " + quote(id->text) + " is the id of another key");
      return;
    }
    into_.places.keys.push_back(in_file<PlacedKey>(*place, key));
    hmac.keys.push_back(std::move(key));
  }

  const YamlNode* read_path(const YamlNode& node, std::string& path) {
    constexpr std::string_view kWhat = kKeyFileText.what;
    const YamlText* text = read_text(faults_, "key_file", node, kWhat);
    if (text == nullptr) return nullptr;
    if (!is_key_file(*text)) {
      expected(faults_, "key_file", node, kWhat);
      return nullptr;
    }
    path = *text;
    return &node;
  }

  Faults& faults_;
  const Reading& into_;
  InstanceConfig& instance_;
  InstancePlaces& at_;
};

}  // namespace

const Shape& authentication_shape() {
  static const Shape shape{
      "authentication",
      "authentication",
      {{"password", form::text(kPasswordText), "",
        "Version 2 only, sent in clear with every advert: it protects nothing."},
       {"mode", form::words(kModes), "enforce",
        "receive-only: sends unsigned adverts; permissive: accepts them; enforce: neither."},
       {"window", form::time(kWindowMin, kWindowMax), "",
        "By how much the sender's clock may be off; 3 advert intervals, at least 5s."},
       {"keys", form::list(form::map(key_shape), 1, kKeysMax), "",
        "The first key signs the adverts, all of them verify."}},
      {"password", "keys"}};
  return shape;
}

void read_authentication(const YamlNode& node, const Reading& into, InstanceConfig& instance,
                         InstancePlaces& at) {
  AuthenticationReader(into, instance, at).read(node);
}

}  // namespace holdfast
