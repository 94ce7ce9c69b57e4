// SPDX-License-Identifier: Apache-2.0
#include "config/key_files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace holdfast {
namespace {

const std::string kDigits = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff";
const std::string kBytes = [] {
  std::string bytes;
  for (char c = 0; c < 31; ++c) bytes.push_back(c);
  return bytes + '\xff';
}();

class KeyFilesTest : public testing::Test {
 protected:
  KeyFilesTest() {
    std::string pattern = testing::TempDir() + "keysXXXXXX";
    directory_ = ::mkdtemp(pattern.data());
  }
  ~KeyFilesTest() override { std::filesystem::remove_all(directory_); }

  std::string put(const std::string& name, const std::string& text, mode_t mode = 0600) {
    const std::string path = directory_ + "/" + name;
    std::ofstream(path) << text;
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    return path;
  }
  static InFile<PlacedKey> at(int line, const std::string& path) {
    return {{line, 3, {1, path, ""}}};
  }
  static std::vector<std::string> faults(const KeyFiles& read) {
    std::vector<std::string> lines;
    for (const Diagnostic& fault : read.faults) lines.push_back(fault.to_string());
    return lines;
  }
  // The key in a file of this text, or the fault.
  std::string read_text(const std::string& text) {
    const KeyFiles read = read_keys({at(1, put("key", text))}, "f", std::nullopt);
    EXPECT_EQ(read.secrets.size() + read.faults.size(), 1U);
    return read.faults.empty() ? read.secrets[0].bytes : read.faults[0].message;
  }
  std::string refused(const std::string& why) const {
    return "refused a key: " + directory_ + "/key " + why;
  }

  std::string directory_;
};

TEST_F(KeyFilesTest, HexadecimalOrAsItIs) {
  EXPECT_EQ(read_text("hex:" + kDigits), kBytes);
  EXPECT_EQ(read_text("hex:" + kDigits + "\n"), kBytes);
  EXPECT_EQ(read_text("hex:" + kDigits + "\r\n"), kBytes);
  const std::string phrase = "a phrase of more than 32 characters";
  EXPECT_EQ(read_text(phrase), phrase);
  EXPECT_EQ(read_text(phrase + "\n"), phrase);
}

TEST_F(KeyFilesTest, From32To64Bytes) {
  for (const std::size_t size : {32U, 64U}) {
    EXPECT_EQ(read_text(std::string(size, 'k')), std::string(size, 'k'));
  }
  EXPECT_EQ(read_text(std::string(31, 'k')), refused("has a key of 31 bytes, expected 32 to 64"));
  EXPECT_EQ(read_text(std::string(65, 'k')), refused("has a key of 65 bytes, expected 32 to 64"));
  EXPECT_EQ(read_text(std::string(5000, 'k')),
            refused("has a key of too many bytes, expected 32 to 64"));
  EXPECT_EQ(read_text(""), refused("has a key of 0 bytes, expected 32 to 64"));
  EXPECT_EQ(read_text("hex:" + std::string(62, '0')),
            refused("has a key of 31 bytes, expected 32 to 64"));
}

TEST_F(KeyFilesTest, BadDigitsAreNotShown) {
  for (const std::string& digits :
       {kDigits + "0", "x" + kDigits.substr(1), kDigits + " ", "+0" + kDigits.substr(2)}) {
    EXPECT_EQ(read_text("hex:" + digits), refused("has no pairs of hexadecimal digits after hex:"));
  }
}

TEST_F(KeyFilesTest, AFileThatOthersCanReadIsRefusedAtItsPlace) {
  for (const mode_t mode : {0640U, 0604U, 0620U, 0610U, 0602U}) {
    const std::string path = put("key", "hex:" + kDigits, mode);
    const KeyFiles read = read_keys({at(7, path)}, "h.yaml", std::nullopt);
    EXPECT_TRUE(read.secrets.empty());
    EXPECT_EQ(faults(read),
              std::vector<std::string>{
                  "h.yaml:7:3: " +
                  refused("is open to others, expected mode 0600 or 0400: chmod 600 " + path)});
  }
}

TEST_F(KeyFilesTest, AForeignersFileIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to give a file away";
  const std::string path = put("key", "hex:" + kDigits);
  ASSERT_EQ(::chown(path.c_str(), 65534, 65534), 0);
  EXPECT_EQ(read_keys({at(1, path)}, "f", std::nullopt).faults.at(0).message,
            refused("belongs to uid 65534, expected root"));
}

TEST_F(KeyFilesTest, WhatIsNoFileIsRefusedAndDoesNotHang) {
  const std::string pipe = directory_ + "/pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const KeyFiles read =
      read_keys({at(1, pipe), at(2, directory_), at(3, directory_ + "/none")}, "f", std::nullopt);
  EXPECT_EQ(faults(read), (std::vector<std::string>{
                              "f:1:3: refused a key: " + pipe + " is no regular file",
                              "f:2:3: refused a key: " + directory_ + " is no regular file",
                              "f:3:3: refused a key: cannot open " + directory_ +
                                  "/none: No such file or directory",
                          }));
}

TEST_F(KeyFilesTest, AKeyOfManyInstancesIsOneSecretAndOneFaultEach) {
  const std::string good = put("good", "hex:" + kDigits);
  const std::string bad = put("bad", "short");
  const KeyFiles read =
      read_keys({at(1, good), at(2, good), at(3, bad), at(4, bad)}, "f", std::nullopt);
  EXPECT_EQ(read.secrets, (std::vector<Secret>{{"file " + good, kBytes}}));
  EXPECT_EQ(read.faults.size(), 2U);
}

TEST_F(KeyFilesTest, AtMost512OfThem) {
  std::vector<InFile<PlacedKey>> keys;
  for (int i = 0; i < 512; ++i) keys.push_back(at(i, put(std::to_string(i), "hex:" + kDigits)));
  EXPECT_EQ(read_keys(keys, "f", std::nullopt).secrets.size(), 512U);
  keys.push_back(at(7, keys.front().key.file));
  EXPECT_TRUE(read_keys(keys, "f", std::nullopt).faults.empty());
  keys.push_back(at(600, directory_ + "/another"));
  EXPECT_EQ(faults(read_keys(keys, "f", std::nullopt)),
            std::vector<std::string>{"f:600:3: one key too many: at most 512 files and credentials "
                                     "may be named"});
}

TEST_F(KeyFilesTest, CredentialsComeFromTheDirectoryOfSystemd) {
  put("web", "hex:" + kDigits, 0400);
  const InFile<PlacedKey> key{{5, 9, {1, "", "web"}}};
  EXPECT_EQ(read_keys({key}, "f", directory_).secrets,
            (std::vector<Secret>{{"credential web", kBytes}}));
  EXPECT_EQ(faults(read_keys({key}, "f", std::nullopt)),
            std::vector<std::string>{"f:5:9: refused a key: systemd gave no credentials: holdfastd "
                                     "needs LoadCredential=web"});
}

}  // namespace
}  // namespace holdfast
