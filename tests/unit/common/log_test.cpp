// SPDX-License-Identifier: Apache-2.0
#include "common/log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <regex>
#include <string>

#include "common/clock.h"
#include "common/core/log_rate.h"
#include "common/owned_fd.h"

namespace holdfast {
namespace {

// Standard error goes into a file of memory while this lives.
class Captured {
 public:
  Captured() : before_(::dup(STDERR_FILENO)), file_(::memfd_create("stderr", MFD_CLOEXEC)) {
    EXPECT_EQ(::dup2(file_.get(), STDERR_FILENO), STDERR_FILENO);
  }
  ~Captured() { ::dup2(before_.get(), STDERR_FILENO); }
  Captured(const Captured&) = delete;
  Captured& operator=(const Captured&) = delete;

  std::string text() const {
    std::string text(100000, '\0');
    const ssize_t size = ::pread(file_.get(), text.data(), text.size(), 0);
    text.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    return text;
  }

 private:
  OwnedFd before_;
  OwnedFd file_;
};

std::string logged(LogLevel level, std::string_view text) {
  const Captured captured;
  log(level, text);
  return captured.text();
}

constexpr const char* kTime = R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)";

void expect_line(const std::string& line, const std::string& pattern) {
  EXPECT_TRUE(std::regex_match(line, std::regex(pattern))) << line;
}

TEST(Log, WritesALineOfText) {
  log_setup("vrrp-worker", LogLevel::kDebug, LogStyle::kText);
  expect_line(logged(LogLevel::kInfo, "web is MASTER"),
              kTime + std::string(" info vrrp-worker: web is MASTER\n"));
  expect_line(logged(LogLevel::kError, "x"), kTime + std::string(" error vrrp-worker: x\n"));
  expect_line(logged(LogLevel::kWarning, "x"), kTime + std::string(" warning vrrp-worker: x\n"));
  expect_line(logged(LogLevel::kDebug, "x"), kTime + std::string(" debug vrrp-worker: x\n"));
}

TEST(Log, WritesALineOfJson) {
  log_setup("vrrp-worker", LogLevel::kInfo, LogStyle::kJson);
  expect_line(logged(LogLevel::kWarning, "web is MASTER"),
              R"(\{"time":")" + std::string(kTime) +
                  R"(","level":"warning","process":"vrrp-worker","message":"web is MASTER"\}\n)");
}

TEST(Log, WritesTheFieldsOfALineOfJson) {
  const LogLine line{
      LogLevel::kInfo, "web: BACKUP -> MASTER", {{"instance", "web"}, {"to", "\"M\""}}};
  const auto written = [&line](LogStyle style) {
    log_setup("p", LogLevel::kInfo, style);
    const Captured captured;
    log(line);
    log(LogLevel::kInfo, "next");
    return captured.text();
  };
  const std::string json = written(LogStyle::kJson);
  EXPECT_NE(json.find(R"("message":"web: BACKUP -> MASTER","instance":"web","to":"\"M\""})"),
            std::string::npos)
      << json;
  EXPECT_NE(json.find(R"("message":"next"})"), std::string::npos) << json;
  const std::string text = written(LogStyle::kText);
  EXPECT_NE(text.find(" p: web: BACKUP -> MASTER\n"), std::string::npos) << text;
}

TEST(LogDeathTest, LeavesOutAndCountsWhatIsTooMuch) {
  const auto flood = [] {
    for (int i = 0; i < LogRate::kBurst + 2000; ++i) log(LogLevel::kInfo, "a line");
    // Until there is room for the word and the line.
    const Time then = monotonic_now() + std::chrono::milliseconds{20};
    while (monotonic_now() < then) {
    }
    log(LogLevel::kInfo, "after it");
    std::exit(0);
  };
  EXPECT_EXIT(flood(), ::testing::ExitedWithCode(0),
              "[0-9]+ lines were left out: this process logs too many\n.*after it");
}

TEST(LogRate, AdmitsABurstAndThenSoManyASecond) {
  LogRate rate;
  const Time start{std::chrono::hours{1}};
  const auto admitted = [&rate](Time when, std::int64_t lines) {
    std::int64_t count = 0;
    for (std::int64_t i = 0; i < lines; ++i) count += rate.admits(when) ? 1 : 0;
    return count;
  };
  EXPECT_EQ(admitted(start, LogRate::kBurst + 7), LogRate::kBurst);
  EXPECT_EQ(rate.left_out(), 7U);
  EXPECT_EQ(rate.left_out(), 0U);
  EXPECT_NEAR(static_cast<double>(admitted(start + std::chrono::seconds{1}, 1000)),
              LogRate::kPerSecond, 1);
  EXPECT_EQ(admitted(start + std::chrono::hours{1}, LogRate::kBurst + 7), LogRate::kBurst);
}

TEST(Log, LeavesOutWhatIsBelowItsLevel) {
  log_setup("x", LogLevel::kWarning, LogStyle::kText);
  EXPECT_EQ(logged(LogLevel::kInfo, "text"), "");
  EXPECT_NE(logged(LogLevel::kWarning, "text"), "");
  log_setup("x", LogLevel::kDebug, LogStyle::kText);
  EXPECT_NE(logged(LogLevel::kDebug, "text"), "");
}

