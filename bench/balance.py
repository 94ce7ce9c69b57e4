#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Load balancing: Holdfast beside keepalived and a bare program, one after the other, in the same kernel.

"load" is from the start of the daemon until every real server is in the kernel's IPVS table, the
time to read and check the configuration included; "CPU" and "MB" are then those of all processes
of the daemon. "one changed" and "all changed" are reloads that give one more or each real server another
weight, from SIGHUP until the kernel's table has that; each begins when the daemon has come to rest.
The first reload after a start takes more than those after it, of either daemon.
"removal" is from when a real server, asked by TCP every second, closes its port until it is out of
the table: half an interval on average, and what the checker adds.

The bare program (bench/floor_balance.cpp) reads no configuration and no table: it sends the kernel the
same requests, a thousand in one system call.

Where the running kernel has no IPVS all of it runs in a User-mode Linux on one processor, which
does a system call some tens of times slower: there the ratio counts, not the figures.
"""

import pathlib
import random
import select
import signal
import socket
import statistics
import threading
import time

from ipvs_table import IpvsTable
from rivals import PATIENCE, bounded, cpu_of, gather, go_where_ipvs_is, keep, options_of, table

from lab.daemon import KEEPALIVED, Daemon, Holdfast, binaries
from lab.lab import Lab
from lab.netns import in_namespace, wait_until
from lab.recorder import usage

VIP = "192.0.2.10"
SERVERS_EACH = 100  # real servers of a virtual server
CHANGED = 5  # the weight after a change
RELOADS = 3  # of each start, that change one real server
REST_MAX = 20


def address(number):
    return f"10.64.{number // 250}.{number % 250 + 1}"


class Listeners:
    """Real servers on a host, which take every connection and say nothing."""

    def __init__(self, host, count):
        host.run("ip", "route", "add", "local", "10.64.0.0/16", "dev", "lo")
        self._host = host
        self._sockets = {}
        self._ending = False
        for number in range(count):
            self.open(number)
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def open(self, number):
        def listen():
            one = socket.socket()
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind((address(number), 80))
            one.listen(64)
            one.setblocking(False)
            return one

        self._sockets[number] = in_namespace(self._host.namespace, listen)

    def close(self, number):
        self._sockets.pop(number).close()

    def end(self):
        self._ending = True
        self._thread.join()

    def _accept(self):
        while not self._ending:
            listening = [one for one in list(self._sockets.values()) if one.fileno() >= 0]
            try:
                ready, _, _ = select.select(listening, [], [], 0.1)
                for one in ready:
                    one.accept()[0].close()
            except (OSError, ValueError):
                continue  # one was closed meanwhile


class HoldfastBalance:
    name = "holdfast"

    def __init__(self, host, number, checked):
        self.number, self.checked = number, checked
        self.daemon = Holdfast(host, self.configuration(0), start=False)

    def configuration(self, changed):
        """The first so many real servers have another weight."""
        services = []
        for first in range(0, self.number, SERVERS_EACH):
            servers = [{"address": f"{address(one)}:80", "weight": CHANGED if one < changed else 1}
                       for one in range(first, min(first + SERVERS_EACH, self.number))]
            entry = {"name": f"v{first}", "address": f"{VIP}:{1000 + first // SERVERS_EACH}",
                     "scheduler": "wlc", "real_servers": servers}
            if self.checked:
                entry["check"] = {"tcp": {}, "interval": "1s", "timeout": "1s"}
            services.append(entry)
        return {"virtual_servers": services}

    def start(self):
        self.daemon.start()

    def write(self, changed):
        self.daemon.write_config(self.configuration(changed))

    def change(self):
        self.daemon.reload()

    def stop(self, timeout=60):
        self.daemon.stop(timeout=timeout)


class KeepalivedBalance(Daemon):
    name = "keepalived"

    def __init__(self, host, number, checked):
        super().__init__(host, "keepalived")
        self.number, self.checked = number, checked
        self.config = pathlib.Path(host.directory) / "keepalived.conf"
        self.write(0)

    def write(self, changed):
        check = "TCP_CHECK { connect_timeout 1\n retry 0 }" if self.checked else ""
        lines = ["global_defs {", "  checker_log_all_failures false", "}"]
        for first in range(0, self.number, SERVERS_EACH):
            lines += [f"virtual_server {VIP} {1000 + first // SERVERS_EACH} {{", "  delay_loop 1",
                      "  lvs_sched wlc", "  lvs_method NAT", "  protocol TCP"]
            lines += [f"  real_server {address(one)} 80 {{\n    weight "
                      f"{CHANGED if one < changed else 1}\n    {check}\n  }}"
                      for one in range(first, min(first + SERVERS_EACH, self.number))]
            lines.append("}")
        self.config.write_text("\n".join(lines) + "\n", encoding="ascii")

    def start(self):
        self._start(*KEEPALIVED, "--check", "--use-file", self.config,
                    f"--pid={self.host.directory}/pid",
                    f"--checkers_pid={self.host.directory}/checkers")

    def change(self):
        self.signal(signal.SIGHUP)


class BareProgram(Daemon):
    name = "a bare program"

    def __init__(self, host, number, checked):
        super().__init__(host, "floor")
        assert not checked, "it checks nobody"
        self.number = self.changed = number

    def start(self):
        self._start(binaries() / "holdfast-floor-balance", self.number, SERVERS_EACH, CHANGED)

    def write(self, changed):
        self.changed = changed

    def change(self):
        self.signal(signal.SIGUSR1 if self.changed < self.number else signal.SIGUSR2)


RIVALS = (HoldfastBalance, KeepalivedBalance, BareProgram)


def is_in_table(host, number):
    octets = [int(octet) for octet in address(number).split(".")]
    text = "".join(f"{octet:02X}" for octet in octets) + ":0050"
    return text in in_namespace(host.namespace, lambda: pathlib.Path(
        "/proc/thread-self/net/ip_vs").read_text(encoding="ascii"))


def rest(host):
    """Until the daemon does no more than a daemon that has nothing to do."""
    before = cpu_of(host.pids())
    deadline = time.monotonic() + REST_MAX
    while time.monotonic() < deadline:
        time.sleep(1)
        now = cpu_of(host.pids())
        if now - before < 0.02:
            return
        before = now


def start_within(host, daemon):
    """Starts it, and says when. A program that enters the host's namespace first, as a lab has it, would
    take as long as the bare program."""
    host.command = lambda *command: [str(word) for word in command]
    began = time.monotonic()
    in_namespace(host.namespace, daemon.start)
    del host.command
    return began


def measure_load(rival, number):
    with Lab() as lab:
        host = lab.host("node1", "192.0.2.1/24")
        table_ = IpvsTable(host)
        daemon = rival(host, number, checked=False)
        began = start_within(host, daemon)
        wait_until(lambda: table_.servers() == number, PATIENCE,
                   lambda: f"{table_.servers()} of {number} real servers")
        load = time.monotonic() - began
        cpu, memory = usage(host.pids())
        one = [measure_reload(host, daemon, table_, changed) for changed in range(1, RELOADS + 1)]
        every = measure_reload(host, daemon, table_, number)
        daemon.stop(timeout=60)
        table_.close()
        return {"load": load, "cpu": cpu, "memory": memory, "one": one, "all": every}


def measure_reload(host, daemon, table_, changed):
    """Of one more, or all, since the last time."""
    daemon.write(changed)
    rest(host)
    began = time.monotonic()
    daemon.change()
    keys = [(VIP, 1000 + at) for at in range(-(-changed // SERVERS_EACH))]
    wait_until(lambda: table_.has_weight(CHANGED, keys, min(SERVERS_EACH, daemon.number), changed),
               60, f"{changed} changed")
    return time.monotonic() - began


def measure_loads(number, rounds):
    """By rival, the figures of all rounds. One that does not count comes first: what a daemon is made
    of is in the kernel's cache then, where whoever comes first would read the libraries of all."""
    found = {}
    for rival in RIVALS:
        bounded(f"first start, {rival.name}", 100, measure_load, rival, SERVERS_EACH)
    for _ in range(rounds):
        for rival in RIVALS:
            gather(found, rival.name,
                   bounded(f"load, {rival.name}", 100, measure_load, rival, number))
    return found


