// SPDX-License-Identifier: Apache-2.0
#include "ctl/doctor/peers.h"

#include <array>
#include <cstdint>

#include "ctl/document.h"

namespace holdfast::ctl {
namespace {

struct Meaning {
  const char* reason;  // as the status names it
  const char* what;
  const char* mend;
};

constexpr const char* kCompare =
    "Compare the configurations of all nodes; the log names the sender.";
constexpr const char* kKeys = "Give all nodes the same keys under the same ids.";

constexpr std::array kMeanings{
    Meaning{"ttl", "came through a router, or were forged", "Find the sender: the log names it."},
    Meaning{"version", "speak another version of VRRP", kCompare},
    Meaning{"checksum", "are broken, or forged", "tcpdump -vvni IF proto 112"},
    Meaning{"authentication", "are authenticated in another way", kCompare},
    Meaning{"password", "have another password", kCompare},
    Meaning{"unsigned", "are not signed", kKeys},
    Meaning{"key", "are signed with a key that is not here", kKeys},
    Meaning{"signature", "have a signature that is not right", kKeys},
    Meaning{"stale", "are signed at a time too far from ours",
            "Set the clocks of all nodes right."},
    Meaning{"owner", "announce addresses that this node owns (priority 255)",
            "Only one node may have priority 255."},
    Meaning{"address_list",
            "have other addresses: another node with our VRID, or another "
            "configuration of it",
            "Give the stranger another virtual_router_id, or make the addresses agree."},
    Meaning{"interval", "have another interval", kCompare},
    Meaning{"peer", "come from none of the configured peers", kCompare},
};

void look_at_router(const Json& router, Findings& findings) {
  const Json& rejected = router.at("adverts").at("rejected");
  for (const Meaning& meaning : kMeanings) {
    const auto count = rejected.value(meaning.reason, std::int64_t{0});
    if (count == 0) continue;
    findings.push_back({std::string("adverts_") + meaning.reason,
                        "Instance " + text_of(router.at("name")) + ": " +
                            plural(static_cast<std::size_t>(count), "advert", "adverts") +
                            " of others refused, which " + meaning.what + ".",
                        "Who sends them and this node do not hear each other: two masters, or an "
                        "address on a stranger.",
                        meaning.mend});
  }
}

void look_at_load(const Json& json, Findings& findings) {
  const Json late = json.value("checks_late", Json());
  if (late.is_null()) return;
  std::string pid = "PID";
  for (const Json& worker : json.at("workers")) {
    if (text_of(worker.at("name")) == "check-worker") pid = number_of(worker.at("pid"));
  }
  findings.push_back(
      {"checks_late", sentence(text_of(late.at("reason"))),
       "A server that fails is found later than its interval, rise and fall say, and no check says "
       "so: those that are left out count as nothing.",
       "Give the checks longer intervals, or fewer checks to this node; one check of a server may "
       "serve many virtual servers, and tcp or http costs a fraction of https. If top -p " +
           pid + " shows far less than 100 %, others take the processor."});
}

}  // namespace

Result<Findings> peer_findings(const std::string& status) {
  return shown<Findings>(status, [](const Json& json) {
    Findings findings;
    for (const Json& router : json.at("vrrp")) look_at_router(router, findings);
    for (const Json& worker : json.at("workers")) {
      const std::string state = text_of(worker.at("state"));
      if (state == "running") continue;
      findings.push_back({"worker", "The " + text_of(worker.at("name")) + " is " + state + ".",
                          "What it does is not done.",
                          "The log of holdfastd says why: journalctl -u holdfast"});
    }
    for (const Json& receiver : json.value("receivers", Json::array())) {
      const auto failures = receiver.at("failures_in_a_row").get<std::size_t>();
      if (failures == 0) continue;
      const std::string name = text_of(receiver.at("name"));
      findings.push_back(
          {"receiver",
           "Receiver of alerts " + name + " is not told: " + plural(failures, "try", "tries") +
               " failed in a row: " + text_of(receiver.at("last_error").at("reason")) + ".",
           "Nobody learns by it what happens on this node.",
           "When that is mended, try it: holdfastctl alert test " + name});
    }
    look_at_load(json, findings);
    if (!json.at("maintenance").is_null()) {
      findings.push_back({"maintenance", "This node is in maintenance.",
                          "It takes nothing over, whoever fails.", "holdfastctl maintenance off"});
    }
    return findings;
  });
}

}  // namespace holdfast::ctl