std::string escaped(LogStyle style, std::string_view text) {
  log_setup("p", LogLevel::kInfo, style);
  const std::string line = logged(LogLevel::kInfo, text);
  const std::string before = style == LogStyle::kText ? " p: " : R"("message":")";
  const std::string after = style == LogStyle::kText ? "\n" : "\"}\n";
  const std::size_t begin = line.find(before) + before.size();
  EXPECT_EQ(line.substr(line.size() - after.size()), after);
  return line.substr(begin, line.size() - after.size() - begin);
}

TEST(Log, KeepsALineALine) {
  using namespace std::string_view_literals;
  EXPECT_EQ(escaped(LogStyle::kText, "a\nb\tc\r\x1b[31m\x7f\0z"sv),
            R"(a\nb\tc\x0d\x1b[31m\x7f\x00z)");
  EXPECT_EQ(escaped(LogStyle::kJson, "a\nb\tc\r\x1b[31m\x7f\0z"sv),
            R"(a\nb\tc\u000d\u001b[31m\u007f\u0000z)");
}

TEST(Log, QuotesForJsonOnly) {
  EXPECT_EQ(escaped(LogStyle::kJson, R"(say "C:\x")"), R"(say \"C:\\x\")");
  EXPECT_EQ(escaped(LogStyle::kText, R"(say "C:\x")"), R"(say "C:\x")");
}

TEST(Log, KeepsWellFormedUtf8) {
  const std::string text = "\u00a0\u00e9\u07ff\u0800\u20ac\ud7ff\ue000\uffff\U00010000\U0010FFFF";
  EXPECT_EQ(escaped(LogStyle::kText, text), text);
  EXPECT_EQ(escaped(LogStyle::kJson, text), text);
}

TEST(Log, EscapesWhatIsNoUtf8) {
  // Stray, cut short, longer than need be, surrogate, above the last, C1 control.
  EXPECT_EQ(escaped(LogStyle::kText, "\x80z\xe2\x82"), R"(\x80z\xe2\x82)");
  EXPECT_EQ(escaped(LogStyle::kText, "\xc0\xaf\xe0\x80\xaf"), R"(\xc0\xaf\xe0\x80\xaf)");
  EXPECT_EQ(escaped(LogStyle::kText, "\xf0\x80\x80\xaf"), R"(\xf0\x80\x80\xaf)");
  EXPECT_EQ(escaped(LogStyle::kText, "\xed\xa0\x80"), R"(\xed\xa0\x80)");
  EXPECT_EQ(escaped(LogStyle::kText, "\xf4\x90\x80\x80\xff"), R"(\xf4\x90\x80\x80\xff)");
  EXPECT_EQ(escaped(LogStyle::kText, "\xc2\x9b"), R"(\xc2\x9b)");
  EXPECT_EQ(escaped(LogStyle::kJson, "a\x80"), R"(a\ufffd)");
}

TEST(Log, GivesTheJournalAPriorityInsteadOfTheTime) {
  const Captured captured;
  struct stat status {};
  ASSERT_EQ(::fstat(STDERR_FILENO, &status), 0);
  const std::string stream = std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
  ASSERT_EQ(::setenv("JOURNAL_STREAM", stream.c_str(), 1), 0);
  log_setup("p", LogLevel::kDebug, LogStyle::kText);
  log(LogLevel::kDebug, "d");
  log(LogLevel::kInfo, "i");
  log(LogLevel::kWarning, "w");
  log(LogLevel::kError, "e");
  ASSERT_EQ(::setenv("JOURNAL_STREAM", "1:1", 1), 0);
  log_setup("p", LogLevel::kDebug, LogStyle::kText);
  log(LogLevel::kInfo, "elsewhere");
  ASSERT_EQ(::unsetenv("JOURNAL_STREAM"), 0);
  expect_line(captured.text(), "<7>debug p: d\n<6>info p: i\n<4>warning p: w\n<3>error p: e\n" +
                                   std::string(kTime) + " info p: elsewhere\n");
}

// Standard error is a pipe that nobody reads: a worker that waited would be taken for hung.
TEST(Log, NeverWaitsForItsReader) {
  log_setup("p", LogLevel::kInfo, LogStyle::kText);
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const OwnedFd reader(ends[0]);
  const OwnedFd writer(ends[1]);
  const OwnedFd before(::dup(STDERR_FILENO));
  ASSERT_EQ(::dup2(writer.get(), STDERR_FILENO), STDERR_FILENO);
  for (int i = 0; i < 3000; ++i) log(LogLevel::kInfo, "a line");
  std::string text(1 << 20, '\0');
  const auto read = [&] {
    const ssize_t size = ::read(reader.get(), text.data(), text.size());
    return std::string(text.data(), size < 0 ? 0 : static_cast<std::size_t>(size));
  };
  EXPECT_EQ(read().find("were lost"), std::string::npos);
  log(LogLevel::kInfo, "after it");
  const std::string rest = read();
  ::dup2(before.get(), STDERR_FILENO);
  expect_line(
      rest.substr(0, rest.find('\n') + 1),
      kTime + std::string(" warning p: \\d+ lines of this log were lost: nobody read it\n"));
  EXPECT_TRUE(rest.ends_with(" info p: after it\n")) << rest;
}

TEST(Log, LosesLinesOfAFullDiskAndNothingElse) {
  const OwnedFd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  const OwnedFd before(::dup(STDERR_FILENO));
  ASSERT_EQ(::dup2(full.get(), STDERR_FILENO), STDERR_FILENO);
  log(LogLevel::kInfo, "lost");
  ::dup2(before.get(), STDERR_FILENO);
  EXPECT_NE(logged(LogLevel::kInfo, "there again"), "");
}

}  // namespace
}  // namespace holdfast
