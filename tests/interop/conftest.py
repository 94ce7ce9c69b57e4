# SPDX-License-Identifier: Apache-2.0
"""Holdfast on one host, another implementation on the other, in one virtual router."""

import json

import pytest

from lab import needs
from lab.daemon import Holdfast, Keepalived, configuration, instance
from lab.frr import FrrVrrpd
from lab.lab import Lab

# name: version, advert interval in seconds, how the peer is started, and what is special.
PEERS = {
    "keepalived-v3": (3, 0.1, Keepalived, ""),
    "keepalived-v2": (2, 1, Keepalived, ""),
    "keepalived-v3-ipv6": (3, 0.1, Keepalived, "ipv6"),
    "keepalived-v3-mac": (3, 0.1, Keepalived, "mac"),
    "keepalived-v3-unicast": (3, 0.1, Keepalived, "unicast"),
    "frr-v3": (3, 0.1, FrrVrrpd, ""),
    "frr-v3-ipv6": (3, 0.1, FrrVrrpd, "ipv6"),
}
MAC, DEVICE = "00:00:5e:00:01:33", "vrrp.51"  # in the variant "mac", on both sides
VIP, VIP6, GLOBAL6 = "192.0.2.10", "fe80::51", "2001:db8::10"


def pytest_configure():
    needs.require()


@pytest.fixture(params=PEERS)
def mixed(request):
    with Lab() as lab:
        yield Mixed(lab, *PEERS[request.param])


class Mixed:
    def __init__(self, lab, version, interval, implementation, variant):
        self.lab = lab
        self.version = version
        self.interval = interval
        self._implementation = implementation
        self.ours = lab.host("ours", "192.0.2.1/24")
        self.theirs = lab.host("theirs", "192.0.2.2/24")
        self.client = lab.host("client", "192.0.2.100/24")
        self.variant = variant
        self.vip, self.length = (VIP6, 64) if variant == "ipv6" else (VIP, 24)
        if variant == "ipv6" and implementation is FrrVrrpd:
            self.vip = GLOBAL6  # It might speak from a link-local one.
        if variant == "unicast":  # A hub, not a switch: the client sees it all.
            lab.ip("link", "set", "br0", "type", "bridge", "ageing_time", "0",
                   namespace=lab.switch)
        self.wire = lab.capture(self.client)
        self.sources = {host: host.link_local() if variant == "ipv6" else host.address
                        for host in (self.ours, self.theirs)}
        self.holdfast = self.peer = None

    def start_ours(self, priority, preempt=True):
        entry = instance(priority=priority, preempt=preempt, version=self.version,
                         advert_interval=f"{round(self.interval * 1000)}ms"
                         if self.version == 3 else f"{self.interval}s")
        entry["addresses"] = [f"{self.vip}/{self.length}"]
        if self.variant == "mac":
            entry["virtual_mac"] = True
        if self.variant == "unicast":
            entry["unicast"] = {"peers": [self.theirs.address]}
        self.holdfast = Holdfast(self.ours, configuration(entry))

    def start_theirs(self, priority, preempt=True):
        if self._implementation is FrrVrrpd:
            self.peer = FrrVrrpd(self.theirs, priority=priority, preempt=preempt,
                                 interval_ms=round(self.interval * 1000), addresses=(self.vip,))
            if self.variant == "ipv6":  # It speaks from the device of the virtual MAC.
                self.sources[self.theirs] = self.theirs.link_local("vrrp6-51")
        else:
            lines = {"unicast": (f"unicast_src_ip {self.theirs.address}",
                                 "unicast_peer {", f"  {self.ours.address}", "}"),
                     "mac": (f"use_vmac {DEVICE}",)}
            text = Keepalived.config(priority=priority, interval=self.interval,
                                     version=self.version, preempt=preempt,
                                     addresses=(f"{self.vip}/{self.length}",),
                                     lines=lines.get(self.variant, ()))
            self.peer = Keepalived(self.theirs, text)

    def we_hold(self):
        """Whether we have the address, on the interface that it belongs on."""
        device = DEVICE if self.variant == "mac" else "eth0"
        there = {link["ifname"] for link in json.loads(self.ours.ip("-j", "link").stdout)}
        return device in there and self.ours.has_address(self.vip, device)

    def skew(self, priority):
        return (256 - priority) / 256 * (1 if self.version == 2 else self.interval)

    def active_down(self, priority):
        return 3 * self.interval + self.skew(priority)

    def master_is(self, host, since, timeout=10):
        """Waits until `host` alone has spoken for three intervals; returns its first advert."""
        other = self.theirs if host is self.ours else self.ours
        first = self.wire.wait_for_advert(timeout, since=since, source=self.sources[host])
        end = first.time
        while end < first.time + 3 * self.interval:
            end = self.wire.wait_for_advert(timeout, since=end + 0.001, source=self.sources[host]).time
        # A loser may answer once, before it has heard.
        late = self.wire.adverts(source=self.sources[other], since=first.time + self.interval)
        assert late == [], "two masters"
        if self.variant == "mac":  # The first, too, and whoever speaks.
            assert {advert.mac for advert in self.wire.adverts()} == {MAC}
        return first
