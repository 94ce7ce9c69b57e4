#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every measurement in one run, as one table: Holdfast beside its rival, with the ratio.

Each measurement is a program of this folder, which prints its own table; the figures here are the
medians of what they leave, with the spread (least to most) where there are several. --quick takes
few runs and small numbers, to see that all of it works.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

from rivals import keep, table

FOLDER = pathlib.Path(__file__).resolve().parent
PROGRAMS = {  # name: (arguments, arguments of --quick)
    "floor": ((), ("--runs", "1")),
    "failover": ((), ("--runs", "1")),
    "departures": ((), ("--runs", "1")),
    "reload": ((), ("--routers", "250")),
    "scale": ((), ("--routers", "10", "255", "--fast", "--addresses", "200")),
    "idle": ((), ("--seconds", "5")),
    "checks": ((), ("--servers", "500", "--seconds", "5")),
    "storm": ((), ("--seconds", "3")),
}


class Row:
    """One figure of both: what, in which unit, and each one's samples (less is better)."""

    def __init__(self, scenario, figure, unit, holdfast, rival, name="keepalived"):
        self.scenario, self.figure, self.unit, self.rival_name = scenario, figure, unit, name
        self.holdfast, self.rival = holdfast, rival

    @property
    def ratio(self):
        if not self.holdfast or not self.rival:
            return None
        theirs = statistics.median(self.rival)
        return statistics.median(self.holdfast) / theirs if theirs else None

    def cells(self):
        return (self.scenario, f"{self.figure}, {self.unit}", spread(self.holdfast),
                spread(self.rival), self.rival_name,
                "-" if self.ratio is None else f"{self.ratio:.2f}")


def spread(samples):
    """median, and (least to most)."""
    if not samples:
        return "-"
    middle = f"{statistics.median(samples):.3g}"
    return middle if len(samples) == 1 else f"{middle} ({min(samples):.3g} to {max(samples):.3g})"


def of(runs, key, factor=1.0):
    return [run[key] * factor for run in runs or []]


def failover(raw):
    for interval, by_rival in raw["failover"].items():
        ours, theirs = by_rival["holdfast"], by_rival["keepalived"]
        for key, figure in (("over_limit", "advert after the limit"),
                            ("arp_after_advert", "gratuitous ARP after it"),
                            ("silence", "last advert to first echo")):
            yield Row(f"node dies, {float(interval):g} s", figure, "ms", of(ours, key, 1e3),
                      of(theirs, key, 1e3))
    for interval, by_rival in raw["kill"].items():
        ours, theirs = by_rival["holdfast"], by_rival["keepalived"]
        for key, figure, unit, factor in (("role_changes", "role changes", "count", 1),
                                          ("unanswered", "echoes lost (of one in 5 ms)", "count", 1),
                                          ("advert_gap", "longest gap of adverts", "ms", 1e3)):
            yield Row(f"VRRP process killed, {float(interval):g} s", figure, unit,
                      of(ours, key, factor), of(theirs, key, factor))


def floor(raw):
    """What the machine limits: no figure of ours."""
    for interval, over in raw["failover"].items():
        yield Row(f"node dies, {float(interval):g} s", "a bare program after the limit", "ms",
                  [], [one * 1e3 for one in over], "a bare program")


def departures(raw):
    for interval, events in raw.items():
        for event, pairs in events.items():
            scenario = f"{event}, {float(interval):g} s"
            ours, theirs = pairs["holdfast to holdfast"], pairs["keepalived to keepalived"]
            yield Row(scenario, "echoes lost (of one in 1 ms)", "count", of(ours, "unanswered"),
                      of(theirs, "unanswered"))
            yield Row(scenario, "role changes", "count", of(ours, "role_changes"),
                      of(theirs, "role_changes"))
            if event == "hung":
                yield Row(scenario, "two holders, while looked at", "ms", of(ours, "two_holders", 1e3),
                          of(theirs, "two_holders", 1e3))
            if "holdfast to keepalived" in pairs:
                yield Row(f"{scenario}, keepalived is the heir", "echoes lost (of one in 1 ms)", "count",
                          of(pairs["holdfast to keepalived"], "unanswered"), of(theirs, "unanswered"))


def reload(raw):
    yield Row("reload, one router changed", "latest advert of the others", "ms",
              [raw["holdfast"]["reload"] * 1e3], [raw["keepalived"]["reload"] * 1e3])


