// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <utility>

#include "config/load_check_kinds.h"
#include "config/load_parts.h"
#include "config/scalars.h"
#include "config/shapes.h"
#include "config/webhook_url.h"

// What stands under `witness`, and under that of an instance.
namespace holdfast {
namespace {

using std::chrono::seconds;

constexpr const char* kSystemAuthorities = "/etc/ssl/certs/ca-certificates.crt";
constexpr std::size_t kEndpointsMax = 9;

constexpr std::array kUnreachable{Choice<WhenUnreachable>{"hold", WhenUnreachable::kHold},
                                  Choice<WhenUnreachable>{"release", WhenUnreachable::kRelease}};

bool is_prefix(std::string_view text) {
  return text.starts_with('/') && !text.ends_with('/') && text.size() <= 255 &&
         std::all_of(text.begin(), text.end(), is_visible);
}

// A URL of nothing but a scheme and an endpoint.
std::optional<WebhookUrl> member_of(std::string_view text) {
  std::optional<WebhookUrl> url = parse_webhook_url(text);
  if (!url || text.find_first_of("/?", text.find("://") + 3) != std::string_view::npos) {
    return std::nullopt;
  }
  return url;
}

constexpr TextForm kMemberText{
    "the address of a member of etcd, such as https://10.0.0.11:2379, without a path",
    "^https?://[!-.0-~]+$", [](std::string_view text) { return !!member_of(text); }};

const Shape& witness_tls_shape() {
  static const Shape shape{
      "witness_tls",
      "tls",
      {{"ca", form::text(kPathText), "",
        "PEM with the authorities to verify by; otherwise the system's."},
       {"certificate", form::text(kPathText), "", "PEM that this node shows of itself."},
       {"key", form::text(kSecretText), "", "PEM of the key of the certificate."}},
      {}};
  return shape;
}

class WitnessReader {
 public:
  explicit WitnessReader(const Reading& into) : into_(into), faults_(into.faults) {}

  void read(const YamlNode& node) {
    MapReader map(faults_, node, witness_shape());
    if (!map.is_map()) return;
    for (const YamlNode* const one : map.list("endpoints")) read_endpoint(*one);
    map.text("prefix", witness_.prefix);
    read_ttl(map);
    read_tls(map, node);
    const YamlNode* const user = map.text("user", witness_.user);
    read_path(map, "password_file", true, witness_.password_file);
    if (map.has("user") != map.has("password_file")) {
      faults_.add(node, "witness: expected user and password_file, or neither");
    } else if (user != nullptr && !witness_.tls && !witness_.endpoints.empty()) {
      faults_.add(*user,
                  "user: expected endpoints of https, so that no stranger reads the password");
    }
  }

 private:
  // All of them, or none, by TLS: what is known of one is known of the others.
  void read_endpoint(const YamlNode& node) {
    const YamlText* const text = read_text(faults_, "endpoints", node, kMemberText.what);
    if (text == nullptr) return;
    const auto url = member_of(*text);
    if (!url) {
      expected(faults_, "endpoints", node, kMemberText.what);
      return;
    }
    auto& all = witness_.endpoints;
    if (!all.empty() && url->tls != witness_.tls) {
      faults_.add(node,
                  "endpoints: found " + quote(*text) + ", expected all of https or all of http");
      return;
    }
    if (std::find(all.begin(), all.end(), url->endpoint) != all.end()) {
      faults_.add(node, "endpoints: " + quote(*text) + " stands here twice");
      return;
    }
    witness_.tls = url->tls;
    all.push_back(url->endpoint);
  }

  // etcd counts whole seconds, and gives no lease of less than two.
  void read_ttl(MapReader& map) {
    constexpr std::string_view kWhat = "whole seconds from 3s to 60s";
    const auto allowed = [](Duration ttl) {
      return ttl >= seconds{3} && ttl <= seconds{60} && ttl % seconds{1} == Duration{0};
    };
    map.duration("ttl", kWhat, allowed, witness_.ttl);
  }

