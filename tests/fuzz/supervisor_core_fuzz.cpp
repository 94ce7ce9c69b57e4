// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "common/core/overloaded.h"
#include "supervisor/core/supervisor_core.h"
#include "tests/fuzz/script.h"

// Any sequence of configurations, messages of workers, deaths, and times. Whatever a worker says or
// however it ends, no worker runs twice, nobody is told or killed who is not there, what is
// retained is of what is configured, and once it was told to stop and its workers have ended it
// exits.
namespace holdfast::supervisor {
namespace {

constexpr const char* kOne = R"(version: 1
vrrp:
  instances:
    - {name: web, interface: eth0, virtual_router_id: 51, addresses: [192.0.2.10/24]}
    - {name: mail, interface: eth0, virtual_router_id: 52, advert_interval: 100ms,
       addresses: [192.0.2.11/24]}
checks:
  - {name: app, tcp: "192.0.2.1:80"}
  - {name: script, script: {command: [/bin/true]}}
  - {name: file, file: /run/weight}
virtual_servers:
  - {name: shop, address: "192.0.2.10:80", scheduler: rr,
     real_servers: [{address: "10.0.0.1:80", checks: [app]}]}
)";
constexpr const char* kTwo = R"(version: 1
vrrp:
  instances:
    - {name: web, interface: eth0, virtual_router_id: 51, addresses: [192.0.2.10/24]}
)";

const std::array<Config, 2>& configs() {
  static const std::array<Config, 2> all{fuzz::config_of(kOne), fuzz::config_of(kTwo)};
  return all;
}

constexpr std::array<const char*, 7> kSubjects{"web",  "mail", "app",   "script",
                                               "file", "shop", "nobody"};

class Play {
 public:
  explicit Play(FuzzedDataProvider& data) : data_(data) { tell(ConfigLoaded{configs()[0]}); }

  bool over() const { return exited_; }

  void act() {
    const Role role = data_.PickValueInArray(kRoles);
    switch (data_.ConsumeIntegralInRange(0, 16)) {
      case 0:
        return tell(ConfigLoaded{configs().at(data_.ConsumeBool() ? 1 : 0)});
      case 1:
        return tell(Terminate{});
      case 2:
        return end(role);
      case 3:
        if (alive_.contains(role)) tell(Violation{role, "is no message"});
        return;
      case 4:
        return say(role, Hello{data_.PickValueInArray(kRoles), data_.ConsumeBool() ? "one" : "x"});
      case 5:
        return say(role, Configured{Generation{data_.ConsumeIntegralInRange<std::uint32_t>(0, 4)}});
      case 6:  // from its first word to the newest configuration
        say(role, Hello{role, "one"});
        return say(role, Configured{core_.generation()});
      case 7:
        return say_bytes(role);
      case 8:
        return say(role, some_state());
      case 9:
        return tell(Observed{{"file", data_.ConsumeBool(), 3, "seen"}});
      case 10:
        return tell(AskedForChecks{++tickets_});
      case 11:
        return tell(AskedToRun{++tickets_, data_.PickValueInArray(kSubjects)});
      case 12:
        return end_script();
      case 13:
        return beat();
      case 14:
        return tell(Maintain{data_.ConsumeBool()});
      default:
        fuzz::let_pass<Wake>(core_, now_, fuzz::some_time(data_),
                             [this](const SupervisorActions& actions) { perform(actions); });
    }
  }

  // Told to stop, it does, whatever was before; a worker that does not is killed.
  void finish() {
    tell(Terminate{});
    for (int i = 0; i < 20 && !exited_; ++i) {
      while (!alive_.empty()) end(*alive_.begin());
      fuzz::let_pass<Wake>(core_, now_, std::chrono::seconds{60},
                           [this](const SupervisorActions& actions) { perform(actions); });
    }
    HF_CHECK(exited_);
  }

