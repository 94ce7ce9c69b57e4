# SPDX-License-Identifier: Apache-2.0
"""`firewall: peers`: the kernel drops the adverts of whoever is no peer, and nothing else."""

import json
import os
import signal
import time

import pytest

from lab import packets
from lab.daemon import Holdfast, configuration, instance
from lab.netns import wait_until

VIP = "192.0.2.10"
ALLOWED = {"allowed_sources": ["192.0.2.1", "192.0.2.2/32"], "firewall": "peers"}

pytestmark = pytest.mark.usefixtures("a_packet_filter")


def listed(host):
    shown = host.run("nft", "-j", "list", "table", "inet", "holdfast", check=False)
    return json.loads(shown.stdout)["nftables"] if shown.returncode == 0 else None


def dropped(host):
    """What the kernel has dropped of adverts; None while there is no table."""
    entries = listed(host)
    if entries is None:
        return None
    return sum(part["counter"]["packets"] for entry in entries if "rule" in entry
               for part in entry["rule"]["expr"] if "counter" in part)


def elements(host, name):
    for entry in listed(host) or []:
        if entry.get("set", {}).get("name") == name:
            return len(entry["set"].get("elem", []))
    return None


def tables(host):
    shown = json.loads(host.run("nft", "-j", "list", "tables").stdout)["nftables"]
    return {entry["table"]["name"] for entry in shown if "table" in entry}


def peer_rejections(node):
    router = node.router()
    return router["adverts"]["rejected"]["peer"] if router else 0


class Stranger:
    """The client of a pair, which claims the address."""

    def __init__(self, pair):
        self.pair = pair
        self.sender = pair.lab.sender(pair.client)

    def claims(self, vrid=51):
        self.sender.advert(packets.advert_v3(vrid, 254, [VIP], source=self.pair.client.address))

    def is_dropped(self, host):
        """Sends until the kernel has counted one more; an advert of a peer is not counted."""
        before = dropped(host)
        self.claims()
        wait_until(lambda: (dropped(host) or 0) > before, 5, "an advert of a stranger dropped")


@pytest.mark.sanitized
def test_a_stranger_is_dropped_in_the_kernel_and_a_peer_gets_in(pair):
    pair.start(**ALLOWED)
    assert dropped(pair.node1) == 0 and dropped(pair.node2) == 0, "peers are not counted"
    stranger = Stranger(pair)
    for host in (pair.node1, pair.node2):
        stranger.is_dropped(host)
    assert (pair.one.state(), pair.two.state()) == ("MASTER", "BACKUP")
    assert peer_rejections(pair.one) == 0, "it never came to the worker"
    # The peer is heard all the while: without it node2 takes over, and stands back for it.
    assert pair.one.stop() == 0
    pair.two.wait_for_state("web", "MASTER", 5)
    pair.one.start()
    pair.two.wait_for_state("web", "BACKUP", 10)


def test_unicast_peers_are_the_allowed_ones(pair):
    ways = [{"unicast": {"peers": [host.address]}, "firewall": "peers"}
            for host in (pair.node2, pair.node1)]
    pair.wire = pair.lab.capture(pair.node2)
    pair.start(ways[0], ways[1])
    to_one = packets.advert_v3(51, 254, [VIP], source=pair.client.address,
                               destination=pair.node1.address)
    frame = packets.ethernet(packets.ipv4(to_one, source=pair.client.address,
                                          destination=pair.node1.address),
                             source_mac=pair.client.mac, destination_mac=pair.node1.mac)
    pair.lab.sender(pair.client).frame(frame)
    wait_until(lambda: dropped(pair.node1) == 1, 5, "it was dropped")
    assert (pair.one.state(), pair.two.state()) == ("MASTER", "BACKUP")


def test_of_ipv6_too(pair):
    for number, host in ((1, pair.node1), (2, pair.node2)):
        host.ip("address", "add", f"2001:db8::{number}/64", "dev", "eth0", "nodad")
    entry = {"addresses": ["2001:db8::10/64"], "firewall": "peers"}
    pair.start_one({"unicast": {"peers": ["2001:db8::2"]}, **entry})
    pair.start_two({"unicast": {"peers": ["2001:db8::1"]}, **entry})
    pair.two.wait_for_state("web", "BACKUP", 5)
    assert dropped(pair.node2) == 0
    pair.two.reload(configuration(instance(
        priority=100, advert_interval="100ms",
        **{**entry, "unicast": {"peers": ["2001:db8::3"]}})))
    wait_until(lambda: dropped(pair.node2) >= 1, 5, "what was a peer is none")
    pair.two.wait_for_state("web", "MASTER", 5)
    assert peer_rejections(pair.two) == 0


