// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/load.h"

namespace holdfast {

using Texts = std::vector<std::string>;

// What is wrong with a document, each as "FILE:LINE:COLUMN: message" of a file called f.
inline Texts texts_of(const std::vector<Diagnostic>& diagnostics) {
  Texts texts;
  for (const Diagnostic& diagnostic : diagnostics) texts.push_back(diagnostic.to_string());
  return texts;
}

inline Texts faults_of(std::string_view document) {
  return texts_of(load_config(document, "f", "host").diagnostics);
}

// A valid document around the lines of one instance, each indented by 6; they begin on line 4.
inline std::string instance_with(std::string_view lines) {
  return "version: 1\nvrrp:\n  instances:\n    - name: web\n      interface: eth0\n"
         "      virtual_router_id: 51\n" +
         std::string(lines);
}

}  // namespace holdfast
