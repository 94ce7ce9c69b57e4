// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "common/core/messages.h"
#include "config/config.h"
#include "tests/simulator/channel.h"
#include "tests/simulator/process.h"

namespace holdfast::simulator {

class Host;

inline constexpr int kSignalKill = 9;
inline constexpr int kSignalAbort = 6;

struct ProcessEnd {
  int status = 0;
  int signal = 0;
};

// One life of a worker: what common/worker does for every worker, over a simulated channel. What
// the world wants to know of it, it keeps; the process itself knows no more than a real one.
class Worker : public Process {
 public:
  using Subject = std::pair<std::size_t, std::string>;  // type of message, name

  Worker(Host& host, Role role, std::uint64_t life, std::shared_ptr<Channel> channel, Time starts);

  void end(ProcessEnd how);
  const std::optional<ProcessEnd>& ended() const { return ended_; }

  // SIGABRT: it dumps its core and will never run again.
  void doom() {
    doomed_ = true;
    pause();
  }
  bool doomed() const { return doomed_; }
  void resume() override {
    if (!doomed_) Process::resume();
  }

  Role role() const { return role_; }
  std::uint64_t life() const { return life_; }  // unique on its host
  Generation generation() const { return generation_; }
  const Config& config() const { return *config_; }
  bool started() const { return started_; }  // its program runs
  bool begun() const { return begun_; }      // has been told to start
  bool closing() const { return closing_; }  // has been told to hand over and end
  // Between the last sign of life before this one and its start, as it was told.
  std::optional<Duration> silence() const { return silence_; }
  // The last word on each configured subject that this life has said or was told.
  const std::map<Subject, Message>& known() const { return known_; }
  bool is_of_another(const Message& known) const;

 protected:
  static constexpr std::size_t kChannel = 0;
  static constexpr std::size_t kBeat = 1;
  static constexpr std::size_t kAlarm = 2;

  Sources sources() const override;
  void serve(std::size_t source) override;

  virtual void start_up() {}
  virtual void configure(const Config& before) = 0;  // config() is the new one
  virtual void tell(const Message& retained) = 0;
  virtual void start(std::optional<Time> last_alive) = 0;
  virtual void shut_down() = 0;
  virtual void wake() = 0;

  void send(const Message& message);
  void report(const Message& message);
  void arm(std::optional<Time> deadline);
  Time clock() const;

  Host& host_;

 private:
  void read_channel();
  void received(const Message& message, const std::shared_ptr<const Config>& document);
  void adopt(Generation generation, const std::shared_ptr<const Config>& document);
  void beat();
  void close();

  Role role_;
  std::uint64_t life_;
  std::shared_ptr<Channel> channel_;
  Time starts_;
  bool started_ = false;
  bool connected_ = true;
  bool closing_ = false;
  bool doomed_ = false;
  bool begun_ = false;
  std::optional<ProcessEnd> ended_;
  std::shared_ptr<const Config> config_;
  Generation generation_;
  std::optional<Duration> silence_;
  Duration interval_;
  Alarm beat_;
  Alarm alarm_;
  std::map<Subject, Message> known_;
};

}  // namespace holdfast::simulator
