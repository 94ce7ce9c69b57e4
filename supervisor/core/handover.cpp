// SPDX-License-Identifier: Apache-2.0
#include "supervisor/core/handover.h"

#include <algorithm>
#include <array>
#include <concepts>
#include <map>
#include <optional>
#include <type_traits>
#include <utility>

#include "common/core/number.h"

namespace holdfast::supervisor {
namespace {

constexpr std::string_view kTitle = "holdfast-handover ";

// ---- A line: KIND NAME=VALUE..., where a value has no blanks, line ends and per cent signs.

constexpr std::string_view kDigits = "0123456789abcdef";

std::string escaped(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    if (c > ' ' && c < '\x7F' && c != '%') {
      safe += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    safe += '%';
    safe += kDigits[byte >> 4U];
    safe += kDigits[byte & 15U];
  }
  return safe;
}

// Whatever is no escape stands for itself: what misses its end was cut by nobody of ours.
std::string unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t high = i + 2 < text.size() ? kDigits.find(text[i + 1]) : std::string::npos;
    const std::size_t low = i + 2 < text.size() ? kDigits.find(text[i + 2]) : std::string::npos;
    if (text[i] != '%' || high == std::string::npos || low == std::string::npos) {
      plain += text[i];
      continue;
    }
    plain += static_cast<char>(high << 4U | low);
    i += 2;
  }
  return plain;
}

std::string_view to_string(NoticeOf of) {
  switch (of) {
    case NoticeOf::kInstance:
      return "instance";
    case NoticeOf::kGroup:
      return "group";
    case NoticeOf::kService:
      return "virtual-server";
  }
  return "";
}

// All values of what is written as a word.
constexpr auto all_of(Role) {
  return kRoles;
}
constexpr auto all_of(VrrpState) {
  return std::array{VrrpState::kInitialize, VrrpState::kBackup, VrrpState::kActive,
                    VrrpState::kFault};
}
constexpr auto all_of(Cause) {
  std::array<Cause, kCauses> all{};
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<Cause>(i);
  return all;
}
constexpr auto all_of(ServerUse) {
  return std::array{ServerUse::kServing, ServerUse::kQuiet, ServerUse::kAbsent};
}
constexpr auto all_of(NoticeOf) {
  return std::array{NoticeOf::kInstance, NoticeOf::kGroup, NoticeOf::kService};
}

template <typename E>
concept Word = std::is_enum_v<E>;

class Writer {
 public:
  explicit Writer(std::string_view kind) : line_(kind) {}

  void operator()(std::string_view name, std::string_view value) {
    line_.append(" ").append(name).append("=").append(escaped(value));
  }
  void operator()(std::string_view name, std::integral auto value) {
    (*this)(name, std::string_view(std::to_string(value)));
  }
  void operator()(std::string_view name, Time value) {
    (*this)(name, value.time_since_epoch().count());
  }
  void operator()(std::string_view name, Word auto value) { (*this)(name, to_string(value)); }
  template <std::integral T>
  void operator()(std::string_view name, const std::optional<T>& value) {
    if (value) (*this)(name, *value);
  }
  void word_of_late(std::string_view name, Word auto value) { (*this)(name, value); }

  std::string line() const { return line_ + "\n"; }

 private:
  std::string line_;
};

// What a line does not say, or says in a way that is not understood, stays as it is.
class Reader {
 public:
  // The words of a line, and what the first of them is.
  explicit Reader(std::string_view line) {
    for (std::size_t begin = 0; begin <= line.size();) {
      const std::size_t end = std::min(line.find(' ', begin), line.size());
      const std::string_view word = line.substr(begin, end - begin);
      const std::size_t equals = word.find('=');
      if (begin == 0) {
        kind_ = word;
      } else if (equals != std::string_view::npos) {
        values_[std::string(word.substr(0, equals))] = unescaped(word.substr(equals + 1));
      }
      begin = end + 1;
    }
  }

  const std::string& kind() const { return kind_; }
  bool understood() const { return understood_; }  // every word that was read is one we know

