// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/unit/import/machine.h"

namespace holdfast::importer {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Texts = std::vector<std::string>;

std::string server(const std::string& lines, const std::string& checks = "",
                   const std::string& what = "192.0.2.10 80") {
  return "virtual_server " + what + " {\n" + lines + "\nreal_server 10.0.0.11 80 {\n" + checks +
         "\n}\n}\n";
}

VirtualServerConfig loaded_server(const std::string& lines, const std::string& checks = "",
                                  const std::string& what = "192.0.2.10 80") {
  const Config config = loaded(server(lines, checks, what));
  EXPECT_EQ(config.virtual_servers.size(), 1U);
  return config.virtual_servers.empty() ? VirtualServerConfig{} : config.virtual_servers[0];
}

CheckConfig loaded_check(const std::string& checks, const std::string& lines = "") {
  const Config config = loaded(server(lines, checks));
  EXPECT_EQ(config.checks.size(), 1U);
  return config.checks.empty() ? CheckConfig{} : config.checks[0];
}

template <typename T>
T loaded_target(const std::string& checks) {
  const CheckTarget target = loaded_check(checks).target;
  const T* const found = std::get_if<T>(&target);
  EXPECT_NE(found, nullptr);
  return found == nullptr ? T{} : *found;
}

TEST(ImportServers, Defaults) {
  const VirtualServerConfig web = loaded_server("");
  EXPECT_EQ(web.name, "192.0.2.10-80");
  EXPECT_EQ(web.scheduler, "wlc");
  EXPECT_EQ(web.protocol, TransportProtocol::kTcp);
  EXPECT_EQ(web.panic, (PanicConfig{.last_server = false}));
  EXPECT_EQ(web.addresses[0].endpoint, *Endpoint::parse("192.0.2.10:80"));
  ASSERT_EQ(web.real_servers.size(), 1U);
  EXPECT_EQ(web.real_servers[0].endpoint, *Endpoint::parse("10.0.0.11:80"));
  EXPECT_EQ(web.real_servers[0].weight, 1U);
}

TEST(ImportServers, EveryOption) {
  const Config config = loaded(
      instance("") +
      server("lvs_sched sh\nsh-port\nflag-1\nlvs_method DR\npersistence_timeout 50\n"
             "persistence_granularity 255.255.255.0\nalpha\nomega\nquorum 3\nhysteresis 1\n"
             "quorum_up \"/bin/q up\" bob\nquorum_down /bin/q bob\nha_suspend\n"
             "sorry_server 10.0.0.9 80\nsorry_server_lvs_method TUN type gue port 6080 csum\n"
             "inhibit_on_failure",
             "weight 7\nuthreshold 100\nlthreshold 50\nlvs_method TUN\ninhibit_on_failure no"));
  const VirtualServerConfig& web = config.virtual_servers.at(0);
  EXPECT_EQ(web.scheduler, "sh");
  EXPECT_TRUE(web.port && web.fallback);
  EXPECT_EQ(web.persistence->timeout, 50U);
  EXPECT_EQ(web.persistence->prefix, 24);
  EXPECT_FALSE(web.initially_up);
  EXPECT_EQ(web.quorum, 3U);
  EXPECT_EQ(web.hysteresis, 1U);
  EXPECT_EQ(web.ha_suspend, Texts{"web"});
  EXPECT_EQ(web.sorry_server->forwarding.tunnel, TunnelType::kGue);
  const RealServerConfig& one = web.real_servers.at(0);
  EXPECT_EQ(one.weight, 7U);
  EXPECT_EQ(one.upper, 100U);
  EXPECT_EQ(one.lower, 50U);
  EXPECT_EQ(one.forwarding.method, ForwardingMethod::kTunnel);
  EXPECT_EQ(one.on_failure.action, OnFailure::kRemove);
  const QuorumScripts& scripts = config.notify.services.at("192.0.2.10-80");
  EXPECT_EQ(scripts.up->words, (Texts{"/bin/q", "up"}));
  EXPECT_TRUE(scripts.down_at_stop);
}

TEST(ImportServers, MarksAndOtherProtocols) {
  const VirtualServerConfig marked =
      loaded_server("ip_family inet6\nlvs_method TUN", "", "fwmark 7");
  EXPECT_EQ(marked.name, "fwmark-7");
  EXPECT_EQ(marked.addresses[0].mark, 7U);
  EXPECT_EQ(marked.addresses[0].family, Family::kIpv6);
  const VirtualServerConfig udp = loaded_server("protocol UDP\nops");
  EXPECT_EQ(udp.protocol, TransportProtocol::kUdp);
  EXPECT_TRUE(udp.one_packet);
  EXPECT_EQ(udp.name, "192.0.2.10-80-udp");
}

TEST(ImportServers, Groups) {
  const Config config = loaded(
      "virtual_server_group G {\n192.0.2.1-3 80\n192.0.2.254-192.0.3.1 81\n192.0.4.8/30 82\nfwmark "
      "5\n}\n" +
      server("", "", "group G"));
  ASSERT_EQ(config.virtual_servers.size(), 2U);
  EXPECT_EQ(config.virtual_servers[0].name, "G");
  EXPECT_EQ(config.virtual_servers[0].addresses.size(), 3U + 4U + 4U);
  EXPECT_EQ(config.virtual_servers[1].name, "G-marks");
  EXPECT_EQ(config.virtual_servers[1].addresses[0].mark, 5U);
  const Config one = loaded(
      "global_defs {\n nftables_ipvs\n nftables_ipvs_start_fwmark 500\n}\nvirtual_server_group G "
      "{\n"
      "192.0.2.1 80\n}\n" +
      server("", "", "group G"));
  EXPECT_TRUE(one.virtual_servers[0].one_service);
  EXPECT_EQ(one.load_balancing.mark_start, 500U);
}

TEST(ImportServers, GlobalsOfIpvs) {
  const Config config = loaded(
      "global_defs {\n lvs_sync_daemon eth1 inst web id 9 maxlen 1400 port 8900 ttl 2 group "
      "224.0.0.90\n lvs_timeouts tcp 900 tcpfin 60 udp 30\n}\n" +
      instance(""));
  EXPECT_EQ(config.load_balancing.tcp_timeout, 900U);
  EXPECT_EQ(config.load_balancing.tcp_fin_timeout, 60U);
  EXPECT_EQ(config.load_balancing.udp_timeout, 30U);
  ASSERT_TRUE(config.load_balancing.sync);
  EXPECT_EQ(config.load_balancing.sync->instance, "web");
  EXPECT_EQ(config.load_balancing.sync->id, 9);
  EXPECT_EQ(config.load_balancing.sync->max_length, 1400);
  EXPECT_EQ(config.load_balancing.sync->group, *Endpoint::parse("224.0.0.90:8900"));
}

TEST(ImportCheckers, DefaultsAreThoseOfKeepalived) {
  const CheckConfig tcp = loaded_check("TCP_CHECK {\n}");
  EXPECT_EQ(tcp.name, "192.0.2.10-80/10.0.0.11:80");
  EXPECT_EQ(tcp.interval, seconds{60});
  EXPECT_EQ(tcp.timeout, seconds{5});
  EXPECT_EQ(tcp.retries, 1U);
  EXPECT_EQ(tcp.retry_delay, seconds{1});
  EXPECT_EQ(loaded_check("HTTP_GET {\n}").retry_delay, seconds{3});
  EXPECT_EQ(loaded_check("DNS_CHECK {\n}").retries, 3U);
  EXPECT_EQ(loaded_check("MISC_CHECK {\nmisc_path /bin/true\n}").retries, 0U);
}

TEST(ImportCheckers, WhatIsNearerCounts) {
  const CheckConfig tcp = loaded_check(
      "delay_loop 20\nretry 4\nTCP_CHECK {\nretry 2\nconnect_timeout 1.5\nlog_all_failures\n"
      "connect_port 8080\nconnect_ip 10.0.0.12\nbindto 10.0.0.1\nbind_if eth1\nbind_port 2000\n"
      "fwmark 3\n}",
      "delay_loop 10\ndelay_before_retry 2\nwarmup 5\nalpha");
  EXPECT_EQ(tcp.interval, seconds{20});
  EXPECT_EQ(tcp.retries, 2U);
  EXPECT_EQ(tcp.retry_delay, seconds{2});
  EXPECT_EQ(tcp.timeout, milliseconds{1500});
  EXPECT_EQ(tcp.start_spread, seconds{5});
  EXPECT_TRUE(tcp.log_failures);
  EXPECT_EQ(endpoint_of(tcp.target)->to_string(), "10.0.0.12:8080");
  EXPECT_EQ(tcp.connect.source, *IpAddress::parse("10.0.0.1"));
  EXPECT_EQ(tcp.connect.interface, "eth1");
  EXPECT_EQ(tcp.connect.source_port, 2000);
  EXPECT_EQ(tcp.connect.mark, 3U);
}

TEST(ImportCheckers, Http) {
  const auto http = loaded_target<HttpCheck>(
      "virtualhost www.example.com\nHTTP_GET {\nurl {\npath /a?b=c\nstatus_code 200-204 301\nregex "
      "\"ok\\\\s\"\nregex_options caseless\n}\nurl {\npath /d\n}\n}");
  EXPECT_EQ(http.host, "www.example.com");
  ASSERT_EQ(http.requests.size(), 2U);
  EXPECT_EQ(http.requests[0].path, "/a?b=c");
  EXPECT_EQ(http.requests[0].statuses.size(), 2U);
  EXPECT_EQ(http.requests[0].matches, "(?i)ok\\s");
  EXPECT_EQ(http.requests[1].path, "/d");
  const Imported two = imported(server("",
                                       "HTTP_GET {\nurl {\nvirtualhost a\n}\nurl {\nvirtualhost "
                                       "b\ndigest 00\nregex_no_match\n}\n}"));
  EXPECT_EQ(loaded(two).checks.size(), 2U);
  EXPECT_EQ(findings(two), (Texts{"10 reported digest", "11 reported regex_no_match"}));
}

TEST(ImportCheckers, Https) {
  const Config config =
      loaded("SSL {\ncertificate /etc/c.pem\nkey /etc/k.pem\n}\n" +
             server("", "SSL_GET {\nenable_sni\nsni_name s.example.com\nurl {\npath /\n}\n}"));
  const auto& https = std::get<HttpCheck>(config.checks.at(0).target);
  ASSERT_TRUE(https.tls);
  EXPECT_EQ(https.tls->server_name, "s.example.com");
  EXPECT_FALSE(https.tls->verify);
}

TEST(ImportCheckers, TheOtherKinds) {
  EXPECT_EQ(loaded_target<SmtpCheck>("SMTP_CHECK {\nhelo_name mx\n}").helo, "mx");
  const auto dns = loaded_target<DnsCheck>("DNS_CHECK {\nname example.com\ntype A\n}");
  EXPECT_EQ(dns.name, "example.com");
  EXPECT_EQ(dns.type, 1);
  loaded_target<PingCheck>("PING_CHECK {\nconnect_timeout 2\n}");
  const auto udp = loaded_target<UdpCheck>(
      "UDP_CHECK {\npayload Ab12f 3\nrequire_reply 0x xx\nmin_reply_length 2\n}");
  EXPECT_EQ(udp.payload, std::string("\xab\x12\x0f\x03"));
  EXPECT_TRUE(udp.require_reply);
  EXPECT_EQ(udp.min, 2U);
  EXPECT_EQ(udp.max, 255U);
  const CheckConfig misc = loaded_check(
      "weight 100\nMISC_CHECK {\nmisc_path \"/bin/c 'a b'\"\nmisc_timeout 7\nmisc_dynamic\nuser "
      "bob\n}");
  const auto& script = std::get<ScriptCheck>(misc.target);
  EXPECT_EQ(script.command.words, (Texts{"/bin/c", "a b"}));
  EXPECT_EQ(script.command.user, "bob");
  EXPECT_TRUE(script.dynamic_weight);
  EXPECT_EQ(misc.timeout, seconds{7});
}

TEST(ImportCheckers, TheSameForAllServersStandOnce) {
  const Imported result = imported(
      "virtual_server 192.0.2.10 80 {\nreal_server 10.0.0.11 80 {\nTCP_CHECK {\n}\n}\n"
      "real_server 10.0.0.12 80 {\nTCP_CHECK {\n}\n}\n}\n");
  EXPECT_EQ(loaded(result).checks.size(), 2U);
  const std::size_t first = result.yaml.find("tcp:");
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(result.yaml.find("tcp:", first + 1), std::string::npos);
  EXPECT_NE(result.yaml.find("[\"10.0.0.11:80\", \"10.0.0.12:80\"]"), std::string::npos);
}

TEST(ImportCheckers, WhatIsReported) {
  const Imported result = imported(server(
      "smtp_alert\nsorry_server_inhibit\nha_suspend",
      "notify_up /bin/u\nFILE_CHECK {\ntrack_file f\n}\nBFD_CHECK {\nname b\n}\nMISC_CHECK {\n"
      "misc_path gone\n}\nPING_CHECK {\nfwmark 3\n}"));
  loaded(result);
  EXPECT_EQ(findings(result),
            (Texts{"3 reported sorry_server_inhibit", "4 reported ha_suspend",
                   "6 reported notify_up", "7 reported FILE_CHECK", "10 reported BFD_CHECK",
                   "14 reported misc_path", "14 reported misc_path", "17 reported fwmark"}));
}

}  // namespace
}  // namespace holdfast::importer
