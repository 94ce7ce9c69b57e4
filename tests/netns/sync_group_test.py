# SPDX-License-Identifier: Apache-2.0
"""Sync groups: the members are active together or not at all, and never flap."""

import os
import signal
import time

import pytest

from lab.daemon import Holdfast
from lab.netns import wait_until

INSIDE, OUTSIDE = "192.0.2.10", "198.51.100.10"


def config(priority, inside=None, outside=None, grouped=True, **group):
    def entry(name, interface, vrid, address, options):
        return {"name": name, "interface": interface, "virtual_router_id": vrid,
                "priority": priority, "advert_interval": "100ms", "addresses": [f"{address}/24"],
                **(options or {})}

    vrrp = {"instances": [entry("inside", "eth0", 51, INSIDE, inside),
                          entry("outside", "eth1", 52, OUTSIDE, outside)]}
    if grouped:
        vrrp["sync_groups"] = [{"name": "gateway", "instances": ["inside", "outside"], **group}]
    return {"vrrp": vrrp}


@pytest.fixture
def gateways(pair):
    pair.node1.plug("eth1", "198.51.100.1/24")
    pair.node2.plug("eth1", "198.51.100.2/24")
    return pair


def start(pair, one, two):
    pair.one = Holdfast(pair.node1, one)
    for name in ("inside", "outside"):
        pair.one.wait_for_state(name, "MASTER", 10)
    pair.two = Holdfast(pair.node2, two)
    for name in ("inside", "outside"):
        pair.two.wait_for_state(name, "BACKUP", 10)
    pair.wait_quiet()


def states(node):
    return [node.state("inside"), node.state("outside")]


def wait_for(node, *wanted):
    wait_until(lambda: states(node) == list(wanted), 10,
               lambda: f"{wanted}: {states(node)}; log:\n{node.log()[-3000:]}")


@pytest.mark.sanitized
def test_a_fault_of_one_moves_both(gateways):
    start(gateways, config(150), config(100))
    gateways.node1.cable("down", "eth1")
    wait_for(gateways.two, "MASTER", "MASTER")
    wait_for(gateways.one, "FAULT", "FAULT")
    assert gateways.one.router("inside")["reason"] == (
        "sync group gateway: outside: interface eth1 is down")
    assert not gateways.node1.has_address(INSIDE)
    assert gateways.node2.has_address(INSIDE) and gateways.node2.has_address(OUTSIDE, "eth1")
    gateways.node1.cable("up", "eth1")
    wait_for(gateways.one, "MASTER", "MASTER")
    wait_for(gateways.two, "BACKUP", "BACKUP")


def test_what_the_group_tracks_moves_both(gateways):
    gateways.node1.plug("uplink")
    start(gateways, config(150, track=[{"interface": "uplink", "weight": -100}]), config(100))
    gateways.node1.cable("down", "uplink")
    wait_for(gateways.two, "MASTER", "MASTER")
    wait_for(gateways.one, "BACKUP", "BACKUP")
    assert [gateways.one.router(name)["priority"] for name in ("inside", "outside")] == [50, 50]


def test_two_nodes_that_disagree_do_not_flap(gateways):
    # Each is the better one for another member. Whoever has both keeps both.
    start(gateways, config(150, outside={"priority": 100}), config(150, inside={"priority": 100}))
    before = gateways.one.status()["vrrp"], gateways.two.status()["vrrp"]
    until = time.time() + 3  # eight times what a take-over needs
    gateways.wire.wait_for_advert(10, source=gateways.node1.address, since=until)
    since = [[router["since"] for router in node] for node in before]
    after = [[router["since"] for router in node.status()["vrrp"]]
             for node in (gateways.one, gateways.two)]
    assert since == after
    assert states(gateways.one) == ["MASTER", "MASTER"]
    assert states(gateways.two) == ["BACKUP", "BACKUP"]


@pytest.mark.sanitized
def test_both_move_when_a_node_dies_and_when_it_returns(gateways):
    start(gateways, config(150), config(100))
    gateways.node1.cable("down", "eth1")
    gateways.node1.die()
    wait_for(gateways.two, "MASTER", "MASTER")
    gateways.node1.revive()
    gateways.node1.cable("up", "eth1")
    for address in gateways.node1.addresses("eth1") - {"198.51.100.1/24"}:
        gateways.node1.ip("address", "del", address, "dev", "eth1")
    gateways.one.start()
    wait_for(gateways.one, "MASTER", "MASTER")
    wait_for(gateways.two, "BACKUP", "BACKUP")


@pytest.mark.alone
def test_a_killed_worker_moves_nothing(gateways):
    start(gateways, config(150), config(100))
    before = [router["since"] for router in gateways.one.status()["vrrp"]]
    began = time.time()
    pid = gateways.one.worker_pid("vrrp-worker")
    for _ in range(5):
        os.kill(pid, signal.SIGKILL)
        pid = gateways.one.wait_for_new_worker("vrrp-worker", pid, 5)
    assert [router["since"] for router in gateways.one.status()["vrrp"]] == before
    assert gateways.wire.adverts(source=gateways.node2.address, since=began) == []


def test_a_reload_joins_and_parts_them_without_a_change_of_role(gateways):
    start(gateways, config(150, grouped=False), config(100, grouped=False))
    before = [router["since"] for node in (gateways.one, gateways.two)
              for router in node.status()["vrrp"]]
    for grouped in (True, False):
        for node, priority in ((gateways.one, 150), (gateways.two, 100)):
            generation = node.generation()
            node.reload(config(priority, grouped=grouped))
            node.wait_for_generation(generation + 1)
    gateways.wire.wait_for_advert(5, source=gateways.node1.address, since=time.time() + 0.5)
    assert before == [router["since"] for node in (gateways.one, gateways.two)
                      for router in node.status()["vrrp"]]
