#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A flood of hostile adverts against a master: what they cost, and whether its own are on time.

"known" are of its VRID, with a spoilt checksum or TTL: read, refused and counted. "foreign" are of
another VRID: the kernel drops them.
"""

import subprocess
import time

from rivals import keep, options_of, table

from lab.daemon import Holdfast, binaries, configuration, instance
from lab.lab import Lab
from lab.recorder import usage

VIP, VRID, INTERVAL = "192.0.2.10", 51, 0.1
STORM_MAC = "02:00:00:00:00:66"
KINDS = ("quiet", "known", "foreign")


def one_storm(kind, rate, seconds):
    with Lab() as lab:
        host = lab.host("node1", "192.0.2.1/24")
        client = lab.host("client", "192.0.2.100/24")
        storm = lab.host("storm", "192.0.2.66/24")
        entry = instance("web", VRID, f"{VIP}/24", priority=150, advert_interval="100ms")
        node = Holdfast(host, configuration(entry))
        node.wait_for_state("web", "MASTER", 10)
        worker = [node.worker_pid("vrrp-worker")]
        recorder = lab.recorder(client, ignored=STORM_MAC)
        before, began = usage(worker)[0], time.time()
        sent = 0
        if kind == "quiet":
            time.sleep(seconds)
        else:
            command = storm.command(binaries() / "holdfast-storm", "eth0", rate, seconds, kind,
                                    VRID, VIP)
            sent = int(subprocess.run([str(word) for word in command], capture_output=True,
                                      text=True, check=True, timeout=seconds + 30).stdout)
        cpu, ended = usage(worker)[0] - before, time.time()
        times = [event.time for event in recorder.drain()
                 if getattr(event, "source", None) == host.address]
        gap = max(later - earlier for earlier, later in zip(times, times[1:]))
        time.sleep(1.5)  # counters come every second
        refused = sum(node.router()["adverts"]["rejected"].values())
        return {"sent": sent, "seconds": ended - began, "cpu": cpu, "refused": refused,
                "longest_gap": gap, "late": gap - INTERVAL, "state": node.state()}


def row(kind, result):
    refused = result["refused"]
    return (kind, f"{result['sent'] / result['seconds']:.0f}", refused,
            f"{result['cpu'] / result['seconds'] * 100:.1f}",
            f"{result['cpu'] / refused * 1e6:.2f}" if refused else "-",
            f"{result['late'] * 1000:.2f}", result["state"])


def main():
    options = options_of(__doc__)
    options.add_argument("--rate", type=int, default=100_000, help="adverts a second")
    options.add_argument("--seconds", type=int, default=10)
    arguments = options.parse_args()
    results = {kind: one_storm(kind, arguments.rate, arguments.seconds) for kind in KINDS}
    print(table(("", "sent per s", "refused", "worker CPU %", "us per refused",
                 "latest advert, ms", "state"),
                [row(kind, result) for kind, result in results.items()]))
    keep(arguments.json, results)


if __name__ == "__main__":
    main()
