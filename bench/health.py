#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""From a server's death to the kernel's table: how long Holdfast takes.

A real server closes its port. "to the kernel" is from the refusal of the next check, as the wire has
it, to the first change of the kernel's table, so that the interval of the checks does not count. By the backend nftables here, or by
IPVS (--ipvs) where there is one, if need be in a User-mode Linux on one processor.
"""

import random
import select
import socket
import statistics
import struct
import threading
import time

from balance import Listeners, address
from rivals import PATIENCE, go_where_ipvs_is, keep, options_of, table

from lab.daemon import Holdfast
from lab.lab import Lab
from lab.netlink_writes import NetlinkWrites, NftChanges
from lab.netns import in_namespace, wait_until

ETH_P_ALL, SO_TIMESTAMPNS = 3, 35
TCP, RESET, PORT = 6, 0x04, 80
CHECK_INTERVAL = 0.2  # seconds
LIMIT_MS = 5


class Taps:
    """When servers refused, as the kernel noted it, and when the kernel's tables changed, as a
    thread saw it: the difference is at most that thread's delay too long."""

    def __init__(self, host, backend):
        self._host = host
        self._writes = NetlinkWrites(host) if backend == "ipvs" else NftChanges(host)
        self._ending = False
        self._changes = []

    def __enter__(self):
        self._writes.__enter__()
        self._lo = in_namespace(self._host.namespace, self._tap)
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *error):
        self._ending = True
        self._thread.join()
        self._lo.close()
        self._writes.__exit__(*error)

    @staticmethod
    def _tap():
        tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        tap.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        tap.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        tap.bind(("lo", ETH_P_ALL))
        tap.setblocking(False)
        return tap

    def _watch(self):
        while not self._ending:
            ready, _, _ = select.select([self._writes], [], [], 0.1)
            now = time.time()
            if ready and self._writes.seen():
                self._changes.append(now)

    def forget(self):
        self.refusals_of("0.0.0.0")
        self._changes.clear()

    def refusals_of(self, server):
        """When connections to it were reset, of those not asked about before."""
        wanted, times = socket.inet_aton(server), []
        while True:
            try:
                frame, ancillary, _, _ = self._lo.recvmsg(1 << 20, 64)
            except BlockingIOError:
                return times
            seconds, nanoseconds = struct.unpack("@qq", ancillary[0][2][:16])
            if is_refusal(frame, wanted):
                times.append(seconds + nanoseconds / 1e9)

    def changes(self):
        """When the kernel's tables changed."""
        return list(self._changes)


def is_refusal(frame, server):
    if frame[12:14] != b"\x08\x00" or frame[23] != TCP or frame[26:30] != server:
        return False
    segment = frame[14 + (frame[14] & 0x0F) * 4:]
    return segment[0] * 256 + segment[1] == PORT and bool(segment[13] & RESET)


def configuration(servers, backend):
    entry = {"name": "web", "address": "192.0.2.10:80", "scheduler": "rr",
             "check": {"tcp": {}, "interval": f"{CHECK_INTERVAL}s", "timeout": f"{CHECK_INTERVAL}s"},
             "real_servers": [{"address": f"{address(one)}:{PORT}"} for one in range(servers)]}
    return {"load_balancing": {"backend": backend}, "virtual_servers": [entry]}


def measure(backend, servers, times):
    with Lab() as lab:
        host = lab.host("node1", "192.0.2.1/24")
        listeners = Listeners(host, servers)
        daemon = Holdfast(host, configuration(servers, backend))

        def serving():
            status = daemon.try_status() or {"virtual_servers": []}
            return sum(one["healthy"] for one in status["virtual_servers"])

        wait_until(lambda: serving() == servers, PATIENCE, "the servers")
        delays = []
        with Taps(host, backend) as taps:
            for number in range(times):
                victim = number % servers
                time.sleep(random.random() * CHECK_INTERVAL)
                taps.forget()
                listeners.close(victim)
                wait_until(lambda: serving() == servers - 1, PATIENCE, "a removal")
                refused, written = taps.refusals_of(address(victim)), taps.changes()
                delays.append((written[0] - refused[0]) * 1000)
                listeners.open(victim)
                wait_until(lambda: serving() == servers, PATIENCE, "its return")
        listeners.end()
        daemon.stop()
        return delays


def main():
    options = options_of(__doc__)
    options.add_argument("--servers", type=int, default=20)
    options.add_argument("--times", type=int, default=50)
    options.add_argument("--ipvs", action="store_true", help="by IPVS")
    arguments = options.parse_args()
    if arguments.ipvs:
        go_where_ipvs_is(seconds=600)
    backend = "ipvs" if arguments.ipvs else "nftables"
    delays = measure(backend, arguments.servers, arguments.times)
    print(table(("backend", "to the kernel, ms: median", "at most", "limit"),
                [(backend, f"{statistics.median(delays):.2f}", f"{max(delays):.2f}",
                  f"{LIMIT_MS}")]))
    keep(arguments.json, {"delays": delays})


if __name__ == "__main__":
    main()
