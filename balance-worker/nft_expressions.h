// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "balance-worker/core/nft_service.h"
#include "common/nf_tables.h"

// Rules, as expressions of nf_tables.
namespace holdfast::balance {

// A map that the kernel names itself, which is made just before its rule.
struct SlotsMap {
  std::uint32_t id = 0;
};

// `service`: the name of its chain and set.
void put_step(RequestWriter& request, const NftStep& step, Family family,
              const std::string& service, SlotsMap slots);

// What leads from a base chain to a service's, or lets its clients' addresses be replaced.
struct Lookup {
  Family family{};
  std::string set;
  bool marks = false;  // else addresses
  bool ports = false;
};
void put_marking(RequestWriter& request, const Lookup& lookup);  // by a map of marks
void put_entrance(RequestWriter& request, const Lookup& lookup);
void put_masquerade(RequestWriter& request, const Lookup& lookup);
// Ends the rule of what was not translated.
void put_untranslated(RequestWriter& request);

}  // namespace holdfast::balance
