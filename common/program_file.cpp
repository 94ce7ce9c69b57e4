// SPDX-License-Identifier: Apache-2.0
#include "common/program_file.h"

#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <deque>
#include <filesystem>
#include <system_error>

#include "common/os_error.h"

namespace holdfast {
namespace {

constexpr int kLinksMax = 40;  // as the kernel's

// One name after the other, as the kernel does it: a link's own directories count too.
class Walk {
 public:
  Walk(const std::string& path, const UnixUser& user, bool program)
      : user_(user), program_(program) {
    prepend(path);
  }

  Result<void> to_the_end() {
    struct stat directory {};
    if (::lstat("/", &directory) != 0) return fail_errno("cannot look at /");
    if (auto safe = trust_directory("/", directory); !safe) return safe;
    while (!names_.empty()) {
      if (auto stepped = step(); !stepped) return stepped;
    }
    return {};
  }

 private:
  Result<void> step() {
    const std::string name = names_.front();
    names_.pop_front();
    if (name == "..") {
      if (!here_.empty()) here_.erase(here_.rfind('/'));
      return {};
    }
    const std::string path = here_ + "/" + name;
    struct stat entry {};
    if (::lstat(path.c_str(), &entry) != 0) return fail_errno("cannot look at " + path);
    if (!trusted_owner(entry)) {
      return fail(path + " belongs to uid " + std::to_string(entry.st_uid) + ", expected " +
                  owners());
    }
    if (S_ISLNK(entry.st_mode)) return follow(path);
    if (S_ISDIR(entry.st_mode)) {
      if (names_.empty()) return fail(path + " is no regular file");
      here_ = path;
      return trust_directory(path, entry);
    }
    if (!names_.empty()) return fail(path + " is no directory");
    return trust_file(path, entry);
  }

  Result<void> follow(const std::string& path) {
    if (++links_ > kLinksMax) return fail("too many symbolic links on the way to " + path);
    std::array<char, PATH_MAX> target{};
    const ssize_t size = ::readlink(path.c_str(), target.data(), target.size());
    if (size <= 0) return fail_errno("cannot read the link " + path);
    prepend({target.data(), static_cast<std::size_t>(size)});
    return {};
  }

  void prepend(const std::string& path) {
    if (path.starts_with('/')) here_.clear();
    std::deque<std::string> names;
    std::size_t begin = 0;
    while (begin <= path.size()) {
      const std::size_t end = std::min(path.find('/', begin), path.size());
      const std::string name = path.substr(begin, end - begin);
      if (!name.empty() && name != ".") names.push_back(name);
      begin = end + 1;
    }
    names_.insert(names_.begin(), names.begin(), names.end());
  }

  // What lies in a sticky directory cannot be replaced by others, if it belongs to one of the two:
  // and that is looked at for everything on the way.
  Result<void> trust_directory(const std::string& path, const struct stat& entry) const {
    if ((entry.st_mode & S_ISVTX) != 0) return {};
    return trust_mode(path, entry);
  }

  Result<void> trust_file(const std::string& path, const struct stat& entry) const {
    if (!S_ISREG(entry.st_mode)) return fail(path + " is no regular file");
    if (auto safe = trust_mode(path, entry); !safe) return safe;
    if (program_ && !executable(entry))
      return fail(path + " may not be executed by the user " + user_.name);
    return {};
  }

  Result<void> trust_mode(const std::string& path, const struct stat& entry) const {
    if ((entry.st_mode & S_IWOTH) != 0) return fail(path + " may be written by everyone");
    if ((entry.st_mode & S_IWGRP) != 0 && entry.st_gid != 0) {
      return fail(path + " may be written by the group " + std::to_string(entry.st_gid));
    }
    return {};
  }

  bool trusted_owner(const struct stat& entry) const {
    return entry.st_uid == 0 || entry.st_uid == user_.uid;
  }

  bool executable(const struct stat& entry) const {
    if (user_.uid == 0) return (entry.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0;
    if (entry.st_uid == user_.uid) return (entry.st_mode & S_IXUSR) != 0;
    const auto& groups = user_.groups;
    const bool in_group = std::find(groups.begin(), groups.end(), entry.st_gid) != groups.end();
    return (entry.st_mode & (in_group ? S_IXGRP : S_IXOTH)) != 0;
  }

  std::string owners() const { return user_.uid == 0 ? "root" : "root or " + user_.name; }

  const UnixUser& user_;
  bool program_;
  std::string here_;  // the directory we are in; empty: /
  std::deque<std::string> names_;
  int links_ = 0;
};

}  // namespace

Result<void> trusted_program(const std::string& path, const UnixUser& user) {
  return Walk(path, user, true).to_the_end();
}

Result<void> trusted_orders(const std::string& path) {
  std::error_code error;
  const std::filesystem::path whole = std::filesystem::absolute(path, error);
  if (error) return fail("cannot find " + path + ": " + error.message());
  UnixUser self;
  self.uid = ::geteuid();
  self.name = "uid " + std::to_string(self.uid);
  return Walk(whole.string(), self, false).to_the_end();
}

}  // namespace holdfast
