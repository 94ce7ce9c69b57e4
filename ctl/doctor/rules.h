// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/config.h"
#include "ctl/doctor/finding.h"
#include "ctl/doctor/host.h"

namespace holdfast::ctl {

// What in this host is at odds with what the configuration asks of it. Pure.
Findings findings_of(const Config& config, const Host& host);

}  // namespace holdfast::ctl
