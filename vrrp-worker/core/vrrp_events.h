// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/core/ip.h"
#include "common/core/messages.h"
#include "common/core/time.h"
#include "config/config.h"
#include "vrrp-worker/core/advert.h"
#include "vrrp-worker/core/filter_table.h"
#include "vrrp-worker/core/link.h"
#include "vrrp-worker/core/route.h"

// What happens to a vrrp-worker: everything that VrrpCore is told.
namespace holdfast::vrrp {

struct LinkChanged {  // a new or a changed interface, whole
  Link link;
};
struct LinkGone {
  int index = 0;
};
struct PacketReceived {  // on a listening interface
  int link = 0;
  Datagram datagram;
};
struct AddressRefused {  // the kernel did not do an AddAddress
  int link = 0;
  IpPrefix prefix;
  std::string error;
};
struct DeviceRefused {  // the kernel did not make or enable a virtual device
  std::string device;
  std::string error;
};
struct RoutingChanged {  // what there is, whole: the routes and rules that carry our mark
  std::vector<Route> routes;
  std::vector<Rule> rules;
};
struct RoutesSeen {  // all there are, whoever put them there, of watched_routes()
  std::vector<Route> routes;
};
struct RouteRefused {  // the kernel did not add it
  Route route;
  std::string error;
};
struct RuleRefused {
  Rule rule;
  std::string error;
};
struct FilterRead {  // what there is of our table of the packet filter
  Filter filter;
};
struct FilterRefused {  // the kernel did not make it, or did not change it
  std::string error;
};
struct RealTimeAhead {  // of Time: told before anything is signed, and when the clock was set
  Duration by{};
};
struct Begin {  // everything retained was told
  std::optional<Time> last_alive;
};
struct Stop {};  // hand everything over; finished() says when
struct Wake {};  // deadline() has come

using VrrpEvent = std::variant<Config, LinkChanged, LinkGone, PacketReceived, AddressRefused,
                               DeviceRefused, RoutingChanged, RoutesSeen, RouteRefused, RuleRefused,
                               FilterRead, FilterRefused, RouterState, CheckState, ServiceState,
                               WitnessState, LeaseState, Secret, RealTimeAhead, Begin, Stop, Wake>;

}  // namespace holdfast::vrrp
