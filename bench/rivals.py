# SPDX-License-Identifier: Apache-2.0
"""Pairs of nodes side by side, Holdfast's, keepalived's and FRR's: the same topology, the same run. What
all measurements share: turns, bounds in time, tables, raw figures."""

import argparse
import contextlib
import json
import os
import pathlib
import re
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests"))

from lab.daemon import ROOT, Holdfast, Keepalived, configuration, instance
from lab.frr import FrrVrrpd
from lab.lab import Lab
from lab.netns import LabTimeout, wait_until
from lab.recorder import processes

VRID = 51
PRIORITY = {"node1": 150, "node2": 100}
REAL_TIME_PRIORITY = 50
PATIENCE = 30
ASK_EVERY = 0.0001  # an answer is late by half of it, whoever the heir is
INSIDE = "HOLDFAST_BENCH_INSIDE"


class Kind:
    """How a daemon of one kind is started on a host, and which processes it has."""

    name = ""

    @staticmethod
    def start(host, priority, interval, addresses):
        raise NotImplementedError

    @staticmethod
    def vrrp_process(daemon):
        raise NotImplementedError

    @classmethod
    def pids(cls, host):
        return processes(host, cls.name)

    @staticmethod
    def mac(host):
        """Of its announcements."""
        return host.mac


class HoldfastKind(Kind):
    name = "holdfast"
    vrrp = {}  # beside the instances

    @classmethod
    def start(cls, host, priority, interval, addresses):
        entry = instance("web", VRID, priority=priority,
                         advert_interval=f"{round(interval * 1000)}ms",
                         addresses=[f"{one}/24" for one in addresses])
        return Holdfast(host, configuration(entry, vrrp=cls.vrrp))

    @staticmethod
    def vrrp_process(daemon):
        return daemon.worker_pid("vrrp-worker", PATIENCE)


class KeepalivedKind(Kind):
    name = "keepalived"
    globals = ()  # of global_defs

    @classmethod
    def start(cls, host, priority, interval, addresses):
        return Keepalived(host, Keepalived.config(
            vrid=VRID, priority=priority, addresses=[f"{one}/24" for one in addresses],
            interval=interval, globals=cls.globals))

    @staticmethod
    def vrrp_process(daemon):
        file = pathlib.Path(daemon.host.directory, "vrrp_pid")
        wait_until(file.exists, PATIENCE, f"{file}")
        return int(file.read_text(encoding="ascii"))


class FrrKind(Kind):
    """vrrpd, zebra and watchfrr, as Debian's service runs them."""

    name = "frr"

    @staticmethod
    def start(host, priority, interval, addresses):
        return FrrVrrpd(host, VRID, priority, addresses, round(interval * 1000), watched=True)

    @staticmethod
    def vrrp_process(daemon):
        return daemon.vrrp_process()

    @classmethod
    def pids(cls, host):
        return [pid for name in ("vrrpd", "zebra", "watchfrr") for pid in processes(host, name)]

    @staticmethod
    def mac(host):
        return f"00:00:5e:00:01:{VRID:02x}"


class RealTimeHoldfast(HoldfastKind):
    vrrp = {"process": {"real_time": {"priority": REAL_TIME_PRIORITY}}}


class RealTimeKeepalived(KeepalivedKind):
    globals = (f"vrrp_rt_priority {REAL_TIME_PRIORITY}",)


KINDS = (HoldfastKind, KeepalivedKind, FrrKind)
REAL_TIME_KINDS = (RealTimeHoldfast, RealTimeKeepalived)  # vrrpd has no such option


