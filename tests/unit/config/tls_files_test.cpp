// SPDX-License-Identifier: Apache-2.0
#include "config/tls_files.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace holdfast {
namespace {

const std::string kPem = "-----BEGIN CERTIFICATE-----\n";  // NOLINT(cert-err58-cpp)

class TlsFilesTest : public testing::Test {
 protected:
  TlsFilesTest() {
    std::string pattern = testing::TempDir() + "tlsXXXXXX";
    directory_ = ::mkdtemp(pattern.data());
  }
  ~TlsFilesTest() override { std::filesystem::remove_all(directory_); }

  std::string put(const std::string& name, const std::string& text, mode_t mode = 0644) {
    const std::string path = directory_ + "/" + name;
    std::ofstream(path) << text;
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    return path;
  }
  static std::vector<std::string> faults(const TlsFiles& read) {
    std::vector<std::string> lines;
    for (const Diagnostic& fault : read.faults) lines.push_back(fault.to_string());
    return lines;
  }

  std::string directory_;
};

TEST_F(TlsFilesTest, AreReadOnceEach) {
  const std::string ca = put("ca", kPem);
  const std::string key = put("key", kPem, 0600);
  const TlsFiles read =
      read_tls_files({{{1, 2, ca, false}}, {{2, 2, ca, false}}, {{3, 2, key, true}}}, "f", {});
  EXPECT_EQ(faults(read), std::vector<std::string>{});
  EXPECT_EQ(read.files, (std::map<std::string, std::string>{{ca, kPem}, {key, kPem}}));
}

TEST_F(TlsFilesTest, AKeyIsClosedToOthers) {
  const std::string key = put("key", kPem, 0640);
  EXPECT_EQ(faults(read_tls_files({{{7, 9, key, true}}}, "f", {})),
            std::vector{"f:7:9: " + key +
                        " is open to others, expected mode 0600 or 0400: chmod "
                        "600 " +
                        key});
  EXPECT_EQ(faults(read_tls_files({{{7, 9, key, false}}}, "f", {})), std::vector<std::string>{});
}

TEST_F(TlsFilesTest, Faults) {
  const std::string none = directory_ + "/none";
  EXPECT_EQ(faults(read_tls_files({{{1, 1, none, false}}}, "f", {})),
            std::vector{"f:1:1: cannot open " + none + ": No such file or directory"});
  EXPECT_EQ(faults(read_tls_files({{{1, 1, directory_, false}}}, "f", {})),
            std::vector{"f:1:1: " + directory_ + " is no regular file"});
  const std::string other = put("other", "hello");
  EXPECT_EQ(faults(read_tls_files({{{1, 1, other, false}}}, "f", {})),
            std::vector{"f:1:1: " + other + " is no PEM file"});
  const std::string large = put("large", kPem + std::string(1 << 20, 'x'));
  EXPECT_EQ(faults(read_tls_files({{{1, 1, large, false}}}, "f", {})),
            std::vector{"f:1:1: " + large + " is larger than 1 MiB"});
}

TEST_F(TlsFilesTest, AKeyMayBeACredential) {
  put("etcd.key", kPem, 0400);
  const std::vector<InFile<PlacedFile>> named{{{7, 9, "credential:etcd.key", true}, {}}};
  const TlsFiles good = read_tls_files(named, "f", directory_);
  EXPECT_EQ(faults(good), std::vector<std::string>{});
  EXPECT_EQ(good.files, (std::map<std::string, std::string>{{"credential:etcd.key", kPem}}));
  EXPECT_EQ(faults(read_tls_files(named, "f", {})),
            std::vector<std::string>{"f:7:9: systemd gave no credentials: holdfastd needs "
                                     "LoadCredential=etcd.key"});
}

TEST_F(TlsFilesTest, TheirNumberIsBounded) {
  std::vector<InFile<PlacedFile>> named;
  for (int i = 0; i < 66; ++i) named.push_back({{i + 1, 1, put(std::to_string(i), kPem), false}});
  EXPECT_EQ(faults(read_tls_files(named, "f", {})),
            std::vector<std::string>{"f:65:1: one file too many: at most 64 may be named for TLS"});
}

}  // namespace
}  // namespace holdfast
