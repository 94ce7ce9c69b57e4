# SPDX-License-Identifier: Apache-2.0
"""So many checks that Holdfast's process which makes them takes a given share of one core: whether it
misses a deadline: that a check is made before the same one is due again.

It has processor 0 for itself; the servers, the other processes of Holdfast and this program run on the
others. By their scheduling class it and the servers go before whatever else the machine does. Its checks are as many as in the longest row, and begin as often as that takes. That they do is
seen on the wire, of one server in 125. Those of a tick, 4 ms, begin together; how many begin more than four
ticks after their time is told beside it. Its time is that of the earliest of its begins, so many intervals on.
"""

import collections
import ctypes
import os
import socket
import struct
import time

from checkers import KINDS, HoldfastChecks, Servers
from rivals import cpu_of, table

from lab.lab import Lab
from lab.netns import in_namespace, wait_until
from lab.recorder import ROOM, SO_ATTACH_FILTER, SO_RCVBUFFORCE, SO_TIMESTAMPNS

SERVERS = 20_000
LATE = 0.016  # seconds: four ticks of checks so close together
# What a check costs changes by a tenth and more within a minute: the machine's own speed, since it is nginx's cost,
# too. So what is measured in the end also says how often checks must begin, if it was not near the share.
TRIALS = (4, 30, 30, 30)  # seconds
NEAR = 4  # percent of the core
# Per second, of the first trial: below the share, since of who has too much to do nothing is learned.
FIRST_RATE = {"tcp": 40_000, "http": 21_000, "https": 5500}
BOUND = 240
ETH_P_IP, SYN, SYN_AND_ACK = 0x0800, 0x02, 0x12


class Begins:
    """When connections to a sample of the servers were begun, by the kernel's time."""

    def __init__(self, host, port):
        self._socket = in_namespace(host.namespace, lambda: self._open(port))

    @staticmethod
    def _open(port):
        # linux/filter.h; what is received on lo: Ethernet, IPv4 without options, TCP.
        program = b"".join(struct.pack("=HBBI", *one) for one in (
            (0x30, 0, 0, 33), (0x15, 1, 0, 1), (0x15, 0, 6, 2),  # the last byte of the server: 1 or 2
            (0x28, 0, 0, 36), (0x15, 0, 4, port),
            (0x30, 0, 0, 47), (0x54, 0, 0, SYN_AND_ACK), (0x15, 0, 1, SYN),
            (0x06, 0, 0, 64), (0x06, 0, 0, 0)))
        code = ctypes.create_string_buffer(program, len(program))
        tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        tap.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER,
                       struct.pack("@HP", len(program) // 8, ctypes.addressof(code)))
        tap.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, ROOM)
        tap.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        tap.bind(("lo", ETH_P_IP))
        tap.setblocking(False)
        return tap

    def by_server(self):
        """Since it was asked before."""
        times = collections.defaultdict(list)
        while True:
            try:
                frame, ancillary, _, _ = self._socket.recvmsg(64, 64)
            except BlockingIOError:
                return times
            seconds, nanoseconds = struct.unpack("@qq", ancillary[0][2][:16])
            times[frame[30:34]].append(seconds + nanoseconds / 1e9)

    def close(self):
        self._socket.close()


def lateness_of(times, interval):
    """How late each of a server's begins was, in seconds, and how many are missing between them."""
    turns = [round((one - times[0]) / interval) for one in times]
    phases = [one - turn * interval for one, turn in zip(times, turns)]
    return [one - min(phases) for one in phases], turns[-1] + 1 - len(set(turns))


def good_of(checks):
    """The supervisor may be slow to answer, which has its processor with the servers."""

    def asked():
        try:
            return checks.good()
        except RuntimeError:
            return None

    return wait_until(asked, 30, "the checks' results", every=0.1)


def go_first(pid):
    os.sched_setscheduler(pid, os.SCHED_FIFO, os.sched_param(1))


class Run:
    """Holdfast with SERVERS checks, on a processor of its own."""

    def __init__(self, lab, kind, rate):
        self.interval = round(SERVERS / rate, 3)
        self.kind = kind
        self.host = lab.host("node1", "192.0.2.1/24")
        self.servers = Servers(self.host)
        go_first(self.servers.pid)
        self.checks = HoldfastChecks(self.host, kind, SERVERS, self.interval)
        self.pids = self.checks.pids()
        for pid in self.pids:
            os.sched_setaffinity(pid, {0})
            go_first(pid)
        wait_until(lambda: self.checks.up() == SERVERS, 60,
                   lambda: f"{self.checks.up()} of {SERVERS} up", every=1)
        time.sleep(max(2, 2 * self.interval))  # at first no session of TLS is resumed

    def look(self, seconds):
        """What happens in so many seconds."""
        good = good_of(self.checks)
        begins = Begins(self.host, KINDS[self.kind])
        started, cpu = time.monotonic(), cpu_of(self.pids)
        nginx = cpu_of([self.servers.pid])
        time.sleep(seconds)
        took, cpu = time.monotonic() - started, cpu_of(self.pids) - cpu
        nginx = cpu_of([self.servers.pid]) - nginx
        times = begins.by_server()
        begins.close()
        after = good_of(self.checks)
        if self.pids != self.checks.pids():
            raise RuntimeError("the check-worker did not survive it")
        lateness, missing = [], 0
        for one in times.values():
            late, lacks = lateness_of(one, self.interval)
            lateness += late
            missing += lacks
        made = SERVERS / self.interval * took
        return {"kind": self.kind, "servers": SERVERS, "interval": self.interval, "seconds": took,
                "cpu_percent": cpu / took * 100, "cpu_us_per_check": cpu / made * 1e6,
                "server_percent": nginx / took * 100,
                "missed": self.checks.missed(good, after, took, self.interval),
                "seen": len(lateness), "missing": missing,
                "late": sum(one > LATE for one in lateness), "latest": max(lateness, default=0)}


def measure(kind, percent):
    """At about so many percent of one core."""
    before = os.sched_getaffinity(0)
    rate, measured = FIRST_RATE[kind], []
    try:
        os.sched_setaffinity(0, before - {0} or before)  # of all that is started here
        for seconds in TRIALS:
            with Lab() as lab:
                run = Run(lab, kind, rate)
                found = run.look(max(seconds, 2 * run.interval))
            off = abs(found["cpu_percent"] - percent)
            if seconds == TRIALS[-1]:
                measured.append((off, found))
                if off <= NEAR:
                    break
            rate *= percent / found["cpu_percent"]
        return min(measured, key=lambda one: one[0])[1]
    finally:
        os.sched_setaffinity(0, before)


def shown(results):
    return table(("kind", "checks", "every, s", "per s", "CPU %", "us per check", "nginx %", "missed",
                  "seen", "missing", "late", "latest, ms"),
                 [(one["kind"], one["servers"], one["interval"],
                   f"{one['servers'] / one['interval']:.0f}", f"{one['cpu_percent']:.1f}",
                   f"{one['cpu_us_per_check']:.1f}", f"{one['server_percent']:.0f}", one["missed"],
                   one["seen"], one["missing"], one["late"], f"{one['latest'] * 1e3:.1f}")
                  for one in results])
