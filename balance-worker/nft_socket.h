// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "balance-worker/nft_replies.h"
#include "common/core/result.h"
#include "common/owned_fd.h"

namespace holdfast::balance {

// Asks nf_tables, and waits for nothing but the kernel's own work.
class NftSocket {
 public:
  // An error: this kernel has no nf_tables, or this namespace may not use it.
  static Result<NftSocket> open();

  const OwnedFd& descriptor() const { return socket_; }
  std::uint32_t next() { return ++sequence_; }
  std::uint32_t& sequence() { return sequence_; }  // the last that was used

  // Sends a transaction that ends with that number; an errno that the kernel answered, or 0.
  int change(const std::vector<std::uint8_t>& packet, std::uint32_t last);
  // Adds what the kernel tells of that table in answer to the last request.
  Result<void> ask(const std::vector<std::uint8_t>& request, const std::string& table,
                   NftContents& contents);
  // All of a table but the elements; not contents.table: there is none.
  Result<NftContents> read(const std::string& table);
  // The same with the elements of those sets of it that `wanted` names, as it was at one moment.
  using Wanted = std::function<std::vector<std::string>(const NftContents&)>;
  Result<NftContents> read_whole(const std::string& table, const Wanted& wanted);
  // Of a set that was told. A set that is gone by now is an interruption.
  Result<void> read_elements(const std::string& table, const std::string& set,
                             NftContents& contents);

 private:
  explicit NftSocket(OwnedFd socket);

  OwnedFd socket_;
  std::vector<std::uint8_t> buffer_;
  std::uint32_t sequence_ = 0;
};

}  // namespace holdfast::balance
