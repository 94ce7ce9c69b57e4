// SPDX-License-Identifier: Apache-2.0
#include "supervisor/file_watch.h"

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <set>
#include <string_view>
#include <system_error>

#include "common/clock.h"
#include "common/core/result.h"
#include "supervisor/core/file_value.h"

namespace holdfast::supervisor {
namespace {

using std::chrono::milliseconds;

constexpr Duration kPoll = std::chrono::seconds{1};
// However often a file is written, it is not looked at more often.
constexpr Duration kPause = milliseconds{50};
// Whoever empties a file is about to write it.
constexpr Duration kEmptyPause = milliseconds{100};

// Not IN_MODIFY: between a file's truncation and its writing it holds nothing.
constexpr std::uint32_t kEvents = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM |
                                  IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

std::string directory_of(const std::string& path) {
  return path.substr(0, std::max<std::size_t>(path.rfind('/'), 1));
}

std::string name_in(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

bool is_link(const std::string& path) {
  struct stat entry {};
  return ::lstat(path.c_str(), &entry) == 0 && S_ISLNK(entry.st_mode);
}

std::string in_words(int error) {
  return error == ENOENT ? "does not exist"
                         : "cannot be read: " + std::generic_category().message(error);
}

// Regular files only: reading anything else could block, or do something.
Result<std::int32_t> read_value(const std::string& path) {
  const OwnedFd file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!file) return fail(in_words(errno));
  struct stat entry {};
  if (::fstat(file.get(), &entry) != 0) return fail(in_words(errno));
  if (!S_ISREG(entry.st_mode)) return fail("is no regular file");
  std::array<char, 64> buffer{};
  const ssize_t size = ::read(file.get(), buffer.data(), buffer.size());
  if (size < 0) return fail(in_words(errno));
  return file_value({buffer.data(), static_cast<std::size_t>(size)});
}

}  // namespace

FileWatch::FileWatch(EventLoop& loop, Told told)
    : loop_(loop), told_(std::move(told)), timer_(loop, [this] { wake(); }) {}

void FileWatch::configure(const std::vector<CheckConfig>& checks) {
  Files before = std::exchange(files_, {});
  for (const CheckConfig& check : checks) {
    const auto* const file = std::get_if<FileCheck>(&check.target);
    if (file == nullptr) continue;
    const auto known = before.find(check.name);
    if (known != before.end() && known->second.path == file->path) {
      files_.insert(before.extract(known));
    } else {
      files_[check.name].path = file->path;
    }
  }
  std::set<int> used;
  for (const auto& [name, file] : files_) used.insert(file.directory);
  for (const auto& [name, file] : before) {
    if (file.directory >= 0 && !used.contains(file.directory)) {
      ::inotify_rm_watch(inotify_.get(), file.directory);
      used.insert(file.directory);  // once
    }
  }
  names_.clear();
  for (const auto& [name, file] : files_) {
    if (file.directory >= 0) names_.emplace(std::pair{file.directory, name_in(file.path)}, name);
  }
  for (Files::value_type& entry : files_) {
    if (entry.second.looked) continue;
    watch_directory(entry);
    look(entry, monotonic_now());
  }
  set_timer();
}

void FileWatch::watch_directory(Files::value_type& entry) {
  if (!inotify_) {
    inotify_.reset(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    if (!inotify_) return;
    watch_ = Watch(loop_, inotify_.get(), Ready{true, false}, [this](Ready) { read_events(); });
  }
  auto& [check, file] = entry;
  file.directory = ::inotify_add_watch(inotify_.get(), directory_of(file.path).c_str(), kEvents);
  if (file.directory >= 0) {
    names_.emplace(std::pair{file.directory, name_in(file.path)}, check);
  }
}

void FileWatch::read_events() {
  alignas(inotify_event) std::array<char, 16384> buffer;  // NOLINT: the kernel fills what is read
  const ssize_t size = ::read(inotify_.get(), buffer.data(), buffer.size());
  const Time now = monotonic_now();
  for (ssize_t at = 0; at < size;) {
    inotify_event event{};
    std::memcpy(&event, &buffer.at(static_cast<std::size_t>(at)), sizeof event);
    const char* const name = buffer.data() + at + sizeof event;
    at += static_cast<ssize_t>(sizeof event + event.len);
    // Some were lost, or the directory has gone: everything that may have changed is looked at.
    const bool all = (event.mask & IN_Q_OVERFLOW) != 0;
    const bool gone = (event.mask & (IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF)) != 0;
    if ((event.mask & IN_MOVE_SELF) != 0) ::inotify_rm_watch(inotify_.get(), event.wd);
    if (all || gone) {
      for (auto& [check, file] : files_) {
        if (!all && file.directory != event.wd) continue;
        if (gone) file.directory = -1;
        expect_look(file, now);
      }
      continue;
    }
    const auto [first, last] = names_.equal_range({event.wd, event.len > 0 ? name : ""});
    for (auto one = first; one != last; ++one) expect_look(files_.at(one->second), now);
  }
  std::erase_if(names_, [this](const auto& one) {
    return files_.at(one.second).directory != one.first.first;
  });
  wake();
}

void FileWatch::expect_look(File& file, Time now) {
  const Time due = file.looked ? std::max(now, *file.looked + kPause) : now;
  if (!file.due || *file.due > due) file.due = due;
}

void FileWatch::wake() {
  const Time now = monotonic_now();
  for (Files::value_type& entry : files_) {
    File& file = entry.second;
    if (!file.due || *file.due > now) continue;
    if (file.directory < 0) watch_directory(entry);
    look(entry, now);
  }
  set_timer();
}

void FileWatch::look(Files::value_type& entry, Time now) {
  auto& [check, file] = entry;
  file.looked = now;
  file.due.reset();
  if (file.directory < 0 || is_link(file.path)) file.due = now + kPoll;
  const Result<std::int32_t> value = read_value(file.path);
  const bool empty = !value && value.error().message == kFileIsEmpty;
  if (empty && !std::exchange(file.was_empty, empty) && file.told && file.told->up) {
    file.due = now + kEmptyPause;
    return;
  }
  file.was_empty = empty;
  const Observation seen =
      value ? Observation{check, true, *value, "holds " + std::to_string(*value)}
            : Observation{check, false, 0, bounded(file.path + " " + value.error().message)};
  if (file.told == seen) return;
  file.told = seen;
  told_(seen);
}

void FileWatch::set_timer() {
  std::optional<Time> first;
  for (const auto& [check, file] : files_) {
    if (file.due && (!first || *file.due < *first)) first = file.due;
  }
  timer_.set(first);
}

}  // namespace holdfast::supervisor
