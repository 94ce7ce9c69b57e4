#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A reload that changes one of a thousand virtual routers: how late the adverts of the others get.

"latest advert" is the longest time between two adverts of one router from before the reload until
it is in force, less the interval. Beside it the same daemons left alone for as long. By turns, some
times each: a machine that is not run for a millisecond is late whoever sends.
"""

import signal
import time
from statistics import median

from rivals import bounded, cpu_of, gather, keep, options_of, table
from scale import HoldfastRival, KeepalivedRival, Topology, adverts_of, is_node

from lab.daemon import configuration, instance

INTERVAL = 1.0
WATCH = 6


def latest(rival, changed):
    """The worst delay of an advert among the routers that were not changed."""
    times = adverts_of(rival.wire.drain(), is_node(1))
    times.pop(changed, None)
    assert len(times) >= rival.topology.routers - 1, f"{len(times)} routers were heard"
    return max(later - earlier for stamps in times.values()
               for earlier, later in zip(stamps, stamps[1:])) - INTERVAL


def holdfast_reload(rival, node):
    """Gives the first router another priority."""
    entries = [instance(name, vrid, priority=150 if at else 151, interface=link, addresses=held)
               for at, (name, link, vrid, held) in enumerate(rival.topology.instances())]
    node.reload(configuration(*entries))


def keepalived_reload(_, node):
    with open(node.config_file, encoding="utf-8") as file:
        text = file.read()
    with open(node.config_file, "w", encoding="utf-8") as file:
        file.write(text.replace("priority 150", "priority 151", 1))
    node.signal(signal.SIGHUP)


RIVALS = ((HoldfastRival, holdfast_reload), (KeepalivedRival, keepalived_reload))


def measure(kind, reload, topology):
    with kind(topology) as rival:
        node = rival.launch("node1")
        rival.wait_for_all("node1")
        time.sleep(2)
        changed = next(topology.instances())[3][0].split("/")[0]
        rival.wire.drain()
        time.sleep(WATCH)
        quiet = latest(rival, changed)
        pids = rival.processes("node1")
        before = cpu_of(pids)
        reload(rival, node)
        time.sleep(WATCH)
        return {"quiet": quiet, "reload": latest(rival, changed),
                "cpu": cpu_of(pids) - before}


def main():
    options = options_of(__doc__)
    options.add_argument("--routers", type=int, default=1000)
    options.add_argument("--rounds", type=int, default=5)
    arguments = options.parse_args()
    raw = {}
    for _ in range(arguments.rounds):
        for kind, reload in RIVALS:
            gather(raw, kind.name, bounded(kind.name, 120, measure, kind, reload,
                                           Topology(arguments.routers)))
    print(table(("", "routers", "latest advert: quiet, ms", "reload, ms", "worst, ms", "CPU of it, s"),
                [(name, arguments.routers, f"{median(found['quiet']) * 1000:.1f}",
                  f"{median(found['reload']) * 1000:.1f}", f"{max(found['reload']) * 1000:.1f}",
                  f"{median(found['cpu']):.2f}") for name, found in raw.items()]))
    keep(arguments.json, raw)


if __name__ == "__main__":
    main()
