// SPDX-License-Identifier: Apache-2.0
#include "supervisor/history.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

namespace holdfast::supervisor {
namespace {

namespace fs = std::filesystem;

class HistoryFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = ::testing::TempDir() + "history_XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    directory = name + "/state";
  }
  void TearDown() override { fs::remove_all(fs::path(directory).parent_path()); }

  static HistoryEvent event_of(EventOf of, int number) {
    HistoryEvent event;
    event.at = RealTime{std::chrono::seconds{number}};
    event.of = of;
    event.subject = "web";
    event.to = std::to_string(number);
    event.reason = std::string(200, 'r');
    return event;
  }

  std::string directory;
};

TEST_F(HistoryFiles, AreOneHistoryInTheOrderOfTimeAndOutliveWhoWroteThem) {
  {
    History history(directory);
    EXPECT_TRUE(history.read().empty());
    history.record(event_of(EventOf::kRouter, 1));
    history.record(event_of(EventOf::kCheck, 2));
    history.record(event_of(EventOf::kRouter, 3));
  }
  const auto events = History(directory).read();
  ASSERT_EQ(events.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(events[i].to, std::to_string(i + 1));
  EXPECT_EQ(fs::status(directory + "/history").permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(HistoryFiles, AreBoundedAndKeepTheNewestAndChecksDoNotDriveOutRouters) {
  History history(directory);
  history.record(event_of(EventOf::kRouter, 0));
  constexpr int kMany = 4000;  // of some 250 bytes each
  for (int i = 1; i <= kMany; ++i) history.record(event_of(EventOf::kCheck, i));
  std::size_t size = 0;
  for (const auto& file : fs::directory_iterator(directory)) size += fs::file_size(file.path());
  EXPECT_LE(size, 3 * History::kSizeMax);
  const auto events = history.read();
  EXPECT_EQ(events.front().of, EventOf::kRouter);
  EXPECT_EQ(events.back().to, std::to_string(kMany));
  EXPECT_GT(events.size(), 1000U);
  for (std::size_t i = 2; i < events.size(); ++i) {
    ASSERT_EQ(std::stoi(events[i].to), std::stoi(events[i - 1].to) + 1);
  }
}

TEST_F(HistoryFiles, GoOnAfterATornEnd) {
  History history(directory);
  history.record(event_of(EventOf::kRouter, 1));
  history.record(event_of(EventOf::kRouter, 2));
  const std::string path = directory + "/history";
  fs::resize_file(path, fs::file_size(path) - 3);
  history.record(event_of(EventOf::kRouter, 3));
  const auto events = history.read();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].to, "1");
  EXPECT_EQ(events[1].to, "3");
}

TEST_F(HistoryFiles, ThatCannotBeWrittenCostNothingElseAndComeBack) {
  fs::create_directories(directory + "/history");  // a directory in its place
  History history(directory);
  ::testing::internal::CaptureStderr();
  history.record(event_of(EventOf::kRouter, 1));
  history.record(event_of(EventOf::kRouter, 2));
  fs::remove(directory + "/history");
  history.record(event_of(EventOf::kRouter, 3));
  const std::string said = ::testing::internal::GetCapturedStderr();
  const auto first = said.find("no history is kept");
  ASSERT_NE(first, std::string::npos) << said;
  EXPECT_EQ(said.find("no history is kept", first + 1), std::string::npos) << said;
  EXPECT_NE(said.find("history is kept again"), std::string::npos) << said;
  EXPECT_EQ(history.read().size(), 1U);
}

TEST_F(HistoryFiles, AreFollowedThroughNoLink) {
  fs::create_directories(directory);
  const std::string other = directory + "/other";
  std::ofstream(other) << "x";
  fs::create_symlink(other, directory + "/history");
  History history(directory);
  history.record(event_of(EventOf::kRouter, 1));
  EXPECT_EQ(fs::file_size(other), 1U);
  EXPECT_TRUE(history.read().empty());
}

}  // namespace
}  // namespace holdfast::supervisor
