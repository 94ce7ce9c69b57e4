// SPDX-License-Identifier: Apache-2.0
// Lets keepalived's checkers run, for a measurement of their checks, in a kernel without IPVS:
// preloaded into keepalived, it grants the socket options of IPVS, which the kernel would refuse,
// and counts the real servers in the file that IPVS_GRANTED_COUNT names. All other options go to
// the kernel.

#include <dlfcn.h>
#include <fcntl.h>
#include <linux/ip_vs.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace {

using Count = std::atomic<std::uint32_t>;

Count& real_servers() {
  static Count* const count = [] {
    const char* const name = std::getenv("IPVS_GRANTED_COUNT");
    const int file = name != nullptr ? open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (file < 0 || ftruncate(file, sizeof(Count)) != 0) {
      std::abort();
    }
    void* const page = mmap(nullptr, sizeof(Count), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (page == MAP_FAILED) {
      std::abort();
    }
    return static_cast<Count*>(page);
  }();
  return *count;
}

bool of_ipvs(int level, int name) {
  return level == IPPROTO_IP && name >= IP_VS_BASE_CTL && name <= IP_VS_SO_SET_MAX;
}

template <typename Function>
Function the_kernels(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" int setsockopt(int socket, int level, int name, const void* value,
                          socklen_t size) noexcept {
  if (!of_ipvs(level, name)) {
    static const auto real = the_kernels<decltype(&setsockopt)>("setsockopt");
    return real(socket, level, name, value, size);
  }
  if (name == IP_VS_SO_SET_ADDDEST) {
    ++real_servers();
  } else if (name == IP_VS_SO_SET_DELDEST) {
    --real_servers();
  }
  return 0;
}

extern "C" int getsockopt(int socket, int level, int name, void* value, socklen_t* size) noexcept {
  if (!of_ipvs(level, name)) {
    static const auto real = the_kernels<decltype(&getsockopt)>("getsockopt");
    return real(socket, level, name, value, size);
  }
  std::memset(value, 0, *size);
  if (name == IP_VS_SO_GET_INFO) {
    static_cast<ip_vs_getinfo*>(value)->version = 0x010201;
  }
  return 0;
}
