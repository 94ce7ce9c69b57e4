// SPDX-License-Identifier: Apache-2.0
#include "common/syscall_filter.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "common/landlock.h"
#include "common/sandbox.h"

namespace holdfast {
namespace {

constexpr int kConfined = 40;  // exit statuses of the child
constexpr int kCannot = 41;

struct End {
  int status = 0;  // -1: killed
  int signal = 0;
  std::string told;  // the name in Forbidden
};

// What becomes of a process of this role that does `act`. It is a process of its own: a filter
// cannot be taken off again.
End end_of(Role role, const std::function<void()>& act) {
  std::array<int, 2> channel{};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, channel.data()), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(channel[1], kChannelFd);
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (!install_syscall_filter(role)) ::_exit(kCannot);
    act();
    ::_exit(kConfined);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  std::array<std::uint8_t, 4096> bytes{};
  const ssize_t size = ::recv(channel[0], bytes.data(), bytes.size(), 0);
  ::close(channel[0]);
  ::close(channel[1]);
  End end{
      WIFEXITED(status) ? WEXITSTATUS(status) : -1, WIFSIGNALED(status) ? WTERMSIG(status) : 0, {}};
  if (size > 0) {
    const Result<Message> message = decode({bytes.data(), static_cast<std::size_t>(size)});
    if (const auto* last = message ? std::get_if<Forbidden>(&*message) : nullptr) {
      end.told = last->system_call;
    }
  }
  return end;
}

void expect_allowed(Role role, const std::function<void()>& act) {
  const End end = end_of(role, act);
  EXPECT_EQ(end.status, kConfined) << "signal " << end.signal << ", told: " << end.told;
}

void expect_told(Role role, const std::string& name, const std::function<void()>& act) {
  const End end = end_of(role, act);
  EXPECT_EQ(end.signal, SIGSYS) << name;
  EXPECT_EQ(end.told, name);
}

void expect_killed_at_once(Role role, const std::function<void()>& act) {
  const End end = end_of(role, act);
  EXPECT_EQ(end.signal, SIGSYS);
  EXPECT_EQ(end.told, "");
}

void open_socket(int domain, int type, int protocol) {
  static_cast<void>(::syscall(SYS_socket, domain, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol));
}

TEST(SyscallFilter, LetsEveryRoleLive) {
  for (const Role role : kRoles) {
    expect_allowed(role, [] {
      std::vector<std::uint8_t> memory(1U << 20U, 1);
      memory.resize(1U << 22U);
      static_cast<void>(::getpid());
      static_cast<void>(!::write(STDERR_FILENO, "", 0));
    });
  }
}

TEST(SyscallFilter, AnAbortIsAnAbort) {
  for (const Role role : kRoles) EXPECT_EQ(end_of(role, [] { ::abort(); }).signal, SIGABRT);
}

TEST(SyscallFilter, EachRoleHasItsOwnSockets) {
  expect_allowed(Role::kVrrp, [] {
    open_socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
    open_socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);
    open_socket(AF_INET, SOCK_RAW, 112);
    open_socket(AF_INET6, SOCK_RAW, 112);
    open_socket(AF_PACKET, SOCK_RAW, 0);
  });
  expect_allowed(Role::kCheck, [] {
    open_socket(AF_INET, SOCK_STREAM, 0);
    open_socket(AF_INET6, SOCK_STREAM, 0);
    open_socket(AF_INET, SOCK_DGRAM, 0);
    open_socket(AF_INET6, SOCK_DGRAM, 0);
    open_socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  });
  expect_allowed(Role::kBalance, [] { open_socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC); });
  expect_allowed(Role::kBalance, [] { open_socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER); });
}

TEST(SyscallFilter, AndNoOther) {
  expect_told(Role::kVrrp, "socket", [] { open_socket(AF_INET, SOCK_STREAM, 0); });
  expect_told(Role::kVrrp, "socket", [] { open_socket(AF_UNIX, SOCK_STREAM, 0); });
  expect_told(Role::kVrrp, "socket", [] { open_socket(AF_INET, SOCK_RAW, IPPROTO_TCP); });
  expect_told(Role::kVrrp, "socket", [] { open_socket(AF_PACKET, SOCK_RAW, 0x300); });
  expect_told(Role::kVrrp, "socket", [] { open_socket(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT); });
  expect_told(Role::kVrrp, "connect", [] { ::connect(0, nullptr, 0); });
  expect_told(Role::kCheck, "socket", [] { open_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP); });
  expect_told(Role::kCheck, "socket", [] { open_socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC); });
  expect_told(Role::kBalance, "socket", [] { open_socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE); });
  expect_told(Role::kBalance, "socket", [] { open_socket(AF_INET, SOCK_STREAM, 0); });
  expect_told(Role::kCheck, "socket", [] { open_socket(AF_UNIX, SOCK_DGRAM, 0); });
  expect_told(Role::kCheck, "socket", [] { open_socket(AF_PACKET, SOCK_RAW, 0); });
  expect_told(Role::kMonitor, "socket", [] { open_socket(AF_INET, SOCK_STREAM, 0); });
  expect_told(Role::kMonitor, "bind", [] { ::bind(0, nullptr, 0); });
  expect_told(Role::kMonitor, "connect", [] { ::connect(0, nullptr, 0); });
  expect_told(Role::kAlert, "bind", [] { ::bind(0, nullptr, 0); });
  expect_told(Role::kAlert, "socket", [] { open_socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE); });
  expect_told(Role::kAlert, "socket", [] { open_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP); });
  expect_allowed(Role::kAlert, [] {
    open_socket(AF_INET, SOCK_STREAM, 0);
    open_socket(AF_INET6, SOCK_DGRAM, 0);
    ::connect(0, nullptr, 0);
  });
  expect_allowed(Role::kMonitor, [] {
    ::accept4(0, nullptr, nullptr, 0);
    ::shutdown(0, SHUT_RDWR);
  });
}

