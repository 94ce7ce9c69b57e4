// SPDX-License-Identifier: Apache-2.0
#include "import/directives.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "tests/unit/import/machine.h"

// No directive of keepalived's is dropped: each of a list that stands apart is in the table, and
// what the table calls translated is taken, what it calls reported is reported.
namespace holdfast::importer {
namespace {

struct Listed {
  std::string section;
  std::string name;
  std::string words;
};

std::vector<Listed> listed() {
  std::vector<Listed> all;
  for (const char* part : {"global", "vrrp", "servers"}) {
    std::ifstream file(std::string(HOLDFAST_SOURCE_DIR "/tests/unit/import/directives/") + part +
                       ".txt");
    EXPECT_TRUE(file) << part;
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with('#')) continue;
      std::istringstream words(line);
      Listed one;
      words >> one.section >> one.name;
      std::getline(words, one.words);
      all.push_back(one);
    }
  }
  return all;
}

const Row* row_of(const Listed& one) {
  const auto& all = all_directives();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Row& row) {
    return name_of(row.section) == one.section && row.name == one.name;
  });
  return found == all.end() ? nullptr : &*found;
}

// What a directive needs beside it to say anything.
std::string beside(const std::string& name) {
  static const std::map<std::string, std::string> kNeeds{
      {"vmac_xmit_base", "use_vmac"},
      {"unicast_ttl", "unicast_peer { 192.0.2.2 }"},
      {"sorry_server_lvs_method", "sorry_server 10.0.0.9 80"},
      {"hysteresis", "quorum 5"},
      {"vrrp_rlimit_rttime", "vrrp_rt_priority 5"},
      {"notify_master_rx_lower_pri", "notify_master /bin/m"},
      {"regex_options", "regex a"},
      {"min_reply_length", "require_reply"},
      {"max_reply_length", "require_reply"}};
  const auto found = kNeeds.find(name);
  return found == kNeeds.end() ? "" : found->second + "\n";
}

// The lines of a block, without those that the directive stands for.
std::string around(const Listed& one, std::vector<std::string> base) {
  std::erase_if(base, [&](const std::string& line) { return line.starts_with(one.name + " "); });
  std::string text;
  for (const std::string& line : base) text += line + "\n";
  return text + beside(one.name) + one.name + one.words + "\n";
}

std::string instance_of(const Listed& one) {
  return "vrrp_instance web {\n" +
         around(one,
                {"interface eth0", "virtual_router_id 51", "virtual_ipaddress { 192.0.2.10 }"}) +
         "}\n";
}

std::string plain_instance(const std::string& more = "") {
  return "vrrp_instance web {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress { "
         "192.0.2.10 "
         "}\n" +
         more + "}\n";
}

std::string server_of(const std::string& of_service, const std::string& of_server) {
  return plain_instance() + "virtual_server 192.0.2.10 80 {\n" + of_service +
         "real_server 10.0.0.11 80 {\n" + of_server + "}\n}\n";
}

std::string document(const Listed& one) {
  const std::string line = one.name + one.words + "\n";
  const std::string& at = one.section;
  const std::string files =
      "vrrp_script s {\nscript /bin/s\n}\ntrack_file f {\nfile /f\n}\nvrrp_track_process p "
      "{\nprocess "
      "p\n}\n";
  if (one.name == "vrrp_instance") return plain_instance();
  if (one.name == "vrrp_sync_group") {
    return "vrrp_sync_group g {\ngroup { web }\n}\n" + plain_instance();
  }
  if (at == "file") return line;
  if (at == "global_defs") return "global_defs {\n" + around(one, {}) + "}\n" + plain_instance();
  if (at == "address")
    return plain_instance("virtual_ipaddress_excluded {\n192.0.2.20/24 " + line + "}\n");
  if (at == "route") return plain_instance("virtual_routes {\n198.51.100.0/24 " + line + "}\n");
  if (at == "rule") {
    return plain_instance("virtual_rules {\ntable 7 preference 8 from 10.0.0.0/8 " + line + "}\n");
  }
  if (at == "track_file") {
    return "track_file f {\n" + around(one, {"file /f"}) + "}\n" +
           plain_instance("track_file { f }\n");
  }
  if (at == "vrrp_track_process") {
    return "vrrp_track_process p {\n" +
           around(one, {one.name == "param_match" ? "process p a" : "process p"}) + "}\n" +
           plain_instance("track_process { p }\n");
  }
  if (at == "vrrp_script") {
    return "vrrp_script s {\n" + around(one, {"script /bin/s"}) + "}\n" +
           plain_instance("track_script { s }\n");
  }
  if (at == "vrrp_sync_group") {
    return files + "vrrp_sync_group g {\n" + around(one, {"group { web }"}) + "}\n" +
           plain_instance();
  }
  if (at == "garp_group") return "garp_group {\n" + around(one, {"interface eth0"}) + "}\n";
  if (at == "vrrp_instance") return files + instance_of(one);
  if (at == "authentication") {
    return plain_instance("authentication {\n" + around(one, {"auth_type PASS", "auth_pass a"}) +
                          "}\n");
  }
  if (at == "virtual_server") return server_of(around(one, {}), "");
  if (at == "real_server") {
    const bool check = one.name.ends_with("_CHECK") || one.name.ends_with("_GET");
    return server_of("", check ? one.name + " {\n" +
                                     (one.name == "MISC_CHECK" ? "misc_path /bin/c\n" : "") + "}\n"
                               : around(one, {}));
  }
  if (at == "url") return server_of("", "HTTP_GET {\nurl {\n" + around(one, {}) + "}\n}\n");
  if (at == "SSL") return "SSL {\n" + line + "}\n";
  const std::string base = at == "MISC_CHECK" ? "misc_path /bin/c" : "";
  return server_of("", at + " {\n" + around(one, {base}) + "}\n");
}

