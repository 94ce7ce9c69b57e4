# SPDX-License-Identifier: Apache-2.0
"""Interfaces that come and go, and checks that move a priority."""

import time

import pytest

from lab.daemon import Holdfast, configuration, instance
from lab.netns import wait_until

VIP = "192.0.2.10"
CHECK = {"name": "app", "tcp": "127.0.0.1:8080", "interval": "100ms", "timeout": "50ms"}


@pytest.mark.sanitized
def test_a_missing_interface_is_a_fault_until_it_appears(pair):
    late = instance(interface="eth9", priority=150, advert_interval="100ms")
    pair.one = Holdfast(pair.node1, configuration(late))
    pair.one.wait_for_state("web", "FAULT", 5)
    assert "eth9" in pair.one.router()["reason"]
    pair.node1.plug("eth9", "192.0.2.9/24")
    pair.one.wait_for_state("web", "MASTER", 5)
    assert pair.node1.has_address(VIP, "eth9")
    pair.wire.wait_for_advert(5, source="192.0.2.9")
    pair.node1.unplug("eth9")
    pair.one.wait_for_state("web", "FAULT", 5)
    assert pair.one.running()


@pytest.mark.parametrize("how", ["cable", "administrator"])
def test_link_down_is_a_fault_until_it_is_up(pair, how):
    pair.start()

    def link(state):
        if how == "cable":
            pair.node1.cable(state)
        else:
            pair.node1.ip("link", "set", "eth0", state)

    link("down")
    pair.one.wait_for_state("web", "FAULT", 5)
    pair.node1.wait_without(VIP)
    pair.two.wait_for_state("web", "MASTER", 5)
    link("up")
    pair.one.wait_for_state("web", "MASTER", 5)
    pair.two.wait_for_state("web", "BACKUP", 5)
    assert pair.node1.has_address(VIP)


def test_a_tracked_interface_is_part_of_its_router(pair):
    pair.node1.plug("eth1", "198.51.100.1/24")
    pair.start({"track": [{"interface": "eth1"}]})
    pair.node1.cable("down", "eth1")
    pair.one.wait_for_state("web", "FAULT", 5)
    pair.two.wait_for_state("web", "MASTER", 5)
    pair.node1.cable("up", "eth1")
    pair.one.wait_for_state("web", "MASTER", 5)


@pytest.mark.sanitized
def test_a_failed_check_lowers_the_priority_and_the_peer_takes_over(pair):
    service = pair.lab.listener(pair.node1, 8080)
    pair.start({"track": [{"check": "app", "weight": -80}]}, checks=[CHECK])
    service.close()
    pair.two.wait_for_state("web", "MASTER", 5)
    pair.one.wait_for_state("web", "BACKUP", 5)
    assert pair.one.router()["priority"] == 70
    assert not pair.one.status()["checks"][0]["up"]
    lowered = [advert for advert in pair.wire.adverts(source=pair.node1.address)
               if advert.priority == 70]
    assert lowered, "the master told of its lower priority"
    pair.lab.listener(pair.node1, 8080)
    pair.one.wait_for_state("web", "MASTER", 5)
    assert pair.one.router()["priority"] == 150


def test_a_failed_check_without_weight_is_a_fault(pair):
    service = pair.lab.listener(pair.node1, 8080)
    pair.start({"track": [{"check": "app"}]}, checks=[CHECK])
    service.close()
    pair.one.wait_for_state("web", "FAULT", 5)
    assert "app" in pair.one.router()["reason"]
    pair.node1.wait_without(VIP)
    pair.two.wait_for_state("web", "MASTER", 5)
    pair.lab.listener(pair.node1, 8080)
    pair.one.wait_for_state("web", "MASTER", 5)


def test_rise_and_fall_count_results_in_a_row(pair):
    check = {**CHECK, "rise": 3, "fall": 3}
    service = pair.lab.listener(pair.node1, 8080)
    pair.start({"track": [{"check": "app", "weight": -80}]}, checks=[check])
    closed = time.time()
    service.close()
    wait_until(lambda: not pair.one.status()["checks"][0]["up"], 5, "the check is down")
    assert time.time() - closed > 0.2  # the third failure, 100 ms apart
    opened = time.time()
    pair.lab.listener(pair.node1, 8080)
    wait_until(lambda: pair.one.status()["checks"][0]["up"], 5, "the check is up")
    assert time.time() - opened > 0.2


