// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "common/core/result.h"
#include "config/config.h"
#include "ctl/doctor/finding.h"

namespace holdfast::ctl {

// What drops the adverts of an instance's peers, of what `nft -j list ruleset` says: an advert is
// taken through the rules of every chain that hooks its input. A condition that is not understood
// may hold or not; only what is dropped in both cases is found. An error if it is not understood
// at all.
Result<Findings> firewall_findings(const Config& config, const std::string& ruleset);

}  // namespace holdfast::ctl
