// SPDX-License-Identifier: Apache-2.0
#include "config/alert_files.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "config/faults.h"
#include "config/tls_files.h"

namespace holdfast {
namespace {

constexpr std::size_t kSecretMax = 4096;

Result<std::string> read_secret(const PlacedFile& named,
                                const std::optional<std::string>& credentials) {
  Result<std::string> text = read_named_file(named, credentials);
  if (!text) return text;
  if (text->ends_with('\n')) text->pop_back();
  if (text->ends_with('\r')) text->pop_back();
  const bool line = std::none_of(text->begin(), text->end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
  if (text->empty() || text->size() > kSecretMax || !line) {
    return fail(named.path + " holds no secret: expected one line of 1 to 4096 bytes");
  }
  return text;
}

}  // namespace

AlertFiles read_alert_files(const std::vector<InFile<PlacedFile>>& named, std::string_view file,
                            const std::optional<std::string>& credentials) {
  AlertFiles read;
  Faults faults(file);
  for (const InFile<PlacedFile>& placed : named) {
    Result<std::string> text =
        placed.closed ? read_secret(placed, credentials) : read_pem(placed, credentials);
    if (text) {
      read.files.insert_or_assign(placed.path, std::move(*text));
    } else {
      faults.add(placed, text.error().message);
    }
  }
  read.faults = faults.take();
  return read;
}

}  // namespace holdfast
