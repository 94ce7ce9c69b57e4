# SPDX-License-Identifier: Apache-2.0
"""Two pairs of nodes side by side: Holdfast's and keepalived's, the same topology, the same run."""

import argparse
import contextlib
import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests"))

from lab.daemon import ROOT, Holdfast, Keepalived, configuration, instance
from lab.lab import Lab
from lab.netns import wait_until

VIP = "192.0.2.10"
VRID = 51
PRIORITY = {"node1": 150, "node2": 100}
PATIENCE = 30
INSIDE = "HOLDFAST_BENCH_INSIDE"


class Pair:
    """node1 (master), node2 (backup) and a client that sees the wire, in a lab of their own."""

    def __init__(self, interval):
        self.interval = interval
        self.lab = Lab()

    def __enter__(self):
        with contextlib.ExitStack() as failing:
            failing.enter_context(self.lab)
            self.hosts = {name: self.lab.host(name, f"192.0.2.{number}/24")
                          for name, number in (("node1", 1), ("node2", 2))}
            self.client = self.lab.host("client", "192.0.2.100/24")
            self.wire = self.lab.capture(self.client)
            self.daemons = {name: self.launch(name) for name in self.hosts}
            self.await_master("node1", 0)
            failing.pop_all()
        return self

    def __exit__(self, *what):
        self.lab.__exit__(*what)

    @property
    def limit(self):
        """RFC 9568 §6.1: what node2 waits for after node1's last advert."""
        return 3 * self.interval + (256 - PRIORITY["node2"]) * self.interval / 256

    def address(self, node):
        return self.hosts[node].address

    def await_master(self, node, since):
        """Until `node` has sent an advert after `since`, and the other is a backup that heard it."""
        return self.wire.wait_for_advert(PATIENCE, source=self.address(node), since=since,
                                         priority=PRIORITY[node])

    def launch(self, node):
        raise NotImplementedError


class HoldfastPair(Pair):
    name = "holdfast"

    def launch(self, node):
        entry = instance("web", VRID, f"{VIP}/24", priority=PRIORITY[node],
                         advert_interval=f"{round(self.interval * 1000)}ms")
        return Holdfast(self.hosts[node], configuration(entry))

    def vrrp_process(self, node):
        return self.daemons[node].worker_pid("vrrp-worker")


class KeepalivedPair(Pair):
    name = "keepalived"

    def launch(self, node):
        return Keepalived(self.hosts[node], Keepalived.config(
            vrid=VRID, priority=PRIORITY[node], addresses=(f"{VIP}/24",), interval=self.interval))

    def vrrp_process(self, node):
        file = pathlib.Path(self.hosts[node].directory, "vrrp_pid")
        wait_until(file.exists, PATIENCE, f"{file}")
        return int(file.read_text(encoding="ascii"))


RIVALS = (HoldfastPair, KeepalivedPair)


def table(head, rows):
    """Columns as wide as they need to be; the first to the left, figures to the right."""
    cells = [head] + [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    lines = []
    for row in cells:
        lines.append("  ".join(cell.ljust(width) if column < 2 else cell.rjust(width)
                               for column, (cell, width) in enumerate(zip(row, widths))).rstrip())
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def options_of(document):
    """The parser of a measurement's command line, with what every one takes: --json, for keep()."""
    options = argparse.ArgumentParser(description=document,
                                      formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--json", help="raw figures into this file (with IPVS, within this tree)")
    return options


def cpu_of(pids):
    """Seconds, by the scheduler's count of nanoseconds, of the first thread of each: none of ours or
    theirs has another that works."""
    try:
        return sum(int(pathlib.Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[0])
                   for pid in pids) / 1e9
    except FileNotFoundError as error:
        raise RuntimeError(f"a process ended while it was measured: {error.filename}") from error


def keep(path, raw):
    """Writes raw figures into a file; without a path nothing is asked for."""
    if path:
        pathlib.Path(path).write_text(json.dumps(raw, indent=1), encoding="utf-8")


def go_where_ipvs_is(seconds):
    """Runs this program anew where the kernel has IPVS, if need be in a User-mode Linux for at most
    so many seconds. Returns there."""
    if INSIDE in os.environ:
        return
    os.environ.setdefault("HOLDFAST_IPVS_SECONDS", str(seconds))
    os.execv(ROOT / "tests/ipvs/run", ["run", "--command", "env", f"{INSIDE}=1", sys.executable,
                                       os.path.abspath(sys.argv[0]), *sys.argv[1:]])
