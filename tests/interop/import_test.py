# SPDX-License-Identifier: Apache-2.0
"""A pair of keepalived, then a pair of Holdfast with the same file imported, on the same two hosts:
the same master, the same addresses, and adverts that are the same byte for byte."""

import json
import os
import pathlib
import re
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
# Both addresses of a gateway, and the line to the others; a script says whether it is of use.
GROUP = """
global_defs {
    vrrp_version 3
    script_user root
    enable_script_security
}
vrrp_script useful {
    script "/usr/bin/test -e FOLDER/useful"
    interval 1
    rise 1
    fall 1
}
vrrp_sync_group edge {
    group {
        inside
        outside
    }
    track_script {
        useful
    }
}
vrrp_instance inside {
    interface eth0
    virtual_router_id 54
    advert_int 0.1
    @lb1 priority 150
    @lb2 priority 100
    virtual_ipaddress {
        192.0.2.10/24 dev eth0
    }
}
vrrp_instance outside {
    interface eth0
    virtual_router_id 55
    advert_int 0.1
    @lb1 priority 150
    @lb2 priority 100
    virtual_ipaddress {
        192.0.2.11/32
    }
}
"""
WEIGHTS = """
global_defs {
    vrrp_version 3
    script_user root
    enable_script_security
}
vrrp_script useful {
    script "/usr/bin/test -e FOLDER/useful"
    interval 1
    weight 60
    rise 1
    fall 1
}
vrrp_instance web {
    interface eth0
    virtual_router_id 56
    advert_int 0.1
    @lb1 priority 90
    @lb2 priority 60
    accept
    track_script {
        useful
    }
    virtual_ipaddress {
        192.0.2.10/24
    }
}
"""
CABLE = """
global_defs {
    vrrp_version 3
}
vrrp_instance web {
    interface eth0
    virtual_router_id 57
    advert_int 0.1
    @lb1 priority 150
    @lb2 priority 100
    track_interface {
        eth1 weight -60
    }
    virtual_ipaddress {
        192.0.2.10/24
    }
}
"""
FAULT = CABLE.replace(" weight -60", "").replace("_id 57", "_id 58")
NOPREEMPT = """
vrrp_instance web {
    state BACKUP
    interface eth0
    virtual_router_id 59
    version 3
    advert_int 0.1
    @lb1 priority 150
    @lb2 priority 100
    nopreempt
    garp_master_delay 1
    virtual_ipaddress {
        fe80::59/64
        2001:db8::59/64
    }
}
"""


def loads(value):
    """Of the file that is tracked; what it says is taken times the weight."""
    return lambda host: pathlib.Path(host.directory, "load").write_text(value, encoding="ascii")


def is_useful(state):
    def act(host):
        mark = pathlib.Path(host.directory, "useful")
        return mark.touch() if state else mark.unlink()

    return act


def cable(state):
    return lambda host: host.ip("link", "set", "eth1", state)


# name: the file, the advert interval in seconds, how many addresses there are, and what moves them to
# the second host and back.
CASES = {"v2-password": (PASSWORD, 1, 3),
         "v3-unicast-file": (UNICAST, 0.1, 3, loads("3\n"), loads("1\n")),
         "v3-ipv6": (IPV6, 0.1, 2),
         "v3-sync-group": (GROUP, 0.1, 2, is_useful(False), is_useful(True)),
         "v3-script-weight": (WEIGHTS, 0.1, 1, is_useful(False), is_useful(True)),
         "v3-interface-weight": (CABLE, 0.1, 1, cable("down"), cable("up")),
         "v3-interface-fault": (FAULT, 0.1, 1, cable("down"), cable("up")),
         "v3-nopreempt-ipv6": (NOPREEMPT, 0.1, 2)}


