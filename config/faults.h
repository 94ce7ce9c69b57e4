// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostic.h"

namespace holdfast {

// Collects what is wrong with one document. Bounded: a file that is no configuration at all must
// not cost more than a large one.
class Faults {
 public:
  static constexpr std::size_t kMax = 1000;

  explicit Faults(std::string_view file) : file_(file) {}

  void add(int line, int column, std::string message);
  template <typename Placed>  // a YamlNode, or what is InFile
  void add(const Placed& place, const std::string& message) {
    add_in(file_of(place.file), place.line, place.column, message);
  }
  void add(std::vector<Diagnostic> of_another_file);

  bool empty() const { return faults_.empty(); }
  bool full() const { return faults_.size() >= kMax; }

  // In the order of the file, those of others after it, each once: what stands under an anchor may
  // be read more than once.
  std::vector<Diagnostic> take();

 private:
  std::string_view file_of(const std::string* file) const {
    return file == nullptr ? file_ : *file;
  }
  std::string_view file_of(const std::string& file) const { return file.empty() ? file_ : file; }
  void add_in(std::string_view file, int line, int column, std::string message);

  std::string file_;
  std::vector<Diagnostic> faults_;
};

}  // namespace holdfast