bool is_option(const std::string& section) {
  return section == "address" || section == "route" || section == "rule";
}

// Those of blocks that are reported as a whole, and of the preprocessor.
bool is_elsewhere(const Listed& one) {
  static const std::set<std::string> kWhole{"bfd_instance", "auth_hmac", "BFD_CHECK", "FILE_CHECK",
                                            "virtual_server_group"};
  return kWhole.contains(one.section) ||
         (one.section == "file" &&
          (one.name.starts_with("include") || one.name.find_first_of("@$~") != std::string::npos));
}

TEST(Directives, TheListAndTheTableAreTheSame) {
  std::set<std::string> names;
  for (const Listed& one : listed()) {
    EXPECT_NE(row_of(one), nullptr) << one.section << ' ' << one.name;
    EXPECT_TRUE(names.insert(one.section + ' ' + one.name).second) << one.name;
  }
  for (const Row& row : all_directives()) {
    EXPECT_TRUE(names.contains(std::string(name_of(row.section)) + ' ' + std::string(row.name)))
        << row.name;
  }
}

TEST(Directives, EachIsTranslatedOrReported) {
  for (const Listed& one : listed()) {
    const Row* const row = row_of(one);
    if (row == nullptr || is_elsewhere(one)) continue;
    const std::string text = document(one);
    SCOPED_TRACE(one.section + ' ' + one.name + "\n" + text);
    const Imported result = imported(text, {.users = {"keepalived_script"}});
    bool reported = false;
    for (const Finding& finding : result.findings) {
      if (finding.kind == Finding::Kind::kNote) continue;
      EXPECT_NE(finding.kind, Finding::Kind::kUnknown) << finding.directive;
      reported = reported || finding.directive == one.name ||
                 (is_option(one.section) && finding.reason.find("'" + one.name + "'") == 0);
    }
    // Translated, but never without a word.
    const bool always = one.name == "vrrp_strict" || one.name == "notify_fifo" ||
                        one.name == "misc_dynamic" ||
                        (one.section == "SMTP_CHECK" && one.name == "host") ||
                        (one.section == "PING_CHECK" && one.name == "fwmark");
    EXPECT_EQ(reported, !row->translated() || always) << report_text(result) << result.yaml;
  }
}

TEST(Directives, ReasonsAreSentences) {
  for (const Row& row : all_directives()) {
    if (row.translated()) continue;
    EXPECT_GT(row.reason.size(), 15U) << row.name;
    EXPECT_FALSE(row.reason.ends_with('.')) << row.name;
  }
}

// docs/import.md has a table of the coverage by section; it must be that of the table.
TEST(Directives, TheDocumentedCoverageIsRight) {
  std::ifstream file(HOLDFAST_SOURCE_DIR "/docs/import.md");
  std::stringstream text;
  text << file.rdbuf();
  Coverage all;
  const auto expect_line = [&](const std::string& name, const Coverage& of) {
    const std::string line = "| " + name + " | " + std::to_string(of.translated) + " | " +
                             std::to_string(of.reported) + " | " +
                             std::to_string(of.translated + of.reported) + " |";
    EXPECT_NE(text.str().find(line), std::string::npos) << line;
  };
  for (std::size_t i = 0; i < kSections; ++i) {
    const auto section = static_cast<Section>(i);
    const Coverage of = coverage_of(section);
    all.translated += of.translated;
    all.reported += of.reported;
    expect_line("`" + std::string(name_of(section)) + "`", of);
  }
  expect_line("all", all);
}

}  // namespace
}  // namespace holdfast::importer
