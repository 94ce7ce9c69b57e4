# SPDX-License-Identifier: Apache-2.0
"""Gratuitous ARP and neighbour advertisements as they are seen: how many, when, in what order."""

import time

import pytest

from lab import packets
from lab.daemon import Holdfast, configuration, instance
from lab.netns import wait_until

VIP, VIP_2, VIP6 = "192.0.2.10", "192.0.2.11", "2001:db8::10"
FAST = "100ms"
ONCE = {"repeat": 1, "delay": "0s"}


def announced(pair, address=None, since=0.0, until=float("inf")):
    """What node1 announced; a client's kernel says nothing of these addresses."""
    return [event for event in pair.wire.announcements(address, since)
            if event.mac == pair.node1.mac and event.time <= until
            and event.sender in ((address,) if address else (VIP, VIP_2, VIP6, "192.0.2.20"))]


def wait_for_announcements(pair, count, timeout, address=None, since=0.0):
    wait_until(lambda: len(announced(pair, address, since)) >= count, timeout,
               lambda: f"{count} announcements, seen {announced(pair, address, since)}")
    return announced(pair, address, since)


def wait_for_adverts(pair, count, since):
    """Until node1 has sent so many more: proof that time has passed for it."""
    wait_until(lambda: len(pair.wire.adverts(source=pair.node1.address, since=since)) >= count,
               10, f"{count} adverts")


def bursts(events, apart=0.15):
    """How many frames came together, in order."""
    counts, last = [], None
    for event in events:
        if last is None or event.time - last > apart:
            counts.append(0)
        counts[-1] += 1
        last = event.time
    return counts


def start_one(pair, *instances, vrrp=None, **options):
    entries = instances or (instance(priority=150, advert_interval=FAST, **options),)
    pair.one = Holdfast(pair.node1, configuration(*entries, vrrp=vrrp))
    pair.one.wait_for_state(entries[0]["name"], "MASTER", 10)


def hear(pair, priority):
    """node1 hears a router of this priority, and is told when."""
    told = time.time()
    advert = packets.advert_v3(51, priority, [VIP], source=pair.client.address, interval=0.1)
    pair.lab.sender(pair.client).advert(advert)
    return told


# ---- Bursts.

@pytest.mark.sanitized
@pytest.mark.parametrize("address", [VIP, VIP6])
def test_bursts_and_refreshing_are_as_configured(pair, address):
    options = {"repeat": 2, "delay": "300ms", "delay_repeat": 3, "refresh": "1s",
               "refresh_repeat": 1}
    start_one(pair, announce=options, excluded_addresses=[f"{VIP6}/64"])
    seen = wait_for_announcements(pair, 7, 5, address)[:7]
    assert bursts(seen) == [2, 3, 1, 1]
    first = pair.wire.adverts(source=pair.node1.address)[0].time
    assert 0 < seen[0].time - first < 0.5, "the advert first, then the announcement, at once"
    for at, event in ((0.3, seen[2]), (1.0, seen[5]), (2.0, seen[6])):
        assert at - 0.01 < event.time - seen[0].time < at + 0.5
    if address == VIP6:
        assert all(event.override and event.router and event.checksum_right for event in seen)


def test_without_a_word_they_are_keepalived_s(pair):
    start_one(pair)
    seen = wait_for_announcements(pair, 10, 8)
    assert bursts(seen) == [5, 5]
    assert 4.99 < seen[5].time - seen[0].time < 5.3


def test_the_default_of_all_instances_is_overruled_key_by_key(pair):
    own = instance("own", 52, "192.0.2.20/24", priority=150, advert_interval=FAST,
                   announce={"repeat": 3})
    web = instance(priority=150, advert_interval=FAST)
    start_one(pair, web, own, vrrp={"announce": ONCE})
    wait_for_announcements(pair, 3, 5, "192.0.2.20")
    wait_for_adverts(pair, 20, time.time())
    assert len(announced(pair, VIP)) == 1 and len(announced(pair, "192.0.2.20")) == 3


# ---- Limits.

@pytest.mark.parametrize("address", [VIP, VIP6])
def test_frames_keep_their_gap_and_the_first_is_not_delayed(pair, address):
    start_one(pair, addresses=[f"{VIP}/24", f"{VIP_2}/24"], announce={"repeat": 3, "delay": "0s"},
              excluded_addresses=[f"{VIP6}/64"],
              vrrp={"announce": {"arp_interval": "50ms", "na_interval": "80ms"}})
    if address == VIP6:
        seen, gap = wait_for_announcements(pair, 3, 5, VIP6), 0.08
        assert len(seen) == 3
    else:
        wait_for_announcements(pair, 3, 5, VIP_2)
        seen, gap = [event for event in announced(pair) if event.sender != VIP6], 0.05
        assert [event.sender for event in seen] == [VIP, VIP_2] * 3
    first = pair.wire.adverts(source=pair.node1.address)[0].time
    assert seen[0].time - first < 0.04
    assert all(later.time - earlier.time > gap - 0.005
               for earlier, later in zip(seen, seen[1:]))


