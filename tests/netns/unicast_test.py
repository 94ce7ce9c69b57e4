# SPDX-License-Identifier: Apache-2.0
"""Unicast peers, TTL bounds, the source of adverts, and other multicast groups."""

import time

import pytest

from lab import packets
from lab.daemon import configuration, instance
from lab.netns import wait_until

VIP = "192.0.2.10"


def peers(*addresses, **options):
    return {"peers": list(addresses), **options}


def rejected(node, reason):
    router = node.router()
    return router["adverts"]["rejected"][reason] if router else 0


def start(pair, one, two):
    """What goes to node2 alone the client does not see: the wire is node2's."""
    pair.wire = pair.lab.capture(pair.node2)
    pair.start({"unicast": one}, {"unicast": two})


@pytest.mark.sanitized
def test_two_peers_elect_and_fail_over_without_multicast(pair):
    group = pair.wire
    start(pair, peers(pair.node2.address), peers(pair.node1.address))
    advert = pair.wire.wait_for_advert(5, source=pair.node1.address)
    assert (advert.destination, advert.ttl) == (pair.node2.address, 255)
    assert advert.form == packets.PSEUDO_HEADER
    assert group.adverts() == []
    pair.node1.die()
    pair.two.wait_for_state("web", "MASTER", 5)
    assert pair.node2.has_address(VIP)


def test_of_ipv6_too(pair):
    for number, host in ((1, pair.node1), (2, pair.node2)):
        host.ip("address", "add", f"2001:db8::{number}/64", "dev", "eth0", "nodad")
    wire = pair.lab.capture(pair.node2)
    entry = {"addresses": ["2001:db8::10/64"]}
    pair.start_one({"unicast": peers("2001:db8::2"), **entry})
    pair.start_two({"unicast": peers("2001:db8::1"), **entry})
    pair.two.wait_for_state("web", "BACKUP", 5)
    advert = wire.wait_for_advert(5, source="2001:db8::1")
    assert (advert.destination, advert.ttl) == ("2001:db8::2", 255)
    assert pair.two.state() == "BACKUP"
    assert pair.one.stop() == 0
    pair.two.wait_for_state("web", "MASTER", 5)


def test_a_stranger_is_refused(pair):
    start(pair, peers(pair.node2.address), peers(pair.node1.address))
    sender = pair.lab.sender(pair.client)
    message = packets.advert_v3(51, 254, [VIP], source=pair.client.address)
    sender.advert(message)  # to the group, which nobody joined
    to_one = packets.advert_v3(51, 254, [VIP], source=pair.client.address,
                               destination=pair.node1.address)
    frame = packets.ethernet(packets.ipv4(to_one, source=pair.client.address,
                                          destination=pair.node1.address),
                             source_mac=pair.client.mac, destination_mac=pair.node1.mac)
    sender.frame(frame)
    wait_until(lambda: rejected(pair.one, "peer") >= 1, 5, "a stranger counted")
    assert pair.one.state() == "MASTER"


def test_a_ttl_below_its_bound_is_refused_and_within_it_accepted(pair):
    # node1 sends as if there were two routers between; node2 believes none of it, then it does.
    near = {"unicast": peers(pair.node1.address), "priority": 100}
    far = {"unicast": peers({"address": pair.node1.address, "min_ttl": 253}), "priority": 100}
    pair.start_one({"unicast": peers(pair.node2.address, ttl=253)})
    pair.start_two(near)
    wait_until(lambda: rejected(pair.two, "ttl") > 3, 5, "TTLs counted")
    pair.two.wait_for_state("web", "MASTER", 5)
    generation = pair.two.generation()
    pair.two.reload(configuration(instance(advert_interval="100ms", **far)))
    pair.two.wait_for_generation(generation + 1)
    pair.two.wait_for_state("web", "BACKUP", 5)


def test_multicast_and_unicast_do_not_mix(pair):
    pair.start_one()
    pair.start_two({"unicast": peers(pair.node1.address)})
    pair.two.wait_for_state("web", "MASTER", 5)
    wait_until(lambda: rejected(pair.one, "peer") > 0, 5, "unicast counted")
    assert pair.one.state() == "MASTER"


@pytest.mark.sanitized
def test_adverts_come_from_the_address_that_is_set(pair):
    pair.node1.ip("address", "add", "192.0.2.5/24", "dev", "eth0")
    pair.start_one({"source_address": "192.0.2.5"})
    assert {advert.source for advert in pair.wire.adverts()} == {"192.0.2.5"}
    pair.node1.ip("address", "del", "192.0.2.5/24", "dev", "eth0")
    pair.one.wait_for_state("web", "FAULT", 5)
    assert pair.one.router()["reason"] == "interface eth0 has no address 192.0.2.5"
    assert not pair.node1.has_address(VIP)
    pair.node1.ip("address", "add", "192.0.2.5/24", "dev", "eth0")
    pair.one.wait_for_state("web", "MASTER", 5)


def test_another_multicast_group_is_another_virtual_router(pair):
    pair.start(multicast_group="224.0.0.99")
    assert {advert.destination for advert in pair.wire.adverts()} == {"224.0.0.99"}
    began = time.time()
    sender = pair.lab.sender(pair.client)
    sender.advert(packets.advert_v3(51, 254, [VIP], source=pair.client.address))
    pair.wire.wait_for_advert(5, source=pair.node1.address, since=time.time())
    assert pair.one.state() == "MASTER" and began
    # And a reload moves it from one group to another.
    pair.one.reload(configuration(instance(priority=150, advert_interval="100ms")))
    pair.wire.wait_for_advert(5, source=pair.node1.address, destination="224.0.0.18")
    pair.two.wait_for_state("web", "MASTER", 5)
    pair.two.reload(configuration(instance(priority=100, advert_interval="100ms")))
    pair.two.wait_for_state("web", "BACKUP", 5)