def scale(raw):
    limit = raw["limit"]
    for title, by_rival in raw.items():
        if title == "limit":
            continue
        found = {name: result for name, result in by_rival.items() if "failed" not in result}
        if "holdfast" not in found:
            continue
        ours, theirs = found["holdfast"], found.get("keepalived")
        for key, figure in (("start", "start to the last master, after the limit"),
                            ("over_worst", "failover, the last one after the limit"),
                            ("last_address", "first advert to the last address"),
                            ("last_announced", "first advert to its announcement")):
            yield Row(title, figure, "ms", [ours[key] * 1e3], theirs and [theirs[key] * 1e3])
        for node, role in (("node1", "master"), ("node2", "backup")):
            for key, figure, unit, factor in (("cpu", "CPU", "% of a core", 100),
                                              ("cpu_per_advert", "CPU per advert", "us", 1e6),
                                              ("memory", "memory", "MB", 1e-6)):
                yield Row(title, f"{figure} of the {role}", unit, [ours[node][key] * factor],
                          theirs and [theirs[node][key] * factor])
            yield Row(title, f"CPU per advert of the {role}", "us", [ours[node]["cpu_per_advert"] * 1e6],
                      [limit["sent" if role == "master" else "received"] * 1e6], "a bare program")


def idle(raw):
    for node, role in (("node1", "master"), ("node2", "backup")):
        ours, theirs = raw[f"holdfast {node}"], raw[f"keepalived {node}"]
        for key, figure, unit, factor in (("memory", "memory", "MB", 1e-6),
                                          ("wake_ups", "wake-ups", "per s", 1)):
            yield Row(f"idle {role}, one router", figure, unit, [ours[key] * factor],
                      [theirs[key] * factor])


def checks(raw):
    for kind in dict.fromkeys(one["kind"] for one in raw):
        found = {one["rival"]: one for one in raw if one["kind"] == kind}
        if "holdfast" not in found:
            continue
        ours, theirs = found["holdfast"], found.get("haproxy")
        for key, figure, unit, factor in (("cpu_us_per_check", "CPU of a check", "us", 1),
                                          ("all_known", "start until all are known", "s", 1),
                                          ("death", "all die until all are known to", "s", 1),
                                          ("memory", "memory", "MB", 1e-6)):
            yield Row(f"{kind} checks", figure, unit, [ours[key] * factor],
                      theirs and [theirs[key] * factor], "haproxy")
        if "bare" in found:
            yield Row(f"{kind} checks", "CPU of a check", "us", [ours["cpu_us_per_check"]],
                      [found["bare"]["cpu_us_per_check"]], "bare loop")


def storm(raw):
    for kind, found in raw.items():
        limit = [raw["quiet"]["late"] * 1e3]
        yield Row(f"flood of adverts: {kind}", "latest own advert", "ms", [found["late"] * 1e3],
                  limit, "left alone")


def measure(name, arguments):
    """The raw figures of one program, or None if it failed, which it has said."""
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, "raw.json")
        print(f"\n==== {name}\n", flush=True)
        done = subprocess.run([sys.executable, str(FOLDER / f"{name}.py"), *arguments,
                               "--json", str(file)], check=False)
        if done.returncode != 0 or not file.exists():
            print(f"{name}: failed with status {done.returncode}", flush=True)
            return None
        return json.loads(file.read_text(encoding="utf-8"))


def main():
    options = argparse.ArgumentParser(description=__doc__,
                                      formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--quick", action="store_true")
    options.add_argument("--only", nargs="+", choices=list(PROGRAMS), default=list(PROGRAMS))
    options.add_argument("--json", help="raw figures into this file")
    options.add_argument("--plots", help="an SVG for each scenario into this folder")
    arguments = options.parse_args()
    raw = {name: measure(name, PROGRAMS[name][arguments.quick]) for name in arguments.only}
    rows = [row for name, figures in raw.items() if figures is not None
            for row in globals()[name](figures)]
    print("\n==== all of it; less is better, the ratio is Holdfast's to its rival's\n")
    print(table(("scenario", "figure", "holdfast", "rival", "which", "ratio"),
                [row.cells() for row in rows]))
    keep(arguments.json, raw)
    if arguments.plots:
        from plots import draw  # matplotlib, which only this needs
        draw(rows, pathlib.Path(arguments.plots))
    if None in raw.values():
        sys.exit(1)


if __name__ == "__main__":
    main()
