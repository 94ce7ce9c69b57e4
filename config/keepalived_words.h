// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace holdfast {

struct KeepalivedWord {
  std::string_view word;
  std::string_view here;  // how one writes it here: "advert_interval: 1s"
  std::string_view key;   // the first key of that
};

// What a directive of keepalived.conf is called here; null: it is none of the common ones. For who
// writes by heart: a whole file is translated by `holdfastctl import`.
const KeepalivedWord* keepalived_word(std::string_view word);

}  // namespace holdfast
