// SPDX-License-Identifier: Apache-2.0
#include "monitor-worker/core/metrics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string>

#include "tests/unit/monitor/node.h"

namespace holdfast::monitor {
namespace {

using Labels = decltype(Sample::labels);

const RealTime kBoot{std::chrono::seconds{1000}};

NodeCopy full() {
  NodeCopy node;
  node.configure(node_config());
  node.hear(DaemonState{1, "/f", "abc", {3}, RealTime{std::chrono::milliseconds{1500}}});
  node.hear(WorkerState{Role::kVrrp, true, WorkerPhase::kRunning, 7, 2, "hung", Time{}});
  node.hear(RouterState{"web", VrrpState::kBackup, {90}, Time{}, "", "", 0});
  node.hear(RouterState{"web", VrrpState::kActive, {80}, Time{std::chrono::seconds{5}}, "", "", 4});
  AdvertCounters counters{"web", 10, 20, 3, 2, {}};
  counters.rejected[static_cast<std::size_t>(Rejection::kTtl)] = 6;
  node.hear(counters);
  counters.router = "";
  node.hear(counters);
  node.hear(CheckState{"app", true, 50, Time{std::chrono::seconds{9}}, "", 17});
  node.hear(ServiceState{"shop", true, 3, 1, 1, false, true, Time{}, ""});
  node.hear(ServerState{"shop/10.0.0.1:80", ServerUse::kServing, 2, true, true, Time{}, ""});
  counters.router = "web";
  counters.late.add(std::chrono::milliseconds{2});
  node.hear(counters);
  Peer peer{"198.51.100.2", 3, Priority{90}, 1'000'000, true, true, Time{}, {}, ""};
  peer.mismatches.at(static_cast<std::size_t>(Mismatch::kInterval)) = true;
  Peer silent = peer;
  silent.speaks = false;
  node.hear(Peers{"web", {peer, silent}});
  CheckCounters attempts{"app", 5, 2, 1, {}};
  attempts.took.add(std::chrono::milliseconds{40});
  node.hear(attempts);
  CheckLoad load{true, Time{}, 1'300'000, 20, 600, 455, {}};
  load.lateness.add(std::chrono::milliseconds{1300});
  node.hear(load);
  ProcessUse use{"vrrp-worker", 4096, 2'500'000, {}};
  use.lag.add(std::chrono::microseconds{50});
  node.hear(use);
  node.hear(ScriptCounters{"notify", 3, 2, 1});
  node.hear(ServerCounters{"shop/10.0.0.1:80", 1, 2, 3, 4, 5, 6});
  return node;
}

std::vector<MetricFamily> metrics(const NodeCopy& node) {
  return metrics_of(node, {"1.0", "build-1"}, {2, 3}, kBoot);
}

std::optional<double> value(const NodeCopy& node, const std::string& name, const Labels& labels) {
  for (const MetricFamily& family : metrics(node)) {
    if (family.name != name) continue;
    for (const Sample& sample : family.samples) {
      if (sample.labels == labels) return sample.value;
    }
  }
  return std::nullopt;
}

TEST(Metrics, OfTheProcess) {
  const NodeCopy node = full();
  EXPECT_EQ(value(node, "holdfast_build_info",
                  {{"version", "1.0"}, {"build", "build-1"}, {"node", "lb1"}}),
            1);
  EXPECT_EQ(value(node, "holdfast_config_info", {{"sha256", "abc"}}), 1);
  EXPECT_EQ(value(node, "holdfast_config_generation", {}), 3);
  EXPECT_EQ(value(node, "holdfast_config_loaded_timestamp_seconds", {}), 1.5);
  EXPECT_EQ(value(node, "holdfast_config_last_reload_successful", {}), 1);
  EXPECT_EQ(value(node, "holdfast_worker_up", {{"worker", "vrrp-worker"}}), 1);
  EXPECT_EQ(value(node, "holdfast_worker_restarts_total", {{"worker", "vrrp-worker"}}), 2);
  EXPECT_EQ(value(node, "holdfast_worker_up", {{"worker", "check-worker"}}), std::nullopt);
}

TEST(Metrics, OfMaintenance) {
  NodeCopy node = full();
  EXPECT_EQ(value(node, "holdfast_maintenance", {}), 0);
  node.hear(WorkerState{Role::kVrrp, false, {}, 0, 0, "", Time{}});
  EXPECT_EQ(value(node, "holdfast_maintenance", {}), 1);
  EXPECT_EQ(node.unreadiness(),
            std::vector<std::string>{"maintenance: this node takes nothing over"});
  Config config = node.config();
  config.instances.clear();
  node.configure(config);
  EXPECT_EQ(value(node, "holdfast_maintenance", {}), 0) << "it never has a vrrp-worker";
}

TEST(Metrics, AfterARefusedReload) {
  NodeCopy node = full();
  DaemonState daemon = node.daemon();
  daemon.failed_at = RealTime{};
  node.hear(daemon);
  EXPECT_EQ(value(node, "holdfast_config_last_reload_successful", {}), 0);
}

TEST(Metrics, OfAnInstance) {
  const NodeCopy node = full();
  const Labels web{{"vrrp_instance", "web"}};
  EXPECT_EQ(value(node, "holdfast_vrrp_state", {{"vrrp_instance", "web"}, {"state", "MASTER"}}), 1);
  for (const char* const other : {"INIT", "BACKUP", "FAULT"}) {
    EXPECT_EQ(value(node, "holdfast_vrrp_state", {{"vrrp_instance", "web"}, {"state", other}}), 0);
  }
  EXPECT_EQ(
      value(node, "holdfast_vrrp_transitions_total", {{"vrrp_instance", "web"}, {"to", "MASTER"}}),
      1);
  EXPECT_EQ(value(node, "holdfast_vrrp_priority", web), 80);
  EXPECT_EQ(value(node, "holdfast_vrrp_configured_priority", web), 100);
  EXPECT_EQ(value(node, "holdfast_vrrp_state_since_timestamp_seconds", web), 1005);
  EXPECT_EQ(value(node, "holdfast_vrrp_conflicts_total", web), 4);
  EXPECT_EQ(value(node, "holdfast_vrrp_adverts_sent_total", web), 10);
  EXPECT_EQ(value(node, "holdfast_vrrp_adverts_received_total", web), 20);
  EXPECT_EQ(value(node, "holdfast_vrrp_adverts_unauthenticated_total", web), 3);
  EXPECT_EQ(value(node, "holdfast_vrrp_owner_adverts_total", web), 2);
  EXPECT_EQ(value(node, "holdfast_vrrp_adverts_rejected_total",
                  {{"vrrp_instance", "web"}, {"reason", "ttl"}}),
            6);
  EXPECT_EQ(value(node, "holdfast_vrrp_unmatched_adverts_rejected_total", {{"reason", "ttl"}}), 6);
}

TEST(Metrics, OfChecksAndServers) {
  const NodeCopy node = full();
  const Labels app{{"check", "app"}};
  EXPECT_EQ(value(node, "holdfast_check_up", app), 1);
  EXPECT_EQ(value(node, "holdfast_check_weight_ratio", app), 0.5);
  EXPECT_EQ(value(node, "holdfast_check_value", app), 17);
  EXPECT_EQ(value(node, "holdfast_check_state_since_timestamp_seconds", app), 1009);
  const Labels shop{{"virtual_server", "shop"}};
  EXPECT_EQ(value(node, "holdfast_virtual_server_quorum", shop), 1);
  EXPECT_EQ(value(node, "holdfast_virtual_server_panic", shop), 1);
  EXPECT_EQ(value(node, "holdfast_virtual_server_sorry", shop), 0);
  EXPECT_EQ(value(node, "holdfast_virtual_server_servers", shop), 1);
  const Labels server{{"virtual_server", "shop"}, {"real_server", "10.0.0.1:80"}};
  EXPECT_EQ(value(node, "holdfast_real_server_weight", server), 2);
  EXPECT_EQ(value(node, "holdfast_real_server_configured_weight", server), 3);
  EXPECT_EQ(value(node, "holdfast_real_server_connections_total", server), 3);
  EXPECT_EQ(value(node, "holdfast_real_server_received_bytes_total", server), 4);
  EXPECT_EQ(value(node, "holdfast_real_server_sent_bytes_total", server), 5);
}

std::optional<DurationHistogram> histogram(const NodeCopy& node, const std::string& name,
                                           const Labels& labels) {
  for (const MetricFamily& family : metrics(node)) {
    if (family.name != name || family.kind != MetricKind::kHistogram) continue;
    for (const Sample& sample : family.samples) {
      if (sample.labels == labels) return sample.histogram;
    }
  }
  return std::nullopt;
}

TEST(Metrics, OfTheLoadOfChecks) {
  NodeCopy node = full();
  EXPECT_EQ(value(node, "holdfast_checks_late", {}), 1);
  node.hear(CheckLoad{});
  EXPECT_EQ(value(node, "holdfast_checks_late", {}), 0);
  NodeCopy unknown;
  unknown.configure(node_config());
  EXPECT_EQ(value(unknown, "holdfast_checks_late", {}), std::nullopt);
}

TEST(Metrics, OfTimes) {
  NodeCopy node = full();
  const Labels web{{"vrrp_instance", "web"}};
  EXPECT_EQ(histogram(node, "holdfast_vrrp_advert_lateness_seconds", web)->sum, 2'000U);
  EXPECT_EQ(histogram(node, "holdfast_check_latency_seconds", {{"check", "app"}})->sum, 40'000U);
  EXPECT_EQ(histogram(node, "holdfast_loop_lag_seconds", {{"process", "vrrp-worker"}})->sum, 50U);
  const auto failover = [&] {
    return histogram(node, "holdfast_vrrp_failover_duration_seconds", web).value();
  };
  EXPECT_EQ(failover().sum, 0U);
  node.hear(RouterState{"web", VrrpState::kBackup, {80}, Time{}, ""});
  node.hear(
      RouterState{"web", VrrpState::kActive, {80}, Time{}, "", "", 0, Cause::kNoAdvert, 3'600'000});
  EXPECT_EQ(failover().sum, 3'600'000U);
  EXPECT_EQ(value(node, "holdfast_vrrp_transition_reasons_total",
                  {{"vrrp_instance", "web"}, {"reason", "no_advert"}}),
            1);
}

TEST(Metrics, OfVeryManyChecksThereAreNoHistograms) {
  NodeCopy node = full();
  Config config = node_config();
  for (std::size_t i = 0; i < kCheckHistogramsMax; ++i) {
    CheckConfig check;
    check.name = std::to_string(i);
    config.checks.push_back(check);
  }
  node.configure(config);
  EXPECT_EQ(histogram(node, "holdfast_check_latency_seconds", {{"check", "app"}}), std::nullopt);
  EXPECT_EQ(value(node, "holdfast_check_attempts_total", {{"check", "app"}, {"result", "bad"}}), 2);
}

TEST(Metrics, OfProcessesScriptsPeersAndStreams) {
  const NodeCopy node = full();
  const Labels process{{"process", "vrrp-worker"}};
  EXPECT_EQ(value(node, "holdfast_process_resident_memory_bytes", process), 4096);
  EXPECT_EQ(value(node, "holdfast_process_cpu_seconds_total", process), 2.5);
  const auto scripts = [&](const char* result) {
    return value(node, "holdfast_script_runs_total", {{"kind", "notify"}, {"result", result}});
  };
  EXPECT_EQ(scripts("good"), 3);
  EXPECT_EQ(scripts("bad"), 2);
  EXPECT_EQ(scripts("not_made"), 1);
  EXPECT_EQ(value(node, "holdfast_vrrp_peers_speaking", {{"vrrp_instance", "web"}}), 1);
  const auto mismatches = [&](const char* kind) {
    return value(node, "holdfast_vrrp_peer_mismatches",
                 {{"vrrp_instance", "web"}, {"mismatch", kind}});
  };
  EXPECT_EQ(mismatches("interval"), 1);
  EXPECT_EQ(mismatches("addresses"), 0);
  EXPECT_EQ(value(node, "holdfast_event_streams", {}), 2);
  EXPECT_EQ(value(node, "holdfast_event_streams_dropped_total", {}), 3);
}

TEST(Metrics, OfReceiversOfAlerts) {
  NodeCopy node;
  Config config = node_config();
  config.alerts.receivers = {{"ops", SyslogReceiver{}}, {"hook", WebhookReceiver{}}};
  node.configure(config);
  node.hear(ReceiverState{"ops", 5, 3, 2, Time{}, "refused"});
  const auto tries = [&](const char* receiver, const char* result) {
    return value(node, "holdfast_alert_deliveries_total",
                 {{"receiver", receiver}, {"result", result}});
  };
  EXPECT_EQ(tries("ops", "good"), 5);
  EXPECT_EQ(tries("ops", "bad"), 3);
  EXPECT_EQ(tries("hook", "bad"), 0) << "there from the start, so that a rate can be seen";
  EXPECT_EQ(value(node, "holdfast_alert_failures_in_a_row", {{"receiver", "ops"}}), 2);
  EXPECT_EQ(value(node, "holdfast_alert_failures_in_a_row", {{"receiver", "hook"}}), 0);
}

TEST(Metrics, WhatIsNotKnownHasNoValue) {
  NodeCopy node;
  node.configure(node_config());
  EXPECT_EQ(value(node, "holdfast_vrrp_state", {{"vrrp_instance", "web"}, {"state", "INIT"}}), 1);
  for (const MetricFamily& family : metrics(node)) {
    EXPECT_FALSE(family.name.starts_with("holdfast_check_")) << family.name;
    EXPECT_NE(family.name, "holdfast_vrrp_priority");
    EXPECT_NE(family.name, "holdfast_real_server_weight");
  }
}

// What Prometheus takes: one family a name, no sample twice, counters called total.
TEST(Metrics, KeepTheConventions) {
  std::set<std::string> names;
  for (const MetricFamily& family : metrics(full())) {
    EXPECT_TRUE(names.insert(family.name).second) << family.name;
    EXPECT_TRUE(family.name.starts_with("holdfast_"));
    EXPECT_FALSE(family.help.empty());
    EXPECT_FALSE(family.samples.empty());
    EXPECT_EQ(family.name.ends_with("_total"), family.kind == MetricKind::kCounter) << family.name;
    std::set<Labels> seen;
    for (const Sample& sample : family.samples) {
      EXPECT_TRUE(seen.insert(sample.labels).second) << family.name;
    }
  }
}

}  // namespace
}  // namespace holdfast::monitor
