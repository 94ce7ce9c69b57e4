// SPDX-License-Identifier: Apache-2.0
#include "ctl/doctor/rules.h"

#include <algorithm>
#include <set>
#include <string>

namespace holdfast::ctl {
namespace {

std::string quoted(const InstanceConfig& instance) {
  return "instance " + instance.name;
}

// RFC 9568 §5.1: IPv4 header and 8 bytes, or IPv6 header and 8 bytes, and the addresses.
std::size_t advert_size(const InstanceConfig& instance) {
  const bool v4 = instance.family() == Family::kIpv4;
  return (v4 ? 20U + 8U : 40U + 8U) + instance.addresses.size() * (v4 ? 4U : 16U);
}

class Rules {
 public:
  Rules(const Config& config, const Host& host) : config_(config), host_(host) {}

  Findings all() {
    for (const InstanceConfig& instance : config_.instances) {
      const auto found = host_.interfaces.find(instance.interface);
      if (found == host_.interfaces.end()) {
        add("interface", quoted(instance) + ": there is no interface " + instance.interface + ".",
            "Without its interface the instance is in FAULT.",
            "Look at `ip link`, and correct interface: in the configuration.");
        continue;
      }
      look_at(instance, found->second);
    }
    clock();
    balancing();
    if (host_.keepalived) {
      add("keepalived", "A keepalived runs beside Holdfast.",
          "Both would answer for virtual routers, and each takes away what the other adds.",
          "Stop one of them: systemctl disable --now keepalived");
    }
    return std::move(findings_);
  }

 private:
  void add(const char* id, std::string what, std::string why, std::string mend) {
    Finding finding{id, std::move(what), std::move(why), std::move(mend)};
    const bool known = std::find(findings_.begin(), findings_.end(), finding) != findings_.end();
    if (!known) findings_.push_back(std::move(finding));
  }

  void look_at(const InstanceConfig& instance, const HostInterface& interface) {
    const std::string& name = instance.interface;
    if (!interface.up || !interface.running) {
      add("link", "Interface " + name + " is " + (interface.up ? "without a carrier." : "down."),
          "Its instances are in FAULT as long as that is so.",
          interface.up ? "Look at the cable, the switch port, or the other end of the link."
                       : "ip link set " + name + " up");
    }
    if (!instance.unicast && !interface.multicast) {
      add("multicast", "Interface " + name + " carries no multicast.",
          "Adverts go to " + instance.group().to_string() + ", and nobody would get them.",
          "ip link set " + name + " multicast on, or configure unicast: peers");
    }
    if (interface.mtu != 0 && advert_size(instance) > interface.mtu) {
      add("mtu",
          quoted(instance) + ": its adverts take " + std::to_string(advert_size(instance)) +
              " bytes, and the MTU of " + name + " is " + std::to_string(interface.mtu) + ".",
          "They cannot be sent whole, and a router that gets none takes over.",
          "Raise the MTU, or put addresses under excluded_addresses:.");
    }
    networks(instance, interface);
    if (instance.family() == Family::kIpv4) sysctls(instance, interface);
  }

  void networks(const InstanceConfig& instance, const HostInterface& interface) {
    for (const VirtualAddress& address : instance.held()) {
      if (instance.device_of(address) != instance.interface) continue;
      if (address.address.is_link_local()) continue;
      const bool inside = std::any_of(
          interface.addresses.begin(), interface.addresses.end(), [&](const IpPrefix& own) {
            return own.address != address.address && own.contains(address.address);
          });
      if (inside) continue;
      add("network",
          quoted(instance) + ": " + address.address.to_string() +
              " is in no network of interface " + instance.interface + ".",
          "Neighbours ask for an address only in their own network: nobody may ever come to it, "
          "unless a router has a route.",
          "Correct the address or the interface, or see that routers have a route to it.");
    }
  }

