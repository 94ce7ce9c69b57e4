// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "import/scope.h"
#include "import/source.h"
#include "import/tree.h"
#include "import/yaml.h"

// What the translators of the sections share.
namespace holdfast::importer {

// What global_defs says of all instances and checks.
struct Globals {
  std::int64_t version = 2;  // of an IPv4 instance; IPv6 is always 3
  std::string group4;        // empty: the one of the RFC
  std::string group6;
  std::string default_interface = "eth0";
  std::string vmac_prefix;  // empty: Holdfast's, which is keepalived's
  std::string script_user;  // empty: keepalived's choice
  std::optional<std::int64_t> down_timer_adverts;
  bool message_only = false;  // v3_checksum_as_v2
  bool strict = false;
  bool log_failures = false;
  bool one_service = false;  // nftables_ipvs
};

// What can be tracked: a vrrp_script, a track_file or a vrrp_track_process.
struct Tracked {
  const Directive* block = nullptr;
  std::string name;  // Holdfast's
  Yaml check;        // empty: it could not be translated
  int weight = 0;    // unless the tracker says otherwise
  bool reverse = false;
  bool used = false;  // keepalived does nothing for one that nobody tracks
  std::vector<std::string> comments;
};

// Who gets mail, and of what.
struct Mail {
  const Directive* at = nullptr;  // notification_email
  std::vector<std::string> to;
  std::string from;
  std::string server = "127.0.0.1:25";
  std::optional<std::int64_t> timeout;  // microseconds
  bool of_vrrp = false;                 // unless they say otherwise
  bool of_checkers = false;             // the same
  bool faults = true;
  std::set<std::string> instances;  // Holdfast's names of what has smtp_alert
  std::set<std::string> services;
  std::set<std::string> servers;  // SERVICE/ADDRESS:PORT, or a pattern
  std::vector<std::string> comments;
};

struct InterfaceDelay {
  std::int64_t down = 0;  // microseconds
  std::int64_t up = 0;
};

struct Context {
  Context(const Machine& on, Findings& into) : machine(on), findings(into) {}

  const Machine& machine;
  Findings& findings;
  Globals globals;
  Mail mail;
  Yaml document = Yaml::map();
  std::vector<std::string> head;                              // comments before everything
  std::map<std::string, Tracked, std::less<>> scripts;        // by keepalived's name
  std::map<std::string, Tracked, std::less<>> files;          // the same
  std::map<std::string, Tracked, std::less<>> processes;      // the same
  std::set<std::string, std::less<>> names_taken;             // KIND NAME
  std::map<std::string, std::string, std::less<>> instances;  // keepalived's name to Holdfast's
  std::set<std::string, std::less<>> weightless;  // instances whose weights keepalived ignores
  std::map<std::string, InterfaceDelay, std::less<>> delays;
  std::map<std::string, const Directive*, std::less<>> server_groups;
  std::set<std::string, std::less<>> held;  // addresses of instances, without their lengths
  Yaml ssl = Yaml::map();                   // `certificate` and `key` of every https check
  bool told_of_root = false;
  std::int64_t next_rule = 16384;  // the priority of the next rule that has none

  // A name as Holdfast takes it, given to nothing else of that kind yet.
  std::string name(std::string_view kind, const Directive& at, std::string_view wanted);
};

// `notify_master "/bin/a b" user group`: a command, and a user may follow. Nothing, and a report,
// if Holdfast cannot run it.
std::optional<Yaml> translate_command(const Directive& at, Context& context);
// The same of one whose user has a directive of its own, or none.
std::optional<Yaml> translate_command(const Directive& at, const Directive* user, Context& context);

// Reports that an entry has this option, if it is one that is not translated. True: it was.
bool report_option(Section section, const Directive& entry, std::string_view option,
                   Findings& findings);

void translate_globals(const Directive& block, Context& context);
void read_mail(Scope& globals, Context& context);
void write_mail(Context& context);  // once all is known that is mailed
void translate_garp_group(const Directive& block, Context& context);
// The keys of `announce`; the names of the directives begin with `prefix`.
Yaml translate_announce(Scope& scope, const std::string& prefix);

void translate_script(const Directive& block, Context& context);
void translate_track_file(const Directive& block, Context& context);
void translate_process(const Directive& block, Context& context);
void write_checks(Context& context);  // those that are tracked

void report_no_address(const Directive& entry, Findings& findings);  // in the place of an address
// An address as Holdfast has it; null if it is none of the family, which is reported.
std::optional<Yaml> translate_address(const Directive& entry, const std::string& device,
                                      std::optional<bool> v6, Findings& findings);
std::optional<bool> is_v6(std::string_view address);  // with a length or without; nothing: neither
std::optional<Yaml> translate_route(const Directive& entry, Findings& findings);
std::optional<Yaml> translate_rule(const Directive& entry, Context& context);
void translate_static(Scope& file, Context& context);

// Everything under track_*, as a list.
struct Tracker {
  std::string interface;    // of the instance; empty: a group
  bool weightless = false;  // keepalived ignores what has a weight
  bool owner = false;       // priority 255: the same
};
Yaml translate_tracks(Scope& scope, const Tracker& tracker, Context& context);
Yaml translate_notify(Scope& scope, Context& context);

void translate_instance(const Directive& block, Context& context);
void plan_sync_group(const Directive& block, Context& context);  // before the instances
void translate_sync_group(const Directive& block, Context& context);

void translate_virtual_server(const Directive& block, Context& context);
// The checks of one real server: a list, empty if it has none. `defaults` are of the server above.
struct CheckDefaults {
  std::optional<std::int64_t> interval;  // all in microseconds
  std::optional<std::int64_t> timeout;
  std::optional<std::int64_t> retries;
  std::optional<std::int64_t> retry_delay;
  std::optional<std::int64_t> start_spread;
  std::optional<bool> log_failures;
  std::string host;         // virtualhost
  bool down_first = false;  // alpha
  std::int64_t weight = 1;  // of the server
  bool has_port = true;     // the server has one
};
void read_check_defaults(Scope& scope, CheckDefaults& into);
Yaml translate_checkers(Scope& server, const CheckDefaults& defaults, Context& context);

}  // namespace holdfast::importer
