// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "vrrp-worker/core/vrrp_core.h"

// A core with thousands of virtual routers: what happens to all of them at once costs not much more
// than so many times what it costs for one.
namespace holdfast::vrrp {
namespace {

using namespace std::chrono_literals;

constexpr Time kStart{Duration{1000s}};

struct Size {
  int links;
  int routers_per_link;
  int addresses_per_router = 1;
  bool sync_group = false;
};

std::string link_name(int link) {
  return "veth" + std::to_string(link);
}

IpPrefix own_address(int link) {
  return {IpAddress::v4({172, 16, static_cast<std::uint8_t>(link / 250),
                         static_cast<std::uint8_t>(link % 250 + 1)}),
          32};
}

Config config_of(const Size& size) {
  Config config;
  std::uint32_t next = 10U << 24U;
  for (int link = 0; link < size.links; ++link) {
    for (int router = 0; router < size.routers_per_link; ++router) {
      InstanceConfig one;
      one.name = "router-" + std::to_string(link) + "-" + std::to_string(router);
      one.interface = link_name(link);
      one.vrid = Vrid{static_cast<std::uint8_t>(router + 1)};
      if (size.sync_group) one.sync_group = "all";
      for (int i = 0; i < size.addresses_per_router; ++i, ++next) {
        auto& list = i < 200 ? one.addresses : one.excluded_addresses;
        list.push_back(
            {IpAddress::v4(
                 {static_cast<std::uint8_t>(next >> 24U), static_cast<std::uint8_t>(next >> 16U),
                  static_cast<std::uint8_t>(next >> 8U), static_cast<std::uint8_t>(next)}),
             32});
      }
      config.instances.push_back(std::move(one));
    }
  }
  return config;
}

Link link_of(int link, bool up = true) {
  return {link + 1, link_name(link), up, MacAddress{2}, {{own_address(link), false}}};
}

double cpu_ms() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

// One story of a node, each chapter with what it cost.
class Story {
 public:
  explicit Story(const Size& size) : size_(size), config_(config_of(size)) {}

  struct Chapter {
    std::string name;
    double ms;
    std::size_t actions;
  };

  std::vector<Chapter> tell() {
    for (int link = 0; link < size_.links; ++link) handle(LinkChanged{link_of(link)});
    chapter("configuration", [&] { handle(config_); });
    chapter("begin", [&] { handle(Begin{}); });
    chapter("all take over", [&] { wake(); });
    chapter("all advertise", [&] { wake(); });
    chapter("second announcements", [&] {
      for (int i = 0; i < 10; ++i) wake();
    });
    chapter("a link event each", [&] {
      for (int link = 0; link < size_.links; ++link) {
        Link changed = link_of(link);
        changed.mac[5] = 1;
        for (int router = 0; router < size_.routers_per_link; ++router) {
          const auto place = static_cast<std::size_t>(link * size_.routers_per_link + router);
          const InstanceConfig& one = config_.instances.at(place);
          for (const IpPrefix& prefix : one.held()) changed.insert({prefix, marked_});
        }
        handle(LinkChanged{changed});
      }
    });
    chapter("a no-op reload", [&] { handle(config_); });
    chapter("all get another priority", [&] {
      for (InstanceConfig& one : config_.instances) one.priority = Priority{101};
      handle(config_);
    });
    chapter("all get one more address", [&] {
      std::uint8_t next = 0;
      for (InstanceConfig& one : config_.instances) {
        ++next;
        one.excluded_addresses.push_back(
            {IpAddress::v4({11, static_cast<std::uint8_t>(one.vrid.value), next, 1}), 32});
      }
      handle(config_);
    });
    chapter("all links down", [&] { links(false); });
    chapter("all links up", [&] { links(true); });
    chapter("all take over again", [&] { wake(); });
    chapter("all are gone from the configuration", [&] { handle(Config{}); });
    chapter("all let go", [&] {
      for (int i = 0; i < 5; ++i) wake();
    });
    return std::move(chapters_);
  }

 private:
  void chapter(const std::string& name, const std::function<void()>& what) {
    actions_ = 0;
    const double before = cpu_ms();
    what();
    chapters_.push_back({name, cpu_ms() - before, actions_});
  }
  void links(bool up) {
    for (int link = 0; link < size_.links; ++link) handle(LinkChanged{link_of(link, up)});
  }
  void wake() {
    const auto due = core_.deadline();
    if (!due) return;
    now_ = std::max(now_, *due);
    handle(Wake{});
  }
  void handle(const VrrpEvent& event) {
    actions_ += core_.handle(event, now_).size();
    static_cast<void>(core_.deadline());
  }

  Size size_;
  bool marked_ = false;
  Config config_;
  VrrpCore core_;
  Time now_ = kStart;
  std::size_t actions_ = 0;
  std::vector<Chapter> chapters_;
};

// What a sanitizer costs grows in its own way.
constexpr bool kTimed = !HOLDFAST_SANITIZED;

// Four times as many cost four times as much and some for longer searches and for what no longer
// fits into the caches, not sixteen times. A chapter that is over in no time proves nothing.
void expect_no_square(const Size& few, const Size& many) {
  constexpr double kFactor = 9;
  constexpr double kNoTime = 8;  // ms
  std::vector<Story::Chapter> best_few;
  std::vector<Story::Chapter> best_many;
  for (int run = 0; run < 3; ++run) {
    for (const auto& [size, best] : {std::pair{few, &best_few}, std::pair{many, &best_many}}) {
      const std::vector<Story::Chapter> told = Story(size).tell();
      best->resize(told.size(), {"", 1e9, 0});
      for (std::size_t i = 0; i < told.size(); ++i) {
        if (told[i].ms < (*best)[i].ms) (*best)[i] = told[i];
      }
    }
  }
  for (std::size_t i = 0; i < best_many.size(); ++i) {
    const auto& [name, ms, actions] = best_many[i];
    if (kTimed) {
      EXPECT_LT(ms, kFactor * best_few[i].ms + kNoTime) << name << ": " << best_few[i].ms << " ms";
    }
    EXPECT_LE(actions, 6 * best_few[i].actions + 100) << name;
    testing::Test::RecordProperty(name, std::to_string(ms) + " ms");
  }
}

TEST(Scale, OfManyLinksWithManyRoutersEach) {
  expect_no_square({4, 250}, {16, 250});
}
TEST(Scale, OfManyLinks) {
  expect_no_square({1000, 1}, {4000, 1});
}
TEST(Scale, OfRoutersOnOneLink) {
  expect_no_square({1, 63, 4}, {1, 252, 4});
}
TEST(Scale, OfAddressesOfOneRouter) {
  expect_no_square({1, 1, 250}, {1, 1, 1000});
}
TEST(Scale, OfASyncGroup) {
  expect_no_square({1, 63, 1, true}, {1, 252, 1, true});
}

}  // namespace
}  // namespace holdfast::vrrp
