// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace holdfast::monitor {

extern const char* const kPage;  // page.html

// It runs the script and has the style that stand in it, and asks this server; nothing else. After
// a change of either tests/netns/monitoring_test.py says the new digest.
inline constexpr const char* kPagePolicy =
    "default-src 'none'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; script-src 'sha256-plIwg0eN6E3fu2vf1EGvZTy2jA7fdHjND/Nl8YxwLks='; "
    "style-src 'sha256-A27SYagG3ZcBYyILrjG7X7Xev32cfB4T7rAPRIBbtkE='";

}  // namespace holdfast::monitor
