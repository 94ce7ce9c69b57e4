// SPDX-License-Identifier: Apache-2.0
#include "common/syscall_filter.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "common/os_error.h"
#include "common/sandbox.h"

namespace holdfast {
namespace {

using Conditions = std::vector<scmp_arg_cmp>;

constexpr std::uint64_t kVrrpProtocol = 112;  // IANA

constexpr scmp_arg_cmp is(unsigned argument, std::uint64_t value) {
  return {argument, SCMP_CMP_EQ, value, 0};
}
constexpr scmp_arg_cmp has_none_of(unsigned argument, std::uint64_t bits) {
  return {argument, SCMP_CMP_MASKED_EQ, bits, 0};
}
// The type of a socket, whatever flags stand beside it.
constexpr scmp_arg_cmp is_type(std::uint64_t type) {
  constexpr std::uint64_t kTypes = ~static_cast<std::uint64_t>(SOCK_NONBLOCK | SOCK_CLOEXEC);
  return {1, SCMP_CMP_MASKED_EQ, kTypes & 0xFFFFFFFFU, type};
}

struct Rule {
  int call;
  Conditions conditions{};
};

// What every worker does: memory, time, its event loop, and descriptors that it has.
const std::vector<Rule>& rules_of_all() {
  constexpr auto kSelf = 0U;
  static const std::vector<Rule> kRules{
      {SCMP_SYS(read)},
      {SCMP_SYS(write)},
      {SCMP_SYS(writev)},
      {SCMP_SYS(poll)},  // of standard error: a log that nobody reads is not waited for
      {SCMP_SYS(ppoll)},
      {SCMP_SYS(pread64)},
      {SCMP_SYS(lseek)},
      {SCMP_SYS(close)},
      {SCMP_SYS(recvmsg)},
      {SCMP_SYS(sendmsg)},
      {SCMP_SYS(recvfrom)},
      {SCMP_SYS(sendto)},
      {SCMP_SYS(getsockopt)},
      {SCMP_SYS(setsockopt)},
      {SCMP_SYS(epoll_create1)},
      {SCMP_SYS(epoll_ctl)},
      {SCMP_SYS(epoll_wait)},
      {SCMP_SYS(epoll_pwait)},
      {SCMP_SYS(eventfd2)},
      {SCMP_SYS(pipe2)},
      {SCMP_SYS(timerfd_create)},
      {SCMP_SYS(timerfd_settime)},
      {SCMP_SYS(futex)},
      {SCMP_SYS(brk)},
      {SCMP_SYS(munmap)},
      {SCMP_SYS(mremap)},
      {SCMP_SYS(madvise)},
      {SCMP_SYS(clock_gettime)},
      {SCMP_SYS(clock_getres)},  // libuv; where the kernel has no vDSO, it is a system call
      {SCMP_SYS(gettimeofday)},
      {SCMP_SYS(time)},
      {SCMP_SYS(getrandom)},
      {SCMP_SYS(getpid)},
      {SCMP_SYS(gettid)},
      {SCMP_SYS(rt_sigprocmask)},
      {SCMP_SYS(rt_sigreturn)},
      {SCMP_SYS(restart_syscall)},
      {SCMP_SYS(exit)},
      {SCMP_SYS(exit_group)},
      {SCMP_SYS(mmap), {has_none_of(2, PROT_EXEC)}},
      {SCMP_SYS(mprotect), {has_none_of(2, PROT_EXEC)}},
      {SCMP_SYS(ioctl), {is(1, FIONBIO)}},
      {SCMP_SYS(fcntl), {is(1, F_GET_SEALS)}},
      {SCMP_SYS(fstat)},
      // fstat() of glibc. The path may be any, but there are none in an empty root.
      {SCMP_SYS(newfstatat), {is(3, AT_EMPTY_PATH)}},
      // abort().
      {SCMP_SYS(rt_sigaction), {is(0, SIGABRT)}},
      {SCMP_SYS(tgkill), {is(kSelf, static_cast<std::uint64_t>(::getpid()))}},
  };
  return kRules;
}

std::vector<Rule> rules_of(Role role) {
  switch (role) {
    case Role::kVrrp:
      return {
          {SCMP_SYS(socket), {is(0, AF_NETLINK), is_type(SOCK_RAW), is(2, NETLINK_ROUTE)}},
          {SCMP_SYS(socket), {is(0, AF_NETLINK), is_type(SOCK_RAW), is(2, NETLINK_NETFILTER)}},
          {SCMP_SYS(socket), {is(0, AF_INET), is_type(SOCK_RAW), is(2, kVrrpProtocol)}},
          {SCMP_SYS(socket), {is(0, AF_INET6), is_type(SOCK_RAW), is(2, kVrrpProtocol)}},
          // With protocol 0: it sends, and hears nothing.
          {SCMP_SYS(socket), {is(0, AF_PACKET), is_type(SOCK_RAW), is(2, 0)}},
          {SCMP_SYS(bind)},
          {SCMP_SYS(getsockname)},
          {SCMP_SYS(sendmmsg)},
          {SCMP_SYS(recvmmsg)},
      };
    case Role::kCheck:
      return {
          {SCMP_SYS(socket), {is(0, AF_INET), is_type(SOCK_STREAM)}},
          {SCMP_SYS(socket), {is(0, AF_INET6), is_type(SOCK_STREAM)}},
          {SCMP_SYS(socket), {is(0, AF_INET), is_type(SOCK_DGRAM)}},
          {SCMP_SYS(socket), {is(0, AF_INET6), is_type(SOCK_DGRAM)}},
          // To read routes and carriers: without a capability nothing can be changed by it.
          {SCMP_SYS(socket), {is(0, AF_NETLINK), is_type(SOCK_RAW), is(2, NETLINK_ROUTE)}},
          {SCMP_SYS(bind)},
          {SCMP_SYS(connect)},
          {SCMP_SYS(getsockname)},
          {SCMP_SYS(ioctl), {is(1, SIOCGIFINDEX)}},
          {SCMP_SYS(sysinfo)},  // qsort() of glibc, in OpenSSL
      };
    case Role::kBalance:
      return {
          {SCMP_SYS(socket), {is(0, AF_NETLINK), is_type(SOCK_RAW), is(2, NETLINK_GENERIC)}},
          {SCMP_SYS(socket), {is(0, AF_NETLINK), is_type(SOCK_RAW), is(2, NETLINK_NETFILTER)}},
          {SCMP_SYS(bind)},
      };
    case Role::kMonitor:
      // Of the sockets that it was given to listen at, those that come.
      return {
          {SCMP_SYS(accept4)},
          {SCMP_SYS(shutdown)},
          // The library looks whether a socket is as it needs it.
          {SCMP_SYS(fcntl), {is(1, F_GETFL)}},
          {SCMP_SYS(fcntl), {is(1, F_SETFL)}},
          {SCMP_SYS(fcntl), {is(1, F_GETFD)}},
          {SCMP_SYS(fcntl), {is(1, F_SETFD)}},
      };
    case Role::kAlert:
    case Role::kWitness:
      // Outwards, to those who are to be told, or asked; they listen at nothing.
      return {
          {SCMP_SYS(socket), {is(0, AF_INET), is_type(SOCK_STREAM)}},
          {SCMP_SYS(socket), {is(0, AF_INET6), is_type(SOCK_STREAM)}},
          {SCMP_SYS(socket), {is(0, AF_INET), is_type(SOCK_DGRAM)}},
          {SCMP_SYS(socket), {is(0, AF_INET6), is_type(SOCK_DGRAM)}},
          {SCMP_SYS(connect)},
          {SCMP_SYS(getsockname)},
          {SCMP_SYS(getpeername)},
          {SCMP_SYS(shutdown)},
          // libcurl wakes itself by a pair of them, and makes descriptors non-blocking.
          {SCMP_SYS(socketpair), {is(0, AF_UNIX)}},
          {SCMP_SYS(fcntl), {is(1, F_GETFL)}},
          {SCMP_SYS(fcntl), {is(1, F_SETFL)}},
          {SCMP_SYS(fcntl), {is(1, F_SETFD)}},
          {SCMP_SYS(sysinfo)},  // qsort() of glibc, in OpenSSL
      };
  }
  return {};
}

// AddressSanitizer looks at its own maps when it reports, and has stacks of its own for signals.
std::vector<Rule> rules_of_sanitizers() {
#ifdef HOLDFAST_SANITIZED
  return {{SCMP_SYS(openat)},       {SCMP_SYS(readlink)},  {SCMP_SYS(sigaltstack)},
          {SCMP_SYS(rt_sigaction)}, {SCMP_SYS(prctl)},     {SCMP_SYS(sched_yield)},
          {SCMP_SYS(getrlimit)},    {SCMP_SYS(prlimit64)}, {SCMP_SYS(sysinfo)},
          {SCMP_SYS(uname)},        {SCMP_SYS(dup)},       {SCMP_SYS(nanosleep)}};
#else
  return {};
#endif
}

// What no mistake of ours leads to.
constexpr std::initializer_list<int> kAttacks{
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
    SCMP_SYS(fork),
    SCMP_SYS(vfork),
    SCMP_SYS(clone),
    SCMP_SYS(clone3),
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(pidfd_getfd),
    SCMP_SYS(mount),
    SCMP_SYS(umount2),
    SCMP_SYS(pivot_root),
    SCMP_SYS(chroot),
    SCMP_SYS(setns),
    SCMP_SYS(unshare),
    SCMP_SYS(open_by_handle_at),
    SCMP_SYS(bpf),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(kexec_load),
    SCMP_SYS(keyctl),
    SCMP_SYS(add_key),
    SCMP_SYS(request_key),
    SCMP_SYS(setuid),
    SCMP_SYS(setresuid),
    SCMP_SYS(capset),
};

// What neither the supervisor nor a worker before its own filter nor a script may do. Newer calls
// are there by number for kernels and libraries that know them.
constexpr std::initializer_list<int> kNobodys{
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(delete_module),
    SCMP_SYS(kexec_load),
    SCMP_SYS(kexec_file_load),
    SCMP_SYS(reboot),
    SCMP_SYS(bpf),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(io_uring_enter),
    SCMP_SYS(io_uring_register),
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(process_madvise),
    SCMP_SYS(pidfd_getfd),
    SCMP_SYS(kcmp),
    SCMP_SYS(mount),
    SCMP_SYS(umount),
    SCMP_SYS(umount2),
    SCMP_SYS(pivot_root),
    SCMP_SYS(move_mount),
    SCMP_SYS(open_tree),
    SCMP_SYS(fsopen),
    SCMP_SYS(fsconfig),
    SCMP_SYS(fsmount),
    SCMP_SYS(fspick),
    SCMP_SYS(mount_setattr),
    SCMP_SYS(setns),
    SCMP_SYS(unshare),
    SCMP_SYS(open_by_handle_at),
    SCMP_SYS(keyctl),
    SCMP_SYS(add_key),
    SCMP_SYS(request_key),
    SCMP_SYS(swapon),
    SCMP_SYS(swapoff),
    SCMP_SYS(acct),
    SCMP_SYS(quotactl),
    SCMP_SYS(settimeofday),
    SCMP_SYS(clock_settime),
    SCMP_SYS(stime),
    SCMP_SYS(sethostname),
    SCMP_SYS(setdomainname),
    SCMP_SYS(iopl),
    SCMP_SYS(ioperm),
    SCMP_SYS(modify_ldt),
    SCMP_SYS(vhangup),
    SCMP_SYS(fanotify_init),
    SCMP_SYS(lookup_dcookie),
    SCMP_SYS(nfsservctl),
    SCMP_SYS(_sysctl),
    SCMP_SYS(uselib),
    SCMP_SYS(syslog),
};

// The last word of a process whose system call the kernel did not make. Its memory may be in any
// state: should this hang, the supervisor's watchdog ends it.
[[noreturn]] void tell_and_die(int, siginfo_t* info, void*) {
  char* const name = ::seccomp_syscall_resolve_num_arch(info->si_arch, info->si_syscall);
  const std::vector<std::uint8_t> bytes =
      encode(Forbidden{name == nullptr ? std::to_string(info->si_syscall) : name});
  ::send(kChannelFd, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  ::raise(SIGSYS);  // by now at its default: SA_RESETHAND
  ::_exit(128 + SIGSYS);
}

Result<void> handle_sigsys() {
  struct sigaction action {};
  action.sa_sigaction = tell_and_die;
  action.sa_flags = static_cast<int>(SA_SIGINFO | SA_NODEFER | SA_RESETHAND);
  if (::sigaction(SIGSYS, &action, nullptr) != 0) return fail_errno("cannot handle SIGSYS");
  return {};
}

using Filter = std::unique_ptr<std::remove_pointer_t<scmp_filter_ctx>, void (*)(scmp_filter_ctx)>;

// libseccomp's errors are -errno.
Result<void> add(const Filter& filter, std::uint32_t action, const Rule& rule) {
  const int status = ::seccomp_rule_add_array(filter.get(), action, rule.call,
                                              static_cast<unsigned>(rule.conditions.size()),
                                              rule.conditions.data());
  if (status == 0) return {};
  errno = -status;
  return fail_errno("cannot describe the system call " + std::to_string(rule.call));
}

Result<void> load(const Filter& filter) {
  const int status = ::seccomp_load(filter.get());
  if (status == 0) return {};
  errno = -status;
  return fail_errno("cannot install the filter of system calls");
}

}  // namespace

Result<void> install_syscall_filter(Role role) {
  const Filter filter(::seccomp_init(SCMP_ACT_TRAP), ::seccomp_release);
  if (!filter) return fail("cannot make a filter of system calls");
  // Another architecture's numbers (32 bits, x32) mean other calls.
  ::seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
  ::seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);  // a tree, not a list
  for (const auto& rules : {rules_of_all(), rules_of(role), rules_of_sanitizers()}) {
    for (const Rule& rule : rules) {
      if (auto added = add(filter, SCMP_ACT_ALLOW, rule); !added) return added;
    }
  }
  for (const int call : kAttacks) {
    if (auto added = add(filter, SCMP_ACT_KILL_PROCESS, {call}); !added) return added;
  }
  if (auto handled = handle_sigsys(); !handled) return handled;
  return load(filter);
}

Result<void> install_supervisor_filter() {
  const Filter filter(::seccomp_init(SCMP_ACT_ALLOW), ::seccomp_release);
  if (!filter) return fail("cannot make a filter of system calls");
  ::seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
  // A script may be a program of 32 bits.
  if (::seccomp_arch_native() == SCMP_ARCH_X86_64) {
    ::seccomp_arch_add(filter.get(), SCMP_ARCH_X86);
    ::seccomp_arch_add(filter.get(), SCMP_ARCH_X32);
  } else if (::seccomp_arch_native() == SCMP_ARCH_AARCH64) {
    ::seccomp_arch_add(filter.get(), SCMP_ARCH_ARM);
  }
  for (const int call : kNobodys) {
    if (auto added = add(filter, SCMP_ACT_ERRNO(EPERM), {call}); !added) return added;
  }
  return load(filter);
}

}  // namespace holdfast
