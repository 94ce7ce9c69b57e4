// SPDX-License-Identifier: Apache-2.0
#include "config/alert_files.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace holdfast {
namespace {

class AlertFilesTest : public testing::Test {
 protected:
  AlertFilesTest() {
    std::string pattern = testing::TempDir() + "alert-files-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~AlertFilesTest() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& text, mode_t mode) {
    const std::string path = folder_ + "/" + std::to_string(++files_);
    std::ofstream(path) << text;
    ::chmod(path.c_str(), mode);
    return path;
  }
  AlertFiles read(const std::string& path, bool secret) {
    return read_alert_files({{{3, 7, path, secret}, {}}}, "f", {});
  }

  std::string folder_;
  int files_ = 0;
};

TEST_F(AlertFilesTest, ASecretIsOneLine) {
  const std::string path = write("s3cret with blanks\r\n", 0600);
  const AlertFiles good = read(path, true);
  EXPECT_TRUE(good.faults.empty());
  EXPECT_EQ(good.files.at(path), "s3cret with blanks");
  for (const char* const text : {"", "\n", "two\nlines", "\n\n"}) {
    EXPECT_EQ(read(write(text, 0600), true).faults.size(), 1U);
  }
  EXPECT_EQ(read(write(std::string(4097, 'x'), 0600), true).faults.size(), 1U);
}

TEST_F(AlertFilesTest, ASecretThatOthersCanReadIsRefusedWithoutAWordOfIt) {
  const AlertFiles open = read(write("s3cret", 0640), true);
  ASSERT_EQ(open.faults.size(), 1U);
  EXPECT_EQ(open.faults[0].line, 3);
  EXPECT_EQ(open.faults[0].to_string().find("s3cret"), std::string::npos);
  EXPECT_TRUE(open.files.empty());
}

TEST_F(AlertFilesTest, AuthoritiesAreInPemAndMayBeOpen) {
  EXPECT_TRUE(read(write("-----BEGIN CERTIFICATE-----\n", 0644), false).faults.empty());
  EXPECT_EQ(read(write("none", 0644), false).faults.size(), 1U);
  EXPECT_EQ(read(folder_ + "/absent", false).faults.size(), 1U);
}

}  // namespace
}  // namespace holdfast
