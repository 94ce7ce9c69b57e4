// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/core/overloaded.h"
#include "tests/fuzz/script.h"
#include "vrrp-worker/core/vrrp_core.h"

// Any sequence of configurations, links, adverts, checks and times, against a kernel that does what
// it is told or refuses it. Whatever comes, nothing is done before the beginning and to no
// interface that is not there, and who was told to stop lets go of all it holds, and comes to an
// end.
namespace holdfast::vrrp {
namespace {

constexpr const char* kPlain = R"(version: 1
vrrp:
  instances:
    - {name: web, interface: eth0, virtual_router_id: 51, priority: 150,
       addresses: [192.0.2.10/24, 192.0.2.11/24], track: [{check: app, weight: -60}]}
    - {name: mail, interface: eth1, virtual_router_id: 52, addresses: ["2001:db8::10/64"]}
checks:
  - {name: app, tcp: "127.0.0.1:80"}
)";
constexpr const char* kTogether = R"(version: 1
vrrp:
  sync_groups:
    - {name: both, instances: [web, mail]}
  instances:
    - {name: web, interface: eth0, virtual_router_id: 51, priority: 254, advert_interval: 100ms,
       preempt: {delay: 5s}, addresses: [192.0.2.10/24], track: [{interface: eth1}]}
    - {name: mail, interface: eth1, virtual_router_id: 52, version: 2,
       addresses: [198.51.100.10/24], track: [{check: app, weight: -200}]}
checks:
  - {name: app, tcp: "127.0.0.1:80"}
)";
constexpr const char* kUnicast = R"(version: 1
vrrp:
  instances:
    - {name: web, interface: eth0, virtual_router_id: 51, initial_state: master,
       unicast: {peers: [192.0.2.2, 192.0.2.3]}, addresses: [192.0.2.12/24]}
)";

const std::array<Config, 4>& configs() {
  static const std::array<Config, 4> all{fuzz::config_of(kPlain), fuzz::config_of(kTogether),
                                         fuzz::config_of(kUnicast), Config{}};
  return all;
}

const std::array<IpAddress, 6> kAddresses{
    IpAddress::v4({192, 0, 2, 1}),  IpAddress::v4({192, 0, 2, 2}),
    IpAddress::v4({192, 0, 2, 10}), IpAddress::v4({198, 51, 100, 10}),
    *IpAddress::parse("fe80::2"),   *IpAddress::parse("2001:db8::10"),
};
const IpAddress kGroup4 = IpAddress::v4({224, 0, 0, 18});
const IpAddress kGroup6 = *IpAddress::parse("ff02::12");

class Play {
 public:
  explicit Play(FuzzedDataProvider& data) : data_(data) {
    tell(configs()[0]);
    for (const int index : {2, 3}) {
      Link& link = links_[index];
      link.index = index;
      link.name = "eth" + std::to_string(index - 2);
      link.up = link.enabled = true;
      link.insert({{IpAddress::v4({192, 0, 2, 1}), 24}});
      link.insert({{*IpAddress::parse("fe80::1"), 64}});
      tell(LinkChanged{link});
    }
  }

  void act() {
    switch (data_.ConsumeIntegralInRange(0, 12)) {
      case 0:
        return tell(configs().at(data_.ConsumeIntegralInRange<std::size_t>(0, 3)));
      case 1:
        if (std::exchange(begun_, true)) return;
        return tell(Begin{data_.ConsumeBool() ? std::optional(now_ - fuzz::some_time(data_))
                                              : std::nullopt});
      case 2:
        return change_link();
      case 3:
        return tamper();
      case 4:
        return tell(CheckState{"app", data_.ConsumeBool(), 100, now_, "result"});
      case 5:
        return tell(RouterState{"web", VrrpState::kActive, Priority{150}, now_, "retained"});
      case 6:
      case 7:
      case 8:
        return hear();
      case 9:  // paused: everything is late
        now_ += fuzz::some_time(data_);
        return tell(Wake{});
      default:
        return pass(fuzz::some_time(data_));
    }
  }

  void finish() {
    for (auto& [index, link] : links_) {
      link.up = link.enabled = true;
      tell(LinkChanged{link});
    }
    if (!std::exchange(begun_, true)) tell(Begin{});
    refuses_ = false;
    tell(Stop{});
    pass(std::chrono::minutes{10});
    HF_CHECK(core_.finished());
    for (const auto& [index, link] : links_) {
      for (const LinkAddress& address : link.addresses) HF_CHECK(!address.marked);
    }
  }

