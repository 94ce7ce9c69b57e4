// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "config/load_parts.h"
#include "config/reader.h"
#include "config/scalars.h"
#include "config/shapes.h"

// `address_lifetime:` of `vrrp` and of an instance.
namespace holdfast {
namespace {

using std::chrono::seconds;

constexpr std::string_view kWhat = "auto, off or whole seconds from 1s to 1h";

}  // namespace

Forms form::address_lifetime() {
  return words({"auto", "off"}) | time(seconds{1}, std::chrono::hours{1});
}

void read_address_lifetime(MapReader& map, Faults& faults, std::optional<Duration>& lifetime) {
  constexpr std::string_view kKey = "address_lifetime";
  const YamlNode* node = map.find(kKey);
  const YamlText* text = node == nullptr ? nullptr : read_text(faults, kKey, *node, kWhat);
  if (text == nullptr) return;
  if (*text == "auto") {
    lifetime.reset();
    return;
  }
  if (*text == "off") {
    lifetime = Duration{0};
    return;
  }
  const auto allowed = [](Duration one) {
    return one >= seconds{1} && one <= std::chrono::hours{1} && one % seconds{1} == Duration{0};
  };
  if (Duration time{}; map.duration(kKey, kWhat, allowed, time) != nullptr) lifetime = time;
}

// An address is renewed with every advert.
void check_address_lifetime(const InstanceConfig& instance, const YamlNode* node, Faults& faults) {
  if (node == nullptr || !instance.address_lifetime) return;
  const Duration lifetime = *instance.address_lifetime;
  if (lifetime == Duration{0} || lifetime > instance.advert_interval) return;
  faults.add(*node, "address_lifetime: found " + quote(node->text) + ", expected more than the " +
                        duration_text(instance.advert_interval) +
                        " between two adverts, with which addresses are renewed");
}

}  // namespace holdfast
