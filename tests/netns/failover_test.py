# SPDX-License-Identifier: Apache-2.0
"""The main job: an address that outlives its node, and comes back as configured."""

import time

import pytest

from lab import packets
from lab.daemon import Holdfast, configuration, instance
from lab.netns import wait_until

VIP = "192.0.2.10"


def active_down_interval(interval, priority):
    return 3 * interval + (256 - priority) * interval / 256


@pytest.mark.sanitized
def test_the_address_outlives_its_node(pair):
    pair.start()
    echo = pair.lab.echo(pair.client, VIP)
    echo.wait_for_answer(5)
    pair.node1.die()
    last = pair.wire.adverts(source=pair.node1.address)[-1]
    heir = pair.wire.wait_for_advert(5, source=pair.node2.address, since=last.time)
    limit = active_down_interval(0.1, 100)
    assert limit - 0.01 < heir.time - last.time < limit + 0.5
    assert heir.priority == 100 and heir.addresses == (VIP,)
    announced = pair.wire.wait_for(lambda event: event in pair.wire.announcements(VIP), 5,
                                   "a gratuitous ARP", since=heir.time)
    assert announced.mac == announced.sender_mac == pair.node2.mac
    echo.wait_for_answer(5, since=heir.time)
    pair.two.wait_for_state("web", "MASTER", 5)
    assert pair.node2.has_address(VIP)


@pytest.mark.parametrize("preempt", [True, False])
def test_a_returning_node_takes_over_only_if_it_may_preempt(pair, preempt):
    pair.start(preempt=preempt)
    pair.node1.die()
    pair.two.wait_for_state("web", "MASTER", 5)
    pair.node1.revive()
    pair.one.start()
    if preempt:
        pair.one.wait_for_state("web", "MASTER", 5)
        pair.two.wait_for_state("web", "BACKUP", 5)
        assert pair.node1.has_address(VIP)
        pair.node2.wait_without(VIP)
        return
    pair.one.wait_for_state("web", "BACKUP", 5)
    back = time.time()
    for _ in range(10):  # three times as long as a take-over would need
        pair.wire.wait_for_advert(5, source=pair.node2.address, since=back)
        back = pair.wire.adverts(source=pair.node2.address)[-1].time + 0.001
    assert pair.one.state() == "BACKUP" and pair.two.state() == "MASTER"
    assert not pair.node1.has_address(VIP)


def test_preemption_waits_for_its_delay(pair):
    pair.start_two(preempt=False)
    pair.two.wait_for_state("web", "MASTER", 5)
    started = time.time()
    delay = {"preempt": {"delay": "1s"}, "priority": 150, "advert_interval": "100ms"}
    pair.one = Holdfast(pair.node1, configuration(instance(**delay)))
    pair.one.wait_for_state("web", "BACKUP", 5)
    taken = pair.wire.wait_for_advert(5, source=pair.node1.address)
    assert 1.0 < taken.time - started < 3.0


@pytest.mark.sanitized
def test_a_graceful_stop_loses_no_echo(pair):
    pair.start()
    echo = pair.lab.echo(pair.client, VIP)
    echo.wait_for_answer(5)
    began = time.time()
    assert pair.one.stop() == 0
    release = pair.wire.wait_for_advert(5, source=pair.node1.address, priority=0)
    heir = pair.wire.wait_for_advert(5, source=pair.node2.address, since=release.time)
    skew = (256 - 100) * 0.1 / 256
    assert skew - 0.01 < heir.time - release.time < skew + 0.25
    assert not pair.node1.has_address(VIP) and pair.node2.has_address(VIP)
    assert pair.node1.pids() == []
    echo.wait_for_answer(5, since=heir.time)
    assert echo.count(since=began, until=time.time() - 0.2).unanswered == 0


def test_a_lone_node_stops_without_an_heir(pair):
    pair.start_one()
    assert pair.one.stop() == 0
    pair.wire.wait_for_advert(5, source=pair.node1.address, priority=0)
    assert not pair.node1.has_address(VIP) and pair.node1.pids() == []


def test_the_owner_is_master_at_once_and_yields_to_nobody(pair):
    pair.start_two()
    pair.two.wait_for_state("web", "MASTER", 5)
    pair.one = Holdfast(pair.node1, configuration(instance(priority=255, advert_interval="1s")))
    first = pair.wire.wait_for_advert(5, source=pair.node1.address)
    assert first.priority == 255
    pair.one.wait_for_state("web", "MASTER", 5)
    pair.two.wait_for_state("web", "BACKUP", 5)
    strange = packets.advert_v3(51, 254, [VIP], source=pair.client.address)
    pair.lab.sender(pair.client).advert(strange)
    pair.wire.wait_for_advert(5, source=pair.node1.address, since=time.time())
    assert pair.one.state() == "MASTER"


def test_who_announces_priority_255_where_nobody_is_the_owner_is_named(pair):
    pair.start_one()
    # Also the owner of all may say other addresses than are configured here.
    owner = packets.advert_v3(51, 255, ["192.0.2.99"], source=pair.client.address)
    pair.lab.sender(pair.client).advert(owner)
    wait_until(lambda: f"{pair.client.address} has priority 255" in pair.one.log(), 5,
               "the warning")


def test_of_equal_priorities_the_higher_address_wins(pair):
    pair.start_one({"priority": 100})
    pair.start_two({"priority": 100})
    # Two of one rank keep what they have, until both are master: the lab's switch splits.
    pair.two.wait_for_state("web", "BACKUP", 5)
    pair.node1.cable("down")
    pair.two.wait_for_state("web", "MASTER", 5)
    pair.one.wait_for_state("web", "FAULT", 5)
    pair.node1.cable("up")
    pair.one.wait_for_state("web", "BACKUP", 5)
    assert pair.two.state() == "MASTER"


def test_version_2(pair):
    pair.start(version=2, advert_interval="1s")
    advert = pair.wire.adverts(source=pair.node1.address)[-1]
    assert (advert.version, advert.interval, advert.auth_type) == (2, 1.0, 0)
    assert advert.form == packets.MESSAGE_ONLY
    pair.node1.die()
    last = pair.wire.adverts(source=pair.node1.address)[-1]
    heir = pair.wire.wait_for_advert(6, source=pair.node2.address)
    assert 3.5 < heir.time - last.time < 4.2  # 3 s and 156/256 s


@pytest.mark.parametrize("ours, theirs", [(None, "message-only"), ("message-only", None)])
def test_both_forms_of_the_checksum_understand_each_other(pair, ours, theirs):
    pair.start({"checksum": ours} if ours else {}, {"checksum": theirs} if theirs else {})
    advert = pair.wire.adverts(source=pair.node1.address)[-1]
    assert advert.form == (packets.MESSAGE_ONLY if ours else packets.PSEUDO_HEADER)
    assert pair.two.state() == "BACKUP"
    wait_until(lambda: pair.two.router()["adverts"]["received"] > 0, 10, "adverts counted")
