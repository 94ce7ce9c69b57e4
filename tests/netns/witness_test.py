# SPDX-License-Identifier: Apache-2.0
"""The witness on a real etcd of three members: who holds the addresses when nodes, or etcd, are cut
off from each other."""

import itertools
import os
import signal
import time

import pytest

from lab.daemon import Holdfast, configuration, instance
from lab.etcd import Etcd
from lab.lab import Lab
from lab.netns import wait_until
from lab.packets import Advert

VIP = "192.0.2.10"
INTERVAL = 0.1
TTL = 3

_serial = itertools.count(1)


class Site:
    """Two nodes on a switch with etcd; a new daemon on each for every test."""

    def __init__(self, lab):
        self.lab = lab
        self.etcd = Etcd(lab)
        self.node1 = lab.host("node1", "192.0.2.1/24")
        self.node2 = lab.host("node2", "192.0.2.2/24")
        self.client = lab.host("client", "192.0.2.100/24")
        self.wire = lab.capture(self.client)
        self.one = self.two = None

    def start(self, when_unreachable):
        witness = {"endpoints": self.etcd.endpoints, "ttl": f"{TTL}s",
                   "prefix": f"/test{next(_serial)}"}

        def daemon(host, priority):
            return Holdfast(host, configuration(
                instance(priority=priority, advert_interval="100ms",
                         witness={"when_unreachable": when_unreachable}), witness=witness))

        self.one = daemon(self.node1, 150)
        self.one.wait_for_state("web", "MASTER", 20)
        self.two = daemon(self.node2, 100)
        self.two.wait_for_state("web", "BACKUP", 10)
        self.wait_for_adverts(2)
        for node in (self.one, self.two):
            wait_until(lambda node=node: node.router()["witness"]["reached"], 10, node.log)

    def end(self):
        for daemon in (self.one, self.two):
            if daemon and daemon.running():
                daemon.signal(signal.SIGKILL)
                daemon.wait(10)
        for host in (self.node1, self.node2):
            wait_until(lambda host=host: not host.pids(), 10, "the workers' ends")
            host.run("nft", "flush", "ruleset")
            host.ip("address", "flush", "dev", "eth0", "to", f"{VIP}/32")
        for member in self.etcd.members:
            if member.process.poll() is not None:
                member.start()
        self.etcd.wait()

    def wait_for_adverts(self, seconds, source=None):
        """So much time by the adverts of a node."""
        source = source or self.node1.address
        left = itertools.count(1)

        def enough(event):
            return isinstance(event, Advert) and event.source == source \
                and next(left) >= seconds / INTERVAL

        self.wire.wait_for(enough, seconds * 4 + 10, "adverts", since=time.time())

    @staticmethod
    def cut(host, *others):
        """Nothing of the others reaches it any more."""
        host.run("nft", "add table inet cut; add chain inet cut input "
                        "{ type filter hook input priority 0; }")
        for other in others:
            host.run("nft", f"add rule inet cut input ip saddr {other.address} drop")

    def cut_nodes(self):
        self.cut(self.node1, self.node2)
        self.cut(self.node2, self.node1)

    def holders(self):
        return [host.name for host in (self.node1, self.node2) if host.has_address(VIP)]

    def standing(self):
        return [(daemon.router()["state"], daemon.router()["since"])
                for daemon in (self.one, self.two)]


@pytest.fixture(scope="module")
def shared():
    with Lab() as lab:
        yield Site(lab)


@pytest.fixture
def site(shared):
    yield shared
    shared.end()


@pytest.mark.parametrize("when_unreachable", ["hold", "release"])
def test_a_cut_between_the_nodes_leaves_one_holder(site, when_unreachable):
    site.start(when_unreachable)
    before = site.standing()
    site.cut_nodes()
    site.wait_for_adverts(TTL + 1)
    assert site.standing() == before
    assert site.holders() == ["node1"]
    assert not site.wire.adverts(source=site.node2.address, since=time.time() - TTL)
    assert site.two.router()["witness"] == {
        "reached": True, "held": False, "holder": "node1",
        "when_unreachable": when_unreachable, "trouble": ""}


def test_who_is_cut_off_lets_go_before_the_other_takes_over(site):
    site.start("release")
    site.cut_nodes()
    began = time.time()
    site.cut(site.node1, *[member.host for member in site.etcd.members])
    wait_until(lambda: not site.node1.has_address(VIP), 4 * TTL, site.one.log)
    gone = time.time()
    site.two.wait_for_state("web", "MASTER", 4 * TTL)
    taken = site.wire.wait_for(
        lambda event: event in site.wire.announcements(VIP) and event.mac == site.node2.mac, 5,
        "a gratuitous ARP of node2", since=began)
    assert gone < taken.time
    assert site.holders() == ["node2"]
    assert "the witness is not reached" in site.one.router()["reason"]


def test_without_etcd_hold_is_plain_vrrp_and_release_holds_nothing(site):
    site.start("hold")
    before = site.standing()
    for member in site.etcd.members[:2]:
        member.kill()
    wait_until(lambda: not site.one.router()["witness"]["reached"], 4 * TTL, site.one.log)
    site.wait_for_adverts(1)
    assert site.standing() == before
    assert site.holders() == ["node1"]
    site.end()

    site.start("release")
    for member in site.etcd.members[:2]:
        member.kill()
    site.one.wait_for_state("web", "BACKUP", 4 * TTL)
    assert site.holders() == []
    for member in site.etcd.members[:2]:
        member.start()
    site.one.wait_for_state("web", "MASTER", 10 * TTL)
    assert site.holders() == ["node1"]


@pytest.mark.parametrize("when_unreachable", ["hold", "release"])
def test_the_death_of_a_leader_and_of_workers_moves_nothing(site, when_unreachable):
    site.start(when_unreachable)
    before = site.standing()
    for daemon in (site.one, site.two):
        for role in ("witness-worker", "vrrp-worker"):
            pid = daemon.worker_pid(role)
            os.kill(pid, signal.SIGKILL)
            daemon.wait_for_new_worker(role, pid, 10)
    site.etcd.leader().kill()
    site.etcd.leader()
    site.wait_for_adverts(TTL)
    assert site.standing() == before
    assert site.holders() == ["node1"]


@pytest.mark.parametrize("when_unreachable", ["hold", "release"])
def test_a_stop_hands_over_without_waiting_for_the_lease(site, when_unreachable):
    site.start(when_unreachable)
    began = time.time()
    assert site.one.stop() == 0
    heir = site.wire.wait_for_advert(5, source=site.node2.address, since=began)
    assert heir.time - began < TTL / 2
    assert site.holders() == ["node2"]


def test_who_comes_back_and_preempts_gets_the_lease(site):
    site.start("release")
    site.node1.die()
    site.two.wait_for_state("web", "MASTER", 4 * TTL)
    site.node1.revive()
    site.one.start()
    site.one.wait_for_state("web", "MASTER", 4 * TTL)
    site.two.wait_for_state("web", "BACKUP", 5)
    assert site.holders() == ["node1"]
