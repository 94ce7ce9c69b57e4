// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <string>
#include <vector>

#include "balance-worker/core/reconciler.h"
#include "balance-worker/nft_marks.h"
#include "tests/ipvs/table.h"

// Thousands of addresses as one service by its mark, with a client and a server in namespaces of
// their own.
namespace holdfast::balance {
namespace {

constexpr std::uint32_t kMark = 1000;

ServiceKey address(int number) {
  return tcp("198.18." + std::to_string(number / 256) + "." + std::to_string(number % 256) + ":80");
}

IpvsTable group(int first, int count) {
  IpvsTable table;
  Service& service = table.services[marked(kMark)];
  service.options = options("rr");
  service.destinations.emplace(endpoint("10.0.0.1:80"), forwarded(Forwarding::kMasquerade));
  service.destinations.emplace(endpoint("10.0.0.2:80"), forwarded(Forwarding::kMasquerade));
  for (int i = first; i < first + count; ++i) table.marks.emplace(address(i), kMark);
  return table;
}

class GroupTest : public IpvsTest {
 protected:
  void SetUp() override {
    IpvsTest::SetUp();
    run("ip link set lo up; sysctl -qw net.ipv4.ip_forward=1;"
        "ip netns add gs; ip link add v0 type veth peer name v1 netns gs;"
        "ip address add 10.0.0.254/24 dev v0; ip link set v0 up;"
        "ip -n gs link set lo up; ip -n gs link set v1 up;"
        "ip -n gs address add 10.0.0.1/24 dev v1; ip -n gs address add 10.0.0.2/24 dev v1;"
        "ip -n gs route add default via 10.0.0.254;"
        "ip netns add gc; ip link add c0 type veth peer name c1 netns gc;"
        "ip address add 192.0.2.1/24 dev c0; ip link set c0 up;"
        "ip -n gc link set c1 up; ip -n gc address add 192.0.2.100/24 dev c1;"
        "ip -n gc route add default via 192.0.2.1;"
        "ip route add local 198.18.0.0/20 dev lo;"
        "mkdir -p /tmp/gs; echo well >/tmp/gs/index.html;"
        "(cd /tmp/gs; ip netns exec gs python3 -m http.server 80 >/dev/null 2>&1 & "
        "echo $! >/tmp/gs.pid);"
        "for i in $(seq 100); do ip netns exec gs curl -s http://10.0.0.1/ && break; sleep 0.1; "
        "done");
    backend_ = std::make_unique<MarkingBackend>(std::make_unique<Ipvs>(std::move(ipvs_[0])));
  }
  void TearDown() override {
    run("kill $(cat /tmp/gs.pid); ip netns delete gs; ip netns delete gc");
  }

  void become(const IpvsTable& wanted) {
    const IpvsTable is = read_backend();
    std::set<ServiceKey> owned;
    for (const auto& [key, service] : is.services) owned.insert(key);
    for (const Backend::Refusal& one : backend_->execute(commands_to(is, wanted, owned, {}))) {
      ADD_FAILURE() << one.error;
    }
  }
  IpvsTable read_backend() {
    Result<IpvsTable> table = backend_->read();
    EXPECT_TRUE(table) << table.error().message;
    return table ? *table : IpvsTable{};
  }
  static std::string ask(int number) {
    return run("ip netns exec gc curl -s -m 2 http://" + address(number).endpoint.to_string() +
               "/ || echo none");
  }

  std::unique_ptr<MarkingBackend> backend_;
};

// User-mode Linux of Debian has nf_tables without the family inet: there tc(8) marks the packets.
bool has_inet() {
  return run("nft add table inet probe && nft delete table inet probe || echo none").empty();
}

TEST_F(GroupTest, ATwentyOneOfAddressesIsOneService) {
  IpvsTable wanted = group(0, 2048);
  const bool nft = has_inet();
  if (!nft) {
    wanted.marks.clear();
    run("tc qdisc add dev c0 clsact; tc filter add dev c0 ingress protocol ip u32 match ip dst "
        "198.18.0.0/21 action skbedit mark 1000");
  }
  become(wanted);
  const IpvsTable is = read_backend();
  EXPECT_EQ(is.services, wanted.services);
  EXPECT_EQ(is.marks, wanted.marks);
  EXPECT_TRUE(commands_to(is, wanted, {}, {}).empty()) << "nothing is left to do";
  for (const int number : {1, 300, 1024, 1777, 2047}) EXPECT_EQ(ask(number), "well\n") << number;
  EXPECT_EQ(ask(2048), "none\n") << "not of the group";
  if (nft) {
    EXPECT_EQ(run("curl -s -m 2 http://198.18.3.3/"), "well\n") << "of this host itself";
    become(group(1, 2048));
    EXPECT_EQ(ask(0), "none\n");
    EXPECT_EQ(ask(2048), "well\n");
  }
  become({});
  EXPECT_EQ(run("nft list ruleset; ipvsadm -Sn"), "");
}

TEST_F(GroupTest, WithoutTheFamilyInetItIsSaidOnce) {
  if (has_inet()) return;  // then the other one has marks
  const auto refused = backend_->execute(commands_to({}, group(0, 2048), {}, {}));
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_EQ(refused[0].error,
            "cannot mark the packets for the service mark 1000 (IPv4): Operation not supported "
            "(is nf_tables missing in this kernel?)");
  EXPECT_EQ(read_backend().services, group(0, 0).services);
}

}  // namespace
}  // namespace holdfast::balance
