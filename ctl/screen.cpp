// SPDX-License-Identifier: Apache-2.0
#include "ctl/screen.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>

namespace holdfast::ctl {
namespace {

constexpr std::string_view kEnter = "\x1b[?1049h\x1b[?25l";  // another page, without a cursor
constexpr std::string_view kLeave = "\x1b[?25h\x1b[?1049l";
constexpr std::string_view kHome = "\x1b[H";
constexpr std::string_view kClearLine = "\x1b[K";
constexpr std::string_view kClearBelow = "\x1b[J";
constexpr std::string_view kPlain = "\x1b[0m";

volatile std::sig_atomic_t told_to_go = 0;  // NOLINT: a signal has nowhere else to leave a word

void go(int) {
  told_to_go = 1;
}
void look_again(int) {}

void write_all(std::string_view text) {
  static_cast<void>(std::fwrite(text.data(), 1, text.size(), stdout));
  static_cast<void>(std::fflush(stdout));
}

void on(int number, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  static_cast<void>(::sigaction(number, &action, nullptr));
}

bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

// The length of a sequence "ESC [ ... m" at the begin of a text; 0: there is none.
std::size_t colour_at(std::string_view text) {
  if (!text.starts_with("\x1b[")) return 0;
  const std::size_t end = text.find_first_not_of("0123456789;", 2);
  return end != std::string_view::npos && text[end] == 'm' ? end + 1 : 0;
}

std::string cut_line(std::string_view line, std::size_t columns) {
  std::string kept;
  bool coloured = false;
  for (std::size_t taken = 0; !line.empty();) {
    std::size_t length = colour_at(line);
    if (length > 0) {
      coloured = line.substr(0, length) != kPlain;
    } else if (++taken > columns) {
      break;
    } else {
      length = 1;
      while (length < line.size() && continues_character(line[length])) ++length;
    }
    kept += line.substr(0, length);
    line.remove_prefix(length);
  }
  if (coloured) kept += kPlain;
  return kept;
}

}  // namespace

std::string cut_to(std::string_view text, std::size_t rows, std::size_t columns) {
  std::string kept;
  for (std::size_t row = 0; row < rows && !text.empty(); ++row) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (row > 0) kept += '\n';
    kept += cut_line(text.substr(0, end), columns);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return kept;
}

Result<void> Screen::possible() {
  if (::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1) return {};
  return fail("watch wants a terminal; programs have status --json");
}

Screen::Screen() {
  told_to_go = 0;
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) on(number, go);
  on(SIGWINCH, look_again);
  if (::tcgetattr(STDIN_FILENO, &before_) == 0) {
    termios raw = before_;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    static_cast<void>(::tcsetattr(STDIN_FILENO, TCSANOW, &raw));
  }
  write_all(kEnter);
}

Screen::~Screen() {
  write_all(kLeave);
  static_cast<void>(::tcsetattr(STDIN_FILENO, TCSANOW, &before_));
}

void Screen::draw(std::string_view text) const {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0) size = {24, 80, 0, 0};
  std::string page{kHome};
  for (const char c : cut_to(text, size.ws_row, size.ws_col)) {
    if (c == '\n') page += kClearLine;
    page += c;
  }
  page += kClearLine;
  page += kClearBelow;
  write_all(page);
}

bool Screen::wait(std::chrono::milliseconds time) const {
  pollfd keys{STDIN_FILENO, POLLIN, 0};
  if (told_to_go == 0 && ::poll(&keys, 1, static_cast<int>(time.count())) > 0) {
    std::array<char, 64> typed{};
    const ssize_t size = ::read(STDIN_FILENO, typed.data(), typed.size());
    if (size <= 0 || std::find(typed.begin(), typed.begin() + size, 'q') != typed.begin() + size) {
      return false;
    }
  }
  return told_to_go == 0;
}

}  // namespace holdfast::ctl
