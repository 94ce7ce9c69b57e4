// SPDX-License-Identifier: Apache-2.0
#include "tests/ipvs/table.h"

#include <sched.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <utility>

#include "balance-worker/core/ipvs_refusal.h"

namespace holdfast::balance {

Endpoint endpoint(const std::string& text) {
  return Endpoint::parse(text).value();
}

namespace {

ServiceKey key_of(Protocol protocol, const std::string& where) {
  ServiceKey key;
  key.endpoint = endpoint(where);
  key.family = key.endpoint.address.family();
  key.protocol = protocol;
  return key;
}

}  // namespace

ServiceKey tcp(const std::string& where) {
  return key_of(Protocol::kTcp, where);
}
ServiceKey udp(const std::string& where) {
  return key_of(Protocol::kUdp, where);
}

ServiceKey marked(std::uint32_t mark, Family family) {
  ServiceKey key;
  key.family = family;
  key.mark = mark;
  return key;
}

ServiceOptions options(const std::string& scheduler) {
  ServiceOptions options;
  options.scheduler = scheduler;
  return options;
}

DestinationOptions forwarded(Forwarding forwarding, std::uint32_t weight) {
  DestinationOptions options;
  options.forwarding = forwarding;
  options.weight = weight;
  return options;
}

std::string run(const std::string& command) {
  FILE* const output = ::popen((command + " 2>&1").c_str(), "r");  // NOLINT(cert-env33-c)
  HF_CHECK(output != nullptr);
  std::string said;
  std::array<char, 4096> buffer{};
  while (const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), output)) {
    said.append(buffer.data(), size);
  }
  EXPECT_EQ(::pclose(output), 0) << command << ": " << said;
  return said;
}

void IpvsTest::SetUp() {
  ASSERT_EQ(::geteuid(), 0U) << "needs root, to make a network namespace";
  ASSERT_EQ(::unshare(CLONE_NEWNET), 0);
  // Where there is no route at all, the kernel takes every server for a broadcast address.
  run("ip link set lo up");
  Result<Ipvs> ipvs = Ipvs::open();
  ASSERT_TRUE(ipvs.has_value()) << ipvs.error().message;
  ipvs_.push_back(std::move(*ipvs));
}

void IpvsTest::execute(const std::vector<IpvsCommand>& commands) {
  EXPECT_EQ(refused(commands), std::vector<std::string>{});
}

std::vector<std::string> IpvsTest::refused(const std::vector<IpvsCommand>& commands) {
  std::vector<std::string> errors;
  for (const Ipvs::Refusal& refusal : ipvs_.front().execute(commands)) {
    errors.push_back(refusal.error);
  }
  return errors;
}

IpvsTable IpvsTest::read() {
  Result<IpvsTable> table = ipvs_.front().read();
  HF_CHECK(table.has_value());
  return std::move(*table);
}

void IpvsTest::round_trip(const ServiceKey& key, const Service& service) {
  SCOPED_TRACE(to_string(key) + " " + service.options.scheduler);
  const IpvsTable before = read();
  std::vector<IpvsCommand> commands{AddService{key, service.options}};
  for (const auto& [destination, options] : service.destinations) {
    commands.emplace_back(AddDestination{key, destination, options});
  }
  execute(commands);
  IpvsTable wanted = before;
  wanted.services[key] = service;
  EXPECT_TRUE(read() == wanted) << run("ipvsadm -Sn");
  execute({RemoveService{key}});
  EXPECT_TRUE(read() == before);
}

}  // namespace holdfast::balance
