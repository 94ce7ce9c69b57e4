# SPDX-License-Identifier: Apache-2.0
"""Pictures: what things cost over how many of them there are. Who grows linearly has a level line for the
cost of each, and a straight one for the sum, on logarithmic scales."""

from figures import paced
from plots import COLOURS, finish, pyplot

AT_ONCE = {"": "scale.svg", " at 100 ms": "scale-100-ms.svg"}


def draw_scale(raw, folder):
    """What an advert, a virtual router, a start and a failover cost by how many routers there are."""
    folder.mkdir(parents=True, exist_ok=True)
    limit = raw.get("limit") or {}
    panels = (("CPU of an advert sent, us", lambda one: one["node1"]["cpu_per_advert"] * 1e6, "sent"),
              ("CPU of one received, us", lambda one: one["node2"]["cpu_per_advert"] * 1e6, "received"),
              ("memory of the master, MB", lambda one: one["node1"]["memory"] / 1e6, None),
              ("start beyond the protocol's time, s", lambda one: one["start"], None),
              ("failover beyond it, the last, s", lambda one: one["over_worst"], None))
    for suffix, file in AT_ONCE.items():
        results = [{"rival": name, "number": found["routers"], **found}
                   for title, by_name in raw.items() if title.endswith(f" routers{suffix}")
                   for name, found in by_name.items() if "failed" not in found]
        if results:
            bare = paced(limit, dict(enumerate(results)))
            _panels(results, [(title, of, bare.get(what, 0) * 1e6) for title, of, what in panels],
                    "virtual routers", folder / file)


def draw_checks(raw, folder):
    """What a check costs by how many there are, of each kind."""
    folder.mkdir(parents=True, exist_ok=True)
    panels = (("CPU of a check, us", lambda one: one["cpu_us_per_check"], 0),
              ("CPU, % of a core", lambda one: one["cpu_percent"], 0),
              ("memory, MB", lambda one: one["memory"] / 1e6, 0),
              ("start until all are known, s", lambda one: one["all_known"], 0))
    for kind in dict.fromkeys(one["kind"] for one in raw.get("results", [])):
        results = [{"number": one["servers"], **one} for one in raw["results"]
                   if one["kind"] == kind and "failed" not in one]
        _panels(results, panels, f"{kind} checks, every 2 s", folder / f"checks-{kind}.svg")


def _panels(results, panels, what, file):
    figure, all_axes = pyplot.subplots(1, len(panels), figsize=(3.4 * len(panels), 3.4))
    for axes, (title, figure_of, limit) in zip(all_axes, panels):
        for name in dict.fromkeys(one["rival"] for one in results):
            points = sorted((one["number"], max(figure_of(one), 1e-3)) for one in results
                            if one["rival"] == name)
            axes.plot(*zip(*points), "o-", color=COLOURS[name], label=name)
        if limit:
            axes.axhline(limit, color="#555555", linestyle=":", label="a bare program")
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_title(title, fontsize=9, loc="left")
        axes.set_xlabel(what, fontsize=8)
        axes.grid(alpha=0.3)
    all_axes[0].legend(fontsize=8)
    finish(figure, all_axes, file)
