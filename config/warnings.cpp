// SPDX-License-Identifier: Apache-2.0
#include "config/warnings.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "config/named_warnings.h"
#include "config/scalars.h"

namespace holdfast {
namespace {

constexpr int kPriorityMax = 254;  // of who does not own its addresses (RFC 9568 §5.2.4)

class Warnings {
 public:
  explicit Warnings(const std::string& file) : file_(file), named_(file) {}

  void add(const char* name, const YamlNode* node, std::string message) {
    if (node != nullptr) named_.add(name, *node, std::move(message));
  }

  std::vector<Diagnostic> take() {
    std::vector<Diagnostic> all = named_.take();
    std::stable_sort(all.begin(), all.end(), [&](const Diagnostic& a, const Diagnostic& b) {
      return std::tuple(a.file != file_, std::string_view(a.file), a.line, a.column) <
             std::tuple(b.file != file_, std::string_view(b.file), b.line, b.column);
    });
    return all;
  }

 private:
  std::string file_;
  NamedWarnings named_;
};

// A group moves as one: the member with the lowest priority decides the election of all of them,
// and different intervals make a peer miss one before the others.
void warn_of_unequal_groups(const Config& config, const Places& places, Warnings& warnings) {
  std::map<std::string_view, std::size_t> first_of;
  for (std::size_t i = 0; i < config.instances.size(); ++i) {
    const InstanceConfig& one = config.instances[i];
    if (one.sync_group.empty()) continue;
    const auto [entry, fresh] = first_of.try_emplace(one.sync_group, i);
    if (fresh) continue;
    const InstanceConfig& first = config.instances[entry->second];
    const auto warn = [&](std::string_view what, const std::string& found,
                          const std::string& expected) {
      warnings.add("sync-group-unequal", places.instances[i].name,
                   quote(one.name) + " has " + std::string(what) + " " + found + ", and " +
                       quote(first.name) + " in the same sync group " + quote(one.sync_group) +
                       " has " + expected + ": give the members the same");
    };
    if (one.priority != first.priority) {
      warn("priority", std::to_string(one.priority.value), std::to_string(first.priority.value));
    }
    if (one.advert_interval != first.advert_interval) {
      warn("advert_interval", duration_text(one.advert_interval),
           duration_text(first.advert_interval));
    }
    const auto preempt_text = [](const InstanceConfig& instance) {
      if (!instance.preempt) return std::string("false");
      return instance.preempt_delay == Duration{0}
                 ? std::string("true")
                 : "a delay of " + duration_text(instance.preempt_delay);
    };
    if (preempt_text(one) != preempt_text(first)) {
      warn("preempt", preempt_text(one), preempt_text(first));
    }
  }
}

void warn_of_unused_checks(const Config& config, const Places& places, Warnings& warnings) {
  std::set<std::string_view> used;
  for (const InstanceConfig& instance : config.instances) {
    for (const TrackCheck& track : instance.track_checks) used.insert(track.check);
  }
  for (const VirtualServerConfig& service : config.virtual_servers) {
    for (const RealServerConfig& server : service.real_servers) {
      used.insert(server.checks.begin(), server.checks.end());
    }
  }
  for (std::size_t i = 0; i < config.checks.size(); ++i) {
    const std::string& name = config.checks[i].name;
    if (used.contains(name)) continue;
    warnings.add("check-unused", places.checks[i].name,
                 "nothing tracks the check " + quote(name) + ", and no server is checked by it");
  }
}

// The most that all weights together can make of the priority. A file's weight is multiplied by
// what the file holds, which nobody knows here.
int highest_priority(const Config& config, const InstanceConfig& instance) {
  int highest = instance.priority.value;
  const auto add = [&](const auto& tracks) {
    for (const auto& track : tracks) {
      const int by = track.weight ? (track.reverse ? -*track.weight : *track.weight) : 0;
      highest += std::max(by, 0);
    }
  };
  add(instance.track_interfaces);
  add(instance.track_services);
  add(instance.track_addresses);
  add(instance.track_routes);
  std::vector<TrackCheck> checks = instance.track_checks;
  std::erase_if(checks, [&](const TrackCheck& track) {
    return std::any_of(config.checks.begin(), config.checks.end(), [&](const CheckConfig& check) {
      return check.name == track.check && std::holds_alternative<FileCheck>(check.target);
    });
  });
  add(checks);
  return highest;
}

void warn_of_priorities(const Config& config, const Places& places, Warnings& warnings) {
  for (std::size_t i = 0; i < config.instances.size(); ++i) {
    const InstanceConfig& instance = config.instances[i];
    if (instance.priority == kPriorityOwner) continue;
    const int highest = highest_priority(config, instance);
    if (highest <= kPriorityMax) continue;
    warnings.add("priority-over-254", places.instances[i].name,
                 "priority " + std::to_string(instance.priority.value) + " of " +
                     quote(instance.name) + " and its weights reach " + std::to_string(highest) +
                     ", which counts as 254: two nodes may reach it alike");
  }
}

}  // namespace

std::vector<Diagnostic> warnings_of(const Config& config, const Places& places,
                                    const std::string& file) {
  Warnings warnings(file);
  warn_of_unequal_groups(config, places, warnings);
  warn_of_unused_checks(config, places, warnings);
  warn_of_priorities(config, places, warnings);
  return warnings.take();
}

}  // namespace holdfast
