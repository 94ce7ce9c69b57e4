# SPDX-License-Identifier: Apache-2.0
"""Tracked routes: what a routing daemon, or somebody by hand, has put there."""

import pytest

from lab.daemon import configuration, instance
from lab.netns import wait_until

NETWORK = "203.0.113.0/24"


def priority(node):
    return node.router()["priority"]


@pytest.mark.sanitized
def test_a_route_that_goes_moves_the_mastership(pair):
    pair.node1.ip("route", "add", NETWORK, "via", "192.0.2.100")
    pair.start(one={"track": [{"route": NETWORK, "weight": -100}]})
    pair.node1.ip("route", "del", NETWORK)
    pair.two.wait_for_state("web", "MASTER", 5)
    assert priority(pair.one) == 50
    assert pair.one.router()["priority_reason"] == f"route {NETWORK} is not here: -100"
    assert f"priority 150 -> 50: route {NETWORK} is not here: -100" in pair.one.log()
    pair.node1.ip("route", "add", NETWORK, "via", "192.0.2.100", "proto", "bird")
    pair.one.wait_for_state("web", "MASTER", 5)
    assert priority(pair.one) == 150


def test_a_default_route_that_is_missing_is_a_fault(pair):
    pair.node1.ip("route", "add", "default", "via", "192.0.2.100", "table", "100")
    pair.start(one={"track": [{"route": "default", "table": 100, "via": "192.0.2.100",
                               "interface": "eth0"}]})
    pair.node1.ip("route", "replace", "default", "via", "192.0.2.101", "table", "100")
    pair.one.wait_for_state("web", "FAULT", 5)
    assert pair.one.router()["reason"] == (
        "route 0.0.0.0/0 table 100 via 192.0.2.100 dev eth0 is not here")
    pair.two.wait_for_state("web", "MASTER", 5)
    pair.node1.ip("route", "append", "default", "via", "192.0.2.100", "table", "100",
                  "metric", "7")
    pair.one.wait_for_state("web", "MASTER", 5)


def test_an_interface_that_goes_down_takes_its_routes_along(pair):
    pair.node1.plug("eth1", "198.51.100.1/24")
    pair.node1.ip("route", "add", NETWORK, "dev", "eth1")
    pair.start(one={"track": [{"route": NETWORK, "weight": -100}]})
    pair.node1.ip("link", "set", "eth1", "down")
    wait_until(lambda: priority(pair.one) == 50, 5, "the priority is lowered")


def test_a_reload_begins_to_track_what_is_there(pair):
    pair.node1.ip("route", "add", NETWORK, "via", "192.0.2.100")
    pair.start()
    before = pair.standing()
    entry = {"priority": 150, "advert_interval": "100ms"}
    pair.one.reload(configuration(instance(**entry, track=[{"route": NETWORK}])))
    pair.one.wait_for_generation(2)
    pair.node1.ip("route", "add", "203.0.114.0/24", "via", "192.0.2.100")
    assert pair.standing() == before
    pair.node1.ip("route", "del", NETWORK)
    pair.one.wait_for_state("web", "FAULT", 5)
