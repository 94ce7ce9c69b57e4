// SPDX-License-Identifier: Apache-2.0
#include "import/directives.h"

#include <algorithm>

namespace holdfast::importer {

std::string_view name_of(Section section) {
  switch (section) {
    case Section::kFile:
      return "file";
    case Section::kGlobal:
      return "global_defs";
    case Section::kAddress:
      return "address";
    case Section::kRoute:
      return "route";
    case Section::kRule:
      return "rule";
    case Section::kTrackFile:
      return "track_file";
    case Section::kTrackProcess:
      return "vrrp_track_process";
    case Section::kBfd:
      return "bfd_instance";
    case Section::kScript:
      return "vrrp_script";
    case Section::kSyncGroup:
      return "vrrp_sync_group";
    case Section::kGarpGroup:
      return "garp_group";
    case Section::kInstance:
      return "vrrp_instance";
    case Section::kAuthentication:
      return "authentication";
    case Section::kHmac:
      return "auth_hmac";
    case Section::kServerGroup:
      return "virtual_server_group";
    case Section::kVirtualServer:
      return "virtual_server";
    case Section::kRealServer:
      return "real_server";
    case Section::kHttp:
      return "HTTP_GET";
    case Section::kUrl:
      return "url";
    case Section::kTcp:
      return "TCP_CHECK";
    case Section::kSmtp:
      return "SMTP_CHECK";
    case Section::kDns:
      return "DNS_CHECK";
    case Section::kMisc:
      return "MISC_CHECK";
    case Section::kBfdCheck:
      return "BFD_CHECK";
    case Section::kPing:
      return "PING_CHECK";
    case Section::kUdp:
      return "UDP_CHECK";
    case Section::kFileCheck:
      return "FILE_CHECK";
    case Section::kSsl:
      return "SSL";
  }
  return "";
}

const std::vector<Row>& all_directives() {
  static const std::vector<Row> all = [] {
    std::vector<Row> rows;
    for (const auto part : {global_directives(), vrrp_directives(), server_directives()}) {
      rows.insert(rows.end(), part.begin(), part.end());
    }
    return rows;
  }();
  return all;
}

const Row* find_directive(Section section, std::string_view name) {
  const std::vector<Row>& all = all_directives();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Row& row) {
    return row.section == section && row.name == name;
  });
  return found == all.end() ? nullptr : &*found;
}

Coverage coverage_of(Section section) {
  Coverage coverage;
  for (const Row& row : all_directives()) {
    if (row.section != section) continue;
    ++(row.translated() ? coverage.translated : coverage.reported);
  }
  return coverage;
}

}  // namespace holdfast::importer
