// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "balance-worker/core/ipvs_table.h"

// What nf_tables tells of a table of ours, and what it means.
namespace holdfast::balance {

struct NftRuleIs {
  std::string comment;
  std::vector<std::string> maps;  // that the kernel named, in the order of their lookups
  std::uint64_t packets = 0;      // that it counted
};

struct NftElementIs {
  std::vector<std::uint8_t> key;
  std::vector<std::uint8_t> data;  // of a map
  std::string chain;               // of a map of verdicts
  std::string comment;
  bool end_of_interval = false;
  std::uint64_t packets = 0;  // that found it
};

struct NftContents {
  bool table = false;        // it is there
  bool interrupted = false;  // things changed while the kernel told: something may be missing
  std::set<std::string> chains;
  std::map<std::string, std::vector<NftRuleIs>> rules;  // of each chain, in their order
  std::set<std::string> sets;
  std::map<std::string, std::vector<NftElementIs>> elements;  // of each set
  std::optional<int> answer;  // an errno, or 0: then nothing more comes
};

// Adds what a datagram tells of that table in answer to the request of that number.
void take_datagram(std::span<const std::uint8_t> datagram, std::uint32_t sequence,
                   const std::string& table, NftContents& contents);

// The services, if the table is exactly what we make for them; else none: it was made by another
// version, or somebody has changed it.
std::optional<Services> services_in(const NftContents& contents);

// The sets of which services_in() must know the elements.
std::vector<std::string> sets_to_read(const NftContents& contents);

std::optional<Endpoint> server_in(std::span<const std::uint8_t> bytes);

}  // namespace holdfast::balance
