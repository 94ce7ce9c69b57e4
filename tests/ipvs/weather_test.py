# SPDX-License-Identifier: Apache-2.0
"""What this guest has besides IPVS: netem, and a clock that may be set. A pair in bad weather."""

import pathlib
import signal
import time

import pytest
from lab.daemon import Holdfast, configuration, instance
from lab.netns import wait_until

VIP = "192.0.2.10"
KEY = bytes(range(32))


def guest():
    return "rootfstype=hostfs" in pathlib.Path("/proc/cmdline").read_text(encoding="ascii")


class Pair:
    """Two nodes, which sign their adverts if there are to be keys."""

    def __init__(self, lab, signed):
        self.lab = lab
        self.hosts = [lab.host(f"node{n}", f"192.0.2.{n}/24") for n in (1, 2)]
        self.client = lab.host("client", "192.0.2.100/24")
        self.nodes = [Holdfast(host, configuration(instance(
            priority=priority, advert_interval="200ms", **self.keys(host, signed))))
            for host, priority in zip(self.hosts, (150, 100))]
        self.settle()

    @staticmethod
    def keys(host, signed):
        if not signed:
            return {}
        file = pathlib.Path(host.directory) / "key"
        file.touch(mode=0o600)
        file.write_text(f"hex:{KEY.hex()}\n", encoding="ascii")
        return {"authentication": {"keys": [{"id": 1, "key_file": str(file)}]}}

    def settle(self):
        for node, state in zip(self.nodes, ("MASTER", "BACKUP")):
            node.wait_for_state("web", state, 20)

    def changes(self):
        """The changes of state that the logs tell of."""
        return [line for node in self.nodes for line in node.log().splitlines() if " -> " in line]

    def received(self):
        return self.nodes[1].router()["adverts"]["received"]

    def wait_for_adverts(self, count):
        """Until the backup has heard so many more."""
        wanted = self.received() + count
        wait_until(lambda: self.received() >= wanted, 60, lambda: f"{count} adverts heard")


@pytest.mark.parametrize("signed", [False, True])
def test_late_lost_doubled_and_reordered_packets_change_no_role(lab, signed):
    pair = Pair(lab, signed)
    for host in pair.hosts:
        host.run("tc", "qdisc", "add", "dev", "eth0", "root", "netem", "delay", "80ms", "60ms",
                 "25%", "loss", "3%", "duplicate", "10%", "reorder", "25%", "50%")
    before = pair.changes()
    pair.wait_for_adverts(40)
    assert pair.changes() == before
    rejected = pair.nodes[1].router()["adverts"]["rejected"]
    assert {reason for reason, count in rejected.items() if count} <= {"replay"}
    # And whoever dies in it is succeeded, once.
    pair.nodes[0].signal(signal.SIGKILL)
    pair.nodes[1].wait_for_state("web", "MASTER", 20)
    wait_until(lambda: pair.hosts[1].has_address(VIP), 5, "the address")


@pytest.mark.skipif(not guest(), reason="the clock is that of the machine")
@pytest.mark.parametrize("signed", [False, True])
def test_a_clock_that_is_set_changes_no_role(lab, signed):
    """Of the whole machine: both nodes', as by a time server after a long absence."""
    pair = Pair(lab, signed)
    before = pair.changes()
    ahead = time.time() - time.monotonic()
    try:
        for step in (3600, -7200, 86400 * 365, -86400 * 365):
            time.clock_settime(time.CLOCK_REALTIME, time.time() + step)
            pair.wait_for_adverts(6)
    finally:
        time.clock_settime(time.CLOCK_REALTIME, time.monotonic() + ahead)
    assert pair.changes() == before
    assert all(sum(node.router()["adverts"]["rejected"].values()) == 0 for node in pair.nodes)
