// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/faults.h"
#include "config/process_config.h"
#include "config/yaml_tree.h"

namespace holdfast {

ProcessConfig read_process(Faults& faults, const YamlNode& node);

}  // namespace holdfast