def test_what_is_not_ours_is_left_alone(pair):
    """VRRP of another virtual router, and everything that is no VRRP."""
    pair.start_one(**ALLOWED)
    pair.node1.run("nft", "add table inet watcher; "
                   "add chain inet watcher late { type filter hook input priority 10; }; "
                   "add rule inet watcher late meta l4proto 112 counter")
    stranger = Stranger(pair)

    def passed():
        shown = json.loads(pair.node1.run("nft", "-j", "list", "table", "inet", "watcher").stdout)
        return sum(part["counter"]["packets"] for entry in shown["nftables"] if "rule" in entry
                   for part in entry["rule"]["expr"] if "counter" in part)

    stranger.is_dropped(pair.node1)
    assert passed() == 0
    stranger.claims(vrid=52)
    wait_until(lambda: passed() == 1, 5, "the advert of another virtual router")
    pair.lab.echo(pair.client, VIP).wait_for_answer(5)
    assert pair.one.stop() == 0
    assert tables(pair.node1) == {"watcher"}


@pytest.mark.sanitized
def test_a_killed_worker_lets_nobody_in(pair):
    pair.start(**{**ALLOWED, "advert_interval": "1s"})
    stranger = Stranger(pair)
    before = pair.standing()
    for _ in range(3):
        pid = pair.one.worker_pid("vrrp-worker")
        os.kill(pid, signal.SIGKILL)
        assert elements(pair.node1, "vrrp4") == 1 and elements(pair.node1, "vrrp4_sources") == 2
        pair.one.wait_for_new_worker("vrrp-worker", pid, 10)
        pair.wire.wait_for_advert(5, source=pair.node1.address, since=time.time())
        stranger.is_dropped(pair.node1)
    assert pair.standing() == before
    assert pair.one.stop() == 0
    assert tables(pair.node1) == set()


def test_a_reload_follows_and_damage_is_repaired(pair):
    pair.start_one(**ALLOWED)
    stranger = Stranger(pair)
    since = pair.one.router()["since"]
    entry = {"priority": 150, "advert_interval": "100ms"}
    more = {**ALLOWED, "allowed_sources": ["192.0.2.0/25", "192.0.2.2"]}
    pair.one.reload(configuration(instance(**entry, **more)))
    wait_until(lambda: elements(pair.node1, "vrrp4_sources") == 1, 5, "one is within the other")
    # Now the stranger is a peer, and the better one.
    stranger.claims()
    pair.one.wait_for_state("web", "BACKUP", 5)
    pair.one.wait_for_state("web", "MASTER", 5)
    assert dropped(pair.node1) == 0 and pair.one.router()["since"] != since
    pair.one.reload(configuration(instance(**entry, **ALLOWED)))
    stranger.is_dropped(pair.node1)
    pair.node1.run("nft", "flush", "set", "inet", "holdfast", "vrrp4")
    wait_until(lambda: elements(pair.node1, "vrrp4") == 1, 5, "the element is back")
    stranger.is_dropped(pair.node1)
    pair.node1.run("nft", "flush", "ruleset")
    wait_until(lambda: elements(pair.node1, "vrrp4") == 1, 5, "the table is back")
    stranger.is_dropped(pair.node1)
    assert pair.one.log().count("was changed by somebody else") == 2, pair.one.log()
    pair.one.reload(configuration(instance(**entry)))
    wait_until(lambda: tables(pair.node1) == set(), 5, "nobody wants the table")
    assert pair.one.state() == "MASTER"


def test_an_interface_that_comes_back_is_guarded_again(pair):
    pair.node1.plug("eth1")
    pair.one = Holdfast(pair.node1, configuration(instance(**ALLOWED, interface="eth1")))
    wait_until(lambda: elements(pair.node1, "vrrp4") == 1, 10, "it is guarded")
    pair.node1.unplug("eth1")
    wait_until(lambda: elements(pair.node1, "vrrp4") == 0, 5, "it is gone")
    pair.node1.plug("eth1")
    wait_until(lambda: elements(pair.node1, "vrrp4") == 1, 5, "it is guarded again")
    assert elements(pair.node1, "vrrp4_sources") == 2


def test_within_a_vrf(pair):
    try:
        pair.node1.ip("link", "add", "red", "type", "vrf", "table", "10")
    except RuntimeError as error:
        pytest.skip(f"no VRF in this kernel: {error}")
    pair.node1.ip("link", "set", "red", "up")
    pair.node1.ip("link", "set", "eth0", "master", "red")
    pair.start(**ALLOWED)
    Stranger(pair).is_dropped(pair.node1)
    assert (pair.one.state(), pair.two.state()) == ("MASTER", "BACKUP")
