// SPDX-License-Identifier: Apache-2.0
#include "common/log.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <spdlog/details/null_mutex.h>
#include <spdlog/formatter.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>

namespace holdfast {
namespace {

enum class Escapes { kText, kJson };

// The bytes of the character at the front of `text`, or 0 if it is no well-formed UTF-8 or a
// control character, C1 (U+0080 to U+009F) included: terminals obey those too.
std::size_t printable(std::string_view text) {
  const auto byte = [text](std::size_t i) -> unsigned {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
  };
  const auto continues = [&byte](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned lead = byte(0);
  const unsigned next = byte(1);
  if (lead < 0x80) return lead >= 0x20 && lead != 0x7F ? 1 : 0;
  if (!continues(1)) return 0;
  if (lead >= 0xC2 && lead <= 0xDF) return lead == 0xC2 && next < 0xA0 ? 0 : 2;
  if (!continues(2)) return 0;
  if (lead == 0xE0) return next >= 0xA0 ? 3 : 0;  // else longer than need be
  if (lead == 0xED) return next < 0xA0 ? 3 : 0;   // else half of a surrogate pair
  if (lead > 0xE0 && lead <= 0xEF) return 3;
  if (!continues(3)) return 0;
  if (lead == 0xF0) return next >= 0x90 ? 4 : 0;
  if (lead == 0xF4) return next < 0x90 ? 4 : 0;  // else above U+10FFFF
  return lead > 0xF0 && lead < 0xF4 ? 4 : 0;
}

void append_escaped(std::string& line, unsigned char byte, Escapes escapes) {
  if (byte == '\n') {
    line += "\\n";
  } else if (byte == '\t') {
    line += "\\t";
  } else if (escapes == Escapes::kJson && byte >= 0x80) {
    line += "\\ufffd";  // JSON has no bytes, only characters
  } else {
    std::array<char, 8> code{};
    static_cast<void>(std::snprintf(code.data(), code.size(),
                                    escapes == Escapes::kJson ? "\\u%04x" : "\\x%02x", byte));
    line += code.data();
  }
}

// What others sent may be quoted in a line: it must neither end the line nor reach the terminal.
void append(std::string& line, std::string_view text, Escapes escapes) {
  while (!text.empty()) {
    const std::size_t size = printable(text);
    if (size == 0) {
      append_escaped(line, static_cast<unsigned char>(text.front()), escapes);
      text.remove_prefix(1);
      continue;
    }
    if (escapes == Escapes::kJson && (text.front() == '"' || text.front() == '\\')) line += '\\';
    line += text.substr(0, size);
    text.remove_prefix(size);
  }
}

// UTC: a process in its empty root cannot see the time zone. Nor may a worker look for it, as
// gmtime_r() and strftime() do.
std::string timestamp(std::chrono::system_clock::time_point when) {
  using std::chrono::days, std::chrono::milliseconds;
  const auto day = std::chrono::floor<days>(when);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<milliseconds>(when - day));
  std::array<char, 64> text{};
  static_cast<void>(std::snprintf(
      text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
      static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
      static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
      static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()),
      static_cast<int>(time.subseconds().count())));
  return text.data();
}

// The journal names its stream by device and inode, lest a redirected one be taken for it.
bool is_journal() {
  const char* const stream = std::getenv("JOURNAL_STREAM");
  struct stat status {};
  if (stream == nullptr || ::fstat(STDERR_FILENO, &status) != 0) return false;
  return stream == std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
}

struct LevelNames {
  const char* name;
  int syslog_priority;
};

LevelNames names_of(spdlog::level::level_enum level) {
  if (level >= spdlog::level::err) return {"error", 3};
  if (level == spdlog::level::warn) return {"warning", 4};
  if (level == spdlog::level::info) return {"info", 6};
  return {"debug", 7};
}

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      break;
  }
  return spdlog::level::err;
}

class LineFormatter : public spdlog::formatter {
 public:
  LineFormatter(std::string_view process, LogStyle style)
      : process_(process), style_(style), journal_(is_journal()) {}

  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    const std::string_view text(message.payload.data(), message.payload.size());
    const LevelNames level = names_of(message.level);
    std::string line;
    if (style_ == LogStyle::kJson) {
      line = "{\"time\":\"" + timestamp(message.time) + "\",\"level\":\"" + level.name +
             "\",\"process\":\"";
      append(line, process_, Escapes::kJson);
      line += "\",\"message\":\"";
      append(line, text, Escapes::kJson);
      line += "\"}\n";
    } else {
      line = journal_ ? "<" + std::to_string(level.syslog_priority) + ">"
                      : timestamp(message.time) + " ";
      line += level.name;
      line += " ";
      append(line, process_, Escapes::kText);
      line += ": ";
      append(line, text, Escapes::kText);
      line += "\n";
    }
    out.append(line.data(), line.data() + line.size());
  }

  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<LineFormatter>(*this);
  }

 private:
  std::string process_;
  LogStyle style_;
  bool journal_;
};

// Never waits: whoever reads the log may have stopped, and no advert may be late because of that.
// What finds no room is lost, and counted.
class Sink : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    if (!has_room()) {
      ++lost_;
      return;
    }
    if (lost_ != 0) {
      const std::string text =
          std::to_string(lost_) + " lines of this log were lost: nobody read it";
      spdlog::details::log_msg word(message.logger_name, spdlog::level::warn, text);
      lost_ = 0;
      write(word);
      if (!has_room()) {
        ++lost_;
        return;
      }
    }
    write(message);
  }
  void flush_() override {}

  // A pipe that has room takes so much without waiting.
  void write(const spdlog::details::log_msg& message) {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    const std::size_t size = std::min<std::size_t>(line.size(), PIPE_BUF);
    if (size != 0 && size < line.size()) line[size - 1] = '\n';
    // A full disk loses lines, and nothing else.
    static_cast<void>(!::write(STDERR_FILENO, line.data(), size));
  }

  static bool has_room() {
    pollfd standard_error{STDERR_FILENO, POLLOUT, 0};
    const int ready = ::poll(&standard_error, 1, 0);
    // What cannot be asked (EPERM of a filter) does not wait, either.
    return ready < 0 || (standard_error.revents & (POLLOUT | POLLERR | POLLNVAL)) != 0;
  }

  std::uint64_t lost_ = 0;
};

// A log is a process's own, as standard error is.
spdlog::logger& logger() {
  static const std::unique_ptr<spdlog::logger> instance = [] {
    auto created = std::make_unique<spdlog::logger>("", std::make_shared<Sink>());
    created->set_formatter(
        std::make_unique<LineFormatter>(::program_invocation_short_name, LogStyle::kText));
    return created;
  }();
  return *instance;
}

}  // namespace

void log_setup(std::string_view process, LogLevel level, LogStyle style) {
  logger().set_formatter(std::make_unique<LineFormatter>(process, style));
  logger().set_level(spdlog_level(level));
}

void log(LogLevel level, std::string_view text) {
  logger().log(spdlog_level(level), spdlog::string_view_t(text.data(), text.size()));
}

}  // namespace holdfast
