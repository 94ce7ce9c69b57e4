// SPDX-License-Identifier: Apache-2.0
#include "supervisor/core/handover.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <concepts>
#include <map>
#include <optional>
#include <system_error>
#include <utility>

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

class Writer {
 public:
  explicit Writer(std::string_view kind) : line_(kind) {}

  Writer& add(std::string_view name, std::string_view value) {
    line_.append(" ").append(name).append("=").append(escaped(value));
    return *this;
  }
  Writer& add(std::string_view name, std::integral auto value) {
    return add(name, std::string_view(std::to_string(value)));
  }
  Writer& add(std::string_view name, Time value) {
    return add(name, value.time_since_epoch().count());
  }

  std::string line() const { return line_ + "\n"; }

 private:
  std::string line_;
};

template <typename T>
std::optional<T> number_of(std::string_view text) {
  T value{};
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || rest != text.data() + text.size()) return std::nullopt;
  return value;
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

class Fields {
 public:
  // The words of a line, and what the first of them is.
  explicit Fields(std::string_view line) {
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

  void get(const char* name, std::string& value) const {
    if (const auto found = values_.find(name); found != values_.end()) {
      value = bounded(found->second);
    }
  }
  template <std::integral T>
  void get(const char* name, T& value) const {
    if (const auto found = values_.find(name); found != values_.end()) {
      value = number_of<T>(found->second).value_or(value);
    }
  }
  void get(const char* name, bool& value) const {
    int number = value ? 1 : 0;
    get(name, number);
    value = number != 0;
  }
  void get(const char* name, Time& value) const {
    std::int64_t number = value.time_since_epoch().count();
    get(name, number);
    value = Time{Duration{number}};
  }
  // One of a few words.
  template <typename E, std::size_t N>
  std::optional<E> one_of(const char* name, const std::array<E, N>& known) const {
    const auto found = values_.find(name);
    if (found == values_.end()) return std::nullopt;
    for (const E one : known) {
      if (to_string(one) == found->second) return one;
    }
    return std::nullopt;
  }

 private:
  std::string kind_;
  std::map<std::string, std::string, std::less<>> values_;
};

// ---- What stands in the lines.

constexpr std::array kStates{VrrpState::kInitialize, VrrpState::kBackup, VrrpState::kActive,
                             VrrpState::kFault};
constexpr std::array kUses{ServerUse::kServing, ServerUse::kQuiet, ServerUse::kAbsent};
constexpr std::array kNoticeKinds{NoticeOf::kInstance, NoticeOf::kGroup, NoticeOf::kService};

std::string line_of(const RouterState& one) {
  return Writer("router")
      .add("name", one.router)
      .add("state", to_string(one.state))
      .add("priority", one.priority.value)
      .add("since", one.since)
      .add("reason", one.reason)
      .add("moved_by", one.moved_by)
      .add("conflicts", one.conflicts)
      .line();
}

std::string line_of(const CheckState& one) {
  Writer writer("check");
  writer.add("name", one.check)
      .add("up", one.up)
      .add("weight", one.weight)
      .add("since", one.since)
      .add("reason", one.reason);
  if (one.value) writer.add("value", *one.value);
  return writer.line();
}

std::string line_of(const ServiceState& one) {
  return Writer("service")
      .add("name", one.service)
      .add("quorum", one.quorum)
      .add("weight", one.weight)
      .add("healthy", one.healthy)
      .add("servers", one.servers)
      .add("sorry", one.sorry)
      .add("panic", one.panic)
      .add("since", one.since)
      .add("reason", one.reason)
      .line();
}

std::string line_of(const ServerState& one) {
  return Writer("server")
      .add("name", one.server)
      .add("use", to_string(one.use))
      .add("weight", one.weight)
      .add("healthy", one.healthy)
      .add("seen_up", one.seen_up)
      .add("since", one.since)
      .add("reason", one.reason)
      .line();
}

// The rest of what is retained, whoever is new says again: counters, orders, what is observed.
std::string line_of(const auto&) {
  return "";
}

std::string line_of(const HandedWorker& one) {
  return Writer("worker")
      .add("role", to_string(one.role))
      .add("pid", one.pid)
      .add("channel", one.channel)
      .add("lives", one.lives)
      .add("last_end", one.last_end)
      .add("since", one.since)
      .add("heard", one.heard)
      .line();
}

std::string line_of(const Told& one) {
  return Writer("told")
      .add("of", to_string(one.of))
      .add("name", one.name)
      .add("state", one.state)
      .add("priority", one.priority.value)
      .add("conflicts", one.conflicts)
      .line();
}

void read_worker(const Fields& fields, Handover& handover) {
  HandedWorker one;
  const std::optional<Role> role = fields.one_of("role", kRoles);
  fields.get("pid", one.pid);
  if (!role || one.pid <= 1) return;
  one.role = *role;
  fields.get("channel", one.channel);
  fields.get("lives", one.lives);
  fields.get("last_end", one.last_end);
  fields.get("since", one.since);
  fields.get("heard", one.heard);
  handover.workers.push_back(one);
}

void read_router(const Fields& fields, Handover& handover) {
  RouterState one;
  const std::optional<VrrpState> state = fields.one_of("state", kStates);
  fields.get("name", one.router);
  if (!state || one.router.empty()) return;
  one.state = *state;
  fields.get("priority", one.priority.value);
  fields.get("since", one.since);
  fields.get("reason", one.reason);
  fields.get("moved_by", one.moved_by);
  fields.get("conflicts", one.conflicts);
  handover.retained.emplace_back(one);
}

void read_check(const Fields& fields, Handover& handover) {
  CheckState one;
  fields.get("name", one.check);
  if (one.check.empty()) return;
  fields.get("up", one.up);
  fields.get("weight", one.weight);
  one.weight = std::min<std::uint8_t>(one.weight, 100);
  fields.get("since", one.since);
  fields.get("reason", one.reason);
  std::string value;
  fields.get("value", value);
  one.value = number_of<std::int32_t>(value);
  handover.retained.emplace_back(one);
}

void read_service(const Fields& fields, Handover& handover) {
  ServiceState one;
  fields.get("name", one.service);
  if (one.service.empty()) return;
  fields.get("quorum", one.quorum);
  fields.get("weight", one.weight);
  fields.get("healthy", one.healthy);
  fields.get("servers", one.servers);
  fields.get("sorry", one.sorry);
  fields.get("panic", one.panic);
  fields.get("since", one.since);
  fields.get("reason", one.reason);
  handover.retained.emplace_back(one);
}

void read_server(const Fields& fields, Handover& handover) {
  ServerState one;
  const std::optional<ServerUse> use = fields.one_of("use", kUses);
  fields.get("name", one.server);
  if (!use || one.server.empty()) return;
  one.use = *use;
  fields.get("weight", one.weight);
  fields.get("healthy", one.healthy);
  fields.get("seen_up", one.seen_up);
  fields.get("since", one.since);
  fields.get("reason", one.reason);
  handover.retained.emplace_back(one);
}

void read_told(const Fields& fields, Handover& handover) {
  Told one;
  const std::optional<NoticeOf> of = fields.one_of("of", kNoticeKinds);
  fields.get("name", one.name);
  fields.get("state", one.state);
  if (!of || one.name.empty() || one.state.empty()) return;
  one.of = *of;
  fields.get("priority", one.priority.value);
  fields.get("conflicts", one.conflicts);
  handover.told.push_back(one);
}

void read_self(const Fields& fields, Handover& handover) {
  fields.get("build", handover.build_id);
  fields.get("generation", handover.generation.value);
  fields.get("table_filled", handover.table_filled);
  fields.get("lock", handover.lock);
  fields.get("control", handover.control);
  fields.get("fifo", handover.fifo);
  fields.get("fifo_descriptor", handover.fifo_descriptor);
  fields.get("fifo_made", handover.fifo_made);
}

void read_asker(const Fields& fields, Handover& handover) {
  int descriptor = -1;
  fields.get("descriptor", descriptor);
  if (descriptor >= 0) handover.askers.push_back(descriptor);
}

void read_orphan(const Fields& fields, Handover& handover) {
  int pid = 0;
  fields.get("pid", pid);
  if (pid > 1) handover.orphans.push_back(pid);
}

using Read = void (*)(const Fields&, Handover&);
constexpr std::array<std::pair<std::string_view, Read>, 9> kKinds{{
    {"supervisor", read_self},
    {"asker", read_asker},
    {"orphan", read_orphan},
    {"worker", read_worker},
    {"router", read_router},
    {"check", read_check},
    {"service", read_service},
    {"server", read_server},
    {"told", read_told},
}};

}  // namespace

std::string to_text(const Handover& handover) {
  std::string text = std::string(kTitle) + std::to_string(kHandoverFormat) + "\n";
  text += Writer("supervisor")
              .add("build", handover.build_id)
              .add("generation", handover.generation.value)
              .add("table_filled", handover.table_filled)
              .add("lock", handover.lock)
              .add("control", handover.control)
              .add("fifo", handover.fifo)
              .add("fifo_descriptor", handover.fifo_descriptor)
              .add("fifo_made", handover.fifo_made)
              .line();
  for (const int asker : handover.askers) text += Writer("asker").add("descriptor", asker).line();
  for (const int orphan : handover.orphans) text += Writer("orphan").add("pid", orphan).line();
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
  if (number_of<int>(format) != kHandoverFormat) {
    return fail("the state that is handed over has format " + escaped(format.substr(0, 20)) +
                "; this version reads format " + std::to_string(kHandoverFormat));
  }
  Handover handover;
  for (std::size_t begin = title + 1; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const Fields fields(text.substr(begin, end - begin));
    for (const auto& [kind, read] : kKinds) {
      if (fields.kind() == kind) read(fields, handover);
    }
    begin = end + 1;
  }
  return handover;
}

}  // namespace holdfast::supervisor
