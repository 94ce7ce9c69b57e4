// SPDX-License-Identifier: Apache-2.0
#include "config/key_files.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <map>
#include <utility>

#include "common/os_error.h"
#include "common/owned_fd.h"
#include "config/faults.h"

namespace holdfast {
namespace {

constexpr std::size_t kKeyMin = 32;    // as much as the hash gives
constexpr std::size_t kKeyMax = 64;    // its block
constexpr std::size_t kKeysMax = 512;  // each is a message, and what is on its way has its limit
constexpr std::string_view kHex = "hex:";
constexpr std::size_t kFileMax = kHex.size() + 2 * kKeyMax + 2;  // with an end of line

Result<void> look_at(const OwnedFd& fd, const std::string& path) {
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return fail_errno("cannot look at " + path);
  if (!S_ISREG(status.st_mode)) return fail(path + " is no regular file");
  if (status.st_uid != 0 && status.st_uid != ::geteuid()) {
    return fail(path + " belongs to uid " + std::to_string(status.st_uid) + ", expected root");
  }
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return fail(path + " is open to others, expected mode 0600 or 0400: chmod 600 " + path);
  }
  return {};
}

Result<std::string> read_file(const std::string& path) {
  // Without O_NONBLOCK the open of a pipe would wait for a writer.
  const OwnedFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd) return fail_errno("cannot open " + path);
  if (const auto fine = look_at(fd, path); !fine) return tl::unexpected(fine.error());
  std::string text;
  std::array<char, kFileMax + 1> part{};
  while (text.size() <= kFileMax) {
    const ssize_t size = ::read(fd.get(), part.data(), part.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return fail_errno("cannot read " + path);
    if (size == 0) break;
    text.append(part.data(), static_cast<std::size_t>(size));
  }
  return text;
}

std::optional<std::string> from_hex(std::string_view digits) {
  std::string bytes;
  if (digits.size() % 2 != 0) return std::nullopt;
  for (; !digits.empty(); digits.remove_prefix(2)) {
    std::uint8_t byte = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + 2, byte, 16);
    if (error != std::errc{} || end != digits.data() + 2) return std::nullopt;
    bytes.push_back(static_cast<char>(byte));
  }
  return bytes;
}

Result<std::string> key_in(std::string_view text, const std::string& path) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  std::optional<std::string> key =
      text.starts_with(kHex) ? from_hex(text.substr(kHex.size())) : std::string(text);
  if (!key) return fail(path + " has no pairs of hexadecimal digits after hex:");
  if (key->size() < kKeyMin || key->size() > kKeyMax) {
    return fail(path + " has a key of " +
                (text.size() > kFileMax ? "too many" : std::to_string(key->size())) +
                " bytes, expected 32 to 64");
  }
  return *std::move(key);
}

Result<std::string> read_key(const AuthenticationKey& key,
                             const std::optional<std::string>& credentials) {
  const Result<std::string> path =
      key.file.empty() ? credential_path(key.credential, credentials) : key.file;
  if (!path) return tl::unexpected(path.error());
  const Result<std::string> text = read_file(*path);
  if (!text) return tl::unexpected(text.error());
  return key_in(*text, *path);
}

}  // namespace

std::optional<std::string> credentials_directory() {
  const char* const directory = ::getenv("CREDENTIALS_DIRECTORY");  // NOLINT(concurrency-mt-unsafe)
  if (directory == nullptr || *directory != '/') return std::nullopt;
  return directory;
}

Result<std::string> credential_path(std::string_view name,
                                    const std::optional<std::string>& credentials) {
  if (credentials) return *credentials + "/" + std::string(name);
  return fail("systemd gave no credentials: holdfastd needs LoadCredential=" + std::string(name));
}

KeyFiles read_keys(const std::vector<InFile<PlacedKey>>& keys, std::string_view file,
                   const std::optional<std::string>& credentials) {
  KeyFiles read;
  Faults faults(file);
  // One key may serve many instances.
  std::map<std::string, std::optional<std::string>> faults_of;
  for (const InFile<PlacedKey>& placed : keys) {
    const auto [known, fresh] = faults_of.try_emplace(placed.key.secret());
    if (faults_of.size() > kKeysMax) {
      faults.add(placed, "one key too many: at most 512 files and credentials may be named");
      break;
    }
    if (fresh) {
      Result<std::string> bytes = read_key(placed.key, credentials);
      if (bytes) {
        read.secrets.push_back({known->first, std::move(*bytes)});
      } else {
        known->second = "refused a key: " + bytes.error().message;
      }
    }
    if (known->second) faults.add(placed, *known->second);
  }
  read.faults = faults.take();
  return read;
}

}  // namespace holdfast
