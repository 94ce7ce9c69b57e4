// SPDX-License-Identifier: Apache-2.0
#include "config/config.h"

namespace holdfast {

Config::Config() = default;
Config::Config(const Config& other) = default;
Config::Config(Config&& other) noexcept = default;
Config& Config::operator=(const Config& other) = default;
Config& Config::operator=(Config&& other) noexcept = default;
Config::~Config() = default;
bool Config::operator==(const Config& other) const = default;

}  // namespace holdfast
