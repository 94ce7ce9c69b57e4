// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "common/core/log_line.h"
#include "common/core/messages.h"
#include "common/core/time.h"
#include "config/config.h"

namespace holdfast::alert {

// ---- What happens.

struct Happened {
  Alert alert;
};
struct Delivered {  // answers a Deliver; of one that is unknown by now: nothing
  std::string receiver;
  std::uint64_t attempt = 0;
  bool good = false;
  std::string reason;  // for a person
};
struct TestOrder {  // by root: a Tested answers
  std::uint64_t ticket = 0;
  std::string receiver;
  RealTime at;
};
struct Wake {};  // deadline() has come

// A QueuedAlert and a ReceiverState are the former life's.
using AlertEvent =
    std::variant<AlertsConfig, QueuedAlert, ReceiverState, Happened, Delivered, TestOrder, Wake>;

// ---- What it does, in order.

struct Deliver {  // a Delivered answers
  std::string receiver;
  std::uint64_t attempt = 0;
  std::vector<Alert> alerts;   // at least one, the oldest first
  std::uint64_t left_out = 0;  // so many were not told since the last message, for lack of room
  bool operator==(const Deliver&) const = default;
};
struct Tested {
  std::uint64_t ticket = 0;
  bool good = false;
  std::string reason;
  bool operator==(const Tested&) const = default;
};

// A QueuedAlert and a ReceiverState are to be kept for the next life, and this to be shown.
using AlertAction = std::variant<Deliver, Tested, QueuedAlert, ReceiverState, LogLine>;
using AlertActions = std::vector<AlertAction>;

// Decides who is told what, and when: rules, grouping, rate limit, retries, and a queue that is
// bounded whoever does not answer. Pure.
//
// What waits for a receiver goes out in one message, in the order in which it happened, `group`
// after the first of it; a message a receiver at once. One that fails is tried again, later each
// time, and holds up nobody else. Each alert is told at least once: one whose delivery was under
// way at the end of a life is told again by the next.
//
// A full queue lets go of what has failed before, else it leaves out what is new; a receiver is
// told how many.
class AlertCore {
 public:
  static constexpr std::size_t kBatchMax = 50;  // alerts in a message
  static constexpr std::size_t kTestsMax = 32;  // under way

  AlertActions handle(const AlertEvent& event, Time now);
  std::optional<Time> deadline() const;  // when handle(Wake{}, now) must be called next

 private:
  struct Entry {
    std::uint32_t place = 0;
    Time since{};  // it waits
    Alert alert;
    std::set<std::string> receivers;  // still to be told
  };
  struct Attempt {
    std::uint64_t number = 0;
    Time deadline{};
    std::vector<std::uint64_t> entries;
    std::uint64_t left_out = 0;
  };
  struct Receiver {
    ReceiverConfig config;
    std::optional<Attempt> attempt{};  // under way
    ReceiverState state{};
    Time not_before = Time::min();  // after a failure
    std::deque<Time> sent{};        // attempts of the last minute
    std::uint64_t left_out = 0;
  };
  struct UnderTest {
    std::uint64_t ticket = 0;
    std::string receiver;
    Time deadline{};
  };

  void configure(const AlertsConfig& config);
  void take_over(const QueuedAlert& queued);
  void take_over(const ReceiverState& state);
  void happened(const Alert& alert);
  void delivered(const Delivered& event);
  void test(const TestOrder& event);
  void wake();

  std::set<std::string> receivers_of(const Alert& alert) const;
  std::optional<std::uint32_t> free_place();
  void leave_out(const Alert& alert, const std::set<std::string>& receivers);
  void keep(std::uint64_t number, const Entry& entry);
  void remove(std::uint64_t number);
  void failed(const std::string& name, Receiver& receiver, const std::string& reason);
  void send_what_is_due();
  void send(const std::string& name, Receiver& receiver);
  std::optional<Time> due(const std::string& name, const Receiver& receiver) const;
  Duration backoff(std::uint32_t failures) const;
  void log(LogLevel level, std::string text);

  // Of the event in hand.
  Time now_{};
  AlertActions actions_;

  AlertsConfig config_;
  std::map<std::string, Receiver> receivers_;
  std::map<std::uint64_t, Entry> queue_;      // by the number of the alert
  std::set<std::uint32_t> places_;            // of the queue, taken
  std::map<std::uint64_t, UnderTest> tests_;  // by attempt
  std::uint64_t alerts_ = 0;                  // numbers given
  std::uint64_t attempts_ = 0;
  std::uint64_t lost_ = 0;  // alerts for whom there was no room
};

}  // namespace holdfast::alert
