# SPDX-License-Identifier: Apache-2.0
"""Who else is heard on a VRID, and that what does not fit is named."""

from lab.daemon import Holdfast, configuration, instance
from lab.netns import wait_until


def peers(daemon):
    return {one["address"]: one for one in (daemon.router() or {"peers": []})["peers"]}


def test_a_backup_shows_its_master_and_sees_it_fall_silent(pair):
    one = Holdfast(pair.node1, configuration(instance(priority=150, advert_interval="100ms")))
    one.wait_for_state("web", "MASTER", 20)
    two = Holdfast(pair.node2, configuration(instance(priority=100, advert_interval="100ms")))
    two.wait_for_state("web", "BACKUP", 20)
    address = pair.node1.address
    seen = wait_until(lambda: peers(two).get(address), 20, "the master among the peers")
    assert seen["state"] == "MASTER" and seen["priority"] == 150 and seen["version"] == 3
    assert seen["accepted"] and seen["mismatches"] == [] and seen["interval_seconds"] == 0.1
    assert f"peer {address} is MASTER: priority 150" in two.ctl("status").stdout
    pair.node1.ip("link", "set", "eth0", "down")
    wait_until(lambda: peers(two)[address]["state"] in ("SILENT", "RELEASED"), 20, "its silence")


def test_what_does_not_fit_is_named(pair):
    """Another interval is adopted, another list of addresses refused; both are said."""
    one = Holdfast(pair.node1, configuration(
        instance(priority=150, advert_interval="200ms", addresses=["192.0.2.99/24"])))
    one.wait_for_state("web", "MASTER", 20)
    two = Holdfast(pair.node2, configuration(instance(priority=100, advert_interval="100ms")))
    seen = wait_until(lambda: peers(two).get(pair.node1.address), 20, "the stranger")
    assert set(seen["mismatches"]) == {"interval", "addresses", "stranger"}
    assert not seen["accepted"] and "has 192.0.2.99" in seen["detail"]
    text = two.ctl("status").stdout
    assert f"peer {pair.node1.address} does not fit" in " ".join(text.split())
