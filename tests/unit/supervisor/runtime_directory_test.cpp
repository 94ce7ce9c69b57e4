// SPDX-License-Identifier: Apache-2.0
#include "supervisor/runtime_directory.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "tests/unit/supervisor/temporary_directory.h"

namespace holdfast::supervisor {
namespace {

class RuntimeDirectoryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root, to whom the directory must belong";
  }
  std::string refusal() {
    const auto taken = RuntimeDirectory::take(path_);
    return taken ? "" : taken.error().message;
  }
  static mode_t mode_of(const std::string& path) {
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0 ? status.st_mode & 07777U : 0U;
  }

  TemporaryDirectory directory_;
  std::string path_ = directory_ / "run";
};

TEST_F(RuntimeDirectoryTest, IsMadeWithAnEmptyRootForTheWorkers) {
  const mode_t before = ::umask(0077);
  const auto taken = RuntimeDirectory::take(path_);
  ::umask(before);
  ASSERT_TRUE(taken) << taken.error().message;
  EXPECT_EQ(mode_of(path_), 0755U);
  EXPECT_EQ(mode_of(path_ + "/root"), 0555U);
  EXPECT_EQ(mode_of(path_ + "/lock"), 0600U);
  EXPECT_EQ(taken->root(), path_ + "/root");
  EXPECT_EQ(taken->control_socket(), path_ + "/control");
}

TEST_F(RuntimeDirectoryTest, IsHeldByOneAtATime) {
  {
    const auto taken = RuntimeDirectory::take(path_);
    ASSERT_TRUE(taken);
    EXPECT_EQ(refusal(), "another holdfastd, pid " + std::to_string(::getpid()) +
                             ", already runs with " + path_);
  }
  EXPECT_EQ(refusal(), "");
}

TEST_F(RuntimeDirectoryTest, IsRefusedIfOthersCanWriteThere) {
  std::filesystem::create_directory(path_);
  for (const mode_t mode : {0775U, 0757U, 01777U}) {
    ::chmod(path_.c_str(), mode);
    EXPECT_EQ(refusal(), path_ + " can be written by others than root, expected at most 0755");
  }
  ::chmod(path_.c_str(), 0700);
  EXPECT_EQ(refusal(), "");
}

TEST_F(RuntimeDirectoryTest, IsRefusedIfItIsNotOfRoot) {
  std::filesystem::create_directory(path_);
  ASSERT_EQ(::chown(path_.c_str(), 12345, 0), 0);
  EXPECT_EQ(refusal(), path_ + " belongs to the user 12345, expected a directory of root");
}

TEST_F(RuntimeDirectoryTest, IsNoLink) {
  std::filesystem::create_directory(directory_ / "elsewhere");
  std::filesystem::create_symlink(directory_ / "elsewhere", path_);
  EXPECT_NE(refusal(), "");
}

TEST_F(RuntimeDirectoryTest, ARootWithSomethingInItIsRefused) {
  std::filesystem::create_directories(path_ + "/root/bin");
  ::chmod(path_.c_str(), 0755);
  EXPECT_NE(refusal().find("expected an empty directory"), std::string::npos);
}

}  // namespace
}  // namespace holdfast::supervisor
