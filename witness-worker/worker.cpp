// SPDX-License-Identifier: Apache-2.0
#include "witness-worker/worker.h"

#include "common/log.h"
#include "config/heartbeat.h"
#include "config/load.h"
#include "config/sealed.h"

namespace holdfast::witness {

WitnessWorker::WitnessWorker(EventLoop& loop)
    : loop_(loop),
      supervisor_(loop, Role::kWitness,
                  Worker::Callbacks{
                      [this](OwnedFd document) { return configure(std::move(document)); },
                      [](const Message&) {},
                      [](std::optional<Time>) {},
                      [this] { loop_.stop(); },
                  }) {}

Result<void> WitnessWorker::configure(OwnedFd document) {
  const Result<SealedDocument> sealed = unseal(document);
  if (!sealed) return tl::unexpected(sealed.error());
  const Loaded loaded = load_config(sealed->text, sealed->file, sealed->host_name);
  if (!loaded.ok()) return fail(loaded.diagnostics.front().to_string());
  const Config& config = loaded.config;
  log_setup("witness-worker", config.log.level,
            config.log.format == LogFormat::kJson ? LogStyle::kJson : LogStyle::kText);
  supervisor_.set_heartbeat_interval(heartbeat_interval(config, Role::kWitness));
  return {};
}

}  // namespace holdfast::witness
