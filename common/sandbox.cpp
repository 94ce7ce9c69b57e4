// SPDX-License-Identifier: Apache-2.0
#include "common/sandbox.h"

#include <cap-ng.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <string_view>
#include <utility>
#include <vector>

#include "common/landlock.h"
#include "common/os_error.h"
#include "common/syscall_filter.h"

namespace holdfast {
namespace {

std::vector<unsigned> capabilities_of(Role role) {
  switch (role) {
    case Role::kVrrp:
      return {CAP_NET_ADMIN, CAP_NET_RAW};
    case Role::kCheck:
    case Role::kMonitor:
    case Role::kAlert:
    case Role::kWitness:
      return {};
    case Role::kBalance:
      return {CAP_NET_ADMIN};
  }
  return {};
}

Result<void> enter(const std::string& root) {
  if (::chroot(root.c_str()) != 0) return fail_errno("cannot chroot into " + root);
  // Without this the old root stays in reach as the working directory.
  if (::chdir("/") != 0) return fail_errno("cannot enter " + root);
  return {};
}

Result<void> become(const UnixUser& user, const std::vector<unsigned>& capabilities) {
  constexpr auto kKept = static_cast<capng_type_t>(CAPNG_EFFECTIVE | CAPNG_PERMITTED);
  constexpr auto kDrop =
      static_cast<capng_flags_t>(CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING | CAPNG_CLEAR_AMBIENT);
  capng_clear(CAPNG_SELECT_ALL);
  for (const unsigned capability : capabilities) capng_update(CAPNG_ADD, kKept, capability);
  const int status = capng_change_id(static_cast<int>(user.uid), static_cast<int>(user.gid), kDrop);
  if (status != 0) {
    return fail_errno("cannot become the user " + user.name + " (libcap-ng's step " +
                      std::to_string(-status) + ")");
  }
  return {};
}

// What a fault or an attacker could use up. No files: a log may be one; no core: it is kept.
Result<void> bound(Role role) {
  std::vector<std::pair<int, rlim_t>> limits{
      {RLIMIT_NPROC, 0}, {RLIMIT_MSGQUEUE, 0}, {RLIMIT_NICE, 0}, {RLIMIT_RTPRIO, 0}};
  if (role == Role::kBalance) limits.emplace_back(RLIMIT_NOFILE, 64);
  if (role == Role::kMonitor) limits.emplace_back(RLIMIT_NOFILE, 512);
  if (role == Role::kAlert) limits.emplace_back(RLIMIT_NOFILE, 256);
  if (role == Role::kWitness) limits.emplace_back(RLIMIT_NOFILE, 64);
#ifndef HOLDFAST_SANITIZED  // whose shadow memory counts
  limits.emplace_back(RLIMIT_DATA, rlim_t{role == Role::kCheck ? 2048U : 1024U} << 20U);
#endif
  for (const auto& [resource, most] : limits) {
    rlimit limit{};
    if (::getrlimit(static_cast<__rlimit_resource>(resource), &limit) != 0) {
      return fail_errno("cannot read a limit");
    }
    limit.rlim_max = std::min(limit.rlim_max, most);
    limit.rlim_cur = std::min(limit.rlim_cur, limit.rlim_max);
    if (::setrlimit(static_cast<__rlimit_resource>(resource), &limit) != 0) {
      return fail_errno("cannot set a limit");
    }
  }
  return {};
}

bool connects(Role role) {  // by TCP
  return role == Role::kCheck || role == Role::kAlert || role == Role::kWitness;
}

// Exactly `kept` is left, and no way to get anything back.
bool has_only(const std::vector<unsigned>& kept) {
  if (capng_get_caps_process() != 0) return false;
  for (unsigned capability = 0; capability < 64; ++capability) {
    const bool keep = std::find(kept.begin(), kept.end(), capability) != kept.end();
    if ((capng_have_capability(CAPNG_EFFECTIVE, capability) == 1) != keep ||
        (capng_have_capability(CAPNG_PERMITTED, capability) == 1) != keep ||
        capng_have_capability(CAPNG_INHERITABLE, capability) == 1) {
      return false;
    }
    // Asked of the kernel itself: for these two libcap-ng needs a /proc. Capabilities that the
    // kernel does not know are errors, below zero.
    if (::prctl(PR_CAPBSET_READ, capability, 0, 0, 0) > 0 ||
        ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, capability, 0, 0) > 0) {
      return false;
    }
  }
  return true;
}

Result<void> verify(const UnixUser& user, const std::vector<unsigned>& capabilities) {
  uid_t uid[3] = {};
  gid_t gid[3] = {};
  if (::getresuid(&uid[0], &uid[1], &uid[2]) != 0 || ::getresgid(&gid[0], &gid[1], &gid[2]) != 0) {
    return fail_errno("cannot read back the user");
  }
  const auto is_uid = [&user](uid_t id) { return id == user.uid; };
  const auto is_gid = [&user](gid_t id) { return id == user.gid; };
  if (!std::all_of(std::begin(uid), std::end(uid), is_uid) ||
      !std::all_of(std::begin(gid), std::end(gid), is_gid)) {
    return fail("the process is not wholly the user " + user.name);
  }
  if (::getgroups(0, nullptr) != 0) return fail("the process still has supplementary groups");
  if (!has_only(capabilities)) return fail("the process has not exactly its capabilities");
  if (::setuid(0) == 0) return fail("the process could become root again");
  if (::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) return fail("no_new_privs is not set");
  return {};
}

// Whoever changes its user leaves no core behind, unless it says that it may: its memory has keys.
Result<void> allow_core_dumps() {
  const char* const wanted = std::getenv("HOLDFAST_CORE_DUMPS");
  if (wanted == nullptr || std::string_view(wanted) != "1") return {};
  if (::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) != 0) return fail_errno("cannot allow core dumps");
  return {};
}

