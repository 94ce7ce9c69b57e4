// SPDX-License-Identifier: Apache-2.0
#include "balance-worker/core/mark_book.h"

#include <gtest/gtest.h>

#include <limits>

namespace holdfast::balance {
namespace {

ServiceAddress at(std::uint8_t last) {
  return {Family::kIpv4, 0, {IpAddress::v4({192, 0, 2, last}), 80}};
}

VirtualServerConfig group(const std::string& name, std::vector<ServiceAddress> addresses) {
  VirtualServerConfig service;
  service.name = name;
  service.one_service = true;
  service.addresses = std::move(addresses);
  return service;
}

VirtualServerConfig by_mark(std::uint32_t mark) {
  VirtualServerConfig service;
  service.name = "by_mark";
  service.addresses = {{Family::kIpv4, mark, {}}};
  return service;
}

ServiceKey key(std::uint32_t mark) {
  return {Family::kIpv4, mark, {}, {}};
}
ServiceKey address(std::uint8_t last) {
  return {Family::kIpv4, 0, Protocol::kTcp, {IpAddress::v4({192, 0, 2, last}), 80}};
}

class MarkBookTest : public testing::Test {
 protected:
  MarksByName assign(const std::vector<VirtualServerConfig>& services) {
    VirtualServers all;
    for (const VirtualServerConfig& one : services) all.push_back(&one);
    book_.assign(all, 1000, kernel_, ours_);
    return book_.marks();
  }

  MarkBook book_;
  IpvsTable kernel_;
  std::set<ServiceKey> ours_;
};

TEST_F(MarkBookTest, CountsUpFromTheStart) {
  EXPECT_EQ(assign({group("a", {at(1)}), group("b", {at(2)})}),
            (MarksByName{{"a", 1000}, {"b", 1001}}));
}

TEST_F(MarkBookTest, OnlyWhoIsOneServiceHasAMark) {
  VirtualServerConfig plain = group("plain", {at(1)});
  plain.one_service = false;
  EXPECT_EQ(assign({plain, by_mark(7)}), MarksByName{});
}

TEST_F(MarkBookTest, AReloadOfOthersRenumbersNobody) {
  assign({group("b", {at(2)}), group("c", {at(3)})});
  EXPECT_EQ(assign({group("a", {at(1)}), group("c", {at(3), at(4)})}),
            (MarksByName{{"a", 1000}, {"c", 1001}}));
}

TEST_F(MarkBookTest, TheNextLifeFindsItsMarksInTheKernel) {
  kernel_.marks = {{address(1), 1005}, {address(2), 1003}};
  EXPECT_EQ(assign({group("a", {at(1), at(9)}), group("b", {at(2)}), group("c", {at(3)})}),
            (MarksByName{{"a", 1005}, {"b", 1003}, {"c", 1000}}));
}

TEST_F(MarkBookTest, NoMarkStandsForTwo) {
  kernel_.marks = {{address(1), 1000}, {address(2), 1000}};
  EXPECT_EQ(assign({group("a", {at(1)}), group("b", {at(2)})}),
            (MarksByName{{"a", 1000}, {"b", 1001}}));
}

TEST_F(MarkBookTest, WhatTheOperatorUsesIsNotTaken) {
  assign({group("a", {at(1)})});
  EXPECT_EQ(assign({group("a", {at(1)}), by_mark(1000)}), (MarksByName{{"a", 1001}}));
}

TEST_F(MarkBookTest, AServiceOfOthersKeepsItsMark) {
  kernel_.services[key(1000)] = {};
  EXPECT_EQ(assign({group("a", {at(1)})}), (MarksByName{{"a", 1001}}));
  ours_.insert(key(1000));
  book_ = {};
  EXPECT_EQ(assign({group("a", {at(1)})}), (MarksByName{{"a", 1000}}));
}

TEST_F(MarkBookTest, AfterTheLastMarkComesTheFirst) {
  const VirtualServerConfig a = group("a", {at(1)});
  const VirtualServerConfig b = group("b", {at(2)});
  book_.assign({&a, &b}, std::numeric_limits<std::uint32_t>::max(), kernel_, ours_);
  EXPECT_EQ(book_.marks(), (MarksByName{{"a", 4294967295U}, {"b", 1}}));
}

TEST_F(MarkBookTest, AddressesHaveTheMarkOfTheirVirtualServer) {
  const VirtualServerConfig a = group("a", {at(1), at(2)});
  const VirtualServerConfig b = group("b", {at(3)});
  book_.assign({&a, &b}, 1000, kernel_, ours_);
  EXPECT_EQ(book_.addresses({&a, &b}),
            (Marks{{address(1), 1000}, {address(2), 1000}, {address(3), 1001}}));
}

}  // namespace
}  // namespace holdfast::balance
