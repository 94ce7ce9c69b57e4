# SPDX-License-Identifier: Apache-2.0
"""What this project wants to reach, and whether the raw figures show it: one line an aim.

Only the aims stand here; every figure beside them is measured in the same run.
"""

import re
import statistics
from dataclasses import dataclass, field

from figures import BEGUN_LATE, LATEST_BEGIN, number, ratio_text, rows_of, share_of_a_core

SCALES = ("1000 routers", "4000 routers", "1000 routers at 100 ms", "4000 routers at 100 ms")


@dataclass
class Aim:
    """A line: what is wanted of which figure. `reached` is None where nothing was measured, or where no
    aim stands but the rival's figure beside ours."""

    scenario: str
    aim: str
    ours: list
    theirs: object = None  # samples, or a word
    frr: object = None
    rival: str = "keepalived"
    unit: str = ""
    limit: list = field(default_factory=list)  # what a bare program takes
    pick: object = statistics.median
    reached: object = None

    def cells(self):
        mine, other = self._picked(self.ours), self._picked(self.theirs)
        verdict = {True: "reached", False: "not reached",
                   None: ("no rival" if self.aim else "beside") if self.ours else "not measured"}
        name = "" if self.rival == "keepalived" else f"{self.rival} "
        return (self.scenario, self.aim, self._shown(self.ours), name + self._shown(self.theirs),
                self._shown(self.frr), ratio_text(mine[0] / other[0] if mine and other else None),
                self._shown(self.limit), verdict[self.reached if self.ours else None])

    def _picked(self, samples):
        """The one that counts, if it can be divided by; of a word none."""
        value = None if isinstance(samples, str) or not samples else self.pick(samples)
        return [value] if value else []

    def _shown(self, samples):
        if isinstance(samples, str) or not samples:
            return samples or "-"
        return number(self.pick(samples)) + ("" if self.unit == "count" else f" {self.unit}")


class Found:
    """The rows by scenario and figure, of which there may be none."""

    def __init__(self, rows):
        self._rows = {(row.scenario, row.figure): row for row in rows}

    def scenarios(self, pattern):
        return [name for name in dict.fromkeys(scenario for scenario, _ in self._rows)
                if re.match(pattern, name)]

    def row(self, scenario, figure):
        return self._rows.get((scenario, figure))

    def aim(self, scenario, figure, text, holds=None, pick=statistics.median, rival="keepalived"):
        """`holds` of our figure and theirs (None where there is none) says whether it is reached."""
        row = self.row(scenario, figure)
        if row is None:
            return Aim(f"{scenario}: {figure}", text, [])
        ours, theirs = row.of("holdfast"), row.of(rival)
        reached = None
        if ours and holds:
            reached = holds(pick(ours), pick(theirs) if theirs else None)
        return Aim(f"{scenario}: {figure}", text, ours, row.samples.get(rival), row.samples.get("frr"),
                   rival, row.unit, row.of("a bare program"), pick, reached)


def at_most(bound):
    return lambda ours, _: ours <= bound


def share(part):
    """At most this part of the rival's; nobody's if the rival did not manage."""
    return lambda ours, theirs: None if theirs is None else ours <= theirs * part


def failover(found):
    for scenario in found.scenarios("node dies"):
        advert, echo = "advert after the limit", "first answered echo, after the limit"
        arp = "gratuitous ARP of the last address, after it"
        runs = len(found.row(scenario, advert).of("holdfast"))
        yield found.aim(scenario, advert, "median under 0.15 ms", at_most(0.15))
        yield found.aim(scenario, advert, f"worst of {runs} under 1 ms", at_most(1), max)
        yield found.aim(scenario, arp, "median within 0.2 ms", at_most(0.2))
        yield found.aim(scenario, arp, f"worst of {runs} within 0.2 ms", at_most(0.2), max)
        yield found.aim(scenario, echo, "before keepalived's", share(1))


