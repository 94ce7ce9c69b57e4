# SPDX-License-Identifier: Apache-2.0
"""A pair of keepalived, then a pair of Holdfast with the same file imported, on the same two hosts:
the same master, the same addresses, and adverts that are the same byte for byte."""

import json
import os
import pathlib
import time

import pytest

from lab.daemon import Holdfast, Keepalived, binaries
from lab.lab import Lab
from lab.netns import run, wait_until

# One file for both hosts: `@lb1` and `@lb2` are their names.
PASSWORD = """
# VRRPv2, as old files have it
vrrp_instance web {
    state MASTER
    interface eth0
    virtual_router_id 51
    @lb1 priority 150
    @lb2 priority 100
    nopreempt   # which says nothing beside MASTER
    authentication {
        auth_type PASS
        auth_pass too-long-a-word
    }
    virtual_ipaddress {
        192.0.2.10/24 brd + label eth0:web
        192.0.2.11
    }
    virtual_ipaddress_excluded {
        198.51.100.1/24
    }
}
"""
UNICAST = """
global_defs {
    vrrp_version 3
    vrrp_garp_master_refresh 1
}
$NET=192.0.2
vrrp_track_file load {
    file FOLDER/load
    weight -20
}
vrrp_instance web {
    interface eth0
    virtual_router_id 52
    advert_int 0.1
    @lb1 priority 150
    @lb2 priority 100
    unicast_peer {
        @lb1 ${NET}.2
        @lb2 ${NET}.1
    }
    track_file {
        load
    }
    virtual_ipaddress {
        ~SEQ(N, 20, 22) ${NET}.${N}/24
    }
}
"""
IPV6 = """
vrrp_instance web {
    interface eth0
    virtual_router_id 53
    advert_int 0.1
    @lb1 priority 150
    @lb2 priority 100
    mcast_dst_ip ff02::17
    virtual_ipaddress {
        fe80::53/64
        2001:db8::53/64
    }
}
"""
# name: the file, the advert interval in seconds, and how many addresses there are.
CASES = {"v2-password": (PASSWORD, 1, 3), "v3-unicast-file": (UNICAST, 0.1, 3),
         "v3-ipv6": (IPV6, 0.1, 2)}


class Pair:
    """The two hosts; `start` says which daemon runs on them."""

    def __init__(self, lab, text, interval, count):
        self.interval = interval
        self.count = count
        self.hosts = {"lb1": lab.host("lb1", "192.0.2.1/24"), "lb2": lab.host("lb2", "192.0.2.2/24")}
        lab.ip("link", "set", "br0", "type", "bridge", "ageing_time", "0", namespace=lab.switch)
        self.wire = lab.capture(lab.host("client", "192.0.2.100/24"))
        self.sources = {}
        self.own = {}
        self.text = text
        for name, host in self.hosts.items():
            link_local = host.link_local()
            self.sources[name] = link_local if "2001:" in text else host.address
            self.own[name] = host.addresses() | host.addresses6()
        self.daemons = {}

    def file(self, name):
        return self.text.replace("FOLDER", self.hosts[name].directory)

    def held(self, name):
        host = self.hosts[name]
        return (host.addresses() | host.addresses6()) - self.own[name]

    def start(self, kind, name):
        host = self.hosts[name]
        pathlib.Path(host.directory, "load").write_text("0\n", encoding="ascii")
        if kind == "keepalived":
            self.daemons[name] = Keepalived(host, self.file(name), ("--config-id", name))
        else:
            self.daemons[name] = Holdfast(host, imported(host, self.file(name), name))

    def advert(self, name, since, **fields):
        """The first advert of a host, and when it came; what of it must not differ."""
        advert = self.wire.wait_for_advert(15, since=since, source=self.sources[name], **fields)
        return advert.time, (advert.source, advert.destination, advert.ttl, advert.mac,
                             advert.payload.hex())

    def alone(self, name, since):
        """Until a host alone has spoken for three intervals."""
        other = "lb2" if name == "lb1" else "lb1"
        first, _ = self.advert(name, since)
        end = first
        while end < first + 3 * self.interval:
            end, _ = self.advert(name, end + 0.001)
        assert self.wire.adverts(source=self.sources[other], since=first + 2 * self.interval) == []
        return self.advert(name, end)[1]

    def observe(self, kind):
        """What is seen from outside of an election, a hand-over, and a return."""
        seen = {}
        self.start(kind, "lb2")
        seen["b alone"] = self.alone("lb2", time.time())
        seen["b holds"] = self.wait_held("lb2")
        begin = time.time()
        self.start(kind, "lb1")
        self.advert("lb1", begin)
        seen["a preempts"] = self.alone("lb1", time.time())
        seen["a holds"], seen["b gave up"] = self.wait_held("lb1"), self.wait_gone("lb2")
        if "track_file" in self.text:
            pathlib.Path(self.hosts["lb1"].directory, "load").write_text("3\n", encoding="ascii")
            seen["b after the file"] = self.alone("lb2", self.advert("lb2", time.time())[0])
            pathlib.Path(self.hosts["lb1"].directory, "load").write_text("1\n", encoding="ascii")
            seen["a with 130"] = self.alone("lb1", self.advert("lb1", time.time())[0])
        since = time.time()
        self.daemons["lb1"].stop()
        seen["farewell"] = self.advert("lb1", since, priority=0)[1]
        seen["heir"] = self.advert("lb2", since)[1]
        seen["heir holds"], seen["a gave up"] = self.wait_held("lb2"), self.wait_gone("lb1")
        self.daemons["lb2"].stop()
        self.wait_gone("lb2")
        return seen

    def wait_held(self, name):
        wait_until(lambda: len(self.held(name)) == self.count, 10, lambda: f"{self.held(name)}")
        return self.held(name)

    def wait_gone(self, name):
        wait_until(lambda: not self.held(name), 10, lambda: f"{self.held(name)}")
        return self.held(name)


def imported(host, text, config_id):
    source = os.path.join(host.directory, "original.conf")
    pathlib.Path(source).write_text(text, encoding="utf-8")
    answer = run(binaries() / "holdfastctl", "import", source, "--config-id", config_id, "--strict",
                 "--json")
    report = json.loads(answer.stderr)
    assert (report["reported"], report["unknown"]) == (0, 0)
    assert "too-long" not in answer.stderr
    return answer.stdout


@pytest.mark.parametrize("case", CASES)
def test_both_act_alike(case):
    with Lab() as lab:
        pair = Pair(lab, *CASES[case])
        keepalived = pair.observe("keepalived")
        holdfast = pair.observe("holdfast")
        assert holdfast == keepalived
