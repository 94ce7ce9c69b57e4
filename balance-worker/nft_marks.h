// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "balance-worker/backend.h"
#include "balance-worker/nft_socket.h"

namespace holdfast::balance {

// Marks packets to addresses that are one service, whatever backend serves them, in a table of our
// own, which is there only while there are such addresses:
//
//   table inet holdfast-marks {
//     map services4 { type inet_proto . ipv4_addr . inet_service : mark; }   # and 6
//     map hosts4 { type inet_proto . ipv4_addr : mark; }                     # of all ports
//     chain prerouting, output { type filter; priority mangle: marks by the maps }
//   }
//
// An element is an address, never a range: a packet costs one lookup of a hash whatever their
// number, and an address that comes or goes is a change of that element alone.
class NftMarks {
 public:
  static constexpr const char* kTable = "holdfast-marks";

  struct Marked {
    Marks marks;
    bool damaged = false;  // there is a table, and it is not as we make it
  };

  // What the table has. A kernel without nf_tables has none.
  Result<Marked> read();
  // The marks that are to be, instead of those that read() or change() left; an error: none of it
  // was done.
  Result<void> change(const Marks& next);

 private:
  int send(const Marks& next);

  std::optional<NftSocket> socket_;  // once it is needed
  Marks marks_;
  bool there_ = false;  // the table
  bool whole_ = false;  // and as we make it
};

// A backend, and the marks of its services.
class MarkingBackend final : public Backend {
 public:
  explicit MarkingBackend(std::unique_ptr<Backend> backend) : backend_(std::move(backend)) {}

  std::vector<Refusal> execute(std::span<const IpvsCommand> commands) override;
  Result<IpvsTable> read() override;
  Result<Counters> read_counters() override { return backend_->read_counters(); }
  bool tells_established() const override { return backend_->tells_established(); }
  std::set<ServiceKey> ours() const override { return backend_->ours(); }

 private:
  void mark(std::span<const IpvsCommand> commands, std::vector<Refusal>& refused);

  std::unique_ptr<Backend> backend_;
  NftMarks nft_;
  Marks marks_;  // that the kernel has
};

}  // namespace holdfast::balance