def departures(found):
    lost, roles = "echoes lost (of one in 1 ms)", "role changes"
    for scenario in found.scenarios("planned stop|maintenance|supervisor killed"):
        for figure in (lost, "echoes lost, keepalived is the heir"):
            yield found.aim(scenario, figure, "none in any run", at_most(0), max)
    for scenario in found.scenarios("hung"):
        interval = float(scenario.split()[1])
        watchdog = min(max(interval, 0.15), 1.0) * 1000  # docs/operations.md
        yield found.aim(scenario, "two holders, while looked at",
                        f"at most the watchdog time + 100 ms: {watchdog + 100:g} ms",
                        at_most(watchdog + 100), max)
        yield found.aim(scenario, roles, "none in any run", at_most(0), max)
    for scenario in found.scenarios("vrrp process killed|upgrade"):
        yield found.aim(scenario, roles, "none in any run", at_most(0), max)
        yield found.aim(scenario, lost, "none in any run", at_most(0), max)


def scale(found):
    for scenario in SCALES:
        for role in ("master", "backup"):
            yield found.aim(scenario, f"CPU per advert of the {role}", "at most a third", share(1 / 3))
        yield found.aim(scenario, "start to the last master, after the limit", "before keepalived's",
                        share(1))
        yield found.aim(scenario, "memory of each router of the master", "")
    for scenario in SCALES:
        if scenario.startswith("4000"):
            yield found.aim(scenario, "failover, the last one after the limit", "within 50 ms",
                            at_most(50))
    for scenario in found.scenarios(r"\d+ addresses"):
        for what in ("last address announced", "first echo of the last address"):
            yield found.aim(scenario, f"first advert to the {what}", "at most a third", share(1 / 3))
        yield found.aim(scenario, "first advert to the last address on its interface", "")


def reload(found):
    scenario, figure = "reload, one router changed", "latest advert of the others"
    yield found.aim(scenario, figure, "median by at most 1 ms", at_most(1))
    yield found.aim(scenario, figure, "the worst, too", at_most(1), max)


def checks(found, raw):
    raw = raw.get("checks") or {}
    results = [one for one in raw.get("results", []) if "failed" not in one]
    for kind in dict.fromkeys(one["kind"] for one in results):
        for rival, text, holds in (("keepalived", "at most half", share(1 / 2)), ("haproxy", "", None)):
            most = max((one["servers"] for one in results
                        if one["kind"] == kind and one["rival"] == rival), default=0)
            yield found.aim(f"{most:,} {kind} checks", "CPU of a check", text, holds, rival=rival)
    for one in raw.get("shares", []):
        scenario = share_of_a_core(one)
        missed = one["missed"] + one["missing"]
        yield Aim(f"{scenario}: missed deadlines", "none, at about 80 %", [missed], "not counted",
                  unit="count", pick=max, reached=missed == 0)
        yield found.aim(scenario, BEGUN_LATE, "")
        yield found.aim(scenario, LATEST_BEGIN, "")


def balance(found):
    for scenario in found.scenarios("[0-9,]+ real servers") or ["10,000 real servers"]:
        yield found.aim(scenario, "load", "at most a fifth", share(1 / 5))
        for figure in ("reload, all changed", "reload, one changed"):
            yield found.aim(scenario, figure, "before keepalived's", share(1))


def idle(found):
    for scenario in found.scenarios("idle"):
        yield found.aim(scenario, "memory (PSS of all processes)", "under 12 MB", at_most(12))
        yield found.aim(scenario, "wake-ups", "")


def storm(found):
    for scenario in found.scenarios("flood"):
        row = found.row(scenario, "latest own advert")
        alone = row.of("left alone")
        aim = found.aim(scenario, "latest own advert", "on time: 1 ms later than left alone, at most",
                        (lambda ours, _, alone=alone: ours <= alone[0] + 1) if alone else None)
        yield aim
        yield found.aim(scenario, "CPU of a hostile advert", "below keepalived's", share(1))


def aims_of(raw):
    found = Found(rows_of(raw))
    for part in (failover, departures, reload, scale):
        yield from part(found)
    yield from checks(found, raw)
    for part in (balance, idle, storm):
        yield from part(found)


HEAD = ("row", "aim", "Holdfast", "keepalived", "FRR", "ratio", "limit", "")
