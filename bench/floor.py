#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the machine itself limits: a bare program in the place of a VRRP daemon.

It knows no protocol: it sleeps by epoll and timerfd until its time has come, counted from the kernel's
time of the last packet, and sends one that is made already (bench/floor.cpp). "over" is what
failover.py calls over the limit. CPU is that of one packet of a batch, sent to two other hosts on a
bridge or received, by system calls of 64: all of it the kernel's. As fast as it can, with all in the
caches; and "paced", as both daemons send: a thousand in an interval, in two turns of which each finds
the caches cold.
"""

import socket
import statistics
import struct
import subprocess
import time

from rivals import PATIENCE, PRIORITY, VRID, bounded, keep, options_of, table

from lab.capture import IFA_LOCAL, RTM_NEWADDR
from lab.daemon import binaries
from lab.lab import Lab
from lab.netlink_writes import HEADER, NLM_F_REQUEST
from lab.netns import in_namespace, wait_until
from lab.packets import advert_v3
from lab.processors import for_daemons, watching_aside
from lab.recorder import AddressLog

VIP = "192.0.2.10"
NLM_F_CREATE = 0x400
RUNS = {1.0: 10, 0.1: 30, 0.01: 30}
PACKETS = 20000
PACED = {1.0: 5000, 0.1: 20000}  # packets, by the interval in which a thousand are sent
AT_ONCE = 500  # as a daemon that was started with all of them, whose adverts are due in two turns


def words_of(host, interval):
    return advert_v3(VRID, PRIORITY[host.name], [VIP], source=host.address, interval=interval).hex()


def start(host, *words):
    """The program, from when it listens."""
    process = subprocess.Popen(host.command(*for_daemons(), binaries() / "holdfast-floor", *words),
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n", f"holdfast-floor {words[0]} does not start"
    return process


def stop(process):
    process.kill()
    process.wait()
    process.stdout.close()


def two_nodes(lab):
    nodes = [lab.host(name, f"192.0.2.{number}/24") for number, name in enumerate(PRIORITY, 1)]
    return *nodes, lab.host("client", "192.0.2.100/24")


def failovers(interval, runs):
    """Seconds over the limit, as a third host saw them."""
    limit = 3 * interval + (256 - PRIORITY["node2"]) * interval / 256
    over = []
    with watching_aside(), Lab() as lab:
        node1, node2, client = two_nodes(lab)
        wire = lab.capture(client)
        heir = start(node2, "heir", "eth0", round(limit * 1e6), words_of(node2, interval))
        for _ in range(runs):
            master = start(node1, "master", "eth0", round(interval * 1e6), words_of(node1, interval))
            began = time.time()
            wire.wait_for_advert(PATIENCE, source=node1.address, since=began + 3 * interval)
            node1.freeze([master.pid])
            died = time.time()
            new = wire.wait_for_advert(PATIENCE, source=node2.address, since=died)
            last = wire.adverts(source=node1.address, until=new.time)[-1]
            over.append(new.time - last.time - limit)
            stop(master)
            node1.revive()
        stop(heir)
    return over


def cost():
    """Seconds of CPU for a packet sent and for one received; and those of paced ones, by the interval."""
    paced = {f"{interval:g}": cost_of(packets, packets, AT_ONCE, round(interval / 2 * 1e6))
             for interval, packets in PACED.items()}
    return {**cost_of(PACKETS, PACKETS // 4), "paced": paced}


def cost_of(sent, heard, *pace):
    with Lab(handed_over=True) as lab:
        node1, node2, client = two_nodes(lab)
        lab.recorder(client, interface="")  # as there is one beside the daemons (scale.py)
        listener = start(node2, "hear", "eth0", heard)
        sender = start(node1, "send", "eth0", sent, words_of(node1, 1.0), *pace)
        found = {"sent": int(sender.stdout.readline()) / 1e9,
                 "received": int(listener.stdout.readline()) / 1e9}
        for process in (sender, listener):
            process.wait()
            process.stdout.close()
    return found


def takeover(addresses):
    """Seconds from the first address to the last, if all are asked for in one system call."""
    with Lab() as lab:
        host = lab.host("node1", "192.0.2.1/24")
        log, began = AddressLog(host), time.time()
        requests = b"".join(request_of(address, host.link("eth0")["ifindex"]) for address in addresses)
        netlink = in_namespace(host.namespace, lambda: socket.socket(
            socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0))
        netlink.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * len(requests))
        netlink.send(requests)
        netlink.close()
        wait_until(lambda: len(log.first_gained(began)) == len(addresses), PATIENCE, "all addresses")
        gained = log.first_gained(began)
        log.close()
    return gained[-1] - gained[0]


def request_of(address, link):
    """RTM_NEWADDR of an IPv4 address alone."""
    one = struct.pack("=HH4s", 8, IFA_LOCAL, socket.inet_aton(address.split("/")[0]))
    body = struct.pack("=BBBBi", socket.AF_INET, 32, 0, 0, link) + one
    return HEADER.pack(HEADER.size + len(body), RTM_NEWADDR, NLM_F_REQUEST | NLM_F_CREATE, 0, 0) + body


def costs(found):
    """Rows of what cost() found, in microseconds."""
    for what, one in [("as fast as it can", found)] + [
            (f"1,000 in {interval} s", one) for interval, one in found["paced"].items()]:
        yield what, *(f"{one[key] * 1e6:.2f}" for key in ("sent", "received"))


def main():
    options = options_of(__doc__)
    options.add_argument("--runs", type=int, help="failovers at each interval")
    arguments = options.parse_args()
    raw = {"failover": {}}
    for interval, runs in RUNS.items():
        raw["failover"][interval] = bounded(f"{interval:g} s", 300, failovers, interval,
                                            arguments.runs or runs) or []
    raw["cpu"] = bounded("CPU", 120, cost)
    print(table(("interval", "runs", "over: median", "worst"),
                [(f"{interval:g} s", len(over), f"{statistics.median(over) * 1000:.2f}",
                  f"{max(over) * 1000:.2f}") for interval, over in raw["failover"].items() if over]))
    if raw["cpu"]:
        print("\nMilliseconds. CPU of a packet, us:\n")
        print(table(("", "sent", "received"), costs(raw["cpu"])))
    keep(arguments.json, raw)


if __name__ == "__main__":
    main()
