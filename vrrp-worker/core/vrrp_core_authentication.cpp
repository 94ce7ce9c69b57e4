// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "vrrp-worker/core/vrrp_core.h"

// VrrpCore's keys, and what becomes of adverts that are not signed as they should be.
namespace holdfast::vrrp {

// At every configuration, changed or not: the files of the same keys may hold others now.
void VrrpCore::take_authentication(Instance& instance) {
  const InstanceConfig& config = instance.config;
  const bool has_password = !config.password.empty();
  if (has_password && !std::exchange(instance.warned_of_password, true)) {
    log(LogLevel::kWarning,
        config.name +
            ": authentication by password protects nothing: every station on the network "
            "reads it in every advert");
  }
  instance.warned_of_password = has_password;
  if (!config.hmac) {
    instance.authenticator.reset();
    return;
  }
  std::vector<Authenticator::Key> keys;
  std::string ids;
  for (const AuthenticationKey& key : config.hmac->keys) {
    const auto secret = secrets_.find(key.secret());
    HF_CHECK(secret != secrets_.end());
    keys.push_back({key.id, {secret->second.begin(), secret->second.end()}});
    ids += (ids.empty() ? "" : ", ") + std::to_string(key.id);
  }
  if (!instance.authenticator) instance.authenticator.emplace(hash_);
  if (keys != instance.authenticator->keys()) {
    log(LogLevel::kInfo, config.name + ": authentication with the keys " + ids + ", " +
                             std::string{to_string(config.hmac->mode)});
  }
  instance.authenticator->configure(config.hmac->mode, config.hmac->window, std::move(keys));
}

std::optional<Rejection> VrrpCore::authenticate(Instance& instance, const Datagram& datagram,
                                                Trailer trailer) {
  if (!instance.authenticator) {
    // Who cannot verify it must not believe it: the sender's peers are meant to enforce.
    if (!trailer.empty()) return Rejection::kAuthentication;
    return std::nullopt;
  }
  const auto verified = instance.authenticator->verify(datagram, trailer, real_time());
  if (!verified) return verified.error();
  if (*verified) note_skew(instance, datagram.source, **verified);
  return std::nullopt;
}

void VrrpCore::note_unsigned(Instance& instance, const IpAddress& source) {
  const std::uint64_t count = ++instance.counters.unauthenticated;
  if (!worth_a_line(count)) return;
  log(LogLevel::kInfo, instance.config.name + ": took an unsigned advert from " +
                           source.to_string() + " (" + std::to_string(count) + " so far)");
}

// Clocks drift slowly: half of what is allowed is the time to say so.
void VrrpCore::note_skew(Instance& instance, const IpAddress& source, Duration ahead) {
  if (std::chrono::abs(ahead) <= instance.authenticator->window() / 2) {
    instance.skewed = 0;
    return;
  }
  if (!worth_a_line(++instance.skewed)) return;
  log(LogLevel::kWarning,
      instance.config.name + ": the clock of " + source.to_string() + " is " +
          reason::seconds(std::chrono::abs(ahead)) + (ahead > Duration{0} ? " ahead" : " behind") +
          "; its adverts will be refused at " + reason::seconds(instance.authenticator->window()));
}

}  // namespace holdfast::vrrp