 private:
  void end(Role role) {
    if (alive_.erase(role) == 0) return;
    switch (data_.ConsumeIntegralInRange(0, 3)) {
      case 0:
        return tell(WorkerExited{role, 0, 0});
      case 1:
        return tell(WorkerExited{role, data_.ConsumeIntegralInRange(1, 255), 0});
      case 2:
        return tell(SpawnFailed{role, "no more processes"});
      default:
        return tell(WorkerExited{role, 0, data_.ConsumeIntegralInRange(1, 31)});
    }
  }

  void say(Role role, const Message& message) {
    if (alive_.contains(role)) tell(MessageFrom{role, message, data_.ConsumeBool()});
  }

  void say_bytes(Role role) {
    const std::vector<std::uint8_t> bytes =
        data_.ConsumeBytes<std::uint8_t>(data_.ConsumeIntegralInRange<std::size_t>(0, 200));
    const Result<Message> message = decode(bytes);
    if (message) say(role, *message);
  }

  Message some_state() {
    const std::string subject = data_.PickValueInArray(kSubjects);
    const Time since{Duration{data_.ConsumeIntegral<std::int64_t>()}};
    switch (data_.ConsumeIntegralInRange(0, 4)) {
      case 0:
        return RouterState{subject, VrrpState::kActive, Priority{100}, since, "won"};
      case 1:
        return CheckState{subject, data_.ConsumeBool(), 100, since, "result"};
      case 2:
        return ServiceState{subject, data_.ConsumeBool(), 1, 1, 1, false, false, since, "quorum"};
      case 3:
        return RunScript{subject, data_.ConsumeIntegral<std::uint8_t>()};
      default:
        return Heartbeat{};
    }
  }

  void beat() {
    const std::set<Role> alive = alive_;
    for (const Role role : alive) say(role, Heartbeat{});
  }

  void end_script() {
    if (scripts_.empty()) return;
    const StartScript script = scripts_.back();
    scripts_.pop_back();
    const ScriptVerdict verdict = data_.ConsumeBool() ? ScriptVerdict::kGood : ScriptVerdict::kBad;
    tell(ScriptEnded{{script.check, script.attempt, verdict, "ended", {}}, script.life});
  }

  void tell(const SupervisorEvent& event) {
    if (!exited_) perform(core_.handle(event, now_));
  }

  void perform(const SupervisorActions& actions) {
    for (const SupervisorAction& action : actions) {
      HF_CHECK(!exited_);
      std::visit(Overloaded{
                     [this](const Spawn& spawn) {
                       HF_CHECK(alive_.insert(spawn.role).second);
                       killed_.erase(spawn.role);
                     },
                     [this](const Send& send) { HF_CHECK(alive_.contains(send.role)); },
                     [this](const Kill& kill) {
                       HF_CHECK(alive_.contains(kill.role));
                       if (kill.how == KillWith::kKill) killed_.insert(kill.role);
                     },
                     [this](const StartScript& script) {
                       if (!script.asked) scripts_.push_back(script);
                     },
                     [this](const Exit&) {
                       for (const Role role : alive_) HF_CHECK(killed_.contains(role));
                       exited_ = true;
                     },
                     [](const auto&) {},
                 },
                 action);
    }
    HF_CHECK(core_.retained().size() <= kRetainedMax);
  }

  // More than all that is configured can be the subject of.
  static constexpr std::size_t kRetainedMax = 40;

  FuzzedDataProvider& data_;
  Time now_{std::chrono::hours{1}};
  SupervisorCore core_{"one"};
  std::set<Role> alive_;
  std::set<Role> killed_;  // of those that live, or lived last
  std::vector<StartScript> scripts_;
  Ticket tickets_ = 0;
  bool exited_ = false;
};

}  // namespace
}  // namespace holdfast::supervisor

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider provider(data, size);
  holdfast::supervisor::Play play(provider);
  while (provider.remaining_bytes() > 0 && !play.over()) play.act();
  if (!play.over()) play.finish();
  return 0;
}
