// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "tests/simulator/cluster.h"
#include "tests/simulator/network.h"

namespace holdfast::simulator {

// What goes wrong, by chance: every fault is inflicted on somebody, and most end after a while, so
// that several are in force at once. Each seed has its own selection of kinds and its own rate,
// since a mixture of everything hides what two kinds do to each other.
class Faults {
 public:
  Faults(Network& network, Cluster& cluster);

  void rage_until(Time end);  // the faults begin; the caller runs the network
  void heal();                // everything that was broken is whole again, and nothing more comes

 private:
  struct Kind {
    std::string_view name;
    void (Faults::*inflict)();
  };
  static const std::vector<Kind>& kinds();

  void strike();
  // After a while, unless all is healed before.
  void later(std::function<void()> end);
  Duration while_it_lasts();
  Host& some_host();
  Worker* some_worker(Host& host);
  int some_lan();

  void kill_worker();
  void pause_worker();
  void kill_supervisor();
  void pause_supervisor();
  void crash_host();
  void pause_host();
  void stop_service();
  void fail_spawns();
  void split_lan();
  void cut_one_way();
  void change_weather();
  void take_link_down();
  void unplug_link();
  void change_primary();
  void steal_address();
  void plant_address();
  void refuse_addresses();
  void change_target();
  void reload_change();
  void reload_same();
  IpAddress some_source(Family family);
  void send_noise();
  void send_mutation();
  void send_forgery();
  void roll_out();

  Network& network_;
  Cluster& cluster_;
  Random& random_;
  std::vector<Kind> chosen_;
  Duration pause_max_{};  // between two strikes
  Time end_{};
  std::uint64_t epoch_ = 0;  // one more with every heal(): what was begun before is void
};

}  // namespace holdfast::simulator
