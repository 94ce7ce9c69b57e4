# SPDX-License-Identifier: Apache-2.0
"""How connections spread over servers, and the ways by which they get there."""

import pytest
from lab import claims
from lab.farm import VIP, Farm
from lab.lab import Lab
from lab.netns import wait_until

FORWARDING = ("masquerade", "direct", "tunnel")


@pytest.fixture(scope="module")
def started():
    """One for all of them: what is another from test to test, a reload changes."""
    with Lab() as lab:
        farm = Farm(lab)
        farm.sources = farm.add_sources(60)
        farm.start()
        yield farm


@pytest.fixture
def farm(started):
    yield started
    if not started.servers[0].nginx.running():
        started.servers[0].nginx.start()


def packets(farm):
    """(in, out) that the director has counted of the service, once there are some."""

    def counted():
        shown = farm.directors[0].run("ipvsadm", "-Ln", "--stats", "--exact").stdout
        line = next(line for line in shown.splitlines() if line.startswith("TCP"))
        _, _, connections, incoming, outgoing, *_ = line.split()
        return int(connections) and (int(incoming), int(outgoing))

    return wait_until(counted, 10, "packets of the service", every=0.2)


def test_rr_takes_turns(farm):
    farm.use(scheduler="rr")
    assert farm.spread(30) == {"s1": 10, "s2": 10, "s3": 10}


def test_wrr_follows_the_weights(farm):
    farm.use(scheduler="wrr", weights=[3, 2, 1])
    assert farm.spread(60) == {"s1": 30, "s2": 20, "s3": 10}


def test_wlc_counts_what_is_open(farm):
    farm.use(scheduler="wlc", weights=[3, 2, 1], check=None)
    held = [farm.connection() for _ in range(24)]
    answers = [one.ask() for one in held]
    assert all(abs(answers.count(name) - share) <= 1
               for name, share in (("s1", 12), ("s2", 8), ("s3", 4))), answers
    # A server that is busy gets no more while others have room.
    for one in [one for one, name in zip(held, answers) if name != "s1"]:
        one.close()
    assert "s1" not in {farm.ask() for _ in range(4)}


@pytest.mark.parametrize("scheduler", ("sh", "mh"))
def test_a_client_keeps_its_server(farm, scheduler):
    claims.a_client_keeps_its_server(farm, scheduler)


def test_mh_moves_few_clients_when_a_server_dies(farm):
    claims.mh_moves_few_clients_when_a_server_dies(farm)


def test_sh_with_the_port_spreads_one_client(farm):
    farm.use(scheduler="sh", weights=[10, 10, 10], scheduler_flags=["port", "fallback"])
    assert len(farm.spread(40)) == 3


def test_persistence_keeps_a_client_at_its_server(farm):
    farm.use(scheduler="rr", persistence="5m")
    assert len(farm.spread(10)) == 1


def test_a_firewall_mark_gathers_ports(farm):
    director = farm.directors[0]
    director.run("tc", "qdisc", "add", "dev", "eth0", "clsact")
    director.run("tc", "filter", "add", "dev", "eth0", "ingress", "protocol", "ip", "u32", "match",
                 "ip", "dst", f"{VIP}/32", "match", "ip", "dport", "80", "0xfff8",
                 "action", "skbedit", "mark", "7")
    try:
        farm.use(scheduler="rr", address=None, mark=7)
        assert [farm.ask(port=port) for port in (80, 81, 82, 83, 84, 85)].count("s1") == 2
    finally:
        director.run("tc", "qdisc", "delete", "dev", "eth0", "clsact")


@pytest.mark.parametrize("forwarding", FORWARDING)
def test_a_server_dies_and_returns(lab, forwarding):
    farm = Farm(lab, forwarding=forwarding)
    farm.start()
    assert farm.spread(9) == {"s1": 3, "s2": 3, "s3": 3}
    # Only masquerading has the answers come back through the director.
    incoming, outgoing = packets(farm)
    assert incoming > 0 and (outgoing > 0) == (forwarding == "masquerade")

    farm.servers[0].nginx.stop()
    farm.wait_for_servers({"s2", "s3"})
    assert farm.spread(10) == {"s2": 5, "s3": 5}

    farm.servers[0].nginx.start()
    farm.wait_for_servers({"s1", "s2", "s3"})
    assert farm.spread(9) == {"s1": 3, "s2": 3, "s3": 3}
