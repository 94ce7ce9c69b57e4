// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
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

namespace holdfast::witness {

// ---- What is asked of the witness.

struct Authenticate {
  bool operator==(const Authenticate&) const = default;
};
struct Grant {
  Duration ttl{};
  bool operator==(const Grant&) const = default;
};
struct Renew {
  std::uint64_t lease = 0;
  bool operator==(const Renew&) const = default;
};
struct Take {  // if nobody has it
  std::string router;
  std::uint64_t lease = 0;
  bool operator==(const Take&) const = default;
};
struct GiveUp {  // if it is held by this lease
  std::string router;
  std::uint64_t lease = 0;
  bool operator==(const GiveUp&) const = default;
};
struct Look {  // who has which
  bool operator==(const Look&) const = default;
};
using Question = std::variant<Authenticate, Grant, Renew, Take, GiveUp, Look>;

// ---- And answered: to each question its own.

struct Holder {
  std::string node;
  std::uint64_t lease = 0;
  bool operator==(const Holder&) const = default;
};
struct Authenticated {};
struct Granted {
  std::uint64_t lease = 0;
  Duration ttl{};
};
struct Renewed {
  Duration ttl{};  // 0: there is no such lease
};
struct Taken {
  bool ours = false;
  Holder holder{};  // else
};
struct GivenUp {};
struct Looked {
  std::map<std::string, Holder> holders;  // by router; of those that are held
};
using Answer = std::variant<Authenticated, Granted, Renewed, Taken, GivenUp, Looked>;

// ---- What happens to a witness-worker. What a former life said is told before Begin.

struct Begin {};
struct Answered {
  std::uint64_t request = 0;
  Answer answer;
};
struct Failed {  // an answer that takes longer than the timeout is one
  std::uint64_t request = 0;
  std::string reason;
  bool unauthorized = false;
};
struct Wake {};
using WitnessEvent =
    std::variant<Config, LeaseWish, LeaseState, WitnessState, Begin, Answered, Failed, Wake>;

struct Ask {
  std::uint64_t request = 0;
  std::size_t endpoint = 0;  // of the configured ones
  bool fresh = false;        // not by a connection that is there
  Duration timeout{};
  Question question;
};
struct Report {
  Message message;
};
using WitnessAction = std::variant<Ask, Report, LogLine>;
using WitnessActions = std::vector<WitnessAction>;

// One lease of this node, which is renewed all the time, and by it each router that wishes to be
// held. What it says is true whatever becomes of it: a lease counts from the moment at which its
// renewal was sent, and less than the witness gives. So nothing has to be said when the witness is
// not reached any more. When a lease is lost, or found again, what routers wish for is settled
// before it says that it knows.
class WitnessCore {
 public:
  WitnessActions handle(const WitnessEvent& event, Time now);
  std::optional<Time> deadline() const;  // when handle(Wake{}, now) must be called next

  // Nothing is asked any more that somebody waits for: a stop may end the process.
  bool idle() const;

  static constexpr Duration kPoll = std::chrono::milliseconds{100};  // while a router waits
  static constexpr std::size_t kTakesMax = 8;                        // at once

 private:
  struct Router {
    bool wanted = false;
    bool held = false;
    bool answered = false;        // by this lease
    bool to_give_up = false;      // what is, or may be, held
    std::string holder;           // another node
    std::optional<Time> take_at;  // when it may be free
    std::uint64_t last = 0;       // no look up to this request can be true of it
    bool asking = false;          // which is under way
    std::optional<LeaseState> said;
  };
  struct Request {
    Question question;
    Time sent;
    std::size_t endpoint = 0;
  };

  void configure(const Config& config);
  void begin();
  void wished(const LeaseWish& wish);
  void answered(const Answered& event);
  void failed(const Failed& event);

  void heard(const Request& of, const Authenticated&);
  void heard(const Request& of, const Granted& granted);
  void heard(const Request& of, const Renewed& renewed);
  void heard(const Request& of, const Taken& taken);
  void heard(const Request& of, const GivenUp&);
  void heard(const Request& of, const Looked& looked, std::uint64_t number);
  void look_at(Router& router, const Holder* holder);

  void advance();
  void ask(Question question);
  template <typename Kind>
  bool asks() const;
  std::size_t takes() const;
  void lose(const std::string& why);
  void forget_lease();
  bool alive() const { return lease_ != 0 && now_ < until_; }
  bool waits_for_another() const;
  bool is_settled() const;
  Duration pause() const { return config_.ttl / 20; }
  std::optional<Time> next_look() const;
  void say();
  void say(const std::string& name, Router& router);
  void log(LogLevel level, std::string text) {
    actions_.emplace_back(LogLine{level, std::move(text)});
  }

  Time now_{};
  WitnessActions actions_;

  WitnessConfig config_;
  std::map<std::string, Router> routers_;
  bool begun_ = false;
  std::map<std::uint64_t, Request> requests_;  // under way
  std::uint64_t last_request_ = 0;
  std::size_t endpoint_ = 0;
  bool fresh_ = false;          // the last request failed
  std::size_t failures_ = 0;    // in a row
  bool authenticated_ = false;  // or it need not be
  Time authenticate_at_{};
  std::uint64_t lease_ = 0;
  Time until_{};     // of the lease
  Time lease_at_{};  // when it is granted or renewed next
  Time looked_{};    // when the last look was sent
  bool settled_ = false;
  Time said_until_{};
  std::string trouble_;
  std::optional<WitnessState> said_;
};

}  // namespace holdfast::witness