  void operator()(std::string_view name, std::string& value) {
    if (const std::string* text = find(name)) value = bounded(*text);
  }
  template <std::integral T>
  void operator()(std::string_view name, T& value) {
    if (const std::string* text = find(name)) value = whole_number<T>(*text).value_or(value);
  }
  void operator()(std::string_view name, bool& value) {
    int number = value ? 1 : 0;
    (*this)(name, number);
    value = number != 0;
  }
  void operator()(std::string_view name, Time& value) {
    std::int64_t number = value.time_since_epoch().count();
    (*this)(name, number);
    value = Time{Duration{number}};
  }
  template <Word E>
  void operator()(std::string_view name, E& value) {
    const std::string* const text = find(name);
    for (const E one : all_of(E{})) {
      if (text == nullptr || to_string(one) != *text) continue;
      value = one;
      return;
    }
    understood_ = false;
  }
  // One that older versions do not say, and newer ones may say by words of their own: the line is
  // worth having without it.
  template <Word E>
  void word_of_late(std::string_view name, E& value) {
    const bool understood = understood_;
    (*this)(name, value);
    understood_ = understood;
  }
  template <std::integral T>
  void operator()(std::string_view name, std::optional<T>& value) {
    if (const std::string* text = find(name)) value = whole_number<T>(*text);
  }

 private:
  const std::string* find(std::string_view name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? nullptr : &found->second;
  }

  std::string kind_;
  std::map<std::string, std::string, std::less<>> values_;
  bool understood_ = true;
};

// ---- What stands in the lines: for both directions, `line` is a Writer or a Reader.

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
    Writer writer(kKindOf<T>);
    describe(writer, one);
    return writer.line();
  }
}

std::string line_of_number(std::string_view kind, std::string_view name, int number) {
  Writer writer(kind);
  writer(name, number);
  return writer.line();
}

// Nothing: it has a word that is not known here.
template <typename T>
std::optional<T> read(Reader& line) {
  T one;
  describe(line, one);
  if (!line.understood()) return std::nullopt;
  return one;
}

void read_worker(Reader& line, Handover& handover) {
  const auto one = read<HandedWorker>(line);
  if (one && (one->pid > 1 || one->pid == 0)) handover.workers.push_back(*one);
}

template <typename T>
void read_retained(Reader& line, Handover& handover) {
  auto one = read<T>(line);
  if (!one || subject_of(*one).empty()) return;
  if constexpr (std::is_same_v<T, CheckState>)
    one->weight = std::min<std::uint8_t>(one->weight, 100);
  handover.retained.emplace_back(*one);
}

// Who goes on needs to know which lease is this node's.
void read_witness(Reader& line, Handover& handover) {
  const auto one = read<WitnessState>(line);
  if (one && one->lease != 0) handover.retained.emplace_back(*one);
}

void read_told(Reader& line, Handover& handover) {
  const auto one = read<Told>(line);
  if (one && !one->name.empty() && !one->state.empty()) handover.told.push_back(*one);
}

void read_asker(Reader& line, Handover& handover) {
  int descriptor = -1;
  line("descriptor", descriptor);
  if (descriptor >= 0) handover.askers.push_back(descriptor);
}

void read_orphan(Reader& line, Handover& handover) {
  int pid = 0;
  line("pid", pid);
  if (pid > 1) handover.orphans.push_back(pid);
}

using Read = void (*)(Reader&, Handover&);
constexpr std::array<std::pair<std::string_view, Read>, 11> kKinds{{
    {kKindOf<Handover>, [](Reader& line, Handover& handover) { describe(line, handover); }},
    {"asker", read_asker},
    {"orphan", read_orphan},
    {kKindOf<HandedWorker>, read_worker},
    {kKindOf<RouterState>, read_retained<RouterState>},
    {kKindOf<CheckState>, read_retained<CheckState>},
    {kKindOf<ServiceState>, read_retained<ServiceState>},
    {kKindOf<ServerState>, read_retained<ServerState>},
    {kKindOf<LeaseState>, read_retained<LeaseState>},
    {kKindOf<WitnessState>, read_witness},
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
    Reader line(text.substr(begin, end - begin));
    for (const auto& [kind, read] : kKinds) {
      if (line.kind() == kind) read(line, handover);
    }
    begin = end + 1;
  }
  return handover;
}

}  // namespace holdfast::supervisor
