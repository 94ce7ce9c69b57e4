// SPDX-License-Identifier: Apache-2.0
#include "supervisor/programs.h"

#include <utility>

namespace holdfast::supervisor {

Result<Programs> Programs::open() {
  Result<Program> vrrp = Program::open("holdfast-vrrp-worker");
  if (!vrrp) return tl::unexpected(vrrp.error());
  Result<Program> check = Program::open("holdfast-check-worker");
  if (!check) return tl::unexpected(check.error());
  Result<Program> balance = Program::open("holdfast-balance-worker");
  if (!balance) return tl::unexpected(balance.error());
  Result<Program> monitor = Program::open("holdfast-monitor-worker");
  if (!monitor) return tl::unexpected(monitor.error());
  Result<Program> alert = Program::open("holdfast-alert-worker");
  if (!alert) return tl::unexpected(alert.error());
  Result<Program> witness = Program::open("holdfast-witness-worker");
  if (!witness) return tl::unexpected(witness.error());
  return Programs{std::move(*vrrp),    std::move(*check), std::move(*balance),
                  std::move(*monitor), std::move(*alert), std::move(*witness)};
}

}  // namespace holdfast::supervisor
