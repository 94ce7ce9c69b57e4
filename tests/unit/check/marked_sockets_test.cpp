// SPDX-License-Identifier: Apache-2.0
#include "check-worker/marked_sockets.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <vector>

namespace holdfast::check {
namespace {

struct Asking {
  std::vector<AskSocket> asked{};
  std::vector<std::string> opened{};  // "socket", or the fault
  MarkedSockets sockets{[this](const AskSocket& one) { asked.push_back(one); }};

  MarkedSockets::Waiting open(const std::string& check) {
    return sockets.open(check, true, [this](const Result<OwnedFd>& socket) {
      opened.push_back(socket ? "socket" : socket.error().message);
    });
  }
  void answer(std::uint64_t ticket, const std::string& fault = "") {
    sockets.answered({ticket, true, false, 7, fault},
                     fault.empty() ? OwnedFd(::dup(STDIN_FILENO)) : OwnedFd{});
  }
};

TEST(MarkedSockets, EachIsAskedForByItsCheckAndComesOnce) {
  Asking asking;
  const auto one = asking.open("one");
  const auto two = asking.open("two");
  EXPECT_EQ(asking.asked, (std::vector<AskSocket>{{"one", 1, true}, {"two", 2, true}}));
  asking.answer(2);
  asking.answer(1, "no");
  asking.answer(1);
  asking.answer(99);
  EXPECT_EQ(asking.opened, (std::vector<std::string>{"socket", "no"}));
}

TEST(MarkedSockets, AnswerWithoutSocketOrFaultIsALackOfDescriptors) {
  Asking asking;
  const auto one = asking.open("one");
  asking.sockets.answered({1, true, false, 7, ""}, OwnedFd{});
  EXPECT_EQ(asking.opened, std::vector<std::string>{"too many open files"});
}

TEST(MarkedSockets, WhoNoLongerWaitsIsNotCalled) {
  Asking asking;
  auto one = std::make_optional(asking.open("one"));
  one.reset();
  asking.answer(1);
  EXPECT_TRUE(asking.opened.empty());
}

TEST(MarkedSockets, FewAreAskedForAtATime) {
  Asking asking;
  std::vector<MarkedSockets::Waiting> waiting;
  for (std::size_t i = 0; i < MarkedSockets::kAskedMax + 3; ++i) {
    waiting.push_back(asking.open("check"));
  }
  EXPECT_EQ(asking.asked.size(), MarkedSockets::kAskedMax);
  waiting.at(MarkedSockets::kAskedMax) = {};  // the first that was not asked for
  asking.answer(1);
  EXPECT_EQ(asking.asked.size(), MarkedSockets::kAskedMax + 1);
  EXPECT_EQ(asking.asked.back().ticket, MarkedSockets::kAskedMax + 2);
  asking.answer(2);
  EXPECT_EQ(asking.asked.back().ticket, MarkedSockets::kAskedMax + 3);
  asking.answer(3);
  EXPECT_EQ(asking.asked.size(), MarkedSockets::kAskedMax + 2) << "nothing is left to ask for";
}

}  // namespace
}  // namespace holdfast::check
