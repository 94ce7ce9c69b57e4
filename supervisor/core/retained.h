// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/core/messages.h"
#include "supervisor/core/message_table.h"

namespace holdfast::supervisor {

// The last message of each type and subject that the table says to keep. A subject that is not in
// the configuration has none, so there is never more here than an operator has configured.
class Retained {
 public:
  // Does nothing unless the message is one to keep. Its subject must be configured.
  void keep(const Message& message);
  void keep(const Message& message, const Subjects& subjects);  // nothing, if it is not

  void forget_all_but(const Subjects& subjects);

  // Encoded: a Message has room for the largest of them, and servers are many.
  using Messages = std::map<std::pair<std::size_t, std::string>, std::vector<std::uint8_t>>;
  const Messages& messages() const { return messages_; }  // by type and subject
  std::vector<Message> all() const;                       // ordered by type, then subject
  std::vector<Message> of(std::size_t type) const;        // an index in Message; ordered by subject
  std::vector<Message> for_new_life(
      Role role) const;  // what it said itself, and what it gets copies of

 private:
  Messages messages_;
};

}  // namespace holdfast::supervisor
