# SPDX-License-Identifier: Apache-2.0
"""Load balancing by nf_tables, with real traffic: how connections spread, and what becomes of them
as servers come and go. tests/ipvs has the same of IPVS."""

import os
import signal
import time

import pytest

from lab import claims
from lab.daemon import Holdfast
from lab.farm import (CHECK, HEALTH, INNER, NFT_TABLE, SPEED, UDP_SERVER, VIP, VIP6, Farm, UdpClient,
                      nft_servers)
from lab.lab import Lab
from lab.netlink_writes import NftChanges
from lab.netns import wait_until


@pytest.fixture(scope="module")
def started():
    """One for all of them: what is another from test to test, a reload changes."""
    with Lab() as lab:
        farm = Farm(lab, backend="nftables")
        farm.sources = farm.add_sources(30)
        farm.start()
        yield farm


@pytest.fixture
def farm(started):
    yield started
    if not started.servers[0].nginx.running():
        started.servers[0].nginx.start()


def new(lab, **options):
    return Farm(lab, backend="nftables", **options)


# ---- How connections spread.

def test_rr_takes_turns(farm):
    farm.use(scheduler="rr")
    assert farm.spread(30) == {"s1": 10, "s2": 10, "s3": 10}


def test_wrr_follows_the_weights(farm):
    farm.use(scheduler="wrr", weights=[3, 2, 1])
    assert farm.spread(30) == {"s1": 15, "s2": 10, "s3": 5}
    assert [farm.ask() for _ in range(6)].count("s1") == 3, "mixed, within every round"


def test_random_reaches_all(farm):
    farm.use(scheduler="random", weights=[1, 1, 2])
    assert set(farm.spread(40)) == {"s1", "s2", "s3"}


@pytest.mark.parametrize("scheduler", ("sh", "mh"))
def test_a_client_keeps_its_server(farm, scheduler):
    claims.a_client_keeps_its_server(farm, scheduler)


def test_mh_moves_few_clients_when_a_server_dies(farm):
    claims.mh_moves_few_clients_when_a_server_dies(farm)


def test_sh_with_the_port_spreads_one_client(farm):
    farm.use(scheduler="sh", weights=[10, 10, 10], scheduler_flags=["port"])
    assert len(farm.spread(40)) == 3


def test_persistence_keeps_a_client_at_its_server(farm):
    farm.use(scheduler="rr", persistence="5m")
    assert len(farm.spread(10)) == 1, farm.daemons[0].log()[-2500:] + str(farm.table())
    assert len({farm.ask(source) for source in farm.sources[:6]}) == 3


def test_the_director_is_served_as_well(farm):
    farm.use(scheduler="rr")
    director = farm.directors[0]
    answers = [director.run("curl", "-s", f"http://{VIP}/").stdout.strip() for _ in range(6)]
    assert sorted(answers) == ["s1", "s1", "s2", "s2", "s3", "s3"]


def test_connections_are_counted(farm):
    farm.use(scheduler="rr")

    def counted():
        servers = farm.daemons[0].status()["virtual_servers"][0]["real_servers"]
        return [server["connections"] for server in servers]

    seen = [(time.monotonic(), None)]  # since when, what: of the connections before, the last may not be told yet

    def at_rest():
        if seen[0][1] != counted():
            seen[0] = (time.monotonic(), counted())
        return time.monotonic() - seen[0][0] > 3

    wait_until(at_rest, 20, counted, every=0.2)
    before = counted()
    farm.spread(9)
    wait_until(lambda: [now - then for now, then in zip(counted(), before)] == [3, 3, 3], 10,
               lambda: f"{before} {counted()}", every=0.2)


