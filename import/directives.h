// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

// Every directive of keepalived 2.3, and what becomes of it. The one place that decides.
namespace holdfast::importer {

enum class Section : std::uint8_t {
  kFile,       // outside of every block, and what the preprocessor takes
  kGlobal,     // global_defs
  kAddress,    // options of an address
  kRoute,      // of a route
  kRule,       // of a rule
  kTrackFile,  // track_file, vrrp_track_file
  kTrackProcess,
  kBfd,
  kScript,  // vrrp_script
  kSyncGroup,
  kGarpGroup,
  kInstance,
  kAuthentication,
  kHmac,  // auth_hmac
  kServerGroup,
  kVirtualServer,
  kRealServer,
  kHttp,  // HTTP_GET, SSL_GET
  kUrl,
  kTcp,
  kSmtp,
  kDns,
  kMisc,
  kBfdCheck,
  kPing,
  kUdp,
  kFileCheck,
  kSsl,  // SSL
};
constexpr std::size_t kSections = static_cast<std::size_t>(Section::kSsl) + 1;

std::string_view name_of(Section section);

struct Row {
  Section section;
  std::string_view name;
  // Why it is not translated, as one sentence; empty: it is. What a translated directive asks for
  // may still be reported, if Holdfast cannot do just that.
  std::string_view reason;
  bool translated() const { return reason.empty(); }
};

const std::vector<Row>& all_directives();
// Its parts.
std::span<const Row> global_directives();
std::span<const Row> vrrp_directives();
std::span<const Row> server_directives();
// Null: keepalived 2.3 has no such directive there.
const Row* find_directive(Section section, std::string_view name);

struct Coverage {
  int translated = 0;
  int reported = 0;
};
Coverage coverage_of(Section section);

}  // namespace holdfast::importer
