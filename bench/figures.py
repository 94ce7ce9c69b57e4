# SPDX-License-Identifier: Apache-2.0
"""What the raw figures of each measurement say, as rows that can be compared."""

import statistics

RIVALS = ("keepalived", "frr", "haproxy", "a bare program", "left alone")
LACKS = "has none"
LATEST_BEGIN = "latest begin after its time"
BEGUN_LATE = "begun more than four ticks (16 ms) after its time, of 1,000"


class Row:
    """One figure of all who were measured: what, in which unit, and by name the samples of each (less is
    better), or the word why there are none."""

    def __init__(self, scenario, figure, unit, **samples):
        self.scenario, self.figure, self.unit = scenario, figure, unit
        self.samples = {name.replace("_", " "): found for name, found in samples.items() if found}

    def of(self, name):
        """The samples of one; none if there is only a word."""
        found = self.samples.get(name, [])
        return [] if isinstance(found, str) else found

    @property
    def measured(self):
        return [name for name in self.samples if self.of(name)]

    @property
    def rival(self):
        """Whom Holdfast is compared with."""
        return next((name for name in RIVALS if self.of(name)), None)

    @property
    def ratio(self):
        return ratio_of(self.of("holdfast"), self.of(self.rival))

    def cells(self):
        others = ", ".join(f"{name} {spread(self.of(name))}" for name in RIVALS[2:] if self.of(name))
        return (self.scenario, f"{self.figure}, {self.unit}", spread(self.samples.get("holdfast")),
                spread(self.samples.get("keepalived")), spread(self.samples.get("frr")), others,
                ratio_text(self.ratio))


def ratio_of(ours, theirs):
    if not ours or not theirs or not statistics.median(theirs):
        return None
    return statistics.median(ours) / statistics.median(theirs)


def ratio_text(ratio):
    if ratio is None:
        return "-"
    return f"{ratio:.2g}" if 0 < ratio < 0.1 else f"{ratio:.2f}"


def number(value):
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def spread(samples):
    """median (least to most, how many); or the word."""
    if not samples or isinstance(samples, str):
        return samples or "-"
    middle = number(statistics.median(samples))
    if len(samples) == 1:
        return middle
    return f"{middle} ({number(min(samples))} to {number(max(samples))}, {len(samples)})"


def values(runs, key, factor=1.0):
    return [run[key] * factor for run in runs or [] if key in run]


def samples(found, key, factor=1.0):
    return [one * factor for one in found.get(key, [])]


def value(found, key, factor=1.0):
    return [found[key] * factor] if found else []


def floor(raw):
    """What the machine limits: no figure of ours."""
    for interval, over in raw["failover"].items():
        yield Row(f"node dies, {float(interval):g} s", "advert after the limit", "ms",
                  a_bare_program=[one * 1e3 for one in over])


def failover(raw):
    for what, by_name in raw.items():
        for key, figure in (("over_limit", "advert after the limit"),
                            ("arp_after_advert", "gratuitous ARP of the last address, after it"),
                            ("echo_over_limit", "first answered echo, after the limit")):
            yield Row(f"node dies, {what}", figure, "ms",
                      **{name: values(runs, key, 1e3) for name, runs in by_name.items()})


def departures(raw):
    for interval, events in raw.items():
        for event, pairs in events.items():
            scenario = f"{event}, {float(interval):g} s"
            for key, figure, unit, factor in (
                    ("unanswered", "echoes lost (of one in 1 ms)", "count", 1),
                    ("role_changes", "role changes", "count", 1),
                    ("two_holders", "two holders, while looked at", "ms", 1e3)):
                if key == "two_holders" and event != "hung":
                    continue
                found = {name.removeprefix("lacking "): values(runs, key, factor) or LACKS
                         for name, runs in pairs.items() if " to " not in name}
                if key == "two_holders":
                    found["frr"] = "always"  # its device has the address
                yield Row(scenario, figure, unit, **found)
            mixed = values(pairs.get("holdfast to keepalived"), "unanswered")
            if mixed:
                yield Row(scenario, "echoes lost, keepalived is the heir", "count", holdfast=mixed,
                          keepalived=values(pairs.get("keepalived"), "unanswered"))


def reload(raw):
    for key, figure, unit, factor in (("reload", "latest advert of the others", "ms", 1e3),
                                      ("cpu", "CPU of it, with what adverts take", "s", 1)):
        yield Row("reload, one router changed", figure, unit,
                  **{name: samples(found, key, factor) for name, found in raw.items()})


