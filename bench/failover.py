#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How long addresses are without a node: Holdfast, keepalived and FRR's vrrpd, by turns in one run.

Each time is the kernel's time of receipt on a third host. "over the limit" is the time from the
last advert of the master that vanished to the first of the new one, less the protocol's own
3 x interval + skew. "ARP" is from that advert to the gratuitous ARP of the last of all addresses;
"echo" from the limit to the first answer to a client that asks ten times a millisecond. "real time":
both daemons are scheduled before all ordinary processes, as an operator may ask of either. The client
and who watches have a processor of their own.
"""

import contextlib
import statistics
import time

from rivals import (ASK_EVERY, KINDS, PATIENCE, REAL_TIME_KINDS, FrrKind, Pair, Turns, keep,
                    options_of, table)

from lab.asker import Asker
from lab.processors import watching_aside

RUNS = {1.0: 6, 0.1: 100, 0.01: 100}
REAL_TIME = (0.1, 0.01)  # intervals at which it is measured too
ADDRESSES = 4
BLOCKS = 3
FRR_RUNS = 20  # it has none of our limits: beside


def milliseconds(seconds):
    return f"{seconds * 1000:.2f}"


def one_failover(pair):
    """node1 dies and comes back; what the wire showed, in seconds."""
    host = pair.hosts["node1"]
    doomed = host.pids()
    with contextlib.closing(Asker(pair.client, pair.addresses[0], ASK_EVERY)) as echo:
        echo.wait_for_answer(PATIENCE)
        pair.wire.wait_for_advert(PATIENCE, source=host.address, since=time.time())
        host.freeze(doomed)
        died = time.time()
        new = pair.await_master("node2", died)
        announced = [announcement_of(pair, address, died) for address in pair.addresses]
        answered = echo.wait_for_answer(10, since=died)
        last = pair.wire.adverts(source=host.address, until=new.time)[-1]
    host.die()
    back = time.time()
    pair.revive("node1")
    pair.await_master("node1", back)
    return {"over_limit": new.time - last.time - pair.limit,
            "arp_after_advert": max(announced) - new.time,
            "echo_over_limit": answered - last.time - pair.limit}


def announcement_of(pair, address, since):
    """When node2 announced it first."""
    heir = pair.mac("node2")
    return pair.wire.wait_for(
        lambda event: getattr(event, "gratuitous", False) and event.mac == heir
        and event.sender == address, 5, f"a gratuitous ARP of {address}", since=since).time


def failovers(what, interval, kinds, runs):
    """A pair after the other, some failovers each, again and again. Of pairs that are there all the
    time, one's daemons send just when the other's heir takes over, now and then."""
    measured = {kind.name: [] for kind in kinds}
    for block in range(BLOCKS):
        for kind in kinds:
            most = min(runs, FRR_RUNS) if kind is FrrKind else runs
            share = most * (block + 1) // BLOCKS - most * block // BLOCKS
            with Turns(what, [Pair(interval, kind, addresses=ADDRESSES)] if share else [],
                       seconds=90) as turns:
                for _ in range(share):
                    measured[kind.name] += [found for _, found in turns.take("node dies", one_failover)]
    return measured


def rows(what, measured):
    for name, runs in measured.items():
        if not runs:
            continue
        cells = [what, name, len(runs)]
        for key in ("over_limit", "arp_after_advert", "echo_over_limit"):
            values = [run[key] for run in runs]
            cells += [milliseconds(statistics.median(values)), milliseconds(max(values))]
        yield cells


def main():
    options = options_of(__doc__)
    options.add_argument("--runs", type=int, help="failovers of each at each interval")
    options.add_argument("--intervals", type=float, nargs="+", choices=RUNS, default=list(RUNS))
    arguments = options.parse_args()
    raw, lines = {}, []
    series = [(f"{interval:g} s", interval, KINDS) for interval in arguments.intervals]
    series += [(f"{interval:g} s, real time", interval, REAL_TIME_KINDS)
               for interval in arguments.intervals if interval in REAL_TIME]
    for what, interval, kinds in series:
        with watching_aside():
            raw[what] = failovers(what, interval, kinds, arguments.runs or RUNS[interval])
        lines.extend(rows(what, raw[what]))
        keep(arguments.json, raw)
    print("The master's node dies (milliseconds)\n")
    print(table(("", "", "runs", "over the limit: median", "worst", "ARP: median", "worst",
                 "echo: median", "worst"), lines))


if __name__ == "__main__":
    main()
