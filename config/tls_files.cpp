// SPDX-License-Identifier: Apache-2.0
#include "config/tls_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <utility>

#include "common/os_error.h"
#include "common/owned_fd.h"
#include "config/faults.h"
#include "config/key_files.h"
#include "config/shape.h"

namespace holdfast {
namespace {

constexpr std::size_t kFileMax = std::size_t{1} << 20U;
constexpr std::size_t kFilesMax = 64;  // each is a message, and what is on its way has its limit

Result<std::string> read_all(const OwnedFd& fd, const std::string& path) {
  std::string text;
  while (text.size() <= kFileMax) {
    const std::size_t done = text.size();
    text.resize(std::min(kFileMax + 1, done + 65'536));
    const ssize_t size = ::read(fd.get(), text.data() + done, text.size() - done);
    if (size < 0 && errno != EINTR) return fail_errno("cannot read " + path);
    text.resize(done + static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    if (size == 0) break;
  }
  if (text.size() > kFileMax) return fail(path + " is larger than 1 MiB");
  return text;
}

}  // namespace

Result<std::string> read_named_file(const PlacedFile& named,
                                    const std::optional<std::string>& credentials) {
  const std::string_view text = named.path;
  const Result<std::string> place =
      text.starts_with(kCredential) ? credential_path(text.substr(kCredential.size()), credentials)
                                    : named.path;
  if (!place) return tl::unexpected(place.error());
  const std::string& path = *place;
  // Without O_NONBLOCK the open of a pipe would wait for a writer.
  const OwnedFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd) return fail_errno("cannot open " + path);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return fail_errno("cannot look at " + path);
  if (!S_ISREG(status.st_mode)) return fail(path + " is no regular file");
  if (named.closed) {
    if (status.st_uid != 0 && status.st_uid != ::geteuid()) {
      return fail(path + " belongs to uid " + std::to_string(status.st_uid) + ", expected root");
    }
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
      return fail(path + " is open to others, expected mode 0600 or 0400: chmod 600 " + path);
    }
  }
  return read_all(fd, path);
}

Result<std::string> read_pem(const PlacedFile& named,
                             const std::optional<std::string>& credentials) {
  Result<std::string> text = read_named_file(named, credentials);
  if (text && text->find("-----BEGIN ") == std::string::npos) {
    return fail(named.path + " is no PEM file");
  }
  return text;
}

TlsFiles read_tls_files(const std::vector<InFile<PlacedFile>>& named, std::string_view file,
                        const std::optional<std::string>& credentials) {
  TlsFiles read;
  Faults faults(file);
  std::map<std::pair<std::string, bool>, std::string> fault_of;  // empty: none
  for (const InFile<PlacedFile>& placed : named) {
    const auto [known, fresh] = fault_of.try_emplace({placed.path, placed.closed});
    if (fault_of.size() > kFilesMax) {
      faults.add(placed, "one file too many: at most 64 may be named for TLS");
      break;
    }
    if (fresh) {
      Result<std::string> text = read_pem(placed, credentials);
      if (text) {
        read.files.insert_or_assign(placed.path, std::move(*text));
      } else {
        known->second = text.error().message;
      }
    }
    if (!known->second.empty()) faults.add(placed, known->second);
  }
  read.faults = faults.take();
  return read;
}

}  // namespace holdfast