def measure_removal(rival, servers, times):
    with Lab() as lab:
        host = lab.host("node1", "192.0.2.1/24")
        listeners = Listeners(host, servers)
        daemon = rival(host, servers, checked=True)
        daemon.start()
        table_ = IpvsTable(host)
        wait_until(lambda: table_.servers() == servers, PATIENCE, "real servers")
        removals = []
        for one in range(times):
            number = one % servers
            time.sleep(1 + random.random())  # of the interval, any moment
            died = time.monotonic()
            listeners.close(number)
            wait_until(lambda: not is_in_table(host, number), PATIENCE, "a removal")
            removals.append(time.monotonic() - died)
            listeners.open(number)
            wait_until(lambda: is_in_table(host, number), PATIENCE, "its return")
        listeners.end()
        table_.close()
        daemon.stop()
        return {"removals": removals}


def cells(found):
    def of(key, factor=1, pick=statistics.median):
        return f"{pick(found[key]) * factor:.2f}" if key in found else "-"

    return (found["rival"], of("load"), of("cpu"), of("memory", 1e-6), of("one"), of("one", pick=max),
            of("all"), of("removals"), of("removals", pick=max))


def main():
    options = options_of(__doc__)
    options.add_argument("--servers", type=int, default=10_000)
    options.add_argument("--rounds", type=int, default=5, help="starts of each")
    options.add_argument("--removals", type=int, default=20)
    arguments = options.parse_args()
    go_where_ipvs_is(seconds=600)
    found = measure_loads(arguments.servers, arguments.rounds)
    for rival in (HoldfastBalance, KeepalivedBalance):
        found.setdefault(rival.name, {}).update(bounded(
            f"removal, {rival.name}", 120, measure_removal, rival, 20, arguments.removals) or {})
    results = [{"rival": name, "servers": arguments.servers, **one} for name, one in found.items()]
    print(table(("director", "load, s", "CPU, s", "MB", "one changed, s", "at most, s",
                 "all changed, s", "removal, s", "at most, s"), [cells(one) for one in results]))
    keep(arguments.json, {"results": results})


if __name__ == "__main__":
    main()