class Pair:
    """node1 (master), node2 (backup) and a client that sees the wire, in a lab of their own."""

    def __init__(self, interval, master, backup=None, addresses=1):
        self.interval = interval
        self.kinds = {"node1": master, "node2": backup or master}
        self.addresses = [f"192.0.2.{10 + at}" for at in range(addresses)]
        self.name = master.name if backup in (None, master) else f"{master.name} to {backup.name}"

    def __enter__(self):
        self.lab = Lab()
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

    def mac(self, node):
        return self.kinds[node].mac(self.hosts[node])

    def await_master(self, node, since, timeout=PATIENCE):
        """Until `node` has sent an advert after `since`, and the other is a backup that heard it."""
        return self.wire.wait_for_advert(timeout, source=self.address(node), since=since,
                                         priority=PRIORITY[node])

    def launch(self, node):
        return self.kinds[node].start(self.hosts[node], PRIORITY[node], self.interval,
                                      self.addresses)

    def start_again(self, node):
        self.daemons[node] = self.launch(node)

    def revive(self, node):
        """The machine boots again, and its daemon starts."""
        if isinstance(self.daemons[node], FrrVrrpd):
            self.daemons[node].unplug()
        self.hosts[node].revive()
        self.start_again(node)

    def vrrp_process(self, node):
        return self.kinds[node].vrrp_process(self.daemons[node])

    def pids(self, node):
        return self.kinds[node].pids(self.hosts[node])

    @contextlib.contextmanager
    def echoes(self, every=0.001):
        """A client that asks the first address for an echo so often."""
        echo = self.lab.echo(self.client, self.addresses[0], every)
        try:
            echo.wait_for_answer(PATIENCE)
            yield echo
        finally:
            echo.close()
            self.lab._closers.remove(echo.close)


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
    """Seconds, by the scheduler's count of nanoseconds, of all threads that there are."""
    try:
        return sum(int(file.read_text(encoding="ascii").split()[0]) for pid in pids
                   for file in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9
    except FileNotFoundError as error:
        raise RuntimeError(f"a process ended while it was measured: {error.filename}") from error


def wakeups(pids):
    return sum(int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)",
                             pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii"),
                             re.MULTILINE).group(1)) for pid in pids)


failures = {}  # what could not be measured: why


def bounded(what, seconds, function, *arguments):
    """What the function returns; or None, if that took longer or failed, which `failures` has then.
    One rival that does not manage is no reason to lose the figures of the others."""

    def too_long(*_):
        raise LabTimeout(f"not within {seconds:g} s")

    before = signal.signal(signal.SIGALRM, too_long)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        return function(*arguments)
    except Exception as error:  # whatever it is, it is told
        failures[what] = f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}"
        print(f"{what}: {failures[what]}", flush=True)
        return None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def why_not(what):
    """A word for the tables."""
    return "not in time" if "Timeout" in failures[what].split(":")[0] else "failed"


class Turns:
    """Pairs that are measured one after the other, again and again. Who fails begins anew, and is left
    out from the third time on."""

    FAILURES_MAX = 3

    def __init__(self, what, pairs, seconds=120):
        self.what, self.pairs, self.seconds = what, pairs, seconds
        self._failed = dict.fromkeys((pair.name for pair in pairs), 0)
        self._up = []

    def __enter__(self):
        self.pairs = [pair for pair in self.pairs if self._start(pair)]
        return self

    def __exit__(self, *what):
        for pair in self._up:
            pair.__exit__(None, None, None)

    def _start(self, pair):
        if bounded(f"{self.what}, {pair.name}", self.seconds, pair.__enter__) is None:
            return False
        self._up.append(pair)
        return True

    def _start_anew(self, pair):
        self._up.remove(pair)
        pair.__exit__(None, None, None)
        self._failed[pair.name] += 1
        return self._failed[pair.name] < self.FAILURES_MAX and self._start(pair)

    def take(self, what, one, takes_part=lambda pair: True):
        """(name, what was found) of each."""
        for pair in [pair for pair in self.pairs if takes_part(pair)]:
            found = bounded(f"{what}, {self.what}, {pair.name}", self.seconds, one, pair)
            if found is not None:
                yield pair.name, found
            elif not self._start_anew(pair):
                self.pairs.remove(pair)


def gather(samples, name, found):
    """Adds the figures of one round, or some of each, to those of the rounds before it; none, if it failed."""
    for key, figures in (found or {}).items():
        known = samples.setdefault(name, {}).setdefault(key, [])
        known.extend(figures if isinstance(figures, list) else [figures])


def keep(path, raw):
    """Writes raw figures into a file, with what failed; without a path nothing is asked for."""
    if path:
        pathlib.Path(path).write_text(json.dumps({**raw, "failed": failures}, indent=1),
                                      encoding="utf-8")


def go_where_ipvs_is(seconds):
    """Runs this program anew where the kernel has IPVS, if need be in a User-mode Linux for at most
    so many seconds. Returns there."""
    if INSIDE in os.environ:
        return
    os.environ.setdefault("HOLDFAST_IPVS_SECONDS", str(seconds))
    os.execv(ROOT / "tests/ipvs/run", ["run", "--command", "env", f"{INSIDE}=1", sys.executable,
                                       os.path.abspath(sys.argv[0]), *sys.argv[1:]])