def test_a_firewall_mark_gathers_ports(farm):
    director = farm.directors[0]
    director.run("nft", "add", "table", "ip", "marks")
    director.run("nft", "add", "chain", "ip", "marks", "in",
                 "{ type filter hook prerouting priority -150 ; }")
    director.run("nft", "add", "rule", "ip", "marks", "in", "ip", "daddr", VIP, "tcp", "dport",
                 "80-87", "meta", "mark", "set", "7")
    try:
        config = farm.configuration(scheduler="rr", address=None, mark=7)
        generation = farm.daemons[0].generation()
        farm.daemons[0].reload(farm.of(0, config))
        farm.daemons[0].wait_for_generation(generation + 1)
        wait_until(lambda: len(list(nft_servers(director, "mark4-7"))) == 3, 10, farm.table)
        assert [farm.ask(port=port) for port in (80, 81, 82, 83, 84, 85)].count("s1") == 2
    finally:
        director.run("nft", "delete", "table", "ip", "marks")


# ---- UDP, IPv6, and servers that have no route back.

def names_flows():
    """Of UDP, its servers healthy while nginx runs beside."""
    return {"address": f"{VIP}:53", "protocol": "udp",
            "check": {"tcp": {}, "port": 80, **SPEED}}


def udp_farm(lab, **options):
    farm = new(lab)
    for server in farm.servers:
        server.start("python3", "-c", UDP_SERVER, server.name, log=os.devnull)
    config = farm.configuration(**names_flows(), **options)
    for one in config["virtual_servers"][0]["real_servers"]:
        one["address"] = one["address"].replace(":80", ":53")
    farm.daemons.append(Holdfast(farm.directors[0], farm.of(0, config)))
    farm.daemons[0].wait_for_state("web", "MASTER", 20)
    wait_for_names(farm, 3)
    return farm


def wait_for_names(farm, count):
    wait_until(lambda: len(list(nft_servers(farm.directors[0], f"udp-{VIP}-53"))) == count, 20,
               lambda: farm.daemons[0].log()[-3000:])


def test_a_udp_flow_leaves_a_dead_server_at_once(lab):
    farm = udp_farm(lab)
    with UdpClient(farm.client) as flow:
        wait_until(flow.ask, 10, "an answer")
        first = flow.ask()
        assert [flow.ask() for _ in range(5)] == [first] * 5
        next(server for server in farm.servers if server.name == first).nginx.stop()
        wait_for_names(farm, 2)
        wait_until(lambda: flow.ask() not in (None, first), 2, "another server's answer")


def test_a_udp_flow_finds_the_servers_that_come_after_it(lab):
    farm = udp_farm(lab, panic_threshold="none")
    for server in farm.servers:
        server.nginx.stop()
    wait_for_names(farm, 0)
    with UdpClient(farm.client) as flow:
        assert flow.ask() is None
        farm.servers[1].nginx.start()
        wait_for_names(farm, 1)
        wait_until(lambda: flow.ask() == "s2", 5, "an answer of s2")


def test_a_removed_server_ends_its_tcp_connections(lab):
    farm = new(lab)
    farm.start(scheduler="fo", weights=[3, 2, 1], check=HEALTH)
    with farm.connection() as held:
        assert held.ask() == "s1"
        farm.health(farm.servers[0], False)
        farm.wait_for_servers({"s2", "s3"})

        def has_ended():
            try:
                held.ask()
            except OSError:
                return True
            return False

        wait_until(has_ended, 2, "the connection ends, as soon as the kernel has forgotten it")


def test_ipv6(lab):
    farm = new(lab)
    director = farm.directors[0]
    servers = [f"'[{address}]:80'" for address in farm.with_ipv6()]
    config = farm.configuration(address=f"'[{VIP6}]:8080'", check=CHECK, real_servers=servers)
    for scheduler in ("rr", "sh"):
        config["virtual_servers"][0]["scheduler"] = scheduler
        if farm.daemons:
            farm.daemons[0].reload(farm.of(0, config))
        else:
            farm.daemons.append(Holdfast(director, farm.of(0, config)))
        wait_until(lambda: f"{scheduler}\"" in "".join(farm.table()), 20, farm.table)
        asked = [farm.ask6(8080) for _ in range(6)]
        assert len(set(asked)) == (3 if scheduler == "rr" else 1), asked


