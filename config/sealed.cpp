// SPDX-License-Identifier: Apache-2.0
#include "config/sealed.h"

#include <fcntl.h>
#include <linux/memfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>

#include "common/os_error.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U  // Linux 6.3; Debian 12 has the headers of 6.1
#endif

namespace holdfast {
namespace {

constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

// The file is the lengths of the four texts, 32 bits each, big-endian; a byte, the part; the texts.
constexpr std::size_t kHeaderSize = 17;
constexpr std::size_t kNameSizeMax = 4096;  // PATH_MAX; a host name is shorter
constexpr std::size_t kSealedSizeMax = kHeaderSize + 2 * kNameSizeMax + 2 * kSealedTextMax;

void put_length(std::string& bytes, std::size_t length) {
  for (const unsigned shift : {24U, 16U, 8U, 0U}) {
    bytes += static_cast<char>(static_cast<std::uint8_t>(length >> shift));
  }
}

std::size_t length_at(std::string_view bytes, std::size_t at) {
  std::size_t length = 0;
  for (const char byte : bytes.substr(at, 4))
    length = length << 8U | static_cast<std::uint8_t>(byte);
  return length;
}

// The file from `from` on, at most `max` bytes of it, of which there should be `size`. No mmap: one
// that is not sealed could shrink under it.
Result<std::string> read_bytes(int fd, std::size_t from, std::size_t size, std::size_t max,
                               const std::string& what) {
  constexpr std::size_t kChunk = 65'536;
  std::string bytes;
  std::size_t wanted = std::min(max, size + 1);  // one more, to see the end
  for (;;) {
    const std::size_t done = bytes.size();
    bytes.resize(wanted);
    const ssize_t count =
        ::pread(fd, bytes.data() + done, bytes.size() - done, static_cast<off_t>(from + done));
    if (count < 0 && errno != EINTR) return fail_errno("cannot read " + what);
    bytes.resize(done + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    if (count == 0 || bytes.size() == max) return bytes;
    if (bytes.size() == wanted) wanted = std::min(max, wanted + kChunk);
  }
}

Result<void> write_bytes(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno("cannot write the sealed configuration");
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

// Where the sysctl vm.memfd_noexec is 2, only a memfd that can never be executed is allowed; older
// kernels do not know the flag.
OwnedFd make_memfd() {
  constexpr unsigned kFlags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  constexpr const char* kName = "holdfast-configuration";
  const int fd = ::memfd_create(kName, kFlags | MFD_NOEXEC_SEAL);
  return OwnedFd(fd < 0 && errno == EINVAL ? ::memfd_create(kName, kFlags) : fd);
}

}  // namespace

Result<std::string> read_document(const std::string& file) {
  // Without O_NONBLOCK the open of a pipe would wait for a writer.
  const OwnedFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd) return fail_errno("cannot open " + file);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return fail_errno("cannot look at " + file);
  if (!S_ISREG(status.st_mode)) return fail(file + " is not a regular file");
  Result<std::string> text =
      read_bytes(fd.get(), 0, static_cast<std::size_t>(status.st_size), kDocumentSizeMax + 1, file);
  if (text && text->size() > kDocumentSizeMax) return fail(file + " is larger than 16 MiB");
  return text;
}

Result<OwnedFd> seal(const SealedDocument& document) {
  if (document.file.size() > kNameSizeMax || document.host_name.size() > kNameSizeMax ||
      document.text.size() > kSealedTextMax || document.servers.size() > kSealedTextMax) {
    return fail("the configuration is too large to hand to the workers");
  }
  std::string head;
  put_length(head, document.file.size());
  put_length(head, document.host_name.size());
  put_length(head, document.text.size());
  put_length(head, document.servers.size());
  head += static_cast<char>(document.part);
  head.append(document.file).append(document.host_name);

  OwnedFd memfd = make_memfd();
  if (!memfd) return fail_errno("cannot create a memfd for the configuration");
  Result<void> written = write_bytes(memfd.get(), head);
  if (written) written = write_bytes(memfd.get(), document.text);
  if (written) written = write_bytes(memfd.get(), document.servers);
  if (!written) return tl::unexpected(written.error());
  if (::fcntl(memfd.get(), F_ADD_SEALS, kSeals) != 0) {
    return fail_errno("cannot seal the configuration");
  }
  return memfd;
}

Result<SealedDocument> unseal(const OwnedFd& memfd) {
  const int seals = ::fcntl(memfd.get(), F_GET_SEALS);
  if (seals < 0) return fail_errno("the configuration came in no memfd");
  if ((seals & kSeals) != kSeals)
    return fail("the configuration came in a memfd without all seals");
  struct stat status {};
  if (::fstat(memfd.get(), &status) != 0) return fail_errno("cannot look at the configuration");
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size < kHeaderSize || size > kSealedSizeMax) {
    return fail("the sealed configuration has " + std::to_string(size) + " bytes");
  }
  const auto read = [&](std::size_t from, std::size_t length) {
    return read_bytes(memfd.get(), from, length, length, "the sealed configuration");
  };
  const Result<std::string> header = read(0, kHeaderSize);
  if (!header) return tl::unexpected(header.error());
  if (header->size() != kHeaderSize) return fail("the sealed configuration has no header");
  const std::array<std::size_t, 4> lengths{length_at(*header, 0), length_at(*header, 4),
                                           length_at(*header, 8), length_at(*header, 12)};
  const auto part = static_cast<Part>(header->back());
  if (part > Part::kWithoutChecks) return fail("the sealed configuration is of no known part");
  if (std::accumulate(lengths.begin(), lengths.end(), kHeaderSize) != size) {
    return fail("the sealed configuration is not as long as its header says");
  }
  // Each into memory of its own: a text may be large.
  SealedDocument document;
  document.part = part;
  const std::array<std::string*, 4> texts{&document.file, &document.host_name, &document.text,
                                          &document.servers};
  std::size_t at = kHeaderSize;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (lengths.at(i) == 0) continue;
    Result<std::string> text = read(at, lengths.at(i));
    if (!text) return tl::unexpected(text.error());
    if (text->size() != lengths.at(i)) return fail("the sealed configuration ends early");
    *texts.at(i) = std::move(*text);
    at += lengths.at(i);
  }
  return document;
}

}  // namespace holdfast
