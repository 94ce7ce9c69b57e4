// SPDX-License-Identifier: Apache-2.0
#include "check-worker/core/smtp.h"

#include <algorithm>
#include <optional>

#include "check-worker/core/excerpt.h"

namespace holdfast::check {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// RFC 5321 §4.2: three digits, and then nothing, a blank, or a hyphen if more lines follow.
bool is_reply(std::string_view line) {
  return line.size() >= 3 && std::all_of(line.begin(), line.begin() + 3, is_digit) &&
         (line.size() == 3 || line[3] == ' ' || line[3] == '-');
}

bool goes_on(std::string_view line) {
  return line.size() > 3 && line[3] == '-';
}

bool is_keyword(std::string_view line, std::string_view keyword) {
  const std::string_view rest = line.substr(std::min<std::size_t>(4, line.size()));
  const std::string_view word = rest.substr(0, rest.find(' '));
  return std::equal(word.begin(), word.end(), keyword.begin(), keyword.end(), [](char a, char b) {
    return (a >= 'a' && a <= 'z' ? static_cast<char>(a - 'a' + 'A') : a) == b;
  });
}

}  // namespace

Step SmtpConversation::begin() {
  awaits_ = Awaits::kGreeting;
  lines_ = Lines(kLineMax);
  count_ = 0;
  return {};
}

Step SmtpConversation::received(std::string_view bytes) {
  lines_.take(bytes);
  Step all;
  while (const std::optional<std::string> text = lines_.next()) {
    const Step next = line(*text);
    all.send += next.send;
    all.start_tls = next.start_tls;
    all.end = next.end;
    if (all.end) return all;
    if (!all.start_tls) continue;
    if (lines_.rest().empty()) return all;
    // Whoever wrote it, it would pass for said under TLS (CVE-2011-0411).
    return conclude(false, "sent more than its reply to STARTTLS");
  }
  if (lines_.too_long()) return conclude(false, "an endless line in its " + what());
  return all;
}

Step SmtpConversation::line(const std::string& text) {
  if (!is_reply(text)) return conclude(false, "no SMTP: " + excerpt(text) + " in its " + what());
  if (++count_ > kRepliesMax) return conclude(false, "an endless " + what());
  if (is_keyword(text, "STARTTLS")) offers_tls_ = true;
  if (goes_on(text)) return {};
  count_ = 0;
  return replied(text);
}

Step SmtpConversation::replied(const std::string& last) {
  const std::string_view code = std::string_view(last).substr(0, 3);
  const bool greeting = awaits_ == Awaits::kGreeting || awaits_ == Awaits::kStartTls;
  const std::string_view wanted = greeting ? "220" : "250";
  if (awaits_ == Awaits::kQuit) return conclude(true, "answered as expected");
  if (code != wanted) {
    return conclude(false, what() + " " + excerpt(last) + ", expected " + std::string(wanted));
  }
  switch (awaits_) {
    case Awaits::kGreeting:
      return say_ehlo(Awaits::kEhlo);
    case Awaits::kEhlo:
      if (!starttls_) return say_quit();
      if (!offers_tls_) return conclude(false, "does not offer STARTTLS");
      awaits_ = Awaits::kStartTls;
      return say("STARTTLS\r\n");
    case Awaits::kStartTls:
      return {.start_tls = true};
    case Awaits::kEhloAgain:
    case Awaits::kQuit:
      break;
  }
  return say_quit();
}

Step SmtpConversation::secured() {
  return say_ehlo(Awaits::kEhloAgain);
}

Step SmtpConversation::say_ehlo(Awaits next) {
  awaits_ = next;
  offers_tls_ = false;
  return say("EHLO " + helo_ + "\r\n");
}

// Its reply is awaited, since a server that is left alone logs a lost connection.
Step SmtpConversation::say_quit() {
  awaits_ = Awaits::kQuit;
  return say("QUIT\r\n");
}

Step SmtpConversation::closed() {
  if (awaits_ == Awaits::kQuit) return conclude(true, "answered as expected");
  return conclude(false, "closed the connection before its " + what());
}

Conclusion SmtpConversation::silence() const {
  const std::string& rest = lines_.rest();
  return {false, "no " + what() + (rest.empty() ? "" : ", only " + excerpt(rest))};
}

std::string SmtpConversation::what() const {
  switch (awaits_) {
    case Awaits::kGreeting:
      return "greeting";
    case Awaits::kEhlo:
    case Awaits::kEhloAgain:
      return "reply to EHLO";
    case Awaits::kStartTls:
      return "reply to STARTTLS";
    case Awaits::kQuit:
      return "reply to QUIT";
  }
  return "";
}

}  // namespace holdfast::check
