// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "tests/simulator/kernel.h"
#include "tests/simulator/lan.h"
#include "tests/simulator/supervisor_process.h"
#include "tests/simulator/worker.h"

namespace holdfast::simulator {

class VrrpProcess;
class Witness;

// What a probed service does.
enum class Target : std::uint8_t { kAnswers, kRefuses, kSilent };

// A network card, and the addresses that the machine has on it by itself.
struct Nic {
  int lan = 0;
  MacAddress mac{};
  IpPrefix primary;
  IpPrefix link_local;  // IPv6

  bool has(const IpAddress& address) const {
    return primary.address == address || link_local.address == address;
  }
};

// Whose workers run here: no host has virtual servers.
inline constexpr std::array kHostRoles{Role::kVrrp, Role::kCheck};

// One machine: its kernel, holdfastd and the workers that it starts, and a service manager that
// starts holdfastd again when it fails, after clearing away what was left (ExecStopPost=).
class Host {
 public:
  static constexpr const char* kBuildId = "simulated";

  // `broadcast` puts a frame on a LAN.
  using Broadcast = std::function<void(int lan, const Frame& frame)>;
  Host(World& world, Witness& witness, int number, std::vector<Nic> nics, Broadcast broadcast);
  ~Host();

  World& world() { return world_; }
  Witness& witness() { return witness_; }
  int number() const { return number_; }
  Kernel& kernel() { return kernel_; }
  const Kernel& kernel() const { return kernel_; }
  // CLOCK_MONOTONIC: every machine has its own, and it starts again with it.
  Time clock() const { return Time{world_.now() - booted_}; }
  Time world_time(Time clock) const { return booted_ + clock.time_since_epoch(); }

  // ---- What an operator does.
  void install(Config config) { file_ = std::move(config); }
  const Config& file() const { return file_; }
  void start_service();
  void stop_service();
  void reload();

  // ---- What befalls it.
  void boot();
  void crash();
  void pause();
  void resume();
  void kill_worker(Role role, ProcessEnd how);
  void kill_supervisor();
  void plug_in(int lan);
  void change_primary(int lan, const IpPrefix& primary);
  void unplant(int lan);  // addresses that somebody put there by hand
  void fail_spawns(int count) { failing_spawns_ = count; }
  void set_target(std::uint16_t port, Target target) { targets_[port] = target; }
  Target target(std::uint16_t port) const;

  // ---- What its processes ask of it.
  void transmit(int link, const Frame& frame);
  void end_later(int link, const IpPrefix& prefix, Duration lifetime);
  std::shared_ptr<Channel> spawn(Role role);  // null: it could not be done
  void kill_for_supervisor(Role role, supervisor::KillWith how, bool leaving);
  void withdraw();

  // ---- The network and the scheduler.
  void receive(int lan, const Frame& frame);
  Time next() const;
  void step();

  bool running() const { return running_; }
  bool paused_since(Time time) const { return paused_ || (last_paused_ && *last_paused_ >= time); }
  Worker* worker(Role role) const { return workers_[static_cast<std::size_t>(role)].get(); }
  VrrpProcess* vrrp() const;
  SupervisorProcess* supervisor() const { return supervisor_.get(); }
  const std::vector<Nic>& nics() const { return nics_; }

 private:
  bool step_supervisor();  // whether it had something to do
  bool step_worker(Role role);
  void bury(Role role);
  void bury_supervisor();
  void clean_up_after_supervisor();

  World& world_;
  Witness& witness_;
  int number_;
  std::vector<Nic> nics_;
  Broadcast broadcast_;
  Kernel kernel_;
  Config file_;
  bool running_ = false;
  bool paused_ = false;
  std::optional<Time> last_paused_;
  bool stop_ordered_ = false;
  bool wanted_ = false;  // the service is to run
  Time booted_{};
  std::uint64_t incarnation_ = 0;  // of the machine: what was asked for before a crash is void
  std::unique_ptr<SupervisorProcess> supervisor_;
  std::array<std::unique_ptr<Worker>, kRoles.size()> workers_;
  std::uint64_t lives_ = 0;
  int failing_spawns_ = 0;
  std::map<std::uint16_t, Target> targets_;
};

}  // namespace holdfast::simulator
