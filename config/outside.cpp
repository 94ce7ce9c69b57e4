// SPDX-License-Identifier: Apache-2.0
#include "config/outside.h"

#include <glob.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <utility>

#include "common/program_file.h"
#include "config/sealed.h"

namespace holdfast {
namespace {

Result<std::vector<std::string>> files_of(const std::string& pattern) {
  glob_t found{};
  const int status = ::glob(pattern.c_str(), GLOB_ERR, nullptr, &found);
  std::vector<std::string> files;
  for (std::size_t i = 0; i < found.gl_pathc && i <= kIncludesMax; ++i) {
    files.emplace_back(found.gl_pathv[i]);
  }
  ::globfree(&found);
  if (status != 0 && status != GLOB_NOMATCH) return fail("cannot look for " + pattern);
  return files;
}

}  // namespace

Outside real_outside(bool obeyed) {
  return {files_of,
          [obeyed](const std::string& file) -> Result<std::string> {
            if (obeyed) {
              if (const Result<void> trusted = trusted_orders(file); !trusted) {
                return fail(file + " is not obeyed: " + trusted.error().message);
              }
            }
            return read_document(file);
          },
          [](const std::string& name) -> std::optional<std::string> {
            const char* const value = ::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe)
            if (value == nullptr) return std::nullopt;
            return value;
          }};
}

std::string host_name() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  ::gethostname(name.data(), HOST_NAME_MAX);
  return name.data();
}

}  // namespace holdfast
