// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace holdfast::monitor {

extern const char* const kPage;  // page.html

// It runs the script and has the style that stand in it, and asks this server; nothing else. After
// a change of either tests/netns/monitoring_test.py says the new digest.
inline constexpr const char* kPagePolicy =
    "default-src 'none'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; script-src 'sha256-mS99afigjR0AZRA0rakkA5hK9hRG/BBpLQJuIrXb5qE='; "
    "style-src 'sha256-S0FKWsmtz075rSubQ58YQ/OJ6erAjXoY4LKo1ToiFKQ='";

}  // namespace holdfast::monitor
