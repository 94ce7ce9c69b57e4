// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/event_loop.h"
#include "common/log.h"
#include "common/sandbox.h"
#include "vrrp-worker/netlink.h"
#include "vrrp-worker/release.h"
#include "vrrp-worker/sender.h"
#include "vrrp-worker/standing.h"
#include "vrrp-worker/worker.h"

namespace holdfast::vrrp {
namespace {

constexpr const char* kUsage =
    "holdfast-vrrp-worker is started by holdfastd; by hand it knows only --release, which removes "
    "what a killed one left behind: rules, routes, addresses, devices and the packet filter's "
    "table";

struct Options {
  std::optional<std::string> root;
  bool release = false;
  ProcessStanding standing;
};

std::optional<Options> parse(const std::vector<std::string_view>& words) {
  Options options;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--release") {
      options.release = true;
    } else if (words[i] == "--root" && i + 1 < words.size()) {
      options.root = words[++i];
    } else if (!read_standing(words[i], options.standing)) {
      return std::nullopt;
    }
  }
  if (!options.root && !options.release) return std::nullopt;
  return options;
}

int failed(const Error& error) {
  log(LogLevel::kError, error.message);
  return EXIT_FAILURE;
}

int run() {
  Result<Netlink> netlink = Netlink::open();
  if (!netlink) return failed(netlink.error());
  Result<Sender> sender = Sender::open();
  if (!sender) return failed(sender.error());
  EventLoop loop;
  const VrrpWorker worker(loop, std::move(*netlink), NetlinkFilter::open(), std::move(*sender));
  loop.run();
  return EXIT_SUCCESS;
}

int program(const std::vector<std::string_view>& words) {
  const std::optional<Options> options = parse(words);
  if (!options) {
    static_cast<void>(std::fprintf(stderr, "%s\n", kUsage));
    return 2;
  }
  log_setup("vrrp-worker", LogLevel::kInfo, LogStyle::kText);
  if (::geteuid() != 0) return failed({"must be started as root"});
  take(options->standing);
  allow_many_descriptors();  // a socket for each interface
  if (options->root) {
    if (auto confined = confine(Role::kVrrp, *options->root); !confined) {
      return failed(confined.error());
    }
  }
  if (options->release) return release() ? EXIT_SUCCESS : EXIT_FAILURE;
  return run();
}

}  // namespace
}  // namespace holdfast::vrrp

int main(int argc, char** argv) {
  return holdfast::vrrp::program({argv + std::min(argc, 1), argv + argc});
}
