# SPDX-License-Identifier: Apache-2.0
"""How instances begin, and how long a backup waits."""

import time

import pytest

from lab.daemon import Holdfast, configuration, instance
from lab.netns import wait_until

VIP = "192.0.2.10"


def first_advert(pair, vrrp=None, **options):
    """Starts node1 and answers when it was started, and when it was first heard."""
    entry = {"priority": 100, "advert_interval": "100ms", **options}
    began = time.time()
    pair.one = Holdfast(pair.node1, configuration(instance(**entry), vrrp=vrrp))
    return began, pair.wire.wait_for_advert(15, source=pair.node1.address).time


def test_nobody_begins_before_the_start_delay(pair):
    entry = instance(priority=100, advert_interval="100ms")
    pair.one = Holdfast(pair.node1, configuration(entry, vrrp={"start_delay": "2s"}))
    wait_until(lambda: (pair.one.router() or {}).get("reason") == "waits 2.000 s before it starts",
               5, "it says why it waits", every=0.002)
    began = time.time()
    assert pair.one.state() == "INIT"
    pair.one.wait_for_state("web", "BACKUP", 5)
    pair.one.wait_for_state("web", "MASTER", 5)
    first = pair.wire.adverts(source=pair.node1.address)[0].time
    assert first - began > 1.0, "some of the delay may have passed before the first look"


def test_the_start_delay_holds_an_owner_too(pair):
    began, first = first_advert(pair, {"start_delay": "2s"}, priority=255)
    assert 2.0 < first - began < 5.0


def test_a_worker_that_crashes_later_does_not_wait_again(pair):
    first_advert(pair, {"start_delay": "2s"}, advert_interval="1s")
    pair.one.wait_for_state("web", "MASTER", 5)
    since = pair.one.router()["since"]
    pid = pair.one.worker_pid("vrrp-worker")
    pair.node1.run("kill", "-KILL", pid)
    pair.one.wait_for_new_worker("vrrp-worker", pid, 5)
    pair.wire.wait_for_advert(2, source=pair.node1.address, since=time.time())
    assert pair.one.router()["since"] == since


@pytest.mark.parametrize("state, least, most", [("master", 1.6, 3.2), ("backup", 3.6, 6.0)])
def test_an_initial_master_takes_part_in_an_election_at_once(pair, state, least, most):
    began, first = first_advert(pair, advert_interval="1s", initial_state=state)
    assert least < first - began < most


def test_an_initial_master_obeys_a_better_one(pair):
    pair.start_two({"priority": 200})
    pair.two.wait_for_state("web", "MASTER", 5)
    pair.one = Holdfast(pair.node1, configuration(
        instance(priority=100, advert_interval="100ms", initial_state="master")))
    pair.one.wait_for_state("web", "BACKUP", 5)
    since = time.time()
    for _ in range(10):
        since = pair.wire.wait_for_advert(5, source=pair.node2.address, since=since).time + 0.001
    assert pair.one.state() == "BACKUP"
    assert pair.wire.adverts(source=pair.node1.address) == []


@pytest.mark.parametrize("adverts", [1, 10])
def test_a_backup_misses_as_many_adverts_as_configured(pair, adverts):
    pair.start(advert_interval="200ms", down_timer_adverts=adverts)
    pair.node1.die()
    last = pair.wire.adverts(source=pair.node1.address)[-1]
    heir = pair.wire.wait_for_advert(10, source=pair.node2.address, since=last.time)
    limit = adverts * 0.2 + (256 - 100) * 0.2 / 256
    assert limit - 0.01 < heir.time - last.time < limit + 0.5
