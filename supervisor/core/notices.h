// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/core/ids.h"
#include "common/core/messages.h"
#include "config/config.h"

namespace holdfast::supervisor {

enum class NoticeOf : std::uint8_t { kInstance, kGroup, kService };

// A change of state that operators' scripts are told of.
struct Notice {
  NoticeOf of{};
  std::string name;
  std::string state;     // MASTER, BACKUP, FAULT or STOP; of a virtual server UP or DOWN
  std::string previous;  // the same, or INIT before the first
  Priority priority;     // effective; of a group 0, as keepalived has it
  std::string reason;    // for a person
  bool operator==(const Notice&) const = default;
};
using NoticeList = std::vector<Notice>;

// What scripts were told last of one.
struct Told {
  NoticeOf of{};
  std::string name;
  std::string state;
  Priority priority;
  std::uint32_t conflicts = 0;
  bool operator==(const Told&) const = default;
};

// Tells which words of the vrrp-worker are news. Keeps what was told last, over all lives of a
// worker: one that resumes its state changes nothing, so that nobody is told again. A master that
// has won a conflict is told of again, for whatever the loser's scripts have moved meanwhile.
//
// A sync group is MASTER or BACKUP when all of its members are, and FAULT as soon as one of them
// is.
class Notices {
 public:
  NoticeList heard(const RouterState& router, const Config& config);

  // A virtual server has its quorum, or not. The first word of one is news, too.
  NoticeList heard(const ServiceState& service, const Config& config);

  // A reload has removed subjects. As keepalived does: FAULT for an instance, nothing for a group,
  // DOWN for a virtual server that had omega.
  NoticeList forget_all_but(const Config& config, const Config& former);

  // The addresses were taken off this node without the vrrp-worker: no master is one any more.
  NoticeList withdrawn();

  // This node is taken out: each instance and group is told STOP, until the vrrp-worker speaks
  // again.
  NoticeList maintenance();

  // The end. Everyone who was told anything is told STOP; of virtual servers those with omega, that
  // they are DOWN.
  NoticeList stopped(const Config& config);

  // For who takes over from this one, and must not tell it again.
  std::vector<Told> told() const;
  void take_over(const std::vector<Told>& told);

 private:
  using Subject = std::pair<NoticeOf, std::string>;

  void tell_group(const SyncGroupConfig& group, const RouterState& router, NoticeList& notices);
  Notice tell(const Subject& subject, Told& told, std::string state, std::string reason);

  std::map<Subject, Told> told_;
};

}  // namespace holdfast::supervisor