// Those of the unit, and what operators give it beside them for files, scripts, and real time.
constexpr std::array kOfSupervisor{
    CAP_NET_ADMIN,       CAP_NET_RAW,    CAP_SETUID,       CAP_SETGID,
    CAP_SETPCAP,         CAP_SYS_CHROOT, CAP_KILL,         CAP_CHOWN,
    CAP_FOWNER,          CAP_FSETID,     CAP_SYS_NICE,     CAP_DAC_OVERRIDE,
    CAP_DAC_READ_SEARCH, CAP_IPC_LOCK,   CAP_SYS_RESOURCE, CAP_NET_BIND_SERVICE};

}  // namespace

Result<void> confine_supervisor() {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return fail_errno("cannot set no_new_privs");
  if (capng_get_caps_process() != 0) return fail("cannot read our capabilities");
  for (unsigned capability = 0; ::prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; ++capability) {
    if (std::find(kOfSupervisor.begin(), kOfSupervisor.end(), static_cast<int>(capability)) !=
        kOfSupervisor.end()) {
      continue;
    }
    // Refused where there is no CAP_SETPCAP, and then the capability below goes all the same.
    static_cast<void>(::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0));
    capng_update(CAPNG_DROP,
                 static_cast<capng_type_t>(CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_INHERITABLE),
                 capability);
  }
  if (capng_apply(CAPNG_SELECT_CAPS) != 0) return fail("cannot give up capabilities");
  return install_supervisor_filter();
}

std::string user_of(Role role) {
  switch (role) {
    case Role::kVrrp:
      return "holdfast-vrrp";
    case Role::kCheck:
      return "holdfast-check";
    case Role::kBalance:
      return "holdfast-balance";
    case Role::kMonitor:
      return "holdfast-monitor";
    case Role::kAlert:
      return "holdfast-alert";
    case Role::kWitness:
      return "holdfast-witness";
  }
  return "";
}

void allow_many_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

Result<UnixUser> worker_user(Role role) {
  Result<UnixUser> user = look_up_user(user_of(role), WithGroups::kNo);
  if (user && user->uid == 0) return fail("the user " + user->name + " has uid 0, which is root");
  return user;
}

Result<void> confine(Role role, const std::string& root) {
  // The look-up reads files that are out of reach later, and may open descriptors.
  const Result<UnixUser> user = worker_user(role);
  if (!user) return tl::unexpected(user.error());
  const std::vector<unsigned> capabilities = capabilities_of(role);
  ::tzset();  // so that gmtime_r(), which OpenSSL calls, does not look for a file later

  if (::close_range(kChannelFd + 1, ~0U, 0) != 0) return fail_errno("cannot close descriptors");
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return fail_errno("cannot set no_new_privs");
  if (auto entered = enter(root); !entered) return entered;
  if (auto became = become(*user, capabilities); !became) return became;
  if (auto verified = verify(*user, capabilities); !verified) return verified;
  if (auto allowed = allow_core_dumps(); !allowed) return allowed;
  if (auto bounded = bound(role); !bounded) return bounded;
  if (auto forbidden = forbid_files(!connects(role)); !forbidden) return forbidden;
  // Last: every step above makes system calls that no role needs again.
  return install_syscall_filter(role);
}

}  // namespace holdfast