def test_interfaces_of_a_group_share_a_limit(pair):
    pair.node1.plug("eth1", "192.0.2.9/24")
    other = instance("other", 52, "192.0.2.20/24", interface="eth1", priority=150,
                     advert_interval=FAST)
    web = instance(priority=150, advert_interval=FAST)
    start_one(pair, web, other, vrrp={
        "announce": {"repeat": 3, "delay": "0s"},
        "announce_groups": [{"interfaces": ["eth0", "eth1"], "arp_interval": "60ms"}]})

    def seen():
        return [event for event in pair.wire.announcements()
                if event.sender in (VIP, "192.0.2.20")]

    wait_until(lambda: len(seen()) == 6, 5, lambda: f"6 announcements, seen {seen()}")
    times = [event.time for event in seen()]
    # What was sent late by a busy machine makes one gap shorter, not all of them together.
    assert all(later - earlier > 0.02 for earlier, later in zip(times, times[1:]))
    assert times[-1] - times[0] > 5 * 0.055


@pytest.mark.sanitized
def test_who_loses_says_no_more_of_what_it_had_to_say(pair):
    start_one(pair, announce={"repeat": 5, "delay": "0s"},
              vrrp={"announce": {"arp_interval": "300ms"}})
    wait_for_announcements(pair, 2, 5)
    lost = hear(pair, 200)
    pair.one.wait_for_state("web", "BACKUP", 5)
    pair.one.wait_for_state("web", "MASTER", 5)  # nobody goes on saying 200
    again = pair.wire.wait_for_advert(5, source=pair.node1.address, since=lost + 0.2).time
    assert announced(pair, since=lost + 0.05, until=again) == []


# ---- Another took itself for the master.

def test_hearing_a_loser_is_answered_as_configured(pair):
    start_one(pair, announce={**ONCE, "lower_priority": {"repeat": 2, "delay": "500ms"}})
    wait_for_announcements(pair, 1, 5)
    wait_for_adverts(pair, 12, time.time())  # not more than one such burst a second
    told = hear(pair, 50)
    seen = wait_for_announcements(pair, 4, 5, since=told)
    assert bursts(seen) == [2, 2]
    assert seen[0].time - told < 0.2 and 0.49 < seen[2].time - seen[0].time < 0.8
    wait_for_adverts(pair, 10, time.time())
    assert len(announced(pair, since=told)) == 4


def test_hearing_a_loser_announces_nothing_if_so_configured(pair):
    start_one(pair, announce={**ONCE, "lower_priority": {"repeat": 0}})
    wait_for_announcements(pair, 1, 5)
    told = hear(pair, 50)
    wait_for_adverts(pair, 15, told)
    assert announced(pair, since=told) == []
    assert pair.one.state() == "MASTER"


@pytest.mark.sanitized
def test_after_a_healed_split_the_winner_announces_again(pair):
    pair.start(announce={"repeat": 2, "delay": "0s"})
    echo = pair.lab.echo(pair.client, VIP)
    echo.wait_for_answer(5)
    pair.node2.cut_off(True)
    pair.two.wait_for_state("web", "MASTER", 5)
    assert pair.node1.has_address(VIP) and pair.node2.has_address(VIP)
    since, healed = pair.one.router()["since"], time.time()
    pair.node2.cut_off(False)
    pair.two.wait_for_state("web", "BACKUP", 5)
    seen = wait_for_announcements(pair, 2, 5, since=healed)
    last_word = pair.wire.adverts(source=pair.node2.address, since=healed)[-1]
    assert seen[-1].time > last_word.time, "the winner has the last word"
    assert pair.one.router()["since"] == since and not pair.node2.has_address(VIP)
    echo.wait_for_answer(5, since=seen[-1].time)
    neighbour = pair.client.ip("neighbour", "show", VIP).stdout
    assert pair.node1.mac in neighbour and pair.node2.mac not in neighbour


def test_a_new_mac_address_of_the_interface_is_announced(pair):
    start_one(pair, announce=ONCE)
    wait_for_announcements(pair, 1, 5)
    mac, changed = "02:00:00:00:00:99", time.time()
    pair.node1.ip("link", "set", "eth0", "address", mac)
    seen = pair.wire.wait_for(
        lambda event: event in pair.wire.announcements(VIP) and event.sender_mac == mac, 5,
        "an announcement of the new MAC address", since=changed)
    assert seen.mac == mac
    pair.lab.echo(pair.client, VIP).wait_for_answer(5)


def test_a_new_address_of_the_interface_is_followed_without_a_change_of_role(pair):
    for node in (pair.node1, pair.node2):
        node.run("sysctl", "-qw", "net.ipv4.conf.all.promote_secondaries=1")
    pair.start()
    standing = pair.standing()
    for node, old, new in ((pair.node1, "192.0.2.1", "192.0.2.77"),
                           (pair.node2, "192.0.2.2", "192.0.2.78")):
        node.ip("address", "add", f"{new}/24", "dev", "eth0")
        node.ip("address", "del", f"{old}/24", "dev", "eth0")
    changed = time.time()
    pair.wire.wait_for_advert(5, source="192.0.2.77", since=changed)
    for _ in range(10):
        last = pair.wire.wait_for_advert(5, source="192.0.2.77", since=changed)
        changed = last.time + 0.001
    assert pair.standing() == standing
    assert pair.wire.adverts(source="192.0.2.1", since=last.time - 0.5) == []
    assert pair.wire.adverts(source="192.0.2.78") == []
    assert pair.node1.has_address(VIP) and not pair.node2.has_address(VIP)
    pair.lab.echo(pair.client, VIP).wait_for_answer(5)
