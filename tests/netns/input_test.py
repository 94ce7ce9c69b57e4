# SPDX-License-Identifier: Apache-2.0
"""Adverts that a router must not believe change nothing, and are counted by reason."""

import time

import pytest

from lab import packets
from lab.netns import wait_until

VIP = "192.0.2.10"
SOURCE = "192.0.2.100"
STRONG = 254  # would take the address if it were believed


def good(**options):
    return packets.advert_v3(51, STRONG, [VIP], source=SOURCE, interval=0.1, **options)


def wrong_checksum():
    message = good()
    return message[:6] + bytes([message[6] ^ 0x55]) + message[7:]


# What is sent, how, and the name under which it is counted.
BAD = {
    "wrong TTL": (good(), {"ttl": 254}, "ttl"),
    "wrong version": (packets.advert_v2(51, STRONG, [VIP]), {}, "version"),
    "unknown version": (good(version_and_type=0x41), {}, "version"),
    "wrong type": (good(version_and_type=0x32), {}, "type"),
    "truncated": (good()[:-2], {}, "length"),
    "header only": (good()[:8], {}, "length"),
    "oversized": (good() + bytes(64), {}, "length"),
    "count too high": (good(count=9), {}, "length"),
    "wrong checksum": (wrong_checksum(), {}, "checksum"),
    "other addresses": (packets.advert_v3(51, STRONG, ["192.0.2.99"], source=SOURCE), {},
                        "address_list"),
    "too many addresses": (packets.advert_v3(51, STRONG, [VIP, "192.0.2.99"], source=SOURCE), {},
                           "address_list"),
    "no interval": (packets.advert_v3(51, STRONG, [VIP], source=SOURCE, interval=0), {},
                    "interval"),
}
SHORT = {"a few bytes": (b"\x31\x33", {}, "length")}


def counted(node, reason):
    """How often `reason` was counted, for the router or for adverts that matched none."""
    status = node.status()
    return (status["vrrp"][0]["adverts"]["rejected"].get(reason, 0)
            + status["rejected_adverts"].get(reason, 0))


def everything_counted(node):
    return {reason: counted(node, reason) for reason in node.status()["rejected_adverts"]}


def assert_refused(pair, node, message, how, reason):
    before, state = counted(node, reason), node.router()
    sender = pair.lab.sender(pair.client)
    for _ in range(3):
        sender.advert(message, **how)
    wait_until(lambda: counted(node, reason) == before + 3, 3,
               lambda: f"3 more counted as {reason}: {node.status()}")
    pair.wire.wait_for_advert(5, since=time.time(), source=pair.node1.address)
    after = node.router()
    assert (after["state"], after["since"]) == (state["state"], state["since"])


@pytest.mark.sanitized
@pytest.mark.parametrize("name", [*BAD, *SHORT])
def test_a_master_does_not_believe(pair, name):
    pair.start_one()
    assert_refused(pair, pair.one, *(BAD | SHORT)[name])
    assert pair.node1.has_address(VIP)


def test_a_backup_does_not_believe_any(pair):
    pair.start()
    for message, how, reason in (BAD | SHORT).values():
        assert_refused(pair, pair.two, message, how, reason)
    assert pair.two.state() == "BACKUP"


def test_what_other_virtual_routers_say_is_not_even_read(pair):
    pair.start_one()
    before = everything_counted(pair.one)
    sender = pair.lab.sender(pair.client)
    for vrid in (1, 50, 52, 255):
        sender.advert(packets.advert_v3(vrid, STRONG, [VIP], source=SOURCE))
    sender.advert(b"\x31")  # too short for a VRID
    assert_refused(pair, pair.one, *BAD["wrong TTL"])  # after those above, and counted after them
    assert everything_counted(pair.one) == {**before, "ttl": before["ttl"] + 3}


@pytest.mark.parametrize("auth_type", [1, 2])
def test_version_2_with_authentication_is_refused(pair, auth_type):
    pair.start_one(version=2, advert_interval="1s")
    message = packets.advert_v2(51, STRONG, [VIP], auth_type=auth_type, auth_data=b"password")
    assert_refused(pair, pair.one, message, {}, "authentication")


def test_version_2_with_another_interval_is_refused(pair):
    pair.start_one(version=2, advert_interval="1s")
    assert_refused(pair, pair.one, packets.advert_v2(51, STRONG, [VIP], interval=2), {}, "interval")


def test_who_is_not_among_the_allowed_sources_is_refused(pair):
    pair.start_one(allowed_sources=[pair.node2.address, "192.0.2.128/25"])
    assert_refused(pair, pair.one, good(), {}, "peer")
    assert pair.node1.has_address(VIP)


def test_who_claims_to_be_the_owner_is_counted(pair):
    pair.start_one(priority=255)
    before = pair.one.router()["adverts"]["owners"]
    claim = packets.advert_v3(51, 255, [VIP], source=SOURCE, interval=0.1)
    assert_refused(pair, pair.one, claim, {}, "owner")
    wait_until(lambda: pair.one.router()["adverts"]["owners"] == before + 3, 3, "3 more owners")


@pytest.mark.parametrize("form", [packets.PSEUDO_HEADER, packets.MESSAGE_ONLY])
def test_a_good_one_is_believed(pair, form):
    """The same bytes as above, unspoilt, do take the address: the tests above can fail."""
    pair.start_one()
    pair.lab.sender(pair.client).advert(good(form=form))
    pair.wire.wait_for_advert(5, source=pair.node1.address)
    wait_until(lambda: SOURCE in pair.one.router()["reason"] or pair.one.state() == "BACKUP", 3,
               "node1 yields")
