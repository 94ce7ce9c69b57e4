// SPDX-License-Identifier: Apache-2.0
#include "monitor-worker/core/metrics.h"

#include <array>
#include <chrono>
#include <map>
#include <string_view>

namespace holdfast::monitor {
namespace {

using Labels = std::vector<std::pair<std::string, std::string>>;

constexpr std::array kStates{VrrpState::kInitialize, VrrpState::kBackup, VrrpState::kActive,
                             VrrpState::kFault};

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

// The families in the order in which they were first named.
class Book {
 public:
  void gauge(const std::string& name, const std::string& help, Labels labels, double value) {
    add(name, help, MetricKind::kGauge, std::move(labels), value);
  }
  void counter(const std::string& name, const std::string& help, Labels labels, double value) {
    add(name, help, MetricKind::kCounter, std::move(labels), value);
  }
  void histogram(const std::string& name, const std::string& help, Labels labels,
                 const DurationHistogram& histogram) {
    add(name, help, MetricKind::kHistogram, std::move(labels), 0);
    families_[places_.at(name)].samples.back().histogram = histogram;
  }
  std::vector<MetricFamily> take() { return std::move(families_); }

 private:
  void add(const std::string& name, const std::string& help, MetricKind kind, Labels labels,
           double value) {
    const auto [place, added] = places_.emplace(name, families_.size());
    if (added) families_.push_back({name, help, kind, {}});
    families_[place->second].samples.push_back({std::move(labels), value, {}});
  }

