// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/event_loop.h"
#include "common/memory.h"
#include "common/sandbox.h"
#include "supervisor/daemon.h"
#include "supervisor/document.h"
#include "supervisor/handover_file.h"
#include "supervisor/runtime_directory.h"
#include "supervisor/trial.h"

namespace holdfast::supervisor {
namespace {

struct Options {
  ConfigSource config{"/etc/holdfast/holdfast.yaml", ""};
  std::string runtime_dir = "/run/holdfast";
  std::string state_dir = "/var/lib/holdfast";
  bool trial = false;
};

int failed(const std::string& why) {
  static_cast<void>(std::fprintf(stderr, "holdfastd: %s\n", why.c_str()));
  return EXIT_FAILURE;
}

// Nothing is read from standard input, here or in a worker. A closed standard descriptor would be
// the next that is opened.
bool settle_standard_descriptors() {
  const int null = ::open("/dev/null", O_RDWR);
  if (null < 0 || ::dup2(null, STDIN_FILENO) < 0) return false;
  for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) < 0 && ::dup2(null, fd) < 0) return false;
  }
  if (null > STDERR_FILENO) ::close(null);
  return true;
}

// Before the file can be replaced.
std::string own_file() {
  std::array<char, PATH_MAX> path{};
  const ssize_t size = ::readlink("/proc/self/exe", path.data(), path.size());
  return {path.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
}

int run(const Options& options) {
  if (::geteuid() != 0) {
    return failed("must be started as root (it gives root up in its workers)");
  }
  if (!settle_standard_descriptors()) return failed("cannot open /dev/null");
  static_cast<void>(::signal(SIGPIPE, SIG_IGN));  // a log that nobody reads must not end it
  ::umask(0077);

  if (auto confined = confine_supervisor(); !confined) return failed(confined.error().message);

  for (const Role role : kRoles) {
    if (auto user = worker_user(role); !user) return failed(user.error().message);
  }
  if (options.trial) return run_trial(options.config, options.runtime_dir);
  const Result<std::optional<Handover>> former = inherited_handover();
  if (!former) return failed(former.error().message);
  // Before anything can fail: whoever is started after that must not take it for its own.
  const Result<std::optional<Handover>> left =
      *former ? std::optional<Handover>() : left_handover(options.runtime_dir);
  if (!left) return failed(left.error().message);
  reuse_free_memory();
  Loading loading = load_document(options.config);
  if (!loading.document) {
    for (std::size_t i = 0; i < loading.faults.size(); ++i) {
      const std::string excerpt = i < loading.excerpts.size() ? loading.excerpts[i] : "";
      static_cast<void>(std::fprintf(stderr, "%s\n%s", loading.faults[i].c_str(), excerpt.c_str()));
    }
    return EXIT_FAILURE;
  }
  Result<Programs> programs = Programs::open();
  if (!programs) return failed(programs.error().message);
  Result<RuntimeDirectory> directory =
      *former ? RuntimeDirectory::take_over(options.runtime_dir, OwnedFd((*former)->lock))
              : RuntimeDirectory::take(options.runtime_dir);
  if (!directory) return failed(directory.error().message);

  std::vector<std::string> arguments{"--config",          options.config.file, "--runtime-dir",
                                     options.runtime_dir, "--state-dir",       options.state_dir};
  if (!options.config.node.empty()) {
    arguments.insert(arguments.end(), {"--node", options.config.node});
  }
  EventLoop loop;
  Daemon daemon(loop, std::move(*programs), std::move(*directory), options.config,
                options.state_dir, {own_file(), std::move(arguments)});
  if (auto started = daemon.start(std::move(*loading.document), *former ? *former : *left);
      !started) {
    return failed(started.error().message);
  }
  loop.run();
  return daemon.exit_status();
}

int program(int argc, char** argv) {
  Options options;
  CLI::App app{
      "Keeps virtual IP addresses on a node that lives. Runs in the foreground; SIGHUP "
      "reloads the configuration, SIGUSR2 upgrades, SIGTERM hands over and stops."};
  app.set_version_flag("--version", "holdfastd " HOLDFAST_VERSION);
  app.add_option("--config", options.config.file, "configuration file")->capture_default_str();
  app.add_option("--node", options.config.node,
                 "which of the nodes in the configuration this is; default: the host name");
  app.add_option("--runtime-dir", options.runtime_dir, "directory of the control socket")
      ->capture_default_str();
  app.add_option("--state-dir", options.state_dir, "directory of what outlives a restart")
      ->capture_default_str();
  app.add_flag("--trial", options.trial)->group("");  // for a running one that is to be upgraded
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? EXIT_SUCCESS : 2;
  }
  return run(options);
}

}  // namespace
}  // namespace holdfast::supervisor

// NOLINTNEXTLINE(bugprone-exception-escape): CLI11 throws past its parse() only for our mistakes
int main(int argc, char** argv) {
  return holdfast::supervisor::program(argc, argv);
}