def test_source_nat_needs_no_route_back(lab):
    farm = new(lab)
    for server in farm.servers:
        server.ip("route", "delete", "default", "via", INNER)
    farm.start(scheduler="rr", source_nat=True)
    assert farm.spread(6) == {"s1": 2, "s2": 2, "s3": 2}


# ---- Servers, workers and reloads.

def test_a_server_dies_and_returns(lab):
    farm = new(lab)
    farm.start()
    assert farm.spread(9) == {"s1": 3, "s2": 3, "s3": 3}
    farm.servers[0].nginx.stop()
    farm.wait_for_servers({"s2", "s3"})
    assert farm.spread(10) == {"s2": 5, "s3": 5}
    farm.servers[0].nginx.start()
    farm.wait_for_servers({"s1", "s2", "s3"})
    assert farm.spread(9) == {"s1": 3, "s2": 3, "s3": 3}


def test_a_drained_server_costs_no_request(lab):
    claims.a_drained_server_costs_no_request(new(lab), settles=0)  # a change is one transaction


def test_a_sorry_server_answers_while_there_is_no_quorum(lab):
    claims.a_sorry_server_answers_while_there_is_no_quorum(new(lab))


def test_what_is_right_is_left_alone(lab):
    """By a worker that starts anew, by a reload, and by the daemon that comes after one that was
    to keep its table; and every change is as small as can be."""
    farm = new(lab)
    config = farm.configuration(scheduler="wrr", weights=[3, 2, 1], persistence="5m")
    config["load_balancing"]["keep_at_stop"] = True
    farm.start(config)
    farm.spread(2)
    director, daemon = farm.directors[0], farm.daemons[0]
    before = farm.table()
    with NftChanges(director) as writes:
        claims.begin_anew_and_reload(farm, config)
        assert writes.seen() == []
        assert daemon.stop() == 0
        assert farm.table() == before
        daemon.start()
        daemon.wait_for_state("web", "MASTER", 20)
        assert farm.table() == before
        assert writes.seen() == []
        config["virtual_servers"][0]["real_servers"][0]["weight"] = 5
        generation = daemon.generation()
        daemon.reload(farm.of(0, config))
        daemon.wait_for_generation(generation + 1)
        wait_until(lambda: farm.weights().get("s1") == 5, 5, "the new weight")
        seen = writes.seen()
        assert "new_table" not in seen and "new_chain" not in seen, seen


def test_the_table_goes_with_the_daemon_and_only_ours(lab):
    farm = new(lab)
    director = farm.directors[0]
    director.run("nft", "add", "table", "inet", "others")
    director.run("nft", "add", "chain", "inet", "others", "in",
                 "{ type filter hook input priority 0 ; }")
    foreign = director.run("nft", "list", "ruleset").stdout
    farm.start()
    assert NFT_TABLE in director.run("nft", "list", "ruleset").stdout
    assert farm.daemons[0].stop() == 0
    assert director.run("nft", "list", "ruleset").stdout == foreign


def test_a_stop_that_keeps_the_table_leaves_it_to_serve(lab):
    claims.a_stop_that_keeps_the_table_leaves_it_to_serve(new(lab))


def test_thousands_of_addresses_are_one_service(lab):
    claims.thousands_of_addresses_are_one_service(new(lab))


def test_what_others_broke_is_repaired(lab):
    farm = new(lab)
    farm.start()
    director, daemon = farm.directors[0], farm.daemons[0]
    before = farm.table()
    director.run("nft", "flush", "chain", "inet", NFT_TABLE, f"tcp-{VIP}-80")
    pid = daemon.worker_pid("balance-worker")
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: farm.table() == before, 20, farm.table)
    assert farm.spread(3) == {"s1": 1, "s2": 1, "s3": 1}