 private:
  Link& some_link() { return links_.at(data_.ConsumeIntegralInRange(2, 3)); }

  void change_link() {
    Link& link = some_link();
    if (data_.ConsumeIntegralInRange(0, 5) == 0) {
      link.addresses.clear();
      tell(LinkGone{link.index});
    }
    link.up = data_.ConsumeBool();
    link.enabled = link.up || data_.ConsumeBool();
    tell(LinkChanged{link});
  }

  void tamper() {
    Link& link = some_link();
    refuses_ = data_.ConsumeBool();
    if (!link.addresses.empty() && data_.ConsumeBool()) {
      link.addresses.pop_back();
    } else {
      link.insert({{data_.PickValueInArray(kAddresses), 24}, data_.ConsumeBool()});
    }
    tell(LinkChanged{link});
  }

  void hear() {
    const IpAddress source = data_.PickValueInArray(kAddresses);
    const bool multicast = data_.ConsumeBool();
    const IpAddress group = source.is_v4() ? kGroup4 : kGroup6;
    const IpAddress destination = multicast ? group : kAddresses[0];
    if (source.is_v4() != destination.is_v4()) return;
    Advert advert;
    advert.version = data_.ConsumeBool() || !source.is_v4() ? VrrpVersion::k3 : VrrpVersion::k2;
    advert.vrid = Vrid{data_.ConsumeIntegralInRange<std::uint8_t>(50, 53)};
    advert.priority = Priority{data_.ConsumeIntegral<std::uint8_t>()};
    advert.interval = advert.version == VrrpVersion::k2
                          ? Duration{std::chrono::seconds{data_.ConsumeIntegralInRange(0, 3)}}
                          : std::chrono::milliseconds{10 * data_.ConsumeIntegralInRange(0, 4095)};
    for (int i = data_.ConsumeIntegralInRange(0, 3); i > 0; --i) {
      const IpAddress address = data_.PickValueInArray(kAddresses);
      if (address.is_v4() == source.is_v4()) advert.addresses.push_back(address);
    }
    std::vector<std::uint8_t> bytes =
        encode_advert(advert, ChecksumForm::kPseudoHeader, source, destination);
    const bool shortened = data_.ConsumeIntegralInRange(0, 9) == 0;
    if (shortened) bytes.resize(bytes.size() / 2);
    const std::uint8_t ttl = data_.ConsumeIntegralInRange(0, 9) == 0 ? 254 : 255;
    tell(PacketReceived{some_link().index, {source, destination, ttl, bytes}});
  }

  void pass(Duration time) {
    fuzz::let_pass<Wake>(core_, now_, time, [this](const VrrpActions& done) { perform(done); });
  }

  void tell(const VrrpEvent& event) { perform(core_.handle(event, now_)); }

  void perform(const VrrpActions& actions) {
    std::vector<VrrpEvent> answers;
    for (const VrrpAction& action : actions) {
      std::visit(Overloaded{
                     [&](const AddAddress& add) { this->add(add, answers); },
                     [&](const RemoveAddress& remove) {
                       Link& link = links_.at(remove.link);
                       link.erase(remove.prefix);
                       answers.emplace_back(LinkChanged{link});
                     },
                     [this](const SendPacket& packet) { sent(packet); },
                     [this](const SendFrame& frame) { HF_CHECK(links_.contains(frame.link)); },
                     [](const auto&) {},
                 },
                 action);
    }
    for (const VrrpEvent& answer : answers) tell(answer);
  }

  void add(const AddAddress& add, std::vector<VrrpEvent>& answers) {
    HF_CHECK(begun_);
    Link& link = links_.at(add.link);
    if (refuses_) {
      answers.emplace_back(AddressRefused{add.link, add.prefix, "no memory"});
      return;
    }
    link.insert({add.prefix, true, add.traits});
    answers.emplace_back(LinkChanged{link});
  }

  // What it says itself can be read by others.
  void sent(const SendPacket& packet) const {
    HF_CHECK(begun_ && links_.contains(packet.link));
    HF_CHECK(decode_advert({packet.source, packet.destination, packet.ttl, packet.payload}));
  }

  FuzzedDataProvider& data_;
  Time now_{std::chrono::hours{1}};
  VrrpCore core_;
  std::map<int, Link> links_;
  bool begun_ = false;
  bool refuses_ = false;
};

}  // namespace
}  // namespace holdfast::vrrp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider provider(data, size);
  holdfast::vrrp::Play play(provider);
  while (provider.remaining_bytes() > 0) play.act();
  play.finish();
  return 0;
}
