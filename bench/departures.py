#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The master leaves, hangs, or is renewed: what a client of its address feels.

A leaver and its heir, each Holdfast or keepalived. The client asks the address for an echo every
millisecond. "two holders" is how long the kernels of both nodes had the address: a hung keepalived
keeps it for as long as one looks.
"""

import contextlib
import os
import signal
import statistics
import time

from rivals import PATIENCE, VIP, HoldfastPair, KeepalivedPair, Pair, keep, options_of, table

from lab.daemon import Holdfast
from lab.recorder import AddressLog

INTERVALS = (1.0, 0.1)
MIXES = ((HoldfastPair, HoldfastPair), (HoldfastPair, KeepalivedPair),
         (KeepalivedPair, KeepalivedPair))


class Mix(Pair):
    """The leaver is node1, the heir node2."""

    def __init__(self, interval, leaver, heir):
        super().__init__(interval)
        self.kinds = {"node1": leaver, "node2": heir}
        self.name = f"{leaver.name} to {heir.name}"

    def launch(self, node):
        return self.kinds[node].launch(self, node)

    def vrrp_process(self, node):
        return self.kinds[node].vrrp_process(self, node)

    def start_again(self):
        self.daemons["node1"] = self.launch("node1")


def stop(pair):
    pair.daemons["node1"].stop(PATIENCE)
    time.sleep(pair.limit)


def after_stop(pair):
    pair.start_again()


def hang(pair):
    """For longer than a backup waits. Who watches his own notices meanwhile."""
    pair.stopped = pair.vrrp_process("node1")
    os.kill(pair.stopped, signal.SIGSTOP)
    time.sleep(2 * pair.limit + 2)


def after_hang(pair):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pair.stopped, signal.SIGCONT)


def upgrade(pair):
    """What a package does: Holdfast is replaced as it runs, keepalived is started anew."""
    if isinstance(pair.daemons["node1"], Holdfast):
        pair.daemons["node1"].ctl("upgrade")
    else:
        pair.daemons["node1"].stop(PATIENCE)
        pair.start_again()
    time.sleep(2 * pair.limit + 1)


EVENTS = {"planned stop": (stop, after_stop), "hung": (hang, after_hang),
          "upgrade": (upgrade, lambda pair: None)}


def one(pair, event):
    """The event; then what the wire and the client saw of it, in seconds; then node1 is back."""
    happen, mend = EVENTS[event]
    logs = {node: AddressLog(host) for node, host in pair.hosts.items()}
    echo = pair.lab.echo(pair.client, VIP, every=0.001)
    echo.wait_for_answer(PATIENCE)
    began = time.time()
    happen(pair)
    until = time.time()
    adverts = [advert for advert in pair.wire.adverts(since=began - pair.interval, until=until)
               if advert.priority]
    felt = echo.count(since=began, until=until - 0.2)
    echo.close()
    pair.lab._closers.remove(echo.close)
    gained = [at for at in logs["node2"].gained_address(VIP) if at >= began]
    lost = [at for at in logs["node1"].lost(VIP) if at >= began]
    for log in logs.values():
        log.close()
    both = max(0.0, (lost[0] if lost else until) - gained[0]) if gained else 0.0
    mend(pair)
    pair.await_master("node1", time.time())
    return {"unanswered": felt.unanswered, "sent": felt.sent, "silence": felt.longest_silence,
            "role_changes": sum(a.source != b.source for a, b in zip(adverts, adverts[1:])),
            "two_holders": both, "endless": bool(gained) and not lost}


def measure(interval, runs):
    """By event and pair: of each run what was felt."""
    measured = {}
    with contextlib.ExitStack() as stack:
        mixes = [stack.enter_context(Mix(interval, *kinds)) for kinds in MIXES]
        for _ in range(runs):
            for event in EVENTS:
                for pair in mixes:
                    if event == "planned stop" or pair.kinds["node1"] is pair.kinds["node2"]:
                        measured.setdefault(event, {}).setdefault(pair.name, []).append(
                            one(pair, event))
    return measured


def rows(interval, measured):
    for event, pairs in measured.items():
        for name, runs in pairs.items():
            both = max(run["two_holders"] for run in runs)
            yield (event, name, f"{interval:g} s", len(runs),
                   max(run["unanswered"] for run in runs),
                   f"{statistics.median(run['silence'] for run in runs) * 1000:.0f}",
                   max(run["role_changes"] for run in runs),
                   "without end" if any(run["endless"] for run in runs) else f"{both * 1000:.1f}")


def main():
    options = options_of(__doc__)
    options.add_argument("--runs", type=int, default=3, help="of each at each interval")
    arguments = options.parse_args()
    raw, lines = {}, []
    for interval in INTERVALS:
        raw[interval] = measure(interval, arguments.runs)
        lines.extend(rows(interval, raw[interval]))
    print(table(("", "leaver to heir", "interval", "runs", "echoes lost, worst", "silence, ms",
                 "role changes", "two holders, ms"), lines))
    keep(arguments.json, raw)


if __name__ == "__main__":
    main()
