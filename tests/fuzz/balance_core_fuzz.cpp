// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdint>
#include <deque>
#include <set>
#include <string>

#include "balance-worker/core/balance_core.h"
#include "balance-worker/core/reconciler.h"
#include "common/core/overloaded.h"
#include "tests/fuzz/script.h"

// Any sequence of configurations, results, orders, tables and refusals. Whatever comes, nothing is
// commanded before the beginning, what is reported is configured, and of a service of somebody else
// in the kernel's table nothing is ever changed.
namespace holdfast::balance {
namespace {

constexpr const char* kAll = R"(version: 1
vrrp:
  instances:
    - {name: web, interface: eth0, virtual_router_id: 51, addresses: [192.0.2.10/24]}
checks:
  - {name: app, tcp: "192.0.2.1:80"}
load_balancing: {sync: {instance: web, interface: eth0}}
virtual_servers:
  - {name: shop, address: "192.0.2.10:80", quorum: 2, check: {tcp: {}},
     real_servers: ["10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80"]}
)";
constexpr const char* kPlain = R"(version: 1
virtual_servers:
  - {name: shop, address: "192.0.2.10:80", check: {tcp: {}}, sorry_server: "10.0.0.9:80",
     real_servers: ["10.0.0.1:80"]}
  - {name: mail, address: "192.0.2.10:25", real_servers: ["10.0.0.1:25"]}
)";

const std::array<Config, 3>& configs() {
  static const std::array<Config, 3> all{fuzz::config_of(kAll), fuzz::config_of(kPlain), Config{}};
  return all;
}

class Play {
 public:
  explicit Play(FuzzedDataProvider& data) : data_(data) { configure(0); }

  void act() {
    switch (data_.ConsumeIntegralInRange(0, 9)) {
      case 0:
        return configure(data_.ConsumeIntegralInRange<std::size_t>(0, configs().size() - 1));
      case 1:
        begun_ = true;
        return tell(Begin{});
      case 2: {
        const bool up = data_.ConsumeBool();
        const auto weight =
            static_cast<std::uint8_t>(up ? data_.ConsumeIntegralInRange(0, 100) : 0);
        return tell(CheckState{check(), up, weight, now_, "result"});
      }
      case 3:
        return tell(ServerOrder{server(), OrderKind(data_.ConsumeIntegralInRange(0, 3)),
                                data_.ConsumeIntegral<std::uint16_t>(),
                                now_ + fuzz::some_time(data_)});
      case 4:
        return answer();
      case 5:
        table_ = IpvsTable{};  // somebody flushed it
        return;
      case 6:
        return tell(
            RouterState{"web", VrrpState(data_.ConsumeIntegralInRange(0, 3)), {100}, now_, ""});
      case 7:
        if (data_.ConsumeIntegralInRange(0, 20) == 0) return tell(Stop{});
        return tell(ServerState{server(), ServerUse::kServing, 1, data_.ConsumeBool(), true, now_,
                                "retained"});
      default:
        fuzz::let_pass<Wake>(core_, now_, fuzz::some_time(data_),
                             [this](const BalanceActions& actions) { perform(actions); });
    }
  }

 private:
  void configure(std::size_t which) {
    config_ = &configs().at(which);
    names_.clear();
    for (const VirtualServerConfig& one : config_->virtual_servers) {
      names_.insert(one.name);
      for (const RealServerConfig& server : one.real_servers) {
        names_.insert(server_name(one.name, server.endpoint));
      }
    }
    tell(*config_);
  }

  std::string check() {
    const auto& checks = config_->checks;
    if (checks.empty()) return "stranger";
    return checks[data_.ConsumeIntegralInRange<std::size_t>(0, checks.size() - 1)].name;
  }
  std::string server() {
    constexpr std::array kNames{"shop/10.0.0.1:80", "shop/10.0.0.2:80", "shop/10.0.0.3:80",
                                "mail/10.0.0.1:25", "nobody"};
    return data_.PickValueInArray(kNames);
  }

  // The kernel answers what it was asked, in its order.
  void answer() {
    if (asked_.empty()) return;
    const BalanceAction asked = asked_.front();
    asked_.pop_front();
    if (std::holds_alternative<ReadTable>(asked)) {
      if (data_.ConsumeBool()) return tell(ReadFailed{"no such family"});
      return tell(TableRead{table_});
    }
    Executed done;
    for (const IpvsCommand& command : std::get<Execute>(asked).commands) {
      if (data_.ConsumeIntegralInRange(0, 15) == 0) {
        done.refused.push_back({command, "no such scheduler"});
      } else {
        balance::apply(command, table_);
      }
    }
    tell(done);
  }

  void tell(const BalanceEvent& event) { perform(core_.handle(event, now_)); }

  void perform(const BalanceActions& actions) {
    for (const BalanceAction& action : actions) {
      std::visit(Overloaded{
                     [this](const ReadTable& one) {
                       HF_CHECK(begun_);
                       asked_.emplace_back(one);
                     },
                     [this](const Execute& one) {
                       HF_CHECK(begun_ && !one.commands.empty());
                       asked_.emplace_back(one);
                     },
                     [this](const Report& one) { reported(one.message); },
                     [](const LogLine& line) { HF_CHECK(!line.text.empty()); },
                 },
                 action);
    }
  }

  void reported(const Message& message) const {
    if (const auto* const state = std::get_if<ServerState>(&message)) {
      HF_CHECK(names_.contains(state->server) && state->since <= now_);
      HF_CHECK(state->use == ServerUse::kServing || state->weight == 0);
    } else if (const auto* const service = std::get_if<ServiceState>(&message)) {
      HF_CHECK(names_.contains(service->service) && service->since <= now_);
      HF_CHECK(service->healthy <= service->servers);
    } else {
      HF_CHECK(std::holds_alternative<TableFilled>(message));
    }
    static_cast<void>(encode(message));
  }

  FuzzedDataProvider& data_;
  Time now_{std::chrono::hours{1}};
  BalanceCore core_;
  const Config* config_ = nullptr;
  std::set<std::string> names_;
  IpvsTable table_;
  std::deque<BalanceAction> asked_;
  bool begun_ = false;
};

}  // namespace
}  // namespace holdfast::balance

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider provider(data, size);
  holdfast::balance::Play play(provider);
  while (provider.remaining_bytes() > 0) play.act();
  return 0;
}