def scale(raw):
    limit = raw.get("limit") or {}
    for title, by_name in raw.items():
        if title == "limit":
            continue
        good = {name: found for name, found in by_name.items() if "failed" not in found}
        failed = {name: found["failed"] for name, found in by_name.items() if name not in good}
        each = {name: memory_of_each(found, raw.get("10 routers", {}).get(name))
                for name, found in good.items()}
        if any(each.values()):
            yield Row(title, "memory of each router of the master", "kB", **failed, **each)
        for key, figure in (("start", "start to the last master, after the limit"),
                            ("over_worst", "failover, the last one after the limit"),
                            ("last_announced", "first advert to the last address announced"),
                            ("last_answer", "first advert to the first echo of the last address"),
                            ("last_address", "first advert to the last address on its interface")):
            if key == "last_answer" and not any(key in one for one in good.values()):
                continue
            found = {name: value(one, key, 1e3) for name, one in good.items()}
            if key == "last_address" and title.endswith(" addresses"):
                found["a_bare_program"] = value(limit, key, 1e3)
            yield Row(title, figure, "ms", **failed, **found)
        for node, role, packet in (("node1", "master", "sent"), ("node2", "backup", "received")):
            for key, figure, unit, factor in (("cpu", "CPU", "% of a core", 100),
                                              ("cpu_per_advert", "CPU per advert", "us", 1e6),
                                              ("memory", "memory", "MB", 1e-6)):
                found = {name: value(one[node], key, factor) for name, one in good.items()}
                if key == "cpu_per_advert":
                    found["a_bare_program"] = value(paced(limit, by_name), packet, 1e6)
                yield Row(title, f"{figure} of the {role}", unit, **failed, **found)


def paced(limit, by_name):
    """What a bare program takes that sends as many at once, and as often, as these do."""
    interval = next((found["interval"] for found in by_name.values()), 1.0)
    return limit.get("paced", {}).get(f"{interval:g}", limit)


def memory_of_each(found, few):
    """By the difference from a few."""
    if few is None or "failed" in few or found["routers"] <= few["routers"]:
        return []
    return [(found["node1"]["memory"] - few["node1"]["memory"])
            / (found["routers"] - few["routers"]) / 1e3]


def idle(raw):
    for node, role in (("node1", "master"), ("node2", "backup")):
        for key, figure, unit, factor in (("memory", "memory (PSS of all processes)", "MB", 1e-6),
                                          ("wake_ups", "wake-ups", "per s", 1)):
            yield Row(f"idle {role}, one router", figure, unit,
                      **{who.split()[0]: value(found, key, factor) for who, found in raw.items()
                         if who.endswith(node)})


def share_of_a_core(one):
    return (f"{one['servers']:,} {one['kind']} checks, {one['servers'] / one['interval']:,.0f} a second, "
            f"{one['cpu_percent']:.0f} % of a core")


def checks(raw):
    results = raw["results"]
    for kind, servers in dict.fromkeys((one["kind"], one["servers"]) for one in results):
        found = {one["rival"]: one for one in results
                 if (one["kind"], one["servers"]) == (kind, servers)}
        for key, figure, unit, factor in (("cpu_us_per_check", "CPU of a check", "us", 1),
                                          ("all_known", "start until all are known", "s", 1),
                                          ("death", "all die until all are known to", "s", 1),
                                          ("memory", "memory", "MB", 1e-6)):
            yield Row(f"{servers:,} {kind} checks", figure, unit,
                      **{name: one.get("failed") or value(one, key, factor)
                         for name, one in found.items()})
    for one in raw.get("shares", []):
        scenario = share_of_a_core(one)
        yield Row(scenario, "CPU of a check", "us", holdfast=[one["cpu_us_per_check"]])
        yield Row(scenario, LATEST_BEGIN, "ms", holdfast=[one["latest"] * 1e3])
        yield Row(scenario, BEGUN_LATE, "count", holdfast=[one["late"] * 1000 / max(one["seen"], 1)])


def storm(raw):
    for flood in ("known", "foreign"):
        found = raw.get(flood, {})
        late = {name: value(one, "late", 1e3) for name, one in found.items()}
        quiet = value(raw.get("quiet", {}).get("holdfast"), "late", 1e3)
        yield Row(f"flood of adverts: {flood}", "latest own advert", "ms", **late, left_alone=quiet)
        yield Row(f"flood of adverts: {flood}", "CPU of a hostile advert", "us",
                  **{name: [one["cpu"] / one["sent"] * 1e6] for name, one in found.items()})


def balance(raw):
    results = {one["rival"]: one for one in raw["results"]}
    for key, figure, unit, factor in (("load", "load", "s", 1), ("all", "reload, all changed", "s", 1),
                                      ("one", "reload, one changed", "s", 1),
                                      ("cpu", "CPU of the load", "s", 1),
                                      ("memory", "memory", "MB", 1e-6)):
        if results:
            servers = next(iter(results.values()))["servers"]
            yield Row(f"{servers:,} real servers", figure, unit,
                      **{name: samples(one, key, factor) for name, one in results.items()})
    yield Row("a real server dies", "until it is out of the table", "s",
              **{name: one.get("removals") for name, one in results.items()})


def rows_of(raw):
    """Those of all measurements; what two say of one figure is one row."""
    rows = {}
    for name, found in raw.items():
        for row in globals()[name](found) if found else ():
            known = rows.setdefault((row.scenario, row.figure), row)
            known.samples |= row.samples
    order = list(dict.fromkeys(row.scenario for row in rows.values()))
    return sorted(rows.values(), key=lambda row: order.index(row.scenario))
