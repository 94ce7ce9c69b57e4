// SPDX-License-Identifier: Apache-2.0
#include "balance-worker/core/ipvs_refusal.h"

#include <cerrno>
#include <system_error>

#include "common/core/overloaded.h"

namespace holdfast::balance {
namespace {

std::string words_of(Protocol protocol) {
  switch (protocol) {
    case Protocol::kTcp:
      return "tcp";
    case Protocol::kUdp:
      return "udp";
    case Protocol::kSctp:
      return "sctp";
  }
  return {};
}

std::string words_of(SyncRole role) {
  return role == SyncRole::kMaster ? "master" : "backup";
}

std::string server(const Endpoint& destination, const ServiceKey& service) {
  return "server " + destination.to_string() + " of " + to_string(service);
}

// What the kernel means by an errno, where it is not what strerror says. Empty: that will do.

std::string why_service(const ServiceKey& key, const ServiceOptions& options, int error) {
  switch (error) {
    case ENOENT: {
      std::string why =
          "no such scheduler: " + options.scheduler + " (module ip_vs_" + options.scheduler + ")";
      const std::string& engine = options.persistence_engine;
      if (engine.empty()) return why;
      return why + ", or no such persistence engine: " + engine + " (module ip_vs_pe_" + engine +
             ")";
    }
    case EAFNOSUPPORT:
      return key.family == Family::kIpv6 ? "IPVS in this kernel has no IPv6" : std::string{};
    case EEXIST:
      return "there is such a service already";
    case ESRCH:
      return "no such service";
    case EINVAL:
      return "the kernel takes these options for wrong";
    default:
      return {};
  }
}

std::string why_destination(const ServiceKey& service, const Endpoint& destination,
                            const DestinationOptions& options, int error) {
  switch (error) {
    case ESRCH:
      return "no such service";
    case ENOENT:
      return "no such server";
    case EEXIST:
      return "there is such a server already";
    case ERANGE:
      return "a weight or threshold out of range, or the lower one above the upper";
    case EAFNOSUPPORT:
      return "IPVS in this kernel has no IPv6";
    case EINVAL:
      if (service.family != destination.address.family()) {
        return options.forwarding == Forwarding::kTunnel
                   ? "no server of another family while connections are synchronized"
                   : "a server of another family is reached by a tunnel only";
      }
      if (options.tunnel.kind == TunnelKind::kGue && options.tunnel.port == 0) {
        return "a GUE tunnel needs a port";
      }
      return "not an address of a single host, or a link-local one";
    default:
      return {};
  }
}

std::string why_sync(const SyncDaemon& daemon, int error) {
  switch (error) {
    case EEXIST:
      return "one runs already";
    case ENODEV:
      return "no such interface, or it has no address of the group's family: " + daemon.interface;
    case EADDRNOTAVAIL:
      return daemon.interface + " has no address to send from";
    case EINVAL:
      return "servers of another family than their service's are not synchronized, or the kernel "
             "takes the group for wrong";
    default:
      return {};
  }
}

std::string why(const IpvsCommand& command, int error) {
  if (error == EPERM) return "not permitted: CAP_NET_ADMIN is needed in this network namespace";
  return std::visit(
      Overloaded{
          [&](const AddService& add) { return why_service(add.key, add.options, error); },
          [&](const EditService& edit) { return why_service(edit.key, edit.options, error); },
          [&](const RemoveService&) { return std::string{}; },
          [&](const AddDestination& add) {
            return why_destination(add.service, add.destination, add.options, error);
          },
          [&](const EditDestination& edit) {
            return why_destination(edit.service, edit.destination, edit.options, error);
          },
          [&](const RemoveDestination&) { return std::string{}; },
          [&](const AddMark&) { return std::string{}; },
          [&](const RemoveMark&) { return std::string{}; },
          [&](const Sweep&) { return std::string{}; },
          [&](const StartSync& start) { return why_sync(start.daemon, error); },
          [&](const StopSync&) { return std::string{}; },
          [&](const SetTimeouts&) {
            return error == EINVAL ? std::string{"a timeout out of range"} : std::string{};
          }},
      command);
}

}  // namespace

std::string to_string(const ServiceKey& key) {
  if (key.mark != 0) {
    const char* const family = key.family == Family::kIpv4 ? " (IPv4)" : " (IPv6)";
    return "mark " + std::to_string(key.mark) + family;
  }
  return words_of(key.protocol) + " " + key.endpoint.to_string();
}

std::string attempt(const IpvsCommand& command) {
  return std::visit(
      Overloaded{
          [](const AddService& add) { return "cannot add the service " + to_string(add.key); },
          [](const EditService& edit) {
            return "cannot change the service " + to_string(edit.key);
          },
          [](const RemoveService& remove) {
            return "cannot remove the service " + to_string(remove.key);
          },
          [](const AddDestination& add) {
            return "cannot add the " + server(add.destination, add.service);
          },
          [](const EditDestination& edit) {
            return "cannot change the " + server(edit.destination, edit.service);
          },
          [](const RemoveDestination& remove) {
            return "cannot remove the " + server(remove.destination, remove.service);
          },
          [](const AddMark& add) {
            return "cannot mark the packets for the service " + to_string(add.service);
          },
          [](const RemoveMark& remove) {
            return "cannot unmark the packets for the service " + to_string(remove.service);
          },
          [](const Sweep&) {
            return std::string{"cannot remove a table of nf_tables that is damaged"};
          },
          [](const StartSync& start) {
            return "cannot start the synchronization of connections as " + words_of(start.role) +
                   " on " + start.daemon.interface;
          },
          [](const StopSync& stop) {
            return "cannot stop the synchronization of connections as " + words_of(stop.role);
          },
          [](const SetTimeouts&) { return std::string{"cannot set the timeouts"}; }},
      command);
}

std::string refusal(const IpvsCommand& command, int error, const std::string& words) {
  std::string reason = why(command, error);
  if (reason.empty()) reason = std::generic_category().message(error);
  if (!words.empty()) reason += " (" + words + ")";
  return attempt(command) + ": " + reason;
}

bool is_as_asked(const IpvsCommand& command, int error) {
  if (error == 0) return true;
  const bool gone = error == ESRCH || error == ENOENT;
  return gone && (std::holds_alternative<RemoveService>(command) ||
                  std::holds_alternative<RemoveDestination>(command) ||
                  std::holds_alternative<StopSync>(command));
}

}  // namespace holdfast::balance
