// SPDX-License-Identifier: Apache-2.0
#include "ctl/doctor/host.h"

#include <dirent.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <memory>

#include "common/owned_fd.h"
#include "ctl/networks.h"

namespace holdfast::ctl {
namespace {

int number_in(const std::string& path) {
  std::ifstream file(path);
  int number = 0;
  return file >> number ? number : 0;
}

int setting(const std::string& interface, const char* key) {
  const std::string root = "/proc/sys/net/ipv4/conf/";
  return std::max(number_in(root + "all/" + key), number_in(root + interface + '/' + key));
}

std::uint32_t mtu_of(const std::string& name) {
  const OwnedFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  if (!socket || name.size() >= sizeof request.ifr_name) return 0;
  std::memcpy(request.ifr_name, name.data(), name.size());
  if (::ioctl(socket.get(), SIOCGIFMTU, &request) != 0) return 0;
  return static_cast<std::uint32_t>(request.ifr_mtu);
}

void add_interfaces(Host& host) {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return;
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, &::freeifaddrs);
  for (const ifaddrs* one = list; one != nullptr; one = one->ifa_next) {
    const auto [place, added] = host.interfaces.try_emplace(one->ifa_name);
    HostInterface& interface = place->second;
    if (added) {
      interface.up = (one->ifa_flags & IFF_UP) != 0;
      interface.running = (one->ifa_flags & IFF_RUNNING) != 0;
      interface.multicast = (one->ifa_flags & IFF_MULTICAST) != 0;
      interface.mtu = mtu_of(place->first);
      interface.arp_ignore = setting(place->first, "arp_ignore");
      interface.rp_filter = setting(place->first, "rp_filter");
    }
    if (const auto prefix = prefix_of(*one)) {
      interface.addresses.push_back(*prefix);
    }
  }
}

std::string link_at(const std::string& path) {
  std::array<char, 256> text{};
  const ssize_t size = ::readlink(path.c_str(), text.data(), text.size());
  return {text.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
}

bool runs_here(const std::string& program) {
  const std::unique_ptr<DIR, int (*)(DIR*)> processes(::opendir("/proc"), &::closedir);
  if (!processes) return false;
  const std::string here = link_at("/proc/self/ns/net");
  // NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread
  while (const dirent* const entry = ::readdir(processes.get())) {
    const std::string folder = std::string("/proc/") + entry->d_name;
    std::string name;
    if (!std::getline(std::ifstream(folder + "/comm"), name) || name != program) continue;
    if (link_at(folder + "/ns/net") == here) return true;
  }
  return false;
}

bool clock_is_synced() {
  timex request{};
  const int state = ::adjtimex(&request);
  return state >= 0 && state != TIME_ERROR && (request.status & STA_UNSYNC) == 0;
}

}  // namespace

Host look_at_host() {
  Host host;
  add_interfaces(host);
  host.ipvs = ::access("/proc/net/ip_vs", F_OK) == 0;
  host.forwards_ipv4 = number_in("/proc/sys/net/ipv4/ip_forward") != 0;
  host.forwards_ipv6 = number_in("/proc/sys/net/ipv6/conf/all/forwarding") != 0;
  host.clock_synced = clock_is_synced();
  host.keepalived = runs_here("keepalived");
  return host;
}

}  // namespace holdfast::ctl
