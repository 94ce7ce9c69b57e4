# SPDX-License-Identifier: Apache-2.0
"""Interfaces that change under a master, networks that split and heal, and floods."""

import time

import pytest

from lab.daemon import Holdfast, binaries, configuration, instance
from lab.netns import wait_until

VIP = "192.0.2.10"
OTHER_MAC = "02:00:5e:00:53:01"
STORM_MAC = "02:00:00:00:00:66"  # of holdfast-storm


def announced(pair, address, mac, since):
    return pair.wire.wait_for(
        lambda event: getattr(event, "gratuitous", False) and event.sender == address
        and event.mac == event.sender_mac == mac, 5, f"{address} announced by {mac}", since=since)


def on_spare_interface(pair):
    """node1 master on an interface of its own, which can be taken away."""
    pair.node1.plug("eth9", "192.0.2.9/24")
    config = configuration(instance(interface="eth9", priority=150, advert_interval="100ms"))
    pair.one = Holdfast(pair.node1, config)
    pair.one.wait_for_state("web", "MASTER", 5)


@pytest.mark.alone
def test_an_interface_that_is_deleted_and_made_again(pair):
    on_spare_interface(pair)
    for _ in range(2):
        pair.node1.unplug("eth9")
        pair.one.wait_for_state("web", "FAULT", 5)
        assert "eth9" in pair.one.router()["reason"]
        back = time.time()
        pair.node1.plug("eth9", "192.0.2.9/24")
        pair.one.wait_for_state("web", "MASTER", 5)
        wait_until(lambda: pair.node1.has_address(VIP, "eth9"), 5, "the address on the new eth9")
        announced(pair, VIP, pair.node1.link("eth9")["address"], since=back)
        pair.wire.wait_for_advert(5, source="192.0.2.9", since=back)
    assert pair.one.worker("vrrp-worker")["restarts"] == 0


def test_an_interface_that_gets_another_name_and_its_own_again(pair):
    on_spare_interface(pair)

    def rename(old, new):
        pair.node1.ip("link", "set", old, "down")
        pair.node1.ip("link", "set", old, "name", new)
        pair.node1.ip("link", "set", new, "up")

    rename("eth9", "spare")
    pair.one.wait_for_state("web", "FAULT", 5)
    wait_until(lambda: not pair.node1.has_address(VIP, "spare"), 5, "no address of ours on spare")
    assert pair.node1.has_address("192.0.2.9", "spare")
    back = time.time()
    rename("spare", "eth9")
    pair.one.wait_for_state("web", "MASTER", 5)
    wait_until(lambda: pair.node1.has_address(VIP, "eth9"), 5, "the address on eth9")
    announced(pair, VIP, pair.node1.link("eth9")["address"], since=back)


def test_a_new_mac_address_is_announced(pair):
    pair.start()
    changed = time.time()
    pair.node1.ip("link", "set", "eth0", "address", OTHER_MAC)
    announced(pair, VIP, OTHER_MAC, since=changed)
    later = pair.wire.wait_for_advert(5, source=pair.node1.address, since=changed + 0.2)
    assert later.mac == OTHER_MAC
    assert pair.two.state() == "BACKUP"


def test_a_new_address_of_the_interface_is_the_source(pair):
    # By default the kernel takes every other address of the network along with the first.
    pair.node1.run("sysctl", "-q", "-w", "net.ipv4.conf.eth0.promote_secondaries=0")
    pair.start()
    standing = pair.standing()
    changed = time.time()
    pair.node1.ip("address", "add", "192.0.2.7/24", "dev", "eth0")
    pair.node1.ip("address", "del", "192.0.2.1/24", "dev", "eth0")
    pair.wire.wait_for_advert(5, source="192.0.2.7", since=changed)
    for _ in range(5):  # and goes on so, while node2 goes on to obey
        last = pair.wire.wait_for_advert(5, source="192.0.2.7", since=changed)
        changed = last.time + 0.001
    wait_until(lambda: pair.node1.has_address(VIP), 5, "the virtual address is still there")
    assert pair.standing() == standing


