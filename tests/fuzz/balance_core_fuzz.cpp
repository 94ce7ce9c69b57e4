// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "balance-worker/core/balance_core.h"
#include "common/core/overloaded.h"
#include "tests/fuzz/script.h"

// Any sequence of configurations, results of checks, orders and times, against a kernel that does
// what it is told, refuses it, or has its table changed by others. Whatever comes, the core has one
// request on its way at most, no foreign service is touched, and when a willing kernel was read
// once more, its table is what is reported.
namespace holdfast::balance {
namespace {

constexpr const char* kShop = R"(version: 1
vrrp:
  instances:
    - {name: web, interface: eth0, virtual_router_id: 51, addresses: [192.0.2.10/24]}
load_balancing: {sync: {instance: web, interface: eth0}}
checks:
  - {name: a, tcp: "10.0.0.1:80"}
  - {name: b, tcp: "10.0.0.2:80"}
virtual_servers:
  - {name: shop, address: "192.0.2.10:80", scheduler: wrr, quorum: 2,
     sorry_server: "10.0.0.9:80",
     real_servers: [{address: "10.0.0.1:80", weight: 3, checks: [a]},
                    {address: "10.0.0.2:80", weight: 5, checks: [b]}]}
  - {name: dns, address: "192.0.2.10:53", protocol: udp, scheduler: rr,
     real_servers: [{address: "10.0.0.1:53", checks: [a]}]}
)";
constexpr const char* kMoved = R"(version: 1
checks:
  - {name: a, tcp: "10.0.0.1:80"}
virtual_servers:
  - {name: shop, address: "192.0.2.11:80", scheduler: sh, persistence: {timeout: 60s},
     real_servers: [{address: "10.0.0.1:80", checks: [a]}, {address: "10.0.0.3:80"}]}
)";

const std::array<Config, 3>& configs() {
  static const std::array<Config, 3> all{fuzz::config_of(kShop), fuzz::config_of(kMoved), Config{}};
  return all;
}

constexpr std::array<const char*, 3> kChecks{"a", "b", "nobody"};
constexpr std::array<const char*, 4> kServers{"shop/10.0.0.1:80", "shop/10.0.0.2:80",
                                              "dns/10.0.0.1:53", "nobody"};

ServiceKey foreign_key() {
  ServiceKey key;
  key.endpoint = Endpoint{IpAddress::v4({203, 0, 113, 1}), 80};
  return key;
}

class Play {
 public:
  explicit Play(FuzzedDataProvider& data) : data_(data) {
    kernel_.services[foreign_key()].options.scheduler = "rr";
    foreign_ = kernel_.services.at(foreign_key());
    tell(configs()[0]);
  }

  void act() {
    switch (data_.ConsumeIntegralInRange(0, 10)) {
      case 10:
        return tell(RouterState{"web", static_cast<VrrpState>(data_.ConsumeIntegralInRange(0, 3)),
                                Priority{100}, now_, "won"});
      case 0:
        return tell(configs().at(data_.ConsumeIntegralInRange<std::size_t>(0, 2)));
      case 1:
        if (!std::exchange(begun_, true)) tell(Begin{});
        return;
      case 2:
      case 3:
        return tell(CheckState{data_.PickValueInArray(kChecks), data_.ConsumeBool(),
                               data_.ConsumeIntegralInRange<std::uint8_t>(0, 100), now_, "result"});
      case 4:
        return order();
      case 5:
        return tamper();
      case 6:
      case 7:
        willing_ = data_.ConsumeIntegralInRange(0, 3) != 0;
        return;
      default:
        return pass(fuzz::some_time(data_));
    }
  }

  // With a kernel that takes everything it comes to rest, and what others did is repaired.
  void finish() {
    willing_ = true;
    if (!std::exchange(begun_, true)) tell(Begin{});
    pass(std::chrono::minutes{30});
    for (const Report& report : reports_) {
      if (const auto* const server = std::get_if<ServerState>(&report.what)) {
        HF_CHECK(server->use != ServerUse::kServing || server->weight > 0);
      }
    }
    tell(Stop{});
    HF_CHECK(kernel_.services.size() == 1 && kernel_.services.at(foreign_key()) == foreign_);
    HF_CHECK(kernel_.sync.empty());
  }

 private:
  void order() {
    const auto kind =
        static_cast<OrderKind>(data_.ConsumeIntegralInRange(0, static_cast<int>(OrderKind::kLast)));
    std::optional<Time> until;
    if (data_.ConsumeBool()) until = now_ + fuzz::some_time(data_);
    tell(ServerOrder{data_.PickValueInArray(kServers), kind, 7, until});
  }

  void tamper() {
    for (auto& [key, service] : kernel_.services) {
      if (key == foreign_key() || service.destinations.empty()) continue;
      service.destinations.erase(service.destinations.begin());
      return;
    }
  }

  // The kernel answers at once.
  BalanceEvent answer_to(const ReadTable&) {
    if (!willing_) return ReadFailed{"no IPVS"};
    return TableRead{kernel_};
  }
  BalanceEvent answer_to(const Execute& action) {
    HF_CHECK(!action.commands.empty());
    Executed done;
    for (const IpvsCommand& command : action.commands) {
      if (willing_) {
        apply(command, kernel_);
      } else {
        done.refused.push_back({command, "no memory"});
      }
    }
    return done;
  }

  void pass(Duration time) {
    fuzz::let_pass<Wake>(core_, now_, time, [this](const BalanceActions& done) { perform(done); });
  }

  void tell(const BalanceEvent& event) { perform(core_.handle(event, now_)); }

  void perform(const BalanceActions& actions) {
    std::vector<BalanceEvent> answers;
    for (const BalanceAction& action : actions) {
      std::visit(Overloaded{
                     [this](const Report& report) { reports_.push_back(report); },
                     [](const LogLine& line) { HF_CHECK(!line.text.empty()); },
                     [&](const auto& request) {
                       HF_CHECK(begun_);
                       answers.push_back(answer_to(request));
                     },
                 },
                 action);
    }
    while (reports_.size() > kReportsMax) reports_.pop_front();
    HF_CHECK(++depth_ < kDepthMax);  // it asks again and again
    for (const BalanceEvent& answer : answers) tell(answer);
    --depth_;
  }

  static constexpr int kDepthMax = 100;
  static constexpr std::size_t kReportsMax = 100;

  FuzzedDataProvider& data_;
  Time now_{std::chrono::hours{1}};
  BalanceCore core_;
  IpvsTable kernel_;
  Service foreign_;
  std::deque<Report> reports_;
  int depth_ = 0;
  bool begun_ = false;
  bool willing_ = true;
};

}  // namespace
}  // namespace holdfast::balance

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider provider(data, size);
  holdfast::balance::Play play(provider);
  while (provider.remaining_bytes() > 0) play.act();
  play.finish();
  return 0;
}
