// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "ctl/check.h"
#include "ctl/client.h"
#include "ctl/command.h"
#include "ctl/console.h"
#include "ctl/doctor/firewall.h"
#include "ctl/doctor/host.h"
#include "ctl/doctor/peers.h"
#include "ctl/doctor/report.h"
#include "ctl/doctor/rules.h"
#include "ctl/program_output.h"

namespace holdfast::ctl {
namespace {

struct Options {
  std::string config;
  std::string node;
  bool json = false;
};

void add(Findings& findings, const Result<Findings>& more, const std::string& what,
         std::vector<std::string>& unseen) {
  if (!more) {
    unseen.push_back(what + ": " + more.error().message);
    return;
  }
  findings.insert(findings.end(), more->begin(), more->end());
}

Findings faults_of(const Loaded& loaded) {
  Findings findings;
  for (const Diagnostic& fault : loaded.diagnostics) {
    findings.push_back(
        {"configuration", fault.to_string(),
         "holdfastd refuses this file: a reload or a restart fails.",
         "Correct what is said; see it again with: holdfastctl check " + fault.file});
  }
  return findings;
}

int doctor(const Globals& globals, const Options& options) {
  Findings findings;
  std::vector<std::string> unseen;
  std::string file = options.config;
  std::string node = options.node;
  const Result<std::string> status = ask_daemon(globals.runtime_dir, "status");
  if (status) {
    if (const auto running = runs_by(*status)) {
      if (file.empty()) file = running->file;
      if (node.empty()) node = running->node;
    }
    add(findings, peer_findings(*status), "what holdfastd has heard", unseen);
  } else {
    findings.push_back({"daemon", status.error().message + ".",
                        "Without it this node holds no address, and others are not heard.",
                        "systemctl start holdfast, or call this as root"});
  }
  if (file.empty()) file = "/etc/holdfast/holdfast.yaml";
  if (const Result<Loaded> loaded = examined(file, node)) {
    add(findings, faults_of(*loaded), "", unseen);
    add(findings, findings_of(loaded->config, look_at_host()), "", unseen);
    const Result<std::string> ruleset = output_of({"nft", "-j", "list", "ruleset"});
    if (ruleset) {
      add(findings, firewall_findings(loaded->config, *ruleset), "the firewall", unseen);
    } else {
      unseen.push_back("the firewall: " + ruleset.error().message);
    }
  } else {
    findings.push_back({"configuration", loaded.error().message + ".",
                        "Without its configuration nothing can be compared with this host.",
                        "Name the file with --config."});
  }
  const int printed = print(options.json ? doctor_json(findings, unseen)
                                         : doctor_text(findings, unseen, wants_colours()));
  return findings.empty() ? printed : kFailed;
}

}  // namespace

std::vector<Verb> add_doctor(CLI::App& program, const Globals& globals) {
  const auto options = std::make_shared<Options>();
  CLI::App* const verb = program.add_subcommand(
      "doctor", "what is wrong on this host, why it matters, and how to mend it; exit 1 if any is");
  verb->add_option("--config", options->config,
                   "the configuration; else that of the running holdfastd, or "
                   "/etc/holdfast/holdfast.yaml");
  verb->add_option("--node", options->node,
                   "of which node in the file; default: that of the running holdfastd, or the "
                   "host name");
  verb->add_flag("--json", options->json, "for programs");
  return {{verb, [&globals, options] { return doctor(globals, *options); }}};
}

}  // namespace holdfast::ctl
