#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A flood of hostile adverts against a master: what they cost, and whether its own are on time.

Holdfast, keepalived and FRR's vrrpd, one after the other. "known" are of its VRID, with a spoilt
checksum or TTL: to be read and refused. "foreign" are of another VRID: Holdfast has the kernel drop
them. CPU is that of all the daemon's processes.
"""

import subprocess
import time

from rivals import KINDS, PRIORITY, VRID, bounded, cpu_of, keep, options_of, table

from lab.daemon import binaries
from lab.lab import Lab
from lab.netns import wait_until

VIP, INTERVAL = "192.0.2.10", 0.1
STORM_MAC = "02:00:00:00:00:66"
FLOODS = ("quiet", "known", "foreign")


def one_storm(kind, flood, rate, seconds):
    with Lab() as lab:
        host = lab.host("node1", "192.0.2.1/24")
        client = lab.host("client", "192.0.2.100/24")
        storm = lab.host("storm", "192.0.2.66/24")
        recorder = lab.recorder(client, ignored=STORM_MAC)
        kind.start(host, PRIORITY["node1"], INTERVAL, [VIP])
        wait_until(lambda: len(own_adverts(recorder, host)) >= 2, 30, "a master", every=0.5)
        pids = kind.pids(host)
        recorder.drain()
        before, began = cpu_of(pids), time.time()
        sent = 0
        if flood == "quiet":
            time.sleep(seconds)
        else:
            command = storm.command(binaries() / "holdfast-storm", "eth0", rate, seconds, flood,
                                    VRID, VIP)
            sent = int(subprocess.run([str(word) for word in command], capture_output=True,
                                      text=True, check=True, timeout=seconds + 30).stdout)
        cpu, ended = cpu_of(pids) - before, time.time()
        # With begin and end: a daemon that is kept busy may have sent none.
        times = [began, *own_adverts(recorder, host), ended]
        gap = max(later - earlier for earlier, later in zip(times, times[1:]))
        return {"sent": sent, "seconds": ended - began, "cpu": cpu, "longest_gap": gap,
                "late": gap - INTERVAL}


def own_adverts(recorder, host):
    return [event.time for event in recorder.drain()
            if getattr(event, "source", None) == host.address and event.priority]


def row(flood, name, result):
    sent = result["sent"]
    return (flood, name, f"{sent / result['seconds']:.0f}",
            f"{result['cpu'] / result['seconds'] * 100:.1f}",
            f"{result['cpu'] / sent * 1e6:.2f}" if sent else "-", f"{result['late'] * 1000:.2f}")


def main():
    options = options_of(__doc__)
    options.add_argument("--rate", type=int, default=100_000, help="adverts a second")
    options.add_argument("--seconds", type=int, default=10)
    arguments = options.parse_args()
    raw, rows = {flood: {} for flood in FLOODS}, []
    for flood in FLOODS:
        for kind in KINDS:
            found = bounded(f"{flood}, {kind.name}", 60 + arguments.seconds, one_storm, kind, flood,
                            arguments.rate, arguments.seconds)
            if found:
                raw[flood][kind.name] = found
                rows.append(row(flood, kind.name, found))
    print(table(("", "", "sent per s", "CPU %", "us per hostile advert", "latest own advert, ms"),
                rows))
    keep(arguments.json, raw)


if __name__ == "__main__":
    main()
