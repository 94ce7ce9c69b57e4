#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The master leaves, is killed, hangs, or is renewed: what a client of its address feels.

A leaver and its heir: Holdfast, keepalived or FRR's vrrpd. The client asks the address for an echo
every millisecond. "two holders" is how long the kernels of both nodes had the address: a hung
keepalived keeps it for as long as one looks. Of FRR it does not say: its addresses are the
administrator's, always on a device, and vrrpd has the carrier of that only.
"""

import contextlib
import os
import signal
import statistics
import time
from dataclasses import dataclass
from typing import Callable

from rivals import (PATIENCE, FrrKind, HoldfastKind, KeepalivedKind, Pair, Turns, keep, options_of,
                    table)

from lab.daemon import Holdfast
from lab.netns import wait_until
from lab.recorder import AddressLog

RUNS = {1.0: 2, 0.1: 2}
MIXES = ((HoldfastKind, HoldfastKind), (HoldfastKind, KeepalivedKind),
         (KeepalivedKind, KeepalivedKind), (FrrKind, FrrKind))


def stop(pair):
    pair.daemons["node1"].stop(PATIENCE)
    time.sleep(pair.limit)


def start_again(pair):
    pair.start_again("node1")


def enter_maintenance(pair):
    pair.daemons["node1"].ctl("maintenance", "on")
    time.sleep(pair.limit)


def leave_maintenance(pair):
    pair.daemons["node1"].ctl("maintenance", "off")


def kill_supervisor(pair):
    pair.daemons["node1"].signal(signal.SIGKILL)
    time.sleep(pair.limit + 1)


def start_after_kill(pair):
    wait_until(lambda: not pair.pids("node1"), PATIENCE, "the end of what it supervised")
    pair.start_again("node1")


def kill(pair):
    """Until node1 is master again, whatever that took."""
    killed = time.time()
    os.kill(pair.vrrp_process("node1"), signal.SIGKILL)
    pair.await_master("node1", killed + pair.limit + 5 * pair.interval + 1, timeout=60)


def after_kill(pair):
    """watchfrr waits for a minute before it restarts what fell again: so it begins anew."""
    if pair.kinds["node1"] is FrrKind:
        pair.daemons["node1"].stop(PATIENCE)
        pair.start_again("node1")


def hang(pair):
    """For longer than a backup waits. Who watches his own notices meanwhile."""
    pair.stopped = pair.vrrp_process("node1")
    os.kill(pair.stopped, signal.SIGSTOP)
    time.sleep(2 * pair.limit + 2)


def after_hang(pair):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pair.stopped, signal.SIGCONT)


def upgrade(pair):
    """What a package does: Holdfast is replaced as it runs, others are started anew."""
    if isinstance(pair.daemons["node1"], Holdfast):
        pair.daemons["node1"].ctl("upgrade")
    else:
        pair.daemons["node1"].stop(PATIENCE)
        pair.start_again("node1")
    time.sleep(2 * pair.limit + 1)


@dataclass(frozen=True)
class Event:
    happen: Callable
    mend: Callable = lambda pair: None
    mixed: bool = False      # with an heir of another kind, too: a hand-over
    lacking: tuple = ()      # who has no such thing


EVENTS = {
    "planned stop": Event(stop, start_again, mixed=True),
    "maintenance": Event(enter_maintenance, leave_maintenance, mixed=True,
                         lacking=(KeepalivedKind, FrrKind)),
    # Of watchfrr's end vrrpd knows nothing.
    "supervisor killed": Event(kill_supervisor, start_after_kill, mixed=True, lacking=(FrrKind,)),
    "vrrp process killed": Event(kill, after_kill),
    "hung": Event(hang, after_hang),
    "upgrade": Event(upgrade),
}


def one(pair, event):
    """The event; then what the wire and the client saw of it, in seconds; then node1 is back."""
    logs = {node: AddressLog(host) for node, host in pair.hosts.items()}
    with pair.echoes() as echo:
        began = time.time()
        event.happen(pair)
        until = time.time()
        felt = echo.count(since=began, until=until - 0.2)
    adverts = [advert for advert in pair.wire.adverts(since=began - pair.interval, until=until)
               if advert.priority]
    found = {"unanswered": felt.unanswered, "sent": felt.sent, "silence": felt.longest_silence,
             "role_changes": sum(a.source != b.source for a, b in zip(adverts, adverts[1:])),
             "advert_gap": max(b.time - a.time for a, b in zip(adverts, adverts[1:]))}
    if pair.kinds["node1"] is not FrrKind:
        found |= holders(pair, logs, began, until)
    for log in logs.values():
        log.close()
    event.mend(pair)
    pair.await_master("node1", time.time())
    return found


def holders(pair, logs, began, until):
    """How long both kernels had the first address, and whether that went on."""
    address = pair.addresses[0]
    gained = [at for at in logs["node2"].gained_address(address) if at >= began]
    lost = [at for at in logs["node1"].lost(address) if at >= began]
    both = max(0.0, (lost[0] if lost else until) - gained[0]) if gained else 0.0
    return {"two_holders": both, "endless": bool(gained) and not lost}


def measure(interval, runs):
    """By event and pair: of each run what was felt."""
    measured = {}
    with Turns(f"{interval:g} s", [Pair(interval, *kinds) for kinds in MIXES]) as turns:
        for _ in range(runs):
            for name, event in EVENTS.items():
                def takes_part(pair, event=event):
                    leaver, heir = pair.kinds["node1"], pair.kinds["node2"]
                    return leaver not in event.lacking and (event.mixed or leaver is heir)

                for pair, found in turns.take(name, lambda pair, event=event: one(pair, event),
                                              takes_part):
                    measured.setdefault(name, {}).setdefault(pair, []).append(found)
    for name, event in EVENTS.items():
        for kind in event.lacking:
            measured.setdefault(name, {})[f"lacking {kind.name}"] = []
    return measured


def rows(interval, measured):
    for event, pairs in measured.items():
        for name, runs in pairs.items():
            if not runs:
                yield (event, name.split()[-1], f"{interval:g} s", "-", "has none", "-", "-", "-")
                continue
            both = max(run.get("two_holders", 0) for run in runs)
            yield (event, name, f"{interval:g} s", len(runs),
                   max(run["unanswered"] for run in runs),
                   f"{statistics.median(run['silence'] for run in runs) * 1000:.0f}",
                   max(run["role_changes"] for run in runs),
                   "without end" if any(run.get("endless") for run in runs) else
                   f"{both * 1000:.1f}" if "two_holders" in runs[0] else "-")


def main():
    options = options_of(__doc__)
    options.add_argument("--runs", type=int, help="of each at each interval")
    options.add_argument("--intervals", type=float, nargs="+", choices=RUNS, default=list(RUNS))
    arguments = options.parse_args()
    raw, lines = {}, []
    for interval in arguments.intervals:
        raw[interval] = measure(interval, arguments.runs or RUNS[interval])
        lines.extend(rows(interval, raw[interval]))
        keep(arguments.json, raw)
    print(table(("", "leaver to heir", "interval", "runs", "echoes lost, worst", "silence, ms",
                 "role changes", "two holders, ms"), lines))


if __name__ == "__main__":
    main()
