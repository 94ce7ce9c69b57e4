// SPDX-License-Identifier: Apache-2.0
#include "common/program_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace holdfast {
namespace {

constexpr uid_t kUser = 65533;
constexpr uid_t kStranger = 65534;

// TOP/one/two/app, all of root's and closed to others.
class TrustedProgram : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root, to give files away";
    std::string pattern = "/tmp/holdfast-trust-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    top_ = pattern;
    ::chmod(top_.c_str(), 0755);
    for (const std::string& folder : {one(), two()}) {
      std::filesystem::create_directory(folder);
      ::chmod(folder.c_str(), 0755);
    }
    std::ofstream(app()) << "#!/bin/sh\n";
    ::chmod(app().c_str(), 0755);
    user_.name = "somebody";
    user_.uid = kUser;
  }
  void TearDown() override {
    if (!top_.empty()) std::filesystem::remove_all(top_);
  }

  std::string one() const { return top_ + "/one"; }
  std::string two() const { return one() + "/two"; }
  std::string app() const { return two() + "/app"; }
  std::string refusal(const std::string& path) const {
    const Result<void> trusted = trusted_program(path, user_);
    return trusted ? "" : trusted.error().message;
  }

  std::string top_;
  UnixUser user_;
};

TEST_F(TrustedProgram, WhatIsRootsOrTheUsersWillDo) {
  EXPECT_EQ(refusal(app()), "");
  for (const std::string& path : {top_, one(), app()}) {
    ASSERT_EQ(::chown(path.c_str(), kUser, kUser), 0);
    ::chmod(path.c_str(), 0755);
    EXPECT_EQ(refusal(app()), "") << path;
  }
}

TEST_F(TrustedProgram, EveryDirectoryOnTheWayIsLookedAt) {
  for (const std::string& path : {top_, one(), two(), app()}) {
    ::chmod(path.c_str(), 0757);
    EXPECT_EQ(refusal(app()), path + " may be written by everyone");
    ::chmod(path.c_str(), 0775);
    EXPECT_EQ(refusal(app()), "") << "root's group is root";
    ASSERT_EQ(::chown(path.c_str(), 0, kStranger), 0);
    ::chmod(path.c_str(), 0775);
    EXPECT_EQ(refusal(app()), path + " may be written by the group 65534");
    ::chmod(path.c_str(), 0755);
    ASSERT_EQ(::chown(path.c_str(), kStranger, 0), 0);
    EXPECT_EQ(refusal(app()), path + " belongs to uid 65534, expected root or somebody");
    ASSERT_EQ(::chown(path.c_str(), 0, 0), 0);
  }
  EXPECT_EQ(refusal(app()), "");
}

TEST_F(TrustedProgram, ALinkIsFollowedAndIsItselfLookedAt) {
  const std::string link = top_ + "/link";
  std::filesystem::create_symlink("one/../one/two", link);
  EXPECT_EQ(refusal(link + "/app"), "");
  ::chmod(one().c_str(), 0777);
  EXPECT_EQ(refusal(link + "/app"), one() + " may be written by everyone");
  ::chmod(one().c_str(), 0755);
  ASSERT_EQ(::lchown(link.c_str(), kStranger, 0), 0);
  EXPECT_EQ(refusal(link + "/app"), link + " belongs to uid 65534, expected root or somebody");
}

TEST_F(TrustedProgram, IsAProgramOfThatUser) {
  ::chmod(app().c_str(), 0700);
  EXPECT_EQ(refusal(app()), app() + " may not be executed by the user somebody");
  ::chmod(app().c_str(), 0644);
  EXPECT_EQ(refusal(app()), app() + " may not be executed by the user somebody");
  EXPECT_NE(refusal(two() + "/none").find("No such file"), std::string::npos);
  EXPECT_EQ(refusal(app() + "/more"), app() + " is no directory");
}

TEST_F(TrustedProgram, IsNoFolder) {
  EXPECT_EQ(refusal(two()), two() + " is no regular file");
  EXPECT_EQ(refusal(app() + "/.."), app() + " is no directory");
  std::filesystem::create_symlink("one", top_ + "/link");
  EXPECT_EQ(refusal(top_ + "/link"), one() + " is no regular file");
}

}  // namespace
}  // namespace holdfast