def test_an_address_taken_away_by_someone_else_comes_back(pair):
    pair.start()
    pair.node1.ip("address", "del", f"{VIP}/24", "dev", "eth0")
    wait_until(lambda: pair.node1.has_address(VIP), 5, "the address again")
    assert pair.one.state() == "MASTER"


# ---- Interfaces that flap, reversed weights, addresses.

def flap(pair, interface, times):
    """Down and up again, each long enough for the kernel to tell of it."""
    for _ in range(times):
        for state in ("down", "up"):
            pair.node1.cable(state, interface)
            wait_until(lambda: ("LOWER_UP" in pair.node1.link(interface)["flags"])
                       == (state == "up"), 5, f"{interface} {state}")


@pytest.mark.alone
@pytest.mark.sanitized
def test_a_flapping_tracked_interface_with_delays_changes_nothing(pair):
    pair.node1.plug("eth1", "198.51.100.1/24")
    pair.start({"track": [{"interface": "eth1", "down_delay": "2s", "up_delay": "500ms"}]})
    standing = pair.standing()
    flap(pair, "eth1", 5)
    assert pair.standing() == standing
    down = time.time()
    pair.node1.cable("down", "eth1")
    pair.one.wait_for_state("web", "FAULT", 5)
    assert time.time() - down > 2
    assert pair.one.router()["reason"] == "interface eth1 is down"
    up = time.time()
    pair.node1.cable("up", "eth1")
    pair.one.wait_for_state("web", "MASTER", 5)
    assert time.time() - up > 0.5


def test_its_own_interface_may_flap_within_its_delay(pair):
    pair.start({"track": [{"interface": "eth0", "down_delay": "1.5s", "up_delay": "0s"}]},
               advert_interval="1s")
    standing = pair.standing()
    began = time.time()
    flap(pair, "eth0", 3)
    pair.wire.wait_for_advert(5, source=pair.node1.address, since=time.time())
    assert pair.standing() == standing
    assert pair.wire.adverts(source=pair.node2.address, since=began) == []
    assert pair.node1.has_address(VIP)
    pair.node1.cable("down")
    pair.one.wait_for_state("web", "FAULT", 5)
    pair.two.wait_for_state("web", "MASTER", 8)


def test_a_reversed_weight_counts_while_the_interface_is_up(pair):
    pair.node1.plug("eth1", "198.51.100.1/24")
    pair.node1.cable("down", "eth1")
    pair.start({"track": [{"interface": "eth1", "weight": 80, "reverse": True}]})
    assert pair.one.router()["priority"] == 150
    pair.node1.cable("up", "eth1")
    pair.two.wait_for_state("web", "MASTER", 5)
    assert pair.one.router()["priority"] == 70


def test_an_address_that_goes_moves_the_priority(pair):
    pair.node1.ip("address", "add", "203.0.113.1/32", "dev", "lo")
    pair.start({"track": [{"address": "203.0.113.1", "weight": -80}]})
    pair.node1.ip("address", "del", "203.0.113.1/32", "dev", "lo")
    pair.two.wait_for_state("web", "MASTER", 5)
    pair.one.wait_for_state("web", "BACKUP", 5)
    assert "address 203.0.113.1 is not here: -80" in pair.one.log()
    pair.node1.ip("address", "add", "203.0.113.1/32", "dev", "lo")
    pair.one.wait_for_state("web", "MASTER", 5)
    assert "no longer address 203.0.113.1 is not here" in pair.one.log()


def test_an_address_that_is_not_on_its_interface_is_a_fault(pair):
    pair.node1.ip("address", "add", "203.0.113.1/32", "dev", "lo")
    pair.node1.plug("eth1", "203.0.113.1/24")
    pair.start({"track": [{"address": "203.0.113.1", "interface": "eth1"}]})
    pair.node1.ip("address", "del", "203.0.113.1/24", "dev", "eth1")
    pair.one.wait_for_state("web", "FAULT", 5)
    assert pair.one.router()["reason"] == "address 203.0.113.1 is not on eth1"
