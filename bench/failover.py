#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How long an address is without a node: Holdfast and keepalived, alternately in one run.

Each time is the kernel's time of receipt on a third host. "over the limit" is the time from the
last advert of the master that vanished to the first of the new one, less the protocol's own
3 x interval + skew.
"""

import contextlib
import os
import signal
import statistics
import time

from rivals import PATIENCE, RIVALS, VIP, keep, options_of, table

RUNS = {1.0: 10, 0.1: 30, 0.01: 30}
KILLS = 3
KILL_INTERVALS = (1.0, 0.1)


def milliseconds(seconds):
    return f"{seconds * 1000:.2f}"


def one_failover(pair):
    """node1 dies and comes back; what the wire showed, in seconds."""
    host = pair.hosts["node1"]
    echo = pair.lab.echo(pair.client, VIP, every=0.001)
    echo.wait_for_answer(PATIENCE)
    pair.wire.wait_for_advert(PATIENCE, source=host.address, since=time.time())
    host.cable("down")
    died = time.time()
    host.die()
    new = pair.await_master("node2", died)
    heir = pair.hosts["node2"].mac
    arp = pair.wire.wait_for(
        lambda event: getattr(event, "gratuitous", False) and event.mac == heir, 5, since=died)
    answered = echo.wait_for_answer(10, since=died)
    last = pair.wire.adverts(source=host.address, until=new.time)[-1]
    echo.close()
    pair.lab._closers.remove(echo.close)

    host.revive()
    back = time.time()
    pair.daemons["node1"] = pair.launch("node1")
    pair.await_master("node1", back)
    return {"over_limit": new.time - last.time - pair.limit, "arp_after_advert": arp.time - new.time,
            "silence": answered - last.time}


def failovers(interval, runs):
    measured = {rival.name: [] for rival in RIVALS}
    with contextlib.ExitStack() as stack:
        pairs = [stack.enter_context(rival(interval)) for rival in RIVALS]
        for _ in range(runs):
            for pair in pairs:
                measured[pair.name].append(one_failover(pair))
    return measured


def failover_rows(interval, limit, measured):
    for name, runs in measured.items():
        over = [run["over_limit"] for run in runs]
        arp = [run["arp_after_advert"] for run in runs]
        echo = [run["silence"] for run in runs]
        yield (f"{interval:g} s", name, len(runs), milliseconds(limit),
               milliseconds(statistics.median(over)), milliseconds(max(over)),
               milliseconds(statistics.median(arp)), milliseconds(statistics.median(echo)))


def one_kill(pair):
    """SIGKILL to the master's VRRP process, and what the network felt until all was as before."""
    echo = pair.lab.echo(pair.client, VIP, every=0.005)
    echo.wait_for_answer(PATIENCE)
    pair.wire.wait_for_advert(PATIENCE, source=pair.address("node1"), since=time.time())
    killed = time.time()
    os.kill(pair.vrrp_process("node1"), signal.SIGKILL)
    settled = killed + pair.limit + 5 * pair.interval + 1
    # The rival's restart may cost two changes of role: watch for long enough to see both.
    pair.wire.wait_for_advert(60, source=pair.address("node1"), since=settled)
    until = time.time()
    adverts = [advert for advert in pair.wire.adverts(since=killed - pair.interval, until=until)
               if advert.priority]
    changes = sum(a.source != b.source for a, b in zip(adverts, adverts[1:]))
    gap = max(b.time - a.time for a, b in zip(adverts, adverts[1:]))
    felt = echo.count(since=killed - 0.1, until=until - 0.5)
    echo.close()
    pair.lab._closers.remove(echo.close)
    return {"role_changes": changes, "advert_gap": gap, "unanswered": felt.unanswered,
            "silence": felt.longest_silence}


def kills(interval, runs):
    measured = {rival.name: [] for rival in RIVALS}
    with contextlib.ExitStack() as stack:
        pairs = [stack.enter_context(rival(interval)) for rival in RIVALS]
        for _ in range(runs):
            for pair in pairs:
                measured[pair.name].append(one_kill(pair))
    return measured


def kill_rows(interval, measured):
    for name, runs in measured.items():
        yield (f"{interval:g} s", name, len(runs), max(run["role_changes"] for run in runs),
               milliseconds(statistics.median(run["advert_gap"] for run in runs)),
               milliseconds(max(run["advert_gap"] for run in runs)),
               milliseconds(max(run["silence"] for run in runs)),
               sum(run["unanswered"] for run in runs))


def main():
    options = options_of(__doc__)
    options.add_argument("--runs", type=int, help="failovers of each at each interval")
    arguments = options.parse_args()

    raw = {"failover": {}, "kill": {}}
    rows = []
    for interval, runs in RUNS.items():
        measured = failovers(interval, arguments.runs or runs)
        raw["failover"][interval] = measured
        rows.extend(failover_rows(interval, RIVALS[0](interval).limit, measured))
    print("The master's node dies (milliseconds)\n")
    print(table(("interval", "", "runs", "limit", "over: median", "worst", "ARP after", "to an echo"),
                rows), flush=True)

    rows = []
    for interval in KILL_INTERVALS:
        measured = kills(interval, KILLS)
        raw["kill"][interval] = measured
        rows.extend(kill_rows(interval, measured))
    print("\nThe master's VRRP process is killed (milliseconds)\n")
    print(table(("interval", "", "kills", "role changes", "advert gap: median", "worst", "silence",
                 "echoes lost"), rows))
    keep(arguments.json, raw)


if __name__ == "__main__":
    main()
