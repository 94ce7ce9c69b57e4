#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What thousands of virtual routers cost, and how long they take to move: Holdfast and keepalived.

Two nodes, with a network for each 250 routers, alternately with each daemon; and two more for what it costs, on
a wire where a sender does not pay for the receivers, which delays packets (lab/wire.py). "over" is the time
beyond the protocol's own 3 x interval + skew. Times of packets are the kernel's on a third host, which reads
them later. The CPU of an advert is all that the daemon's processes take, by how many it sends or
receives; beside it, what a bare program takes (floor.py). Who does not manage within --seconds has
failed, and the next begins.
"""

import pathlib
import statistics
import time

import floor
from rivals import ASK_EVERY, PATIENCE, PRIORITY, bounded, cpu_of, keep, options_of, table, why_not

from lab.asker import Asker
from lab.daemon import Holdfast, Keepalived, configuration, instance
from lab.lab import Lab
from lab.netns import run, wait_until
from lab.packets import Advert, Arp
from lab.recorder import AddressLog, processes, usage

PER_LINK = 250
SETTLE = 5  # after which keepalived announces all its addresses once more
CPU_SECONDS = 10
IN_ADVERTS = 20  # of a thousand addresses: keepalived's own limit


class Topology:
    """So many virtual routers: on eth0, or PER_LINK on each of more interfaces."""

    def __init__(self, routers, addresses=1, interval=1.0):
        self.routers = routers
        self.addresses = addresses
        self.interval = interval
        self.links = 1 if routers <= 255 else -(-routers // PER_LINK)
        self.per_link = routers if self.links == 1 else PER_LINK

    def link(self, number):
        return "eth0" if self.links == 1 else f"net{number + 1}"

    def prepare(self, host, node):
        for number in range(self.links if self.links > 1 else 0):
            name, bridge = self.link(number), f"br{number + 1}"
            host.plug(name, f"172.16.{number}.{node}/24")
            if node == 1:
                host.lab.ip("link", "add", bridge, "type", "bridge", "mcast_snooping", "0",
                            namespace=host.lab.switch)
                host.lab.ip("link", "set", bridge, "up", namespace=host.lab.switch)
            host.lab.ip("link", "set", host._port(name), "master", bridge,
                        namespace=host.lab.switch)

    def cut(self, host):
        """Takes every cable of a host away at once."""
        ports = {host._port(self.link(number)) for number in range(self.links)}
        host.lab.run_on_switch("ip", "-batch", "-", input="".join(
            f"link set {port} down\n" for port in ports))

    def instances(self):
        """(name, interface, VRID, addresses) of each."""
        for router in range(self.routers):
            link, number = divmod(router, self.per_link)
            addresses = [f"10.{100 + link}.{(number + at) // 250}.{(number + at) % 250 + 1}/32"
                         for at in range(self.addresses)]
            yield f"router-{link}-{number}", self.link(link), number + 1, addresses


class Rival:
    """node1 and node2 of one kind, and who records what they say."""

    def __init__(self, topology, handed_over=False):
        self.topology = topology
        self.lab = Lab(handed_over)

    def __enter__(self):
        self.lab.__enter__()
        try:
            self.hosts = {}
            for number, node in enumerate((*PRIORITY, "client"), 1):
                self.hosts[node] = self.lab.host(node, f"192.0.2.{number}/24")
                self.topology.prepare(self.hosts[node], number)
            self.wire = self.lab.recorder(self.hosts["client"], interface="")  # all of them
        except BaseException:
            self.lab.__exit__()
            raise
        return self

    def __exit__(self, *what):
        self.lab.__exit__(*what)

    def limit(self, node):
        return self.topology.interval * (3 + (256 - PRIORITY[node]) / 256)

    def holds_all(self, node):
        shown = run("ip", "-n", self.hosts[node].namespace, "-o", "-4", "address", "show", timeout=120)
        held = shown.stdout.count(" inet 10.")
        return held == self.topology.routers * self.topology.addresses

    def wait_for_all(self, node):
        wait_until(lambda: self.holds_all(node), PATIENCE + self.topology.routers / 20,
                   lambda: f"{self.name} on {node} has all addresses", every=0.25)

    def processes(self, node):
        return processes(self.hosts[node], self.name)

    def rest(self, seconds):
        """Lets time pass; how many adverts node2 sent meanwhile."""
        until, sent = time.monotonic() + seconds, 0
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(left, 1))
            sent += sum(map(len, adverts_of(self.wire.drain(), is_node(2)).values()))
        return sent

    def launch_backup(self):
        """node2, until it is nothing but a backup."""
        self.launch("node2")
        wait_until(lambda: len(self.processes("node2")) > 1, PATIENCE, "node2")
        self.rest(SETTLE)
        wait_until(lambda: self.rest(2) == 0, PATIENCE, f"{self.name} on node2 silent")

    def ask_the_last(self):
        """A client that asks the last of all addresses for echoes, and has been answered."""
        *_, (_, link, _, held) = self.topology.instances()
        client, address = self.hosts["client"], held[-1].split("/")[0]
        client.ip("route", "replace", held[-1], "dev", link)
        echo = Asker(client, address, ASK_EVERY)
        echo.wait_for_answer(PATIENCE)
        return echo

    def launch(self, node):
        raise NotImplementedError


class HoldfastRival(Rival):
    name = "holdfast"

    def launch(self, node):
        every = f"{round(self.topology.interval * 1000)}ms"
        entries = [instance(name, vrid, priority=PRIORITY[node], interface=link, advert_interval=every,
                            addresses=held[:IN_ADVERTS], excluded_addresses=held[IN_ADVERTS:])
                   for name, link, vrid, held in self.topology.instances()]
        return Holdfast(self.hosts[node], configuration(*entries))


class KeepalivedRival(Rival):
    name = "keepalived"

    def launch(self, node):
        lines = ["global_defs {\n  vrrp_version 3\n  vrrp_garp_master_refresh 0\n}"]
        for name, link, vrid, held in self.topology.instances():
            excluded = "\n".join(held[IN_ADVERTS:])
            said = "\n".join(held[:IN_ADVERTS])  # one a line: of more it takes the first
            if excluded:
                excluded = f"  virtual_ipaddress_excluded {{\n{excluded}\n  }}"
            lines.append(f"""vrrp_instance {name} {{
  state BACKUP
  interface {link}
  virtual_router_id {vrid}
  priority {PRIORITY[node]}
  advert_int {self.topology.interval:g}
  virtual_ipaddress {{
{said}
  }}
{excluded}
}}""")
        return Keepalived(self.hosts[node], "\n".join(lines))


def adverts_of(events, prefix):
    """The times of a node's adverts, by virtual router."""
    times = {}
    for event in events:
        if isinstance(event, Advert) and prefix(event.source):
            times.setdefault(event.addresses[0], []).append(event.time)
    return times


