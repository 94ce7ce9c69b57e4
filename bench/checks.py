#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What health checks cost: Holdfast beside HAProxy and keepalived, the same servers (checkers.py), one
after the other.

What a check costs is the checker's CPU time, by the nanosecond, by the number of checks that it made
meanwhile: "made per s", as nginx saw them. HAProxy, Holdfast and the bare program end a TCP check before
the handshake is over, so that nginx sees none; of these those count that were due. "all known" is from
the start of the daemon until every server was found up; "death" from when the servers refuse until all
were found down. "missed" are good results that each of Holdfast's checks should have had meanwhile, and
did not.

"a bare program" is a loop that makes the same connections, of TCP and HTTP, and knows nothing else: the least
that a check takes, which is the kernel's (floor_checks.cpp).

At the end Holdfast alone has so many checks that its process takes four fifths of one core (share.py).
"""

import itertools
import time

import share
from checkers import (INTERVAL, KINDS, BareChecks, HaproxyChecks, HoldfastChecks, KeepalivedChecks,
                      two_hosts)
from rivals import PATIENCE, bounded, cpu_of, keep, options_of, table, wakeups, why_not

from lab.lab import Lab
from lab.netns import wait_until
from lab.recorder import usage

CURVE = (100, 1000, 10_000, 20_000)
# A rival that is not in time with fewer is not asked for more.
RIVAL_CURVES = {"keepalived": CURVE, "haproxy": (1000, 10_000), "a bare program": CURVE[1:]}
MANY, BOUND, BOUND_OF_MANY = 10_000, 120, 60  # seconds of one measurement; of a rival with more than MANY
RIVALS = ("holdfast", "keepalived", "haproxy", "a bare program")


def made_by(rival, kind, number, seen, seconds):
    """Checks in so many seconds, of which nginx saw some."""
    if kind != "tcp" or rival is KeepalivedChecks:
        return seen
    return number / INTERVAL * seconds


def measure(rival, kind, number, seconds):
    with Lab(handed_over=True) as lab:
        host, servers = two_hosts(lab)
        began = time.time()
        checks = rival(host, kind, number)
        daemon = getattr(checks, "daemon", checks)
        wait_until(lambda: checks.up() == number or not daemon.running(), PATIENCE + number / 50,
                   lambda: f"{checks.up()} of {number} up", every=0.2)
        if not daemon.running():
            raise RuntimeError(f"does not run: {daemon.log().strip()[-200:]}")
        known = time.time() - began
        time.sleep(2 * INTERVAL)
        column = 0 if kind == "tcp" else 1
        pids = checks.pids()
        good = checks.good() if hasattr(checks, "good") else None
        start, seen = time.monotonic(), servers.counts()[column]
        woken, cpu = wakeups(pids), cpu_of(pids)
        time.sleep(seconds)
        cpu, woken = cpu_of(pids) - cpu, wakeups(pids) - woken
        took, seen = time.monotonic() - start, servers.counts()[column] - seen
        missed = checks.missed(good, checks.good(), took) if good else None
        memory = usage(pids)[1]
        died = time.time()
        servers.stop(timeout=60)
        wait_until(lambda: checks.up() == 0, 300,
                   lambda: f"{checks.up()} of {number} still up", every=0.2)
        made = made_by(rival, kind, number, seen, took)
        return {"made_per_second": made / took, "cpu_percent": cpu / took * 100,
                "cpu_us_per_check": cpu / made * 1e6 if made else 0,
                "wakeups_per_second": woken / took, "missed": missed,
                "memory": memory, "all_known": known, "death": time.time() - died}


def numbers_of(arguments, kind, rival):
    if rival is BareChecks and kind == "https":
        return ()  # most of which is not the kernel's
    if rival is HaproxyChecks and kind == "https" and not arguments.servers:
        return (1000,)  # of ten times as many no core makes as many as are due
    if arguments.servers:
        return arguments.servers
    return RIVAL_CURVES.get(rival.name, CURVE)


def measure_all(arguments):
    rivals = [one for one in (HoldfastChecks, KeepalivedChecks, HaproxyChecks, BareChecks)
              if one.name in arguments.rivals]
    results, gave_up = [], {}
    for kind in arguments.kinds:
        numbers = sorted({number for rival in rivals for number in numbers_of(arguments, kind, rival)})
        for number, rival in itertools.product(numbers, rivals):
            if number not in numbers_of(arguments, kind, rival):
                continue
            seconds = BOUND if rival is HoldfastChecks or number <= MANY else BOUND_OF_MANY
            if rival is not HoldfastChecks and kind == "https" and number >= MANY:
                seconds = BOUND_OF_MANY
            what, result = f"{number} {kind} checks, {rival.name}", None
            if (kind, rival) not in gave_up:
                result = bounded(what, seconds, measure, rival, kind, number, arguments.seconds)
                if result is None:
                    gave_up[kind, rival] = why_not(what)
            result = result or {"failed": gave_up[kind, rival], "bound": seconds}
            results.append({"kind": kind, "servers": number, "rival": rival.name, **result})
            keep(arguments.json, {"results": results})  # what is known, if time runs out
    return results


def shown(results):
    good = [one for one in results if "failed" not in one]
    return table(("kind", "checker", "servers", "made per s", "CPU %", "us per check", "woken per s",
                  "missed", "MB", "all known, s", "death, s"),
                 [(one["kind"], one["rival"], one["servers"], f"{one['made_per_second']:.0f}",
                   f"{one['cpu_percent']:.1f}", f"{one['cpu_us_per_check']:.1f}",
                   f"{one['wakeups_per_second']:.0f}", "" if one["missed"] is None else one["missed"],
                   f"{one['memory'] / 1e6:.1f}", f"{one['all_known']:.2f}", f"{one['death']:.2f}")
                  for one in good])


def main():
    options = options_of(__doc__)
    options.add_argument("--servers", type=int, nargs="+",
                         help=f"so many; else {', '.join(map(str, CURVE))}, and rivals of these some")
    options.add_argument("--share", type=int, metavar="PERCENT", default=80,
                         help="of one core, of Holdfast alone at the end (80); 0: not at all")
    options.add_argument("--seconds", type=int, default=5)
    options.add_argument("--kinds", nargs="+", choices=list(KINDS), default=list(KINDS))
    options.add_argument("--rivals", nargs="*", choices=RIVALS, default=RIVALS)
    arguments = options.parse_args()
    results = measure_all(arguments)
    print(shown(results))
    shares = []
    for kind in arguments.kinds if arguments.share else ():
        found = bounded(f"{arguments.share} % of a core, {kind}", share.BOUND, share.measure, kind,
                        arguments.share)
        shares += [found] if found else []
        keep(arguments.json, {"results": results, "shares": shares})
    if shares:
        print(share.shown(shares))
    keep(arguments.json, {"results": results, "shares": shares})


if __name__ == "__main__":
    main()
