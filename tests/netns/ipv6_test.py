# SPDX-License-Identifier: Apache-2.0
"""VRRPv3 over IPv6: link-local adverts, neighbour advertisements, addresses usable at once."""

import json
import os
import signal
import time

import pytest

from lab import packets
from lab.daemon import Holdfast, configuration, instance
from lab.netns import wait_until

LINK_LOCAL, GLOBAL, HOST = "fe80::51", "2001:db8::10", "2001:db8::11"
ADDRESSES = [f"{LINK_LOCAL}/64", f"{GLOBAL}/64", f"{HOST}/128"]


@pytest.fixture
def pair6(pair):
    for number, host in enumerate((pair.node1, pair.node2, pair.client), 1):
        host.ip("address", "add", f"2001:db8::{number}/64", "dev", "eth0", "nodad")
    pair.own1, pair.own2 = pair.node1.link_local(), pair.node2.link_local()
    pair.client.link_local()
    return pair


def start(pair, **options):
    entry = {"addresses": ADDRESSES, "advert_interval": "100ms", **options}
    pair.one = Holdfast(pair.node1, configuration(instance(priority=150, **entry)))
    pair.one.wait_for_state("web", "MASTER", 10)
    pair.two = Holdfast(pair.node2, configuration(instance(priority=100, **entry)))
    pair.two.wait_for_state("web", "BACKUP", 5)
    pair.wire.wait_for_advert(5, since=time.time(), source=pair.own1)


@pytest.mark.sanitized
def test_adverts_and_addresses_are_as_the_rfc_wants_them(pair6):
    start(pair6)
    advert = pair6.wire.adverts(source=pair6.own1)[-1]
    assert (advert.destination, advert.ttl, advert.version) == ("ff02::12", 255, 3)
    assert advert.mac == pair6.node1.mac and advert.form == packets.PSEUDO_HEADER
    assert advert.addresses == (LINK_LOCAL, GLOBAL, HOST)
    assert set(ADDRESSES) <= pair6.node1.addresses6()
    assert not set(ADDRESSES) & pair6.node2.addresses6()
    shown = json.loads(pair6.node1.ip("-j", "-6", "address", "show", "dev", "eth0").stdout)
    held = {entry["local"]: entry for link in shown if link for entry in link["addr_info"]}
    assert not any(held[address].get("tentative") for address in (LINK_LOCAL, GLOBAL, HOST))
    assert held[LINK_LOCAL]["scope"] == "link" and held[GLOBAL]["scope"] == "global"
    assert held[HOST].get("deprecated") and not held[GLOBAL].get("deprecated")
    pair6.lab.echo(pair6.client, GLOBAL).wait_for_answer(5)


@pytest.mark.sanitized
def test_a_failover_announces_every_address_and_clients_follow(pair6):
    start(pair6)
    echoes = [pair6.lab.echo(pair6.client, address) for address in (GLOBAL, HOST)]
    for echo in echoes:
        echo.wait_for_answer(5)
    pair6.node1.die()
    last = pair6.wire.adverts(source=pair6.own1)[-1]
    heir = pair6.wire.wait_for_advert(5, source=pair6.own2, since=last.time)
    assert 0.35 < heir.time - last.time < 0.9  # 0.36 s
    for address in (LINK_LOCAL, GLOBAL, HOST):
        told = pair6.wire.wait_for(lambda event: event in pair6.wire.announcements(address), 5,
                                   f"an advertisement of {address}", since=heir.time)
        assert (told.hop_limit, told.router, told.override, told.solicited) == (255, True, True,
                                                                               False)
        assert told.mac == told.target_mac == pair6.node2.mac and told.checksum_right
        assert told.destination_mac == "33:33:00:00:00:01"
    for echo in echoes:  # At once: nobody had to ask for the neighbour again.
        assert echo.wait_for_answer(5, since=heir.time) < heir.time + 0.5


def test_a_graceful_stop_leaves_nothing_behind(pair6):
    start(pair6)
    assert pair6.one.stop() == 0
    pair6.wire.wait_for_advert(5, source=pair6.own1, priority=0)
    pair6.two.wait_for_state("web", "MASTER", 5)
    assert not set(ADDRESSES) & pair6.node1.addresses6()
    assert set(ADDRESSES) <= pair6.node2.addresses6()


@pytest.mark.alone
def test_a_killed_worker_is_not_noticed(pair6):
    start(pair6)
    since = pair6.one.router()["since"]
    began = time.time()
    pid = pair6.one.worker_pid("vrrp-worker")
    for _ in range(5):
        os.kill(pid, signal.SIGKILL)
        pid = pair6.one.wait_for_new_worker("vrrp-worker", pid, 5)
        pair6.wire.wait_for_advert(5, source=pair6.own1, since=time.time())
    assert pair6.one.state() == "MASTER" and pair6.one.router()["since"] == since
    assert pair6.wire.adverts(source=pair6.own2, since=began) == []
    assert set(ADDRESSES) <= pair6.node1.addresses6()


def test_both_families_share_a_vrid_and_an_instance_holds_both(pair6):
    entries = [instance("four", 51, "192.0.2.10/24", excluded_addresses=["2001:db8::20/64"]),
               instance("six", 51, addresses=ADDRESSES, excluded_addresses=["192.0.2.20/24"])]
    for entry in entries:
        entry["advert_interval"] = "100ms"
    pair6.one = Holdfast(pair6.node1, configuration(*entries))
    pair6.one.wait_for_state("four", "MASTER", 10)
    pair6.one.wait_for_state("six", "MASTER", 10)
    four = pair6.wire.wait_for_advert(5, source=pair6.node1.address)
    six = pair6.wire.wait_for_advert(5, source=pair6.own1)
    assert four.addresses == ("192.0.2.10",) and six.addresses == (LINK_LOCAL, GLOBAL, HOST)
    for address in ("192.0.2.10", "192.0.2.20", "2001:db8::20", GLOBAL):
        assert pair6.node1.has_address(address)
        pair6.wire.wait_for(lambda event: event in pair6.wire.announcements(address), 5, address)


def test_without_a_link_local_address_it_is_fault(pair):
    pair.node1.ip("address", "flush", "dev", "eth0", "scope", "link")
    pair.one = Holdfast(pair.node1, configuration(instance(addresses=ADDRESSES)))
    pair.one.wait_for_state("web", "FAULT", 5)
    assert pair.one.router()["reason"] == "interface eth0 has no IPv6 link-local address"
    pair.node1.ip("address", "add", "fe80::99/64", "dev", "eth0", "nodad")
    pair.one.wait_for_state("web", "MASTER", 10)


def test_hostile_adverts_change_nothing(pair6):
    start(pair6)
    sender = pair6.lab.sender(pair6.client)
    own = pair6.client.link_local()
    addresses = (LINK_LOCAL, GLOBAL, HOST)
    good = packets.advert_v3(51, 254, addresses, source=own, destination="ff02::12")
    sender.advert6(good, source=own, hop_limit=254)
    sender.advert6(good[:-1] + bytes([good[-1] ^ 1]), source=own)
    sender.advert6(packets.advert_v3(51, 254, addresses[:2], source=own, destination="ff02::12"),
                   source=own)
    for reason in ("ttl", "checksum", "address_list"):
        wait_until(lambda: pair6.one.router()["adverts"]["rejected"][reason] == 1, 5, reason)
    assert pair6.one.state() == "MASTER"
