// SPDX-License-Identifier: Apache-2.0
#include "common/log.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <spdlog/details/null_mutex.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <span>
#include <utility>

#include "common/clock.h"
#include "common/core/log_escape.h"
#include "common/core/log_rate.h"

namespace holdfast {
namespace {

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

// Never waits: whoever reads the log may have stopped, and no advert may be late because of that.
// What finds no room, or is too much, is lost and counted.
class Sink : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  void set_up(std::string_view process, LogStyle style) {
    process_ = process;
    style_ = style;
    journal_ = is_journal();
  }

  // Of the next line.
  void set_fields(std::span<const LogField> fields) { fields_ = fields; }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    if (!rate_.admits(monotonic_now())) return;
    if (const std::uint64_t left_out = rate_.left_out(); left_out != 0) {
      tell_of(left_out, " lines were left out: this process logs too many", message);
    }
    if (lost_ != 0 && has_room()) {
      tell_of(std::exchange(lost_, 0), " lines of this log were lost: nobody read it", message);
    }
    if (has_room()) {
      write(message, fields_);
    } else {
      ++lost_;
    }
  }
  void flush_() override {}

  void tell_of(std::uint64_t count, std::string_view what,
               const spdlog::details::log_msg& message) {
    const std::string text = std::to_string(count) + std::string(what);
    spdlog::details::log_msg word(message.logger_name, spdlog::level::warn, text);
    write(word, {});
  }

  // A pipe that has room takes so much without waiting.
  void write(const spdlog::details::log_msg& message, std::span<const LogField> fields) {
    const std::string_view text(message.payload.data(), message.payload.size());
    const LevelNames level = names_of(message.level);
    std::string line = style_ == LogStyle::kJson ? json(message.time, level, text, fields)
                                                 : plain(message.time, level, text);
    if (line.size() > PIPE_BUF) {
      line.resize(PIPE_BUF);
      line.back() = '\n';
    }
    // A full disk loses lines, and nothing else.
    static_cast<void>(!::write(STDERR_FILENO, line.data(), line.size()));
  }

  std::string json(std::chrono::system_clock::time_point when, const LevelNames& level,
                   std::string_view text, std::span<const LogField> fields) const {
    std::string line = "{\"time\":\"" + timestamp(when) + "\",\"level\":\"" + level.name;
    const auto add = [&line](std::string_view name, std::string_view value) {
      line += "\",\"";
      line += name;
      line += "\":\"";
      append_escaped(line, value, Escapes::kJson);
    };
    add("process", process_);
    add("message", text);
    for (const LogField& field : fields) add(field.name, field.value);
    return line + "\"}\n";
  }

  std::string plain(std::chrono::system_clock::time_point when, const LevelNames& level,
                    std::string_view text) const {
    std::string line =
        journal_ ? "<" + std::to_string(level.syslog_priority) + ">" : timestamp(when) + " ";
    line += level.name;
    line += " ";
    append_escaped(line, process_, Escapes::kText);
    line += ": ";
    append_escaped(line, text, Escapes::kText);
    return line + "\n";
  }

  static bool has_room() {
    pollfd standard_error{STDERR_FILENO, POLLOUT, 0};
    const int ready = ::poll(&standard_error, 1, 0);
    // What cannot be asked (EPERM of a filter) does not wait, either.
    return ready < 0 || (standard_error.revents & (POLLOUT | POLLERR | POLLNVAL)) != 0;
  }

  std::string process_ = ::program_invocation_short_name;
  LogStyle style_ = LogStyle::kText;
  bool journal_ = is_journal();
  std::span<const LogField> fields_;
  LogRate rate_;
  std::uint64_t lost_ = 0;
};

// A log is a process's own, as standard error is.
const std::shared_ptr<Sink>& sink() {
  static const auto instance = std::make_shared<Sink>();
  return instance;
}

spdlog::logger& logger() {
  static const auto instance = std::make_unique<spdlog::logger>("", sink());
  return *instance;
}

}  // namespace

void log_setup(std::string_view process, LogLevel level, LogStyle style) {
  sink()->set_up(process, style);
  logger().set_level(spdlog_level(level));
}

void log(LogLevel level, std::string_view text) {
  logger().log(spdlog_level(level), spdlog::string_view_t(text.data(), text.size()));
}

void log(const LogLine& line) {
  sink()->set_fields(line.fields);
  log(line.level, line.text);
  sink()->set_fields({});
}

}  // namespace holdfast
