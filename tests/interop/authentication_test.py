# SPDX-License-Identifier: Apache-2.0
"""VRRPv2's password beside keepalived, and what peers make of a signed advert."""

import os
import time

import pytest

from lab.daemon import Holdfast, Keepalived, configuration, instance
from lab.frr import FrrVrrpd
from lab.lab import Lab
from lab.netns import wait_until

VIP = "192.0.2.10"
PASSWORD = ("authentication { auth_type PASS\n auth_pass s3cret\n }",)


@pytest.fixture
def lab():
    with Lab() as made:
        made.ours = made.host("ours", "192.0.2.1/24")
        made.theirs = made.host("theirs", "192.0.2.2/24")
        made.wire = made.capture(made.host("client", "192.0.2.100/24"))
        yield made


def ours(lab, priority, password="s3cret"):
    return Holdfast(lab.ours, configuration(instance(
        priority=priority, version=2, advert_interval="1s",
        authentication={"password": password})))


def theirs(lab, priority, lines=PASSWORD):
    return Keepalived(lab.theirs, Keepalived.config(priority=priority, version=2, lines=lines))


def alone(lab, host, since):
    """Waits until `host` alone has spoken for three seconds."""
    other = lab.theirs if host is lab.ours else lab.ours
    first = lab.wire.wait_for_advert(10, since=since, source=host.address)
    lab.wire.wait_for_advert(10, since=first.time + 3, source=host.address)
    assert lab.wire.adverts(source=other.address, since=first.time + 1) == []


def test_keepalived_believes_our_password(lab):
    holdfast = ours(lab, 150)
    holdfast.wait_for_state("web", "MASTER", 10)
    keepalived = theirs(lab, 100)
    alone(lab, lab.ours, time.time())
    advert = lab.wire.adverts(source=lab.ours.address)[-1]
    assert (advert.auth_type, advert.payload[-8:]) == (1, b"s3cret\0\0")
    wait_until(lambda: "Entering BACKUP STATE" in keepalived.log(), 5, keepalived.log)
    assert holdfast.log().count("authentication by password protects nothing") == 1
    assert holdfast.stop() == 0
    wait_until(lambda: lab.theirs.has_address(VIP), 5, "keepalived takes over at once")


def test_we_believe_keepalived_s_password(lab):
    theirs(lab, 150)
    lab.wire.wait_for_advert(10, source=lab.theirs.address)
    holdfast = ours(lab, 100)
    holdfast.wait_for_state("web", "BACKUP", 5)
    alone(lab, lab.theirs, time.time())
    assert lab.wire.adverts(source=lab.theirs.address)[-1].auth_type == 1
    wait_until(lambda: holdfast.router()["adverts"]["received"] > 0, 10, "adverts counted")
    assert sum(holdfast.router()["adverts"]["rejected"].values()) == 0


@pytest.mark.parametrize("lines, reason", [
    (("authentication { auth_type PASS\n auth_pass other\n }",), "password"),
    ((), "authentication"),
])
def test_another_password_or_none_is_refused(lab, lines, reason):
    theirs(lab, 200, lines)
    lab.wire.wait_for_advert(10, source=lab.theirs.address)
    holdfast = ours(lab, 100)
    holdfast.wait_for_state("web", "MASTER", 10)
    wait_until(lambda: holdfast.router()["adverts"]["rejected"].get(reason, 0) > 2, 10, reason)


# docs/authentication.md says so: if a later version takes the longer packet, that has to change.
@pytest.mark.parametrize("peer", ["keepalived", "frr"])
def test_a_peer_refuses_a_signed_advert(lab, peer):
    path = os.path.join(lab.ours.directory, "key")
    with open(path, "w", encoding="ascii") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write("hex:" + "5a" * 32)
    Holdfast(lab.ours, configuration(instance(
        priority=200, advert_interval="1s",
        authentication={"keys": [{"id": 1, "key_file": path}]}))).wait_for_state("web", "MASTER", 10)
    if peer == "keepalived":
        Keepalived(lab.theirs, Keepalived.config(priority=100))
    else:
        FrrVrrpd(lab.theirs, priority=100)
    advert = lab.wire.wait_for_advert(15, source=lab.theirs.address)
    assert advert.priority == 100, "it has become master beside a better one that it cannot read"
