// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <fstream>
#include <ios>
#include <string_view>

#include "config/load.h"

// Linked into the unit tests of config/ with --wrap: what they have the parser read is written to
// the file $SCHEMA_RECORD, if that is set, for the schema to be tried on the same.
namespace holdfast {

// The linker's names for the function and for what stands in its place.
#define HOLDFAST_LOAD_CONFIG \
  "_ZN8holdfast11load_configESt17basic_string_viewIcSt11char_traitsIcEES3_S3_PKNS_7OutsideE"
Loaded real_load_config(std::string_view document, std::string_view file, std::string_view node,
                        const Outside* outside) __asm__("__real_" HOLDFAST_LOAD_CONFIG);
Loaded recording_load_config(std::string_view document, std::string_view file,
                             std::string_view node,
                             const Outside* outside) __asm__("__wrap_" HOLDFAST_LOAD_CONFIG);

Loaded recording_load_config(std::string_view document, std::string_view file,
                             std::string_view node, const Outside* outside) {
  constexpr std::size_t kLargest = 20'000;  // what is larger tests a limit
  const char* const path = std::getenv("SCHEMA_RECORD");
  if (path != nullptr && document.size() <= kLargest) {
    std::ofstream(path, std::ios::app | std::ios::binary) << document.size() << '\n' << document;
  }
  return real_load_config(document, file, node, outside);
}

}  // namespace holdfast
