// SPDX-License-Identifier: Apache-2.0
#include "tests/netlink/namespace.h"

#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "common/core/result.h"

namespace holdfast::vrrp {

Namespace::Namespace() {
  HF_CHECK(::unshare(CLONE_NEWNET) == 0);
  fd_.reset(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
  HF_CHECK(fd_);
}

void Namespace::enter() const {
  HF_CHECK(::setns(fd_.get(), CLONE_NEWNET) == 0);
}

std::string Namespace::path() const {
  return "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(fd_.get());
}

void ip(const std::string& words) {
  ASSERT_EQ(std::system(("ip " + words).c_str()), 0) << words;  // NOLINT(cert-env33-c)
}

void ip_batch(const std::string& lines) {
  FILE* const input = ::popen("ip -batch -", "w");  // NOLINT(cert-env33-c)
  ASSERT_NE(input, nullptr);
  ASSERT_GE(std::fputs(lines.c_str(), input), 0);
  ASSERT_EQ(::pclose(input), 0);
}

int index_of(const std::string& interface) {
  return static_cast<int>(::if_nametoindex(interface.c_str()));
}

Netlink open_netlink() {
  Result<Netlink> netlink = Netlink::open();
  HF_CHECK(netlink.has_value());
  return std::move(*netlink);
}

void await(Netlink& netlink, const std::string& interface, bool up) {
  const int index = index_of(interface);
  for (;;) {
    while (netlink.news()) {
    }
    if (netlink.links().at(index).up == up) return;
    pollfd poll{netlink.event_fd(), POLLIN, 0};
    ASSERT_EQ(::poll(&poll, 1, 5000), 1) << interface << " stays " << (up ? "down" : "up");
  }
}

void RootTest::SetUp() {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to make a network namespace";
  HF_CHECK(::unshare(CLONE_NEWNET) == 0);
}

}  // namespace holdfast::vrrp