def test_without_an_address_of_its_own_it_is_fault_until_it_has_one(pair):
    pair.start()
    pair.node1.ip("address", "del", "192.0.2.1/24", "dev", "eth0")
    pair.one.wait_for_state("web", "FAULT", 5)
    pair.two.wait_for_state("web", "MASTER", 5)
    wait_until(lambda: not pair.node1.has_address(VIP), 5, "the virtual address is gone")
    pair.node1.ip("address", "add", "192.0.2.7/24", "dev", "eth0")
    pair.one.wait_for_state("web", "MASTER", 5)


def test_adverts_larger_than_the_mtu_arrive_in_fragments(pair):
    addresses = [f"10.0.0.{last}/32" for last in range(1, 201)]
    pair.start(addresses=addresses)
    standing = pair.standing()
    for node in (pair.node1, pair.node2):
        node.ip("link", "set", "eth0", "mtu", 576)
    received = pair.two.router()["adverts"]["received"]
    # Counters come every 5 seconds: the second report is of adverts after the change.
    wait_until(lambda: pair.two.router()["adverts"]["received"] >= received + 60, 15,
               "node2 hears what came in fragments")
    assert pair.standing() == standing
    assert pair.two.router()["adverts"]["rejected"]["length"] == 0


def test_two_masters_heal_and_the_winner_announces_itself_again(pair):
    pair.start()
    # The switch keeps their ports apart; both links stay up, and the client hears both.
    ports = [node._port("eth0") for node in (pair.node1, pair.node2)]

    def isolate(state):
        for port in ports:
            pair.lab.run_on_switch("bridge", "link", "set", "dev", port, "isolated", state)

    isolate("on")
    pair.two.wait_for_state("web", "MASTER", 5)
    assert pair.one.state() == "MASTER"
    pair.wire.wait_for_advert(5, source=pair.node1.address, since=time.time())
    healed = time.time()
    isolate("off")
    pair.two.wait_for_state("web", "BACKUP", 5)
    announced(pair, VIP, pair.node1.mac, since=healed)
    wait_until(lambda: not pair.node2.has_address(VIP), 5, "the loser lets go")
    silent = time.time()
    for _ in range(3):
        pair.wire.wait_for_advert(5, source=pair.node1.address, since=time.time())
    assert not pair.wire.adverts(source=pair.node2.address, since=silent)
    assert not [event for event in pair.wire.announcements(VIP, since=silent)
                if event.mac == pair.node2.mac]
    assert pair.one.state() == "MASTER"


@pytest.mark.alone
@pytest.mark.quiet
@pytest.mark.parametrize("kind", ["mixed", "foreign"])
def test_a_storm_of_hostile_adverts_leaves_ours_on_time(pair, kind):
    pair.start(advert_interval="100ms")
    standing = pair.standing()
    recorder = pair.record(ignored=STORM_MAC)
    began = time.time()
    storm = pair.lab.host("storm", "192.0.2.66/24")
    sent = int(storm.run(binaries() / "holdfast-storm", "eth0", 100_000, 3, kind, 51, VIP).stdout)
    assert sent > 20_000, "no storm: the machine has no time for it"
    ended = time.time()
    times = [began] + [event.time for event in recorder.drain()
                       if getattr(event, "source", None) == pair.node1.address] + [ended]
    gap = max(later - earlier for earlier, later in zip(times, times[1:]))
    assert gap < 0.3, f"the longest gap between our adverts was {gap:.3f} s"
    assert pair.standing() == standing
    assert pair.one.worker("vrrp-worker")["restarts"] == 0
    if kind == "mixed":
        rejected = pair.one.router()["adverts"]["rejected"]
        assert rejected["ttl"] > 1000 and rejected["checksum"] > 1000, rejected
