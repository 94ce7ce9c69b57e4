// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "config/load.h"

namespace holdfast {

using Texts = std::vector<std::string>;

// Each as "FILE:LINE:COLUMN: message".
inline Texts texts_of(const std::vector<Diagnostic>& diagnostics) {
  Texts texts;
  for (const Diagnostic& diagnostic : diagnostics) texts.push_back(diagnostic.to_string());
  return texts;
}

// What is wrong with a document that is called f.
inline Texts faults_of(std::string_view document) {
  return texts_of(load_config(document, "f", "host").diagnostics);
}

// The configuration of a document without faults.
inline Config config_of(std::string_view document) {
  const Loaded loaded = load_config(document, "f", "host");
  EXPECT_EQ(texts_of(loaded.diagnostics), Texts{}) << document;
  return loaded.config;
}

// A document with one instance; `lines` follow its name (line 4), interface (5), VRID (6) and
// addresses (7), and so begin on line 8, each indented by 6.
inline std::string instance_with(std::string_view lines) {
  return "version: 1\nvrrp:\n  instances:\n    - name: web\n      interface: eth0\n"
         "      virtual_router_id: 51\n      addresses: [192.0.2.10/24]\n" +
         std::string(lines);
}

}  // namespace holdfast