class Pair:
    """The two hosts; `start` says which daemon runs on them."""

    def __init__(self, lab, text, interval, count, fail=None, mend=None):
        self.interval = interval
        self.count = count
        self.fail, self.mend = fail, mend
        self.vrids = [int(vrid) for vrid in re.findall(r"virtual_router_id (\d+)", text)]
        self.hosts = {"lb1": lab.host("lb1", "192.0.2.1/24"), "lb2": lab.host("lb2", "192.0.2.2/24")}
        lab.ip("link", "set", "br0", "type", "bridge", "ageing_time", "0", namespace=lab.switch)
        self.wire = lab.capture(lab.host("client", "192.0.2.100/24"))
        self.sources = {}
        self.own = {}
        self.text = text
        for name, host in self.hosts.items():
            host.plug("eth1")
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
        loads("0\n")(host)
        is_useful(True)(host)
        if kind == "keepalived":
            pathlib.Path(host.directory, "keepalived.log").unlink(missing_ok=True)
            self.daemons[name] = Keepalived(host, self.file(name), ("--config-id", name))
        else:
            self.daemons[name] = Holdfast(host, imported(host, self.file(name), name))

    def advert(self, name, since, **fields):
        """The first advert of a host, and when it came; what of it must not differ."""
        advert = self.wire.wait_for_advert(15, since=since, source=self.sources[name], **fields)
        return advert.time, (advert.source, advert.destination, advert.ttl, advert.mac,
                             advert.payload.hex())

    def alone(self, name, since):
        """Until a host alone has spoken for three intervals, of every virtual router."""
        return [self.alone_by(name, since, vrid) for vrid in self.vrids]

    def alone_by(self, name, since, vrid):
        """Of one. The other may take a while to hear that it has lost."""
        other = self.sources["lb2" if name == "lb1" else "lb1"]
        first = end = self.advert(name, since, vrid=vrid)[0]
        while end < first + 3 * self.interval:
            assert end < since + 20, f"{other} is never silent"
            end, seen = self.advert(name, end + 0.001, vrid=vrid)
            if self.wire.adverts(source=other, vrid=vrid, since=first, until=end):
                first = end
        return seen

    def observe(self, kind):
        """What is seen from outside of an election, a hand-over, and a return."""
        seen = {}
        self.start(kind, "lb2")
        seen["b alone"] = self.alone("lb2", time.time())
        seen["b holds"] = self.wait_held("lb2")
        begin = time.time()
        self.start(kind, "lb1")
        if "nopreempt" in self.text and "state MASTER" not in self.text:
            self.wait_backup(kind, "lb1")
            seen["b goes on"] = self.alone("lb2", time.time())
            self.daemons["lb2"].stop()
            self.wait_held("lb1")
            self.start(kind, "lb2")
            self.wait_backup(kind, "lb2")
        self.wait_for_all("lb1", begin)
        seen["a preempts"] = self.alone("lb1", time.time())
        seen["a holds"], seen["b gave up"] = self.wait_held("lb1"), self.wait_gone("lb2")
        if self.fail:
            self.fail(self.hosts["lb1"])
            seen["b after the trouble"] = self.alone("lb2", self.wait_for_all("lb2", time.time()))
            seen["b holds then"], seen["a let go"] = self.wait_held("lb2"), self.wait_gone("lb1")
            self.mend(self.hosts["lb1"])
            seen["a after it"] = self.alone("lb1", self.wait_for_all("lb1", time.time()))
        since = time.time()
        self.daemons["lb1"].stop()
        for vrid in self.vrids:
            seen["farewell", vrid] = self.advert("lb1", since, priority=0, vrid=vrid)[1]
            seen["heir", vrid] = self.advert("lb2", since, vrid=vrid)[1]
        seen["heir holds"], seen["a gave up"] = self.wait_held("lb2"), self.wait_gone("lb1")
        self.daemons["lb2"].stop()
        self.wait_gone("lb2")
        return seen

    def wait_for_all(self, name, since):
        """Until a host has spoken of every virtual router."""
        return max(self.advert(name, since, vrid=vrid)[0] for vrid in self.vrids)

    def wait_backup(self, kind, name):
        """Until it listens: who comes later would be silent, too."""
        daemon = self.daemons[name]
        if kind == "keepalived":
            wait_until(lambda: "Entering BACKUP STATE" in daemon.log(), 15, daemon.log)
        else:
            daemon.wait_for_state("web", "BACKUP", 15)

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
