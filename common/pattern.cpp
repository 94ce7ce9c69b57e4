// SPDX-License-Identifier: Apache-2.0
#include "common/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <array>
#include <cstdint>
#include <map>
#include <memory>

namespace holdfast {
namespace {

// A million steps of the matcher are some milliseconds.
constexpr std::uint32_t kStepsMax = 1'000'000;
constexpr std::uint32_t kDepthMax = 10'000;
constexpr std::uint32_t kHeapMax = 1024;  // KiB

struct Freed {
  void operator()(pcre2_code* code) const { pcre2_code_free(code); }
  void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
  void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
};
using Code = std::unique_ptr<pcre2_code, Freed>;
using MatchData = std::unique_ptr<pcre2_match_data, Freed>;
using MatchContext = std::unique_ptr<pcre2_match_context, Freed>;

std::string message_of(int error) {
  std::array<PCRE2_UCHAR, 128> text{};
  pcre2_get_error_message(error, text.data(), text.size());
  return reinterpret_cast<const char*>(text.data());
}

Result<Code> compile(const std::string& pattern) {
  int error = 0;
  PCRE2_SIZE offset = 0;
  Code code(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
                          PCRE2_NEVER_BACKSLASH_C, &error, &offset, nullptr));
  if (!code) {
    return fail("the pattern is faulty at byte " + std::to_string(offset) + ": " +
                message_of(error));
  }
  return code;
}

}  // namespace

Result<bool> matches(const std::string& pattern, std::string_view text) {
  const Result<Code> code = compile(pattern);
  if (!code) return tl::unexpected(code.error());
  const MatchData data(pcre2_match_data_create(1, nullptr));
  const MatchContext context(pcre2_match_context_create(nullptr));
  if (!data || !context) return fail("no memory for the pattern");
  pcre2_set_match_limit(context.get(), kStepsMax);
  pcre2_set_depth_limit(context.get(), kDepthMax);
  pcre2_set_heap_limit(context.get(), kHeapMax);
  const int found = pcre2_match(code->get(), reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(),
                                0, 0, data.get(), context.get());
  if (found >= 0) return true;
  if (found == PCRE2_ERROR_NOMATCH) return false;
  return fail("the pattern was given up: " + message_of(found));
}

std::optional<std::string> pattern_fault(const std::string& pattern) {
  const Result<Code> code = compile(pattern);
  return code ? std::nullopt : std::optional(code.error().message);
}

}  // namespace holdfast