def is_node(number):
    return lambda source: source.startswith(("172.16.", "192.0.2.")) \
        and source.endswith(f".{number}")


def one_start(rival):
    """node1 starts alone; the seconds from there to the first advert of its last router."""
    rival.wire.drain()
    began = time.time()
    rival.launch("node1")
    rival.wait_for_all("node1")
    time.sleep(1)
    first = [times[0] for times in adverts_of(rival.wire.drain(), is_node(1)).values()]
    assert len(first) == rival.topology.routers, f"{len(first)} routers have sent an advert"
    return max(first) - began - rival.limit("node1")


def cost(rival):
    """CPU seconds per second and per advert of master and backup, and their memory."""
    pids = {node: rival.processes(node) for node in PRIORITY}
    before = {node: cpu_of(pids[node]) for node in PRIORITY}
    began = time.monotonic()
    said = rival.rest(CPU_SECONDS)
    passed = time.monotonic() - began
    if said:
        raise RuntimeError(f"node2 sent {said} adverts while it was measured as a backup")
    adverts = passed * rival.topology.routers / rival.topology.interval
    took = {node: cpu_of(pids[node]) - before[node] for node in PRIORITY}
    return {node: {"cpu": took[node] / passed, "cpu_per_advert": took[node] / adverts,
                   "memory": usage(pids[node])[1]} for node in PRIORITY}


