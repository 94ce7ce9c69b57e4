// SPDX-License-Identifier: Apache-2.0
#include "supervisor/core/control_request.h"

#include <algorithm>
#include <string>
#include <vector>

#include "common/core/number.h"

namespace holdfast::supervisor {
namespace {

constexpr std::size_t kWordMax = 256;

using Words = std::vector<std::string_view>;

bool is_word(std::string_view text) {
  return !text.empty() && text.size() <= kWordMax &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7F'; });
}

Result<Words> words_of(std::string_view line) {
  if (line.empty()) return fail("an empty request");
  if (line.size() > kRequestMax) {
    return fail("a request of more than " + std::to_string(kRequestMax) + " bytes");
  }
  Words words;
  while (true) {
    const std::size_t end = line.find(' ');
    if (!is_word(line.substr(0, end))) {
      return fail("a request is words of printable ASCII characters, parted by single blanks");
    }
    words.push_back(line.substr(0, end));
    if (end == std::string_view::npos) return words;
    line.remove_prefix(end + 1);
  }
}

std::optional<std::uint32_t> number_of(std::string_view text, std::uint32_t max) {
  const auto number = whole_number<std::uint32_t>(text);
  return number && *number <= max ? number : std::nullopt;
}

std::optional<OrderKind> kind_of(std::string_view word) {
  if (word == "enable") return OrderKind::kNone;
  if (word == "disable") return OrderKind::kDisable;
  if (word == "drain") return OrderKind::kDrain;
  if (word == "weight") return OrderKind::kWeight;
  return std::nullopt;
}

// Of the words from `at` on: "for SECONDS".
Result<std::chrono::seconds> duration_at(const Words& words, std::size_t at) {
  constexpr std::uint32_t kSecondsMax = 10U * 366 * 24 * 3600;
  const auto number = number_of(words[at + 1], kSecondsMax);
  if (!number || *number == 0) return fail("a time is whole seconds from 1 to ten years");
  return std::chrono::seconds{*number};
}

Result<ControlRequest> maintenance_of(const Words& words) {
  if (words == Words{"maintenance", "off"}) return OrderMaintenance{false, {}};
  if (words == Words{"maintenance", "on"}) return OrderMaintenance{true, {}};
  if (words.size() != 4 || words[1] != "on" || words[2] != "for") {
    return fail("expected: maintenance on [for SECONDS], or maintenance off");
  }
  const auto duration = duration_at(words, 2);
  if (!duration) return tl::unexpected(duration.error());
  return OrderMaintenance{true, *duration};
}

Result<ControlRequest> order_of(const Words& words) {
  const auto kind = words.size() > 1 ? kind_of(words[1]) : std::nullopt;
  if (!kind) return fail("a server can be told disable, enable, drain and weight");
  const bool weight = *kind == OrderKind::kWeight;
  const std::size_t fixed = weight ? 5 : 4;
  const bool timed = words.size() == fixed + 2 && words[fixed] == "for";
  if (words.size() != fixed && !timed) {
    return fail("expected: server " + std::string(words[1]) + " SERVICE SERVER" +
                (weight ? " WEIGHT" : "") + " [for SECONDS]");
  }
  OrderServer order;
  order.kind = *kind;
  order.server = std::string(words[2]) + '/' + std::string(words[3]);
  if (weight) {
    const auto number = number_of(words[4], 65535);
    if (!number) return fail("a weight is a whole number from 0 to 65535");
    order.weight = *number;
  }
  if (timed) {
    const auto duration = duration_at(words, fixed);
    if (!duration) return tl::unexpected(duration.error());
    if (*kind == OrderKind::kNone) return fail("to enable a server takes no time");
    order.duration = *duration;
  }
  return order;
}

Result<ControlRequest> reload_of(const Words& words) {
  constexpr std::uint32_t kSecondsMax = 24U * 3600;
  if (words.size() == 1) return Reload{};
  if (words.size() != 3 || words[1] != "confirm") return fail("expected: reload [confirm SECONDS]");
  const auto seconds = number_of(words[2], kSecondsMax);
  if (!seconds || *seconds == 0) return fail("a time is whole seconds from 1 to one day");
  return Reload{std::chrono::seconds{*seconds}};
}

}  // namespace

Result<ControlRequest> parse_request(std::string_view line) {
  const Result<Words> words = words_of(line);
  if (!words) return tl::unexpected(words.error());
  if (*words == Words{"status"}) return AskStatus{};
  if (*words == Words{"checks"}) return ListChecks{};
  if (*words == Words{"history"}) return AskHistory{};
  if (*words == Words{"upgrade"}) return Upgrade{};
  if (*words == Words{"stop"}) return StopDaemon{};
  if (*words == Words{"stop", "keep"}) return StopDaemon{.keep = true};
  if (*words == Words{"stop", "restart"}) return StepAside{};
  if (words->size() == 3 && (*words)[0] == "checks" && (*words)[1] == "run") {
    return RunOneCheck{std::string((*words)[2])};
  }
  if (words->front() == "maintenance") return maintenance_of(*words);
  if (*words == Words{"configuration"}) return AskConfiguration{};
  if (*words == Words{"confirm"}) return Confirm{};
  if (words->front() == "reload") return reload_of(*words);
  if (*words == Words{"alerts"}) return ListReceivers{};
  if (words->size() == 3 && (*words)[0] == "alerts" && (*words)[1] == "test") {
    return TestReceiver{std::string((*words)[2])};
  }
  if (words->front() == "server") return order_of(*words);
  return fail("unknown request '" + std::string(line) + "'");
}

}  // namespace holdfast::supervisor