def test_a_service_that_went_while_nobody_looked_is_removed(lab):
    farm = new(lab)
    config = farm.configuration()
    config["load_balancing"]["keep_at_stop"] = True
    farm.start(config)
    daemon = farm.daemons[0]
    assert daemon.stop() == 0
    assert f"tcp-{VIP}-80" in "".join(farm.table())
    config["virtual_servers"][0]["address"] = f"{VIP}:81"
    daemon.write_config(farm.of(0, config))
    daemon.start()
    wait_until(lambda: f"tcp-{VIP}-81" in "".join(farm.table()), 20, farm.table)
    assert f"tcp-{VIP}-80" not in "".join(farm.table())


def many(services, servers, weight=1):
    return {"load_balancing": {"backend": "nftables"}, "virtual_servers": [
        {"name": f"v{service}", "address": f"{VIP}:{1000 + service}",
         "real_servers": [{"address": f"10.1.{service}.{server + 1}", "weight": weight}
                          for server in range(servers)]}
        for service in range(services)]}


def elements(host, service):
    return host.run("nft", "list", "set", "inet", NFT_TABLE, f"tcp-{VIP}-{1000 + service}",
                    check=False).stdout.count("10.1.")


def test_two_thousand_real_servers(lab):
    host = lab.host("d1", "192.0.2.1/24")
    began = time.monotonic()
    daemon = Holdfast(host, many(20, 100))
    wait_until(lambda: elements(host, 19) == 100, 30, lambda: daemon.log()[-2000:], every=0.05)
    print(f"2000 real servers in the kernel {time.monotonic() - began:.1f} s after the start")
    assert elements(host, 0) == 100
    with NftChanges(host) as changes:
        pid = daemon.worker_pid("balance-worker")
        os.kill(pid, signal.SIGKILL)
        daemon.wait_for_new_worker("balance-worker", pid, 30)
        assert changes.seen() == []
    assert daemon.stop() == 0
    assert NFT_TABLE not in host.run("nft", "list", "tables").stdout


def every_kind():
    """Of each scheduler and each kind of address, with all that makes other rules."""
    entries = []
    for address, protocol, servers in (("192.0.2.10:{}", "tcp", ["10.0.0.1", "10.0.0.2"]),
                                       ("'[2001:db8::1]:{}'", "udp", ["'fd00::1'", "'fd00::2'"]),
                                       ("192.0.3.{}", "sctp", ["10.0.0.1", "10.0.0.2"])):
        for scheduler in ("rr", "wrr", "sh", "mh", "random", "dh", "fo"):
            entry = {"address": address.format(100 + len(entries)), "protocol": protocol,
                     "scheduler": scheduler, "real_servers": servers,
                     "source_nat": scheduler == "rr"}
            if protocol != "tcp" or scheduler == "rr":
                entry["persistence"] = "{timeout: 60s, prefix: 24}"
            if scheduler == "mh":
                entry["scheduler_flags"] = ["port"]
            entries.append(entry)
    for family, server in (("ipv4", "10.0.0.1"), ("ipv6", "'fd00::1'")):
        entries.append({"mark": 7, "family": family, "real_servers": [server],
                        "source_nat": True})
    return [{"name": f"v{number}", **entry} for number, entry in enumerate(entries)]


def test_every_kind_can_be_shown_and_read_back(lab):
    host = lab.host("d1", "192.0.2.1/24")
    daemon = Holdfast(host, {"load_balancing": {"backend": "nftables"},
                             "virtual_servers": every_kind()})
    wait_until(lambda: "23 virtual servers" in daemon.log(), 20, daemon.log)
    shown = host.run("nft", "list", "ruleset").stdout
    assert shown.count('counter packets 0 bytes 0 comment "') >= 23
    with NftChanges(host) as changes:
        pid = daemon.worker_pid("balance-worker")
        os.kill(pid, signal.SIGKILL)
        daemon.wait_for_new_worker("balance-worker", pid, 20)
        wait_until(lambda: daemon.log().count("23 virtual servers") == 2, 20, daemon.log)
        assert changes.seen() == []
        assert host.run("nft", "list", "ruleset").stdout == shown