  std::vector<MetricFamily> families_;
  std::map<std::string, std::size_t> places_;
};

void add_process(Book& book, const NodeCopy& node, const BuildInfo& build) {
  const DaemonState& daemon = node.daemon();
  book.gauge("holdfast_build_info", "The running version; always 1.",
             {{"version", build.version}, {"build", build.build}, {"node", node.config().node}}, 1);
  book.gauge("holdfast_config_info", "SHA-256 of the configuration in force; always 1.",
             {{"sha256", daemon.sha256}}, 1);
  book.gauge("holdfast_config_generation", "Configurations accepted since the start.", {},
             daemon.generation.value);
  book.gauge("holdfast_config_loaded_timestamp_seconds",
             "When the configuration in force was loaded.", {},
             seconds(daemon.loaded_at.time_since_epoch()));
  book.gauge("holdfast_config_last_reload_successful",
             "1, or 0 if the last reload was refused and the configuration before it stays.", {},
             daemon.failed_at ? 0 : 1);
  book.gauge("holdfast_maintenance", "1 while the operator has taken this node out, else 0.", {},
             node.in_maintenance() ? 1 : 0);
  for (const WorkerState& worker : node.workers()) {
    if (!worker.wanted) continue;
    const std::string name(to_string(worker.role));
    book.gauge("holdfast_worker_up", "Whether a process of Holdfast works.", {{"worker", name}},
               worker.phase == WorkerPhase::kRunning ? 1 : 0);
    book.counter("holdfast_worker_restarts_total", "How often it had to be started again.",
                 {{"worker", name}}, worker.restarts);
  }
}

void add_results(Book& book, const std::string& name, const std::string& help,
                 const std::pair<std::string, std::string>& subject, std::uint64_t good,
                 std::uint64_t bad, std::uint64_t not_made) {
  for (const auto& [result, count] :
       {std::pair("good", good), std::pair("bad", bad), std::pair("not_made", not_made)}) {
    book.counter(name, help, {subject, {"result", result}}, static_cast<double>(count));
  }
}

void add_use(Book& book, const NodeCopy& node, const StreamCounts& streams) {
  for (const ProcessUse& one : node.use()) {
    const Labels labels{{"process", one.process}};
    book.gauge("holdfast_process_resident_memory_bytes", "Memory of a process that is in RAM.",
               labels, static_cast<double>(one.resident));
    book.counter("holdfast_process_cpu_seconds_total", "CPU time of a process, since it began.",
                 labels, static_cast<double>(one.cpu) / 1e6);
    book.histogram("holdfast_loop_lag_seconds",
                   "How late its loop came to what was due: by the heartbeats.", labels, one.lag);
  }
  for (const ScriptCounters& one : node.scripts()) {
    add_results(book, "holdfast_script_runs_total", "Scripts that were run, by how they ended.",
                {"kind", one.kind}, one.good, one.bad, one.not_made);
  }
  book.gauge("holdfast_event_streams", "Readers of /v1/events.", {},
             static_cast<double>(streams.open));
  book.counter("holdfast_event_streams_dropped_total",
               "Readers of /v1/events that did not keep up.", {},
               static_cast<double>(streams.dropped));
}

void add_peers(Book& book, const std::string& instance, const Peers& peers) {
  std::size_t speaking = 0;
  std::array<std::size_t, kMismatches> mismatches{};
  for (const Peer& peer : peers.peers) {
    if (!peer.speaks) continue;
    ++speaking;
    for (std::size_t i = 0; i < kMismatches; ++i) mismatches.at(i) += peer.mismatches.at(i) ? 1 : 0;
  }
  book.gauge("holdfast_vrrp_peers_speaking", "Other routers whose adverts come now.",
             {{"vrrp_instance", instance}}, static_cast<double>(speaking));
  for (std::size_t i = 0; i < kMismatches; ++i) {
    book.gauge("holdfast_vrrp_peer_mismatches", "Of these, those that do not fit, by what.",
               {{"vrrp_instance", instance},
                {"mismatch", std::string(to_string(static_cast<Mismatch>(i)))}},
               static_cast<double>(mismatches.at(i)));
  }
}

void add_adverts(Book& book, const std::string& instance, const AdvertCounters& counters) {
  const Labels labels{{"vrrp_instance", instance}};
  book.counter("holdfast_vrrp_adverts_sent_total", "Adverts sent.", labels,
               static_cast<double>(counters.sent));
  book.counter("holdfast_vrrp_adverts_received_total", "Adverts received and accepted.", labels,
               static_cast<double>(counters.received));
  book.counter("holdfast_vrrp_adverts_unauthenticated_total",
               "Accepted adverts without the signature that is expected.", labels,
               static_cast<double>(counters.unauthenticated));
  book.counter("holdfast_vrrp_owner_adverts_total",
               "Adverts with priority 255 from another router, accepted or not.", labels,
               static_cast<double>(counters.owners));
  book.histogram("holdfast_vrrp_advert_lateness_seconds",
                 "How much later than its sender's interval an accepted advert came.", labels,
                 counters.late);
  for (std::size_t i = 0; i < kRejections; ++i) {
    book.counter("holdfast_vrrp_adverts_rejected_total", "Adverts refused, by reason.",
                 {{"vrrp_instance", instance},
                  {"reason", std::string(to_string(static_cast<Rejection>(i)))}},
                 static_cast<double>(counters.rejected.at(i)));
  }
}

void add_router(Book& book, const InstanceConfig& config, const NodeCopy& node, RealTime boot) {
  const auto* const known = node.find<RouterState>(config.name);
  const VrrpState now = known == nullptr ? VrrpState::kInitialize : known->state;
  const Labels labels{{"vrrp_instance", config.name}};
  for (const VrrpState state : kStates) {
    book.gauge("holdfast_vrrp_state", "1 for the state in which an instance is, else 0.",
               {{"vrrp_instance", config.name}, {"state", std::string(to_string(state))}},
               state == now ? 1 : 0);
    book.counter("holdfast_vrrp_transitions_total",
                 "How often a state was entered, since the monitor-worker started.",
                 {{"vrrp_instance", config.name}, {"to", std::string(to_string(state))}},
                 static_cast<double>(node.history().count(config.name, state)));
  }
  for (std::size_t i = 0; i < kCauses; ++i) {
    const auto cause = static_cast<Cause>(i);
    book.counter("holdfast_vrrp_transition_reasons_total",
                 "Why a state was entered, since the monitor-worker started.",
                 {{"vrrp_instance", config.name}, {"reason", std::string(to_string(cause))}},
                 static_cast<double>(node.history().count(config.name, cause)));
  }
  const DurationHistogram* const unheld = node.history().unheld(config.name);
  book.histogram("holdfast_vrrp_failover_duration_seconds",
                 "From the last advert of a master that fell silent or let go to the take-over.",
                 labels, unheld == nullptr ? DurationHistogram{} : *unheld);
  book.gauge("holdfast_vrrp_configured_priority", "The priority in the configuration.", labels,
             config.priority.value);
  if (known != nullptr) {
    book.gauge("holdfast_vrrp_priority", "The priority as tracking has moved it.", labels,
               known->priority.value);
    book.gauge("holdfast_vrrp_state_since_timestamp_seconds", "When the state was entered.", labels,
               seconds(boot.time_since_epoch() + known->since.time_since_epoch()));
    book.counter("holdfast_vrrp_conflicts_total",
                 "As master, won against another that called itself master.", labels,
                 known->conflicts);
  }
  const auto* const counters = node.find<AdvertCounters>(config.name);
  if (counters != nullptr) add_adverts(book, config.name, *counters);
  if (const auto* const peers = node.find<Peers>(config.name)) {
    add_peers(book, config.name, *peers);
  }
}

void add_check(Book& book, const CheckState& state, RealTime boot) {
  const Labels labels{{"check", state.check}};
  book.gauge("holdfast_check_up", "Whether a check is up.", labels, state.up ? 1 : 0);
  book.gauge("holdfast_check_weight_ratio", "Its weight: 0 for none, 1 for the full one.", labels,
             state.weight / 100.0);
  book.gauge("holdfast_check_state_since_timestamp_seconds", "Since when it is so.", labels,
             seconds(boot.time_since_epoch() + state.since.time_since_epoch()));
  if (state.value) {
    book.gauge("holdfast_check_value", "What the file of a check holds.", labels, *state.value);
  }
}

void add_check_counters(Book& book, const CheckCounters& counters, bool histogram) {
  const std::pair<std::string, std::string> check{"check", counters.check};
  add_results(book, "holdfast_check_attempts_total",
              "Attempts of a check, whether they counted "
              "or not, by what they came to.",
              check, counters.good, counters.bad, counters.not_made);
  if (!histogram) return;
  book.histogram("holdfast_check_latency_seconds", "How long its good attempts took.", {check},
                 counters.took);
}

void add_check_load(Book& book, const CheckLoad& load) {
  book.gauge("holdfast_checks_late",
             "1 while checks begin late, since the check-worker does not manage them all, else 0.",
             {}, load.late ? 1 : 0);
  book.histogram("holdfast_check_begin_lateness_seconds",
                 "How much later than it was due an attempt of a check began.", {}, load.lateness);
}

void add_server(Book& book, const std::string& service, const RealServerConfig& config,
                const NodeCopy& node) {
  const std::string name = server_name(service, config.endpoint);
  const Labels labels{{"virtual_server", service}, {"real_server", config.endpoint.to_string()}};
  book.gauge("holdfast_real_server_configured_weight", "Its weight in the configuration.", labels,
             config.weight);
  if (const auto* const state = node.find<ServerState>(name)) {
    book.gauge("holdfast_real_server_healthy", "Whether its checks say that it works.", labels,
               state->healthy ? 1 : 0);
    book.gauge("holdfast_real_server_serving", "Whether new connections go there.", labels,
               state->use == ServerUse::kServing ? 1 : 0);
    book.gauge("holdfast_real_server_weight", "Its weight in the kernel.", labels, state->weight);
  }
  const auto* const counters = node.find<ServerCounters>(name);
  if (counters == nullptr) return;
  book.gauge("holdfast_real_server_active_connections", "Connections that are open.", labels,
             counters->active);
  book.gauge("holdfast_real_server_inactive_connections",
             "Connections that are closing, or of UDP.", labels, counters->inactive);
  book.counter("holdfast_real_server_connections_total", "Connections, by the kernel.", labels,
               static_cast<double>(counters->connections));
  book.counter("holdfast_real_server_received_bytes_total", "Bytes to the server.", labels,
               static_cast<double>(counters->bytes_in));
  book.counter("holdfast_real_server_sent_bytes_total", "Bytes from the server.", labels,
               static_cast<double>(counters->bytes_out));
}

void add_service(Book& book, const VirtualServerConfig& config, const NodeCopy& node) {
  const Labels labels{{"virtual_server", config.name}};
  if (const auto* const state = node.find<ServiceState>(config.name)) {
    book.gauge("holdfast_virtual_server_quorum", "Whether it has its quorum.", labels,
               state->quorum ? 1 : 0);
    book.gauge("holdfast_virtual_server_healthy_servers", "Servers that are healthy.", labels,
               state->healthy);
    book.gauge("holdfast_virtual_server_weight", "The weight of the healthy.", labels,
               state->weight);
    book.gauge("holdfast_virtual_server_sorry", "Whether its sorry server serves.", labels,
               state->sorry ? 1 : 0);
    book.gauge("holdfast_virtual_server_panic", "Whether failed servers serve.", labels,
               state->panic ? 1 : 0);
  }
  book.gauge("holdfast_virtual_server_servers", "Servers in the configuration.", labels,
             static_cast<double>(config.real_servers.size()));
  for (const RealServerConfig& server : config.real_servers) {
    add_server(book, config.name, server, node);
  }
}

void add_receiver(Book& book, const std::string& name, const NodeCopy& node) {
  const auto* const known = node.find<ReceiverState>(name);
  const ReceiverState state = known == nullptr ? ReceiverState{} : *known;
  for (const auto& [result, count] :
       {std::pair("good", state.delivered), std::pair("bad", state.failed)}) {
    book.counter("holdfast_alert_deliveries_total",
                 "Tries to deliver a message of alerts to a receiver, by how they ended.",
                 {{"receiver", name}, {"result", result}}, static_cast<double>(count));
  }
  book.gauge("holdfast_alert_failures_in_a_row",
             "Tries that have failed since the last good one: not 0, it is not told.",
             {{"receiver", name}}, state.failures);
}

}  // namespace

std::vector<MetricFamily> metrics_of(const NodeCopy& node, const BuildInfo& build,
                                     const StreamCounts& streams, RealTime boot) {
  Book book;
  add_process(book, node, build);
  add_use(book, node, streams);
  for (const InstanceConfig& one : node.config().instances) add_router(book, one, node, boot);
  if (const auto* const unmatched = node.find<AdvertCounters>("")) {
    for (std::size_t i = 0; i < kRejections; ++i) {
      book.counter("holdfast_vrrp_unmatched_adverts_rejected_total",
                   "Adverts of no instance of this node, by reason.",
                   {{"reason", std::string(to_string(static_cast<Rejection>(i)))}},
                   static_cast<double>(unmatched->rejected.at(i)));
    }
  }
  if (const auto* const load = node.find<CheckLoad>("")) add_check_load(book, *load);
  for (const CheckConfig& one : node.config().checks) {
    if (const auto* const state = node.find<CheckState>(one.name)) add_check(book, *state, boot);
    if (const auto* const counters = node.find<CheckCounters>(one.name)) {
      add_check_counters(book, *counters, node.config().checks.size() <= kCheckHistogramsMax);
    }
  }
  for (const VirtualServerConfig& one : node.config().virtual_servers) add_service(book, one, node);
  for (const ReceiverConfig& one : node.config().alerts.receivers) {
    add_receiver(book, one.name, node);
  }
  return book.take();
}

}  // namespace holdfast::monitor
