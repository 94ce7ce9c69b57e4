// SPDX-License-Identifier: Apache-2.0
#include "config/sealed.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string>

namespace holdfast {
namespace {

constexpr int kAllSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

// A memfd with these bytes, made by hand.
OwnedFd memfd_with(const std::string& bytes, int seals) {
  OwnedFd fd(::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  EXPECT_EQ(::write(fd.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  EXPECT_EQ(::fcntl(fd.get(), F_ADD_SEALS, seals), 0);
  return fd;
}

std::string header(std::array<unsigned, 3> lengths, Part part = Part::kWhole) {
  std::string bytes;
  for (const unsigned length : lengths) {
    for (const unsigned shift : {24U, 16U, 8U, 0U}) bytes += static_cast<char>(length >> shift);
  }
  return bytes + std::string(4, '\0') + static_cast<char>(part);  // no servers
}

void expect_round_trip(const SealedDocument& document) {
  const Result<OwnedFd> fd = seal(document);
  ASSERT_TRUE(fd) << fd.error().message;
  // More than once, as each worker reads the same file.
  for (int i = 0; i < 2; ++i) {
    const Result<SealedDocument> got = unseal(*fd);
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(got->file, document.file);
    EXPECT_EQ(got->host_name, document.host_name);
    EXPECT_TRUE(got->text == document.text);
    EXPECT_EQ(got->servers, document.servers);
    EXPECT_EQ(got->part, document.part);
  }
}

TEST(Sealed, RoundTrip) {
  expect_round_trip({"/etc/holdfast/holdfast.yaml", "lb1", "version: 1\n"});
  expect_round_trip({"", "", ""});
  expect_round_trip({"f", "h", "", std::string("\0s", 2), Part::kWithoutChecks});
  expect_round_trip({"f", "h", "text", "", Part::kWithoutServers});
  expect_round_trip({std::string(4096, 'f'), "h", std::string("\0\xff", 2)});
  expect_round_trip({"f", "h", std::string(kSealedTextMax, 'x')});
}

TEST(Sealed, NobodyCanChangeIt) {
  const Result<OwnedFd> fd = seal({"f", "h", "version: 1\n"});
  ASSERT_TRUE(fd);
  EXPECT_EQ(::pwrite(fd->get(), "x", 1, 0), -1);
  EXPECT_EQ(::ftruncate(fd->get(), 1), -1);
  EXPECT_EQ(::ftruncate(fd->get(), 1000), -1);
  EXPECT_EQ(::fcntl(fd->get(), F_GET_SEALS) & kAllSeals, kAllSeals);
  EXPECT_EQ(::fcntl(fd->get(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

TEST(Sealed, RefusesWhatIsTooLarge) {
  EXPECT_FALSE(seal({"f", "h", std::string(kSealedTextMax + 1, 'x')}));
  EXPECT_FALSE(seal({std::string(4097, 'f'), "h", ""}));
  EXPECT_FALSE(seal({"f", std::string(4097, 'h'), ""}));
}

TEST(Unseal, RefusesAMemfdWithoutAllSeals) {
  const std::string bytes = header({1, 1, 1}) + "fht";
  ASSERT_TRUE(unseal(memfd_with(bytes, kAllSeals)));
  for (const int missing : {F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_WRITE}) {
    const auto got = unseal(memfd_with(bytes, kAllSeals & ~missing));
    ASSERT_FALSE(got) << missing;
    EXPECT_EQ(got.error().message, "the configuration came in a memfd without all seals");
  }
}

TEST(Unseal, RefusesWhatIsNoMemfd) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const OwnedFd out(ends[0]);
  const OwnedFd in(ends[1]);
  EXPECT_FALSE(unseal(out));
  EXPECT_FALSE(unseal(OwnedFd(::open("/dev/null", O_RDONLY | O_CLOEXEC))));
  EXPECT_FALSE(unseal(OwnedFd{}));
}

TEST(Unseal, RefusesWrongSizes) {
  const std::string text = "fht";
  EXPECT_FALSE(unseal(memfd_with("", kAllSeals)));
  EXPECT_FALSE(unseal(memfd_with(std::string(11, '\0'), kAllSeals)));
  EXPECT_FALSE(unseal(memfd_with(header({1, 1, 2}) + text, kAllSeals)));
  EXPECT_FALSE(unseal(memfd_with(header({1, 1, 0}) + text, kAllSeals)));
  EXPECT_FALSE(unseal(memfd_with(header({0xffffffffU, 2, 2}) + text, kAllSeals)));
  EXPECT_FALSE(unseal(memfd_with(header({1, 1, 1}, static_cast<Part>(3)) + text, kAllSeals)));

  OwnedFd huge(::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  ASSERT_EQ(::ftruncate(huge.get(), off_t{1} << 40), 0);  // sparse
  ASSERT_EQ(::fcntl(huge.get(), F_ADD_SEALS, kAllSeals), 0);
  const auto got = unseal(huge);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().message, "the sealed configuration has 1099511627776 bytes");
}

class ReadDocument : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "config-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override {
    ::unlink((folder_ + "/file").c_str());
    ::rmdir(folder_.c_str());
  }
  std::string file() const { return folder_ + "/file"; }
  void write(const std::string& bytes) const {
    const OwnedFd fd(::open(file().c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    ASSERT_EQ(::write(fd.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }

 private:
  std::string folder_;
};

TEST_F(ReadDocument, IsTheWholeFile) {
  write("");
  EXPECT_EQ(read_document(file()).value(), "");
  const std::string large(kDocumentSizeMax, 'x');
  write(large);
  EXPECT_TRUE(read_document(file()).value() == large);
}

TEST_F(ReadDocument, SaysWhyNot) {
  const auto missing = read_document(file());
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message, "cannot open " + file() + ": No such file or directory");

  write(std::string(kDocumentSizeMax + 1, 'x'));
  const auto large = read_document(file());
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().message, file() + " is larger than 16 MiB");
}

TEST_F(ReadDocument, NeverWaits) {
  ASSERT_EQ(::mkfifo(file().c_str(), 0600), 0);
  const auto pipe = read_document(file());
  ASSERT_FALSE(pipe);
  EXPECT_EQ(pipe.error().message, file() + " is not a regular file");
  EXPECT_FALSE(read_document("/tmp"));
}

}  // namespace
}  // namespace holdfast
