// SPDX-License-Identifier: Apache-2.0
#include "config/keepalived_words.h"

#include <algorithm>
#include <array>

namespace holdfast {
namespace {

constexpr std::array kWords{
    KeepalivedWord{"advert_int", "advert_interval: 1s", "advert_interval"},
    KeepalivedWord{"auth_pass", "authentication: {password: ...}", "authentication"},
    KeepalivedWord{"auth_type", "authentication: {password: ...}", "authentication"},
    KeepalivedWord{"bind_if", "interface:", "interface"},
    KeepalivedWord{"bind_port", "source_port:", "source_port"},
    KeepalivedWord{"bindto", "source:", "source"},
    KeepalivedWord{"connect_ip", "address:", "address"},
    KeepalivedWord{"connect_port", "address: HOST:PORT", "address"},
    KeepalivedWord{"connect_timeout", "timeout:", "timeout"},
    KeepalivedWord{"delay_before_retry", "retry_delay:", "retry_delay"},
    KeepalivedWord{"delay_loop", "interval: of a check", "interval"},
    KeepalivedWord{"fwmark", "mark:", "mark"},
    KeepalivedWord{"garp_master_delay", "announce: {delay: 5s}", "announce"},
    KeepalivedWord{"garp_master_refresh", "announce: {refresh: 60s}", "announce"},
    KeepalivedWord{"garp_master_repeat", "announce: {repeat: 5}", "announce"},
    KeepalivedWord{"global_defs", "node:, log:, vrrp: and alerts: at the top of the file", ""},
    KeepalivedWord{"group", "instances: [NAME, ...]", "instances"},
    KeepalivedWord{"inhibit_on_failure", "on_failure: zero_weight", "on_failure"},
    KeepalivedWord{"lb_algo", "scheduler:", "scheduler"},
    KeepalivedWord{"lb_kind", "forwarding: masquerade, direct or tunnel", "forwarding"},
    KeepalivedWord{"lthreshold", "lower:", "lower"},
    KeepalivedWord{"lvs_method", "forwarding: masquerade, direct or tunnel", "forwarding"},
    KeepalivedWord{"lvs_sched", "scheduler:", "scheduler"},
    KeepalivedWord{"lvs_sync_daemon", "load_balancing: {sync: ...}", "load_balancing"},
    KeepalivedWord{"mcast_src_ip", "source_address:", "source_address"},
    KeepalivedWord{"nopreempt", "preempt: false", "preempt"},
    KeepalivedWord{"notification_email", "alerts: receivers: with email:", "alerts"},
    KeepalivedWord{"notify_backup", "notify: {backup: ...}", "notify"},
    KeepalivedWord{"notify_fault", "notify: {fault: ...}", "notify"},
    KeepalivedWord{"notify_master", "notify: {master: ...}", "notify"},
    KeepalivedWord{"notify_stop", "notify: {stop: ...}", "notify"},
    KeepalivedWord{"persistence_timeout", "persistence:", "persistence"},
    KeepalivedWord{"preempt_delay", "preempt: {delay: 5s}", "preempt"},
    KeepalivedWord{"real_server", "real_servers: [ADDRESS:PORT, ...]", "real_servers"},
    KeepalivedWord{"retry", "retries:", "retries"},
    KeepalivedWord{"router_id", "node: at the top of the file", "node"},
    KeepalivedWord{"smtp_alert", "alerts: at the top of the file", "alerts"},
    KeepalivedWord{"state", "initial_state: master or backup", "initial_state"},
    KeepalivedWord{"static_ipaddress", "static: {addresses: [...]}", "static"},
    KeepalivedWord{"static_routes", "static: {routes: [...]}", "static"},
    KeepalivedWord{"static_rules", "static: {rules: [...]}", "static"},
    KeepalivedWord{"track_file", "track: [{check: NAME}]", "track"},
    KeepalivedWord{"track_interface", "track: [{interface: NAME}]", "track"},
    KeepalivedWord{"track_process", "track: [{check: NAME}]", "track"},
    KeepalivedWord{"track_script", "track: [{check: NAME}]", "track"},
    KeepalivedWord{"unicast_peer", "unicast: {peers: [...]}", "unicast"},
    KeepalivedWord{"unicast_src_ip", "source_address:", "source_address"},
    KeepalivedWord{"unicast_ttl", "unicast: {ttl: ...}", "unicast"},
    KeepalivedWord{"use_vmac", "virtual_mac: true", "virtual_mac"},
    KeepalivedWord{"uthreshold", "upper:", "upper"},
    KeepalivedWord{"virtual_ipaddress", "addresses: [...]", "addresses"},
    KeepalivedWord{"virtual_ipaddress_excluded", "excluded_addresses: [...]", "excluded_addresses"},
    KeepalivedWord{"virtual_server", "virtual_servers: at the top of the file", "virtual_servers"},
    KeepalivedWord{"virtualhost", "host:", "host"},
    KeepalivedWord{"vrrp_instance", "vrrp: {instances: [{name: NAME, ...}]}", "instances"},
    KeepalivedWord{"vrrp_script", "checks: [{name: NAME, script: ...}]", "checks"},
    KeepalivedWord{"vrrp_sync_group", "vrrp: {sync_groups: [{name: NAME, ...}]}", "sync_groups"},
    KeepalivedWord{"vrrp_track_file", "checks: [{name: NAME, file: ...}]", "checks"},
    KeepalivedWord{"vrrp_track_process", "checks: [{name: NAME, process: ...}]", "checks"},
    KeepalivedWord{"vrrp_version", "version: of an instance", "version"},
    KeepalivedWord{"warmup", "start_spread:", "start_spread"},
};

}  // namespace

const KeepalivedWord* keepalived_word(std::string_view word) {
  const auto* const found = std::find_if(
      kWords.begin(), kWords.end(), [&](const KeepalivedWord& one) { return one.word == word; });
  return found == kWords.end() ? nullptr : found;
}

}  // namespace holdfast
