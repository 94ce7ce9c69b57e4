// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "common/core/result.h"
#include "common/owned_fd.h"
#include "config/part.h"

// The configuration between processes: a memfd that nobody can write, grow or shrink any more.
namespace holdfast {

inline constexpr std::size_t kDocumentSizeMax = 16U << 20U;
inline constexpr std::size_t kSealedTextMax = 64U << 20U;  // a document with aliases expanded

struct SealedDocument {
  std::string file;       // as the operator named it, for messages
  std::string host_name;  // of the supervisor's machine at load
  std::string text;       // of a file; for the workers packed(), of a part without servers
  std::string servers{};  // packed_servers() of Part::kWithoutChecks
  Part part = Part::kWhole;
};

Result<std::string> read_document(const std::string& file);  // at most kDocumentSizeMax bytes
Result<OwnedFd> seal(const SealedDocument& document);
Result<SealedDocument> unseal(const OwnedFd& memfd);  // refuses a memfd without all seals

}  // namespace holdfast
