// SPDX-License-Identifier: Apache-2.0
#include "supervisor/core/handover.h"

#include <algorithm>
#include <array>
#include <concepts>
#include <optional>
#include <type_traits>
#include <utility>

#include "common/core/number.h"
#include "supervisor/core/handover_line.h"

namespace holdfast::supervisor {
namespace {

constexpr std::string_view kTitle = "holdfast-handover ";

// What stands in the lines: for both directions, `line` is a LineWriter or a LineReader.

template <typename T, typename U>
concept Of = std::same_as<std::remove_const_t<T>, U>;

template <typename T>
constexpr std::string_view kKindOf = "";
template <>
constexpr std::string_view kKindOf<Handover> = "supervisor";
template <>
constexpr std::string_view kKindOf<HandedWorker> = "worker";
template <>
constexpr std::string_view kKindOf<RouterState> = "router";
template <>
constexpr std::string_view kKindOf<CheckState> = "check";
template <>
constexpr std::string_view kKindOf<ServiceState> = "service";
template <>
constexpr std::string_view kKindOf<ServerState> = "server";
template <>
constexpr std::string_view kKindOf<LeaseState> = "lease";
template <>
constexpr std::string_view kKindOf<WitnessState> = "witness";
template <>
constexpr std::string_view kKindOf<CheckLoad> = "load";
template <>
constexpr std::string_view kKindOf<Told> = "told";

void describe(auto& line, Of<Handover> auto& one) {
  line("build", one.build_id);
  line("generation", one.generation.value);
  line("table_filled", one.table_filled);
  line("lock", one.lock);
  line("control", one.control);
  line("fifo", one.fifo);
  line("fifo_descriptor", one.fifo_descriptor);
  line("fifo_made", one.fifo_made);
}

void describe(auto& line, Of<HandedWorker> auto& one) {
  line("role", one.role);
  line("pid", one.pid);
  line("channel", one.channel);
  line("lives", one.lives);
  line("last_end", one.last_end);
  line("since", one.since);
  line("heard", one.heard);
}

void describe(auto& line, Of<RouterState> auto& one) {
  line("name", one.router);
  line("state", one.state);
  line("priority", one.priority.value);
  line("since", one.since);
  line("reason", one.reason);
  line("moved_by", one.moved_by);
  line("conflicts", one.conflicts);
  line.word_of_late("cause", one.cause);
  line("unheld", one.unheld);
}

void describe(auto& line, Of<CheckState> auto& one) {
  line("name", one.check);
  line("up", one.up);
  line("weight", one.weight);
  line("since", one.since);
  line("reason", one.reason);
  line("value", one.value);
}

void describe(auto& line, Of<ServiceState> auto& one) {
  line("name", one.service);
  line("quorum", one.quorum);
  line("weight", one.weight);
  line("healthy", one.healthy);
  line("servers", one.servers);
  line("sorry", one.sorry);
  line("panic", one.panic);
  line("since", one.since);
  line("reason", one.reason);
}

void describe(auto& line, Of<ServerState> auto& one) {
  line("name", one.server);
  line("use", one.use);
  line("weight", one.weight);
  line("healthy", one.healthy);
  line("seen_up", one.seen_up);
  line("since", one.since);
  line("reason", one.reason);
}

void describe(auto& line, Of<LeaseState> auto& one) {
  line("name", one.router);
  line("held", one.held);
  line("lease", one.lease);
  line("holder", one.holder);
  line("since", one.since);
}

void describe(auto& line, Of<WitnessState> auto& one) {
  line("lease", one.lease);
  line("until", one.until);
  line("trouble", one.trouble);
}

void describe(auto& line, Of<CheckLoad> auto& one) {
  line("late", one.late);
  line("since", one.since);
  line("by", one.by);
  line("checks", one.checks);
  line("due", one.due);
  line("begun", one.begun);
}

void describe(auto& line, Of<Told> auto& one) {
  line("of", one.of);
  line("name", one.name);
  line("state", one.state);
  line("priority", one.priority.value);
  line("conflicts", one.conflicts);
}

// The rest of what is retained, whoever is new says again: counters, orders, what is observed.
template <typename T>
std::string line_of(const T& one) {
  if constexpr (kKindOf<T>.empty()) {
    return "";
  } else {
    LineWriter writer(kKindOf<T>);
    describe(writer, one);
    return writer.line();
  }
}

std::string line_of_number(std::string_view kind, std::string_view name, int number) {
  LineWriter writer(kind);
  writer(name, number);
  return writer.line();
}

// Nothing: it has a word that is not known here.
template <typename T>
std::optional<T> read(LineReader& line) {
  T one;
  describe(line, one);
  if (!line.understood()) return std::nullopt;
  return one;
}

void read_worker(LineReader& line, Handover& handover) {
  const auto one = read<HandedWorker>(line);
  if (one && (one->pid > 1 || one->pid == 0)) handover.workers.push_back(*one);
}

template <typename T>
void read_retained(LineReader& line, Handover& handover) {
  auto one = read<T>(line);
  if (!one || subject_of(*one).empty()) return;
  if constexpr (std::is_same_v<T, CheckState>)
    one->weight = std::min<std::uint8_t>(one->weight, 100);
  handover.retained.emplace_back(*one);
}

// Who goes on needs to know which lease is this node's.
void read_witness(LineReader& line, Handover& handover) {
  const auto one = read<WitnessState>(line);
  if (one && one->lease != 0) handover.retained.emplace_back(*one);
}

// Who goes on says when it is over.
void read_load(LineReader& line, Handover& handover) {
  const auto one = read<CheckLoad>(line);
  if (one && one->late) handover.retained.emplace_back(*one);
}

void read_told(LineReader& line, Handover& handover) {
  const auto one = read<Told>(line);
  if (one && !one->name.empty() && !one->state.empty()) handover.told.push_back(*one);
}

void read_asker(LineReader& line, Handover& handover) {
  int descriptor = -1;
  line("descriptor", descriptor);
  if (descriptor >= 0) handover.askers.push_back(descriptor);
}

void read_orphan(LineReader& line, Handover& handover) {
  int pid = 0;
  line("pid", pid);
  if (pid > 1) handover.orphans.push_back(pid);
}

using Read = void (*)(LineReader&, Handover&);
constexpr std::array<std::pair<std::string_view, Read>, 12> kKinds{{
    {kKindOf<Handover>, [](LineReader& line, Handover& handover) { describe(line, handover); }},
    {"asker", read_asker},
    {"orphan", read_orphan},
    {kKindOf<HandedWorker>, read_worker},
    {kKindOf<RouterState>, read_retained<RouterState>},
    {kKindOf<CheckState>, read_retained<CheckState>},
    {kKindOf<ServiceState>, read_retained<ServiceState>},
    {kKindOf<ServerState>, read_retained<ServerState>},
    {kKindOf<LeaseState>, read_retained<LeaseState>},
    {kKindOf<WitnessState>, read_witness},
    {kKindOf<CheckLoad>, read_load},
    {kKindOf<Told>, read_told},
}};

}  // namespace

std::string to_text(const Handover& handover) {
  std::string text = std::string(kTitle) + std::to_string(kHandoverFormat) + "\n";
  text += line_of(handover);
  for (const int asker : handover.askers) text += line_of_number("asker", "descriptor", asker);
  for (const int orphan : handover.orphans) text += line_of_number("orphan", "pid", orphan);
  for (const HandedWorker& worker : handover.workers) text += line_of(worker);
  for (const Message& message : handover.retained) {
    text += std::visit([](const auto& body) { return line_of(body); }, message);
  }
  for (const Told& told : handover.told) text += line_of(told);
  return text;
}

Result<Handover> handover_of(std::string_view text) {
  if (!text.starts_with(kTitle)) return fail("what is handed over is no state of a holdfastd");
  const std::size_t title = std::min(text.find('\n'), text.size());
  const std::string_view format = text.substr(kTitle.size(), title - kTitle.size());
  if (whole_number<int>(format) != kHandoverFormat) {
    return fail("the state that is handed over has format " + escaped(format.substr(0, 20)) +
                "; this version reads format " + std::to_string(kHandoverFormat));
  }
  Handover handover;
  for (std::size_t begin = title + 1; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    LineReader line(text.substr(begin, end - begin));
    for (const auto& [kind, read] : kKinds) {
      if (line.kind() == kind) read(line, handover);
    }
    begin = end + 1;
  }
  return handover;
}

}  // namespace holdfast::supervisor
