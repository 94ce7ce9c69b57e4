# SPDX-License-Identifier: Apache-2.0
"""Holdfast on one host, another implementation on the other, in one virtual router."""

import os

import pytest

from lab.daemon import FrrVrrpd, Holdfast, Keepalived, binaries, configuration, instance
from lab.lab import Lab

# name: version, advert interval in seconds, how the peer is started.
PEERS = {
    "keepalived-v3": (3, 0.1, Keepalived),
    "keepalived-v2": (2, 1, Keepalived),
    "frr-v3": (3, 0.1, FrrVrrpd),
}


def pytest_configure():
    if os.geteuid() != 0:
        raise pytest.UsageError("these tests make network namespaces: run them as root")
    if not (binaries() / "holdfastd").exists():
        raise pytest.UsageError(f"no holdfastd in {binaries()}: run ./dev build")


@pytest.fixture(params=PEERS)
def mixed(request):
    with Lab() as lab:
        yield Mixed(lab, *PEERS[request.param])


class Mixed:
    def __init__(self, lab, version, interval, implementation):
        self.lab = lab
        self.version = version
        self.interval = interval
        self._implementation = implementation
        self.ours = lab.host("ours", "192.0.2.1/24")
        self.theirs = lab.host("theirs", "192.0.2.2/24")
        self.client = lab.host("client", "192.0.2.100/24")
        self.wire = lab.capture(self.client)
        self.holdfast = self.peer = None

    def start_ours(self, priority, preempt=True):
        entry = instance(priority=priority, preempt=preempt, version=self.version,
                         advert_interval=f"{round(self.interval * 1000)}ms"
                         if self.version == 3 else f"{self.interval}s")
        self.holdfast = Holdfast(self.ours, configuration(entry))

    def start_theirs(self, priority, preempt=True):
        if self._implementation is FrrVrrpd:
            self.peer = FrrVrrpd(self.theirs, priority=priority, preempt=preempt,
                                 interval_ms=round(self.interval * 1000))
        else:
            text = Keepalived.config(priority=priority, interval=self.interval,
                                     version=self.version, preempt=preempt)
            self.peer = Keepalived(self.theirs, text)

    def skew(self, priority):
        return (256 - priority) / 256 * (1 if self.version == 2 else self.interval)

    def active_down(self, priority):
        return 3 * self.interval + self.skew(priority)

    def master_is(self, host, since, timeout=10):
        """Waits until `host` alone has spoken for three intervals; returns its first advert."""
        other = self.theirs if host is self.ours else self.ours
        first = self.wire.wait_for_advert(timeout, since=since, source=host.address)
        end = first.time
        while end < first.time + 3 * self.interval:
            end = self.wire.wait_for_advert(timeout, since=end + 0.001, source=host.address).time
        # A loser may answer once, before it has heard.
        late = self.wire.adverts(source=other.address, since=first.time + self.interval)
        assert late == [], "two masters"
        return first
