// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>

#include "check-worker/core/check_core.h"
#include "tests/simulator/worker.h"

namespace holdfast::simulator {

// The check-worker: the real CheckCore, probing simulated targets.
class CheckProcess : public Worker {
 public:
  using Worker::Worker;

 private:
  static constexpr std::size_t kProbes = 3;

  struct Answer {
    Time ready;
    check::CheckEvent event;
  };

  Sources sources() const override;
  void serve(std::size_t source) override;
  void configure(const Config& before) override;
  void tell(const Message& retained) override;
  void start(std::optional<Time> last_alive) override;
  void shut_down() override { end({}); }
  void wake() override;

  void handle(const check::CheckEvent& event) { perform(consult(event)); }
  check::CheckActions consult(const check::CheckEvent& event);
  void perform(const check::CheckActions& actions);
  void probe(const check::StartProbe& start);
  void take_answer(const std::string& check);

  check::CheckCore core_;
  std::map<std::string, Answer> answers_;  // to come; a silent target has none
};

}  // namespace holdfast::simulator