  void sysctls(const InstanceConfig& instance, const HostInterface& interface) {
    if (interface.rp_filter == 1 && instance.unicast) {
      for (const auto& peer : instance.unicast->peers) {
        if (reaches(interface, peer.address)) continue;
        add("rp_filter",
            "net.ipv4.conf." + instance.interface + ".rp_filter is strict (1), and the peer " +
                peer.address.to_string() + " is in no network of " + instance.interface + ".",
            "The kernel drops its adverts if the way back leads by another interface.",
            "sysctl -w net.ipv4.conf." + instance.interface +
                ".rp_filter=2 (the greater of that and of all counts)");
      }
    }
    if (interface.arp_ignore != 0 || instance.virtual_device) return;
    for (const auto& [other, its] : host_.interfaces) {
      if (other == instance.interface || other == "lo" || !its.up) continue;
      const bool shares =
          std::any_of(its.addresses.begin(), its.addresses.end(), [&](const IpPrefix& network) {
            return network.length < 32 && reaches(interface, network.address);
          });
      if (!shares || its.arp_ignore != 0) continue;
      add("arp_ignore",
          "Interfaces " + instance.interface + " and " + other +
              " are in the same network, and net.ipv4.conf." + other + ".arp_ignore is 0.",
          "Both answer for the virtual addresses: neighbours learn either of two MAC addresses.",
          "sysctl -w net.ipv4.conf." + other + ".arp_ignore=1 net.ipv4.conf." + other +
              ".arp_announce=2, and the same of " + instance.interface);
    }
  }

  static bool reaches(const HostInterface& interface, const IpAddress& address) {
    return std::any_of(interface.addresses.begin(), interface.addresses.end(),
                       [&](const IpPrefix& own) { return own.contains(address); });
  }

  void clock() {
    const bool matters =
        std::any_of(config_.instances.begin(), config_.instances.end(),
                    [](const InstanceConfig& one) { return one.hmac.has_value(); });
    if (!matters || host_.clock_synced) return;
    add("clock", "The clock is not synchronised, and adverts are signed with the time.",
        "An advert whose time is too far from the receiver's is refused: two masters.",
        "Run chrony, ntpd or systemd-timesyncd on every node; look with: timedatectl");
  }

  bool is_own(const IpAddress& address) const {
    return std::any_of(
        host_.interfaces.begin(), host_.interfaces.end(), [&](const auto& interface) {
          const std::vector<IpPrefix>& own = interface.second.addresses;
          return std::any_of(own.begin(), own.end(),
                             [&](const IpPrefix& one) { return one.address == address; });
        });
  }

  // Only what is masqueraded passes the kernel's forwarding; and not to a server on this node.
  void forwarding(const VirtualServerConfig& service) {
    for (const RealServerConfig& server : service.real_servers) {
      const IpAddress& address = server.endpoint.address;
      if (server.forwarding.method != ForwardingMethod::kMasquerade || is_own(address)) continue;
      const bool v4 = address.family() == Family::kIpv4;
      if (v4 ? host_.forwards_ipv4 : host_.forwards_ipv6) continue;
      const std::string key = v4 ? "net.ipv4.ip_forward" : "net.ipv6.conf.all.forwarding";
      add("forwarding",
          "Virtual server " + service.name + " masquerades what goes to its servers, and " + key +
              " is 0.",
          "The kernel drops what it would have to pass on, without a word: clients time out, while "
          "the checks, which come from this node itself, are good.",
          "sysctl -w " + key + "=1, at each boot: echo " + key +
              "=1 > /etc/sysctl.d/90-holdfast.conf");
    }
  }

  void balancing() {
    for (const VirtualServerConfig& service : config_.virtual_servers) forwarding(service);
    const bool ipvs =
        config_.load_balancing.backend == BalanceBackend::kIpvs && !config_.virtual_servers.empty();
    if (!ipvs || host_.ipvs) return;
    add("ipvs", "There are virtual servers, and the kernel has no IPVS loaded.",
        "Nothing is balanced, and connections to their addresses are refused.",
        "modprobe ip_vs, at each boot: echo ip_vs > /etc/modules-load.d/ip_vs.conf");
  }

  const Config& config_;
  const Host& host_;
  Findings findings_;
};

}  // namespace

Findings findings_of(const Config& config, const Host& host) {
  return Rules(config, host).all();
}

}  // namespace holdfast::ctl