  void read_tls(MapReader& map, const YamlNode& witness) {
    const YamlNode* const node = map.find("tls");
    if (node == nullptr) {
      if (witness_.tls) name_system_authorities(witness);
      return;
    }
    MapReader tls(faults_, *node, witness_tls_shape());
    if (!tls.is_map()) return;
    if (!witness_.tls && !witness_.endpoints.empty()) {
      faults_.add(*node, "tls: expected endpoints of https");
    }
    read_path(tls, "ca", false, witness_.ca_file);
    if (!tls.has("ca")) name_system_authorities(*node);
    read_path(tls, "certificate", false, witness_.certificate_file);
    read_path(tls, "key", true, witness_.key_file);
    if (tls.has("certificate") != tls.has("key")) {
      faults_.add(*node, "tls: expected certificate and key, or neither");
    }
  }

  void name_system_authorities(const YamlNode& at) {
    witness_.ca_file = kSystemAuthorities;
    into_.places.witness_files.push_back(in_file<PlacedFile>(at, witness_.ca_file, false));
  }

  void read_path(MapReader& map, std::string_view key, bool closed, std::string& path) {
    const YamlNode* const node = map.text(key, path);
    if (node == nullptr) return;
    auto& files =
        key == "password_file" ? into_.places.witness_secrets : into_.places.witness_files;
    files.push_back(in_file<PlacedFile>(*node, path, closed));
  }

  const Reading& into_;
  Faults& faults_;
  WitnessConfig& witness_ = into_.config.witness;
};

}  // namespace

const Shape& witness_shape() {
  static const Shape shape{
      "witness",
      "witness",
      {{"endpoints", form::list(form::text(kMemberText), 1, kEndpointsMax), kRequired,
        "The members of one etcd, all by https or all by http."},
       {"prefix",
        form::text({"a path such as /holdfast, without a slash at its end",
                    "^/[!-~]{0,253}[!-.0-~]$", is_prefix}),
        "/holdfast", "Of the keys in etcd; the same on every node."},
       {"ttl", form::time(seconds{3}, seconds{60}), "5s",
        "How long a lease lasts without being renewed, in whole seconds."},
       {"tls", form::map(witness_tls_shape), "", "With https: who is believed, and who we are."},
       {"user", form::text({"1 to 255 printable ASCII characters", "^[!-~]{1,255}$", is_wire_name}),
        "", "Who logs in, never without TLS; otherwise nobody."},
       {"password_file", form::text(kSecretText), "", "The file with the password of the user."}},
      {}};
  return shape;
}

const Shape& instance_witness_shape() {
  static const Shape shape{
      "instance_witness",
      "the witness of an instance",
      {{"when_unreachable", form::words(kUnreachable), kRequired,
        "While etcd is not reached: hold does what VRRP says, release has no addresses."}},
      {}};
  return shape;
}

void read_witness(const YamlNode& node, const Reading& into) {
  WitnessReader(into).read(node);
}

void read_instance_witness(const YamlNode& node, Faults& faults, InstanceConfig& instance) {
  MapReader map(faults, node, instance_witness_shape());
  if (!map.is_map()) return;
  WhenUnreachable does{};
  if (map.choice("when_unreachable", kUnreachable, does) != nullptr) instance.witness = does;
}

void check_witness(const Config& config, const Places& places, Faults& faults) {
  for (std::size_t i = 0; i < config.instances.size(); ++i) {
    const InstanceConfig& instance = config.instances[i];
    const YamlNode* const at = places.instances[i].witness;
    if (at == nullptr) continue;
    if (!places.witness_there) {
      faults.add(*at,
                 "witness: there is none to ask, expected a 'witness' beside 'vrrp' that says "
                 "where it is");
    }
    if (instance.priority == kPriorityOwner) {
      faults.add(*at,
                 "witness: the owner of the addresses (priority 255) asks nobody, expected a "
                 "priority below 255");
    }
    if (!instance.sync_group.empty()) {
      faults.add(*at,
                 "witness: a member of a sync group cannot have one: each would have its own "
                 "lease, expected one instance with excluded_addresses");
    }
  }
}

}  // namespace holdfast