TEST(SyscallFilter, NobodyListens) {
  for (const Role role : kRoles) {
    expect_told(role, "listen", [] { ::listen(0, 1); });
    if (role == Role::kMonitor) continue;  // which is given sockets to accept at
    expect_told(role, "accept4", [] { ::accept4(0, nullptr, nullptr, 0); });
  }
}

TEST(SyscallFilter, NobodyMapsCode) {
  for (const Role role : kRoles) {
    expect_told(role, "mmap", [] {
      ::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    });
    expect_told(role, "mprotect", [] {
      void* const page = ::mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      ::mprotect(page, 4096, PROT_READ | PROT_EXEC);
    });
  }
}

TEST(SyscallFilter, NobodySignalsAnother) {
  for (const Role role : kRoles) {
    expect_told(role, "kill", [] { ::kill(1, 0); });
    expect_told(role, "tgkill", [] { ::syscall(SYS_tgkill, 1, 1, 0); });
  }
}

TEST(SyscallFilter, NobodyChangesItsScheduling) {
  for (const Role role : kRoles) {
    expect_told(role, "sched_setscheduler", [] {
      const sched_param first{99};
      ::sched_setscheduler(0, SCHED_FIFO, &first);
    });
    expect_told(role, "sched_setattr", [] { ::syscall(SYS_sched_setattr, 0, nullptr, 0); });
    expect_told(role, "setpriority", [] { ::setpriority(PRIO_PROCESS, 0, -1); });
  }
}

TEST(SyscallFilter, NobodyTouchesATerminalOrAnInterface) {
  expect_told(Role::kVrrp, "ioctl", [] { ::ioctl(0, TIOCSTI, "x"); });
  expect_told(Role::kCheck, "ioctl", [] { ::ioctl(0, TIOCSTI, "x"); });
}

#ifndef HOLDFAST_SANITIZED
TEST(SyscallFilter, NobodyOpensAFile) {
  for (const Role role : kRoles) {
    expect_told(role, "openat", [] { static_cast<void>(::open("/etc/passwd", O_RDONLY)); });
    expect_told(role, "open", [] { ::syscall(SYS_open, "/etc/passwd", O_RDONLY); });
    expect_told(role, "prctl", [] { ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); });
  }
}
#endif

TEST(SyscallFilter, WhatOnlyAnAttackerTriesKillsOnTheSpot) {
  for (const Role role : kRoles) {
    expect_killed_at_once(role, [] { ::execl("/bin/true", "true", nullptr); });
    expect_killed_at_once(role, [] { ::syscall(SYS_fork); });
    expect_killed_at_once(role, [] { ::syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0); });
    expect_killed_at_once(role, [] { ::syscall(SYS_clone3, nullptr, 0); });
    expect_killed_at_once(role, [] { ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr); });
    expect_killed_at_once(role, [] { ::syscall(SYS_unshare, 0); });
    expect_killed_at_once(role, [] { ::syscall(SYS_bpf, 0, nullptr, 0); });
    expect_killed_at_once(role, [] { ::syscall(SYS_setuid, 0); });
  }
}

// ---- The supervisor's, and what it starts.

int status_of(const std::function<int()>& act) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    ::_exit(act());
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(SupervisorFilter, RefusesWhatOnlyAnAttackerWants) {
  for (const long call :
       {SYS_mount, SYS_umount2, SYS_ptrace, SYS_bpf, SYS_init_module, SYS_kexec_load, SYS_unshare,
        SYS_setns, SYS_keyctl, SYS_userfaultfd, SYS_perf_event_open, SYS_io_uring_setup,
        SYS_process_vm_readv, SYS_open_by_handle_at, SYS_reboot, SYS_settimeofday}) {
    EXPECT_EQ(status_of([call] {
                if (!install_supervisor_filter()) return kCannot;
                // Without the filter each would fail otherwise, for these arguments.
                return ::syscall(call, -1, -1, -1, -1, -1) == -1 ? errno : 0;
              }),
              EPERM)
        << call;
  }
}

TEST(SupervisorFilter, LeavesScriptsAlone) {
  EXPECT_EQ(status_of([] {
              if (!install_supervisor_filter()) return kCannot;
              ::execl("/bin/sh", "sh", "-c", "ls /proc/self/fd | (sleep 0 & wait; cat) >/dev/null",
                      nullptr);
              return kCannot;
            }),
            0);
}

TEST(SupervisorFilter, ComesBeforeThatOfAWorker) {
  EXPECT_EQ(status_of([] {
              if (!install_supervisor_filter()) return kCannot;
              return install_syscall_filter(Role::kVrrp) ? kConfined : kCannot;
            }),
            kConfined);
}

TEST(Landlock, LeavesNoFileInReach) {
  const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, 1);
  if (version < 1) GTEST_SKIP() << "the kernel has no Landlock";
  EXPECT_EQ(status_of([] {
              if (!forbid_files(true)) return kCannot;
              return ::open("/etc/passwd", O_RDONLY) < 0 ? errno : 0;
            }),
            EACCES);
  if (version < 4) return;
  const auto bind_tcp = [](bool no_tcp) {
    if (!forbid_files(no_tcp)) return kCannot;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    return ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0 ? errno : 0;
  };
  EXPECT_EQ(status_of([&] { return bind_tcp(true); }), EACCES);
  EXPECT_EQ(status_of([&] { return bind_tcp(false); }), 0);
}

}  // namespace
}  // namespace holdfast
