// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "balance-worker/core/ipvs_canonical.h"
#include "tests/ipvs/table.h"

// The synchronization daemon, the counters, and what a worker without further rights may do.
namespace holdfast::balance {
namespace {

class IpvsSyncTest : public IpvsTest {
 protected:
  void SetUp() override {
    IpvsTest::SetUp();
    run("ip link add eth0 type veth peer name far");
    run("ip link set far up");
    run("ip link set eth0 up");
    run("ip address add 192.0.2.1/24 dev eth0");
    run("ip address add 2001:db8::1/64 nodad dev eth0");
    daemon_.interface = "eth0";
  }
  SyncDaemon daemon_{};
};

TEST_F(IpvsSyncTest, BothDaemonsStartAreReadAndStop) {
  daemon_.id = 51;
  for (const SyncRole role : {SyncRole::kMaster, SyncRole::kBackup}) {
    execute({StartSync{role, daemon_}});
    EXPECT_EQ(read().sync, (SyncDaemons{{role, daemon_}}));
    execute({StopSync{role}});
    EXPECT_TRUE(read().sync.empty());
  }
  execute({StartSync{SyncRole::kMaster, daemon_}, StartSync{SyncRole::kBackup, daemon_}});
  EXPECT_EQ(read().sync, (SyncDaemons{{SyncRole::kMaster, daemon_}, {SyncRole::kBackup, daemon_}}));
  const std::string seen = run("ipvsadm -L --daemon");
  EXPECT_NE(seen.find("master sync daemon (mcast=eth0, syncid=51"), std::string::npos) << seen;
}

TEST_F(IpvsSyncTest, EveryOptionOfADaemonComesBack) {
  SyncDaemon all = daemon_;
  all.id = 255;
  all.max_length = 2000;
  all.ttl = 3;
  all.group = endpoint("239.1.2.3:9000");
  SyncDaemon v6 = daemon_;
  v6.group = endpoint("[ff05::51]:8848");
  SyncDaemon other_port = daemon_;
  other_port.group = endpoint("224.0.0.81:8849");
  for (const SyncDaemon& daemon : {all, v6, other_port}) {
    for (const SyncRole role : {SyncRole::kMaster, SyncRole::kBackup}) {
      ASSERT_EQ(canonical(role, daemon), daemon);
      execute({StartSync{role, daemon}});
      EXPECT_EQ(read().sync, (SyncDaemons{{role, daemon}}));
      execute({StopSync{role}});
    }
  }
}

TEST_F(IpvsSyncTest, WhatTheKernelChoosesIsCanonical) {
  SyncDaemon spelt_out = daemon_;
  spelt_out.max_length = 1472;
  spelt_out.ttl = 1;
  spelt_out.group = endpoint("224.0.0.81:8848");
  run("ip link set eth0 mtu 9000");
  for (const SyncRole role : {SyncRole::kMaster, SyncRole::kBackup}) {
    EXPECT_EQ(canonical(role, spelt_out), daemon_);
    for (const SyncDaemon& same : {spelt_out, daemon_}) {
      execute({StartSync{role, same}});
      EXPECT_EQ(read().sync, (SyncDaemons{{role, daemon_}}));
      execute({StopSync{role}});
    }
  }
  SyncDaemon shortest = daemon_;
  shortest.max_length = 10;
  execute({StartSync{SyncRole::kBackup, shortest}});
  EXPECT_EQ(read().sync.at(SyncRole::kBackup), canonical(SyncRole::kBackup, shortest));
}

TEST_F(IpvsSyncTest, WhatIsRefusedIsSaidInWords) {
  SyncDaemon elsewhere = daemon_;
  elsewhere.interface = "eth7";
  EXPECT_EQ(
      refused({StartSync{SyncRole::kMaster, elsewhere}, StartSync{SyncRole::kMaster, daemon_},
               StartSync{SyncRole::kMaster, daemon_}}),
      (std::vector<std::string>{
          "cannot start the synchronization of connections as master on eth7: no such interface, "
          "or it has no address of the group's family: eth7",
          "cannot start the synchronization of connections as master on eth0: one runs already"}));
}

// A datagram to a service of this host that is its own server.
TEST_F(IpvsSyncTest, CountersOfServicesAndServers) {
  const ServiceKey key = udp("192.0.2.1:53");
  const ServiceKey idle = tcp("192.0.2.1:80");
  const Endpoint one = endpoint("127.0.0.1:53");
  execute({AddService{key, options("rr")}, AddService{idle, options("rr")},
           AddDestination{key, one, forwarded(Forwarding::kMasquerade)}});
  run("bash -c 'printf 12345678 >/dev/udp/192.0.2.1/53'");
  Result<Counters> counters = ipvs_.front().read_counters();
  // The kernel sums up every two seconds.
  for (int i = 0; i < 100 && counters && counters->at(key).traffic.connections == 0; ++i) {
    run("sleep 0.1");
    counters = ipvs_.front().read_counters();
  }
  ASSERT_TRUE(counters.has_value()) << counters.error().message;
  ASSERT_EQ(counters->size(), 2U);
  EXPECT_EQ(counters->at(idle), ServiceCounters{});
  const ServiceCounters& service = counters->at(key);
  const DestinationCounters& server = service.destinations.at(one);
  EXPECT_EQ(service.traffic.connections, 1U);
  EXPECT_EQ(service.traffic.packets_in, 1U);
  EXPECT_EQ(service.traffic.bytes_in, 36U);
  EXPECT_EQ(server.traffic.connections, 1U);
  EXPECT_EQ(server.traffic.bytes_in, 36U);
  EXPECT_EQ(server.inactive, 1U);
  EXPECT_EQ(server.active, 0U);
}

// As a worker is: another user, CAP_NET_ADMIN, and no way to get more.
void become_worker() {
  ::prctl(PR_SET_KEEPCAPS, 1);
  HF_CHECK(::syscall(SYS_setresgid, 65534, 65534, 65534) == 0);
  HF_CHECK(::syscall(SYS_setresuid, 65534, 65534, 65534) == 0);
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2]{};
  data[0].effective = data[0].permitted = 1U << CAP_NET_ADMIN;
  HF_CHECK(::syscall(SYS_capset, &header, data) == 0);
  HF_CHECK(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
}

TEST_F(IpvsTest, ModulesAreLoadedForWhoeverMayNotLoadAny) {
  // Services of namespaces that are gone may hold it for a moment.
  run("for i in $(seq 100); do grep -q ip_vs_nq /proc/modules || exit 0; rmmod ip_vs_nq; "
      "sleep 0.1; done; exit 1");
  ASSERT_TRUE(run("grep ip_vs_nq /proc/modules || true").empty());
  const pid_t child = ::fork();
  if (child == 0) {
    become_worker();
    Result<Ipvs> ipvs = Ipvs::open();
    const std::vector<IpvsCommand> commands{AddService{tcp("192.0.2.10:80"), options("nq")}};
    const bool done = ipvs.has_value() && ipvs->execute(commands).empty();
    ::_exit(done ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_FALSE(run("grep ip_vs_nq /proc/modules").empty());
  EXPECT_EQ(read().services.size(), 1U);
}

TEST_F(IpvsTest, WithoutTheCapabilityItIsSaid) {
  const pid_t child = ::fork();
  if (child == 0) {
    become_worker();
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct data[2]{};
    ::syscall(SYS_capset, &header, data);
    Result<Ipvs> ipvs = Ipvs::open();
    if (!ipvs) ::_exit(2);
    const std::vector<IpvsCommand> commands{RemoveService{tcp("192.0.2.10:80")}};
    const auto refused = ipvs->execute(commands);
    const bool said =
        refused.size() == 1 && refused[0].error ==
                                   "cannot remove the service tcp 192.0.2.10:80: not permitted: "
                                   "CAP_NET_ADMIN is needed in this network namespace";
    ::_exit(said ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace holdfast::balance