def one_failover(rival):
    """node1 loses its power; when node2 had all of it, beyond the limit."""
    log = AddressLog(rival.hosts["node2"])
    echo = rival.ask_the_last() if rival.topology.addresses > 1 else None
    time.sleep(1.5)  # the last adverts of node1 are to be on record
    died = time.time()
    rival.topology.cut(rival.hosts["node1"])
    rival.hosts["node1"].die()
    rival.wait_for_all("node2")
    time.sleep(2)
    events = rival.wire.drain()
    old, new = adverts_of(events, is_node(1)), adverts_of(events, is_node(2))
    assert len(new) == rival.topology.routers, f"{len(new)} routers have failed over"
    over = [new[router][0] - old[router][-1] - rival.limit("node2") for router in new]
    first = min(times[0] for times in new.values())
    announced = {}
    for event in events:
        if isinstance(event, Arp) and event.gratuitous and event.time >= first - 0.001:
            announced.setdefault(event.sender, event.time)
    addresses = [stamp for stamp in log.first_gained(died) if stamp >= first - 0.001]
    log.close()
    wanted = rival.topology.routers * rival.topology.addresses
    assert len(announced) == wanted, f"{len(announced)} of {wanted} addresses were announced"
    found = {"over_median": statistics.median(over), "over_worst": max(over),
             "last_announced": max(announced.values()) - first, "last_address": max(addresses) - first}
    if echo is not None:
        found["last_answer"] = echo.wait_for_answer(PATIENCE, since=first - 0.001) - first
        echo.close()
    return found


def measure(kind, topology):
    with kind(topology) as rival:
        result = {"start": one_start(rival)}
        rival.launch_backup()
        result |= one_failover(rival)
    with kind(topology, handed_over=True) as rival:
        rival.launch("node1")
        rival.wait_for_all("node1")
        rival.launch_backup()
        return result | cost(rival)


def row(title, name, result):
    if "failed" in result:
        return (title, name, *["-"] * 12)
    milliseconds = [f"{result[key] * 1000:.0f}" for key in
                    ("start", "over_median", "over_worst", "last_announced")]
    milliseconds += [f"{result[key] * 1000:.0f}" if key in result else "-"
                     for key in ("last_answer", "last_address")]
    return (title, name, *milliseconds,
            *(f"{result[node]['cpu'] * 100:.1f}" for node in PRIORITY),
            *(f"{result[node]['cpu_per_advert'] * 1e6:.1f}" for node in PRIORITY),
            *(f"{result[node]['memory'] / 1e6:.1f}" for node in PRIORITY))


def main():
    options = options_of(__doc__)
    options.add_argument("--routers", type=int, nargs="*", default=[10, 100, 1000, 4000], help="at 1 s")
    options.add_argument("--fast", type=int, nargs="*", default=[100, 1000, 4000],
                         help="at 100 ms")
    options.add_argument("--addresses", type=int, default=1000, help="of one router; 0: not at all")
    options.add_argument("--only", choices=["holdfast", "keepalived"])
    options.add_argument("--seconds", type=int, default=120, help="for one of them, at most")
    options.add_argument("--plots", help="the curves over the number of routers into this folder")
    arguments = options.parse_args()

    topologies = [(f"{count} routers", Topology(count)) for count in arguments.routers]
    topologies += [(f"{count} routers at 100 ms", Topology(count, interval=0.1))
                   for count in arguments.fast]
    if arguments.addresses:
        topologies.append((f"{arguments.addresses} addresses", Topology(1, arguments.addresses)))
    raw, rows = {"limit": bounded("limit", 120, floor.cost)}, []
    if raw["limit"] and arguments.addresses:
        (_, _, _, held), = topologies[-1][1].instances()
        raw["limit"]["last_address"] = bounded("limit of addresses", 60, floor.takeover, held)
    for title, topology in topologies:
        for kind in (HoldfastRival, KeepalivedRival):
            if arguments.only in (None, kind.name):
                what = f"{title}, {kind.name}"
                result = bounded(what, arguments.seconds, measure, kind, topology) or {
                    "failed": why_not(what)}
                result |= {"routers": topology.routers, "interval": topology.interval}
                raw.setdefault(title, {})[kind.name] = result
                rows.append(row(title, kind.name, result))
                print(rows[-1], flush=True)
                keep(arguments.json, raw)  # what is known, if time runs out
    print()
    print(table(("", "", "start", "over: median", "worst", "announced", "last echo",
                 "on interface", "CPU %: master", "backup", "us/advert: master", "backup", "MB: master", "backup"),
                rows))
    print("\nTimes in ms: start and failover beyond the protocol's limit; the last address "
          "announced, its\nfirst echo and the last one on its interface after the first advert of the new master.")
    if raw["limit"]:
        print(f"A bare program, us:\n{table(('', 'sent', 'received'), floor.costs(raw['limit']))}")
    keep(arguments.json, raw)
    if arguments.plots:
        from curves import draw_scale  # matplotlib, which only this needs
        draw_scale(raw, pathlib.Path(arguments.plots))


if __name__ == "__main__":
    main()
