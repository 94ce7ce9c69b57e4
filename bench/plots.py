# SPDX-License-Identifier: Apache-2.0
"""Pictures: bars of Holdfast and its rival for each scenario of the summary, on a logarithmic scale, and
curves over the number of virtual routers."""

import re
import statistics

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "holdfast"  # the same figures, the same file
matplotlib.rcParams["svg.fonttype"] = "none"  # letters, not their outlines: a sixth of the size
from matplotlib import pyplot  # noqa: E402, after the choice of what it draws with

COLOURS = ("#1b6ca8", "#c7791a")


def draw(rows, folder):
    """One SVG per scenario, named after it."""
    folder.mkdir(parents=True, exist_ok=True)
    for scenario in dict.fromkeys(row.scenario for row in rows):
        shown = [row for row in rows if row.scenario == scenario and row.holdfast]
        name = re.sub(r"[^a-z0-9]+", "-", scenario.lower()).strip("-")
        _bars(scenario, shown, folder / f"{name}.svg")


def _bars(title, rows, file):
    figure, axes = pyplot.subplots(figsize=(8, 1.1 + 0.7 * len(rows)))
    for at, row in enumerate(rows):
        for offset, colour, samples, name in ((-0.2, COLOURS[0], row.holdfast, "holdfast"),
                                              (0.2, COLOURS[1], row.rival, row.rival_name)):
            if not samples:
                continue
            middle = statistics.median(samples)
            axes.barh(at + offset, middle, 0.36, color=colour,
                      xerr=[[middle - min(samples)], [max(samples) - middle]], ecolor="#555555")
            shown = f"{middle:,.0f}" if middle >= 100 else f"{middle:.3g}"
            axes.annotate(f"{name} {shown}", (max(samples), at + offset), (4, 0),
                          textcoords="offset points", va="center", fontsize=8)
    axes.set_yticks(range(len(rows)), [f"{row.figure}, {row.unit}" for row in rows], fontsize=8)
    axes.set_xscale("symlog", linthresh=0.1)
    axes.set_xlim(left=0)
    axes.margins(x=0.35)
    axes.invert_yaxis()
    axes.set_title(title, fontsize=10, loc="left")
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    figure.tight_layout()
    figure.savefig(file, metadata={"Date": None})
    pyplot.close(figure)


def draw_curves(raw, file):
    """What an advert, a virtual router and a start cost by how many there are: scale.py's figures at 1 s."""
    file.parent.mkdir(parents=True, exist_ok=True)
    panels = (("CPU of an advert sent, us", lambda one: one["node1"]["cpu_per_advert"] * 1e6, "sent"),
              ("CPU of one received, us", lambda one: one["node2"]["cpu_per_advert"] * 1e6, "received"),
              ("memory of the master, MB", lambda one: one["node1"]["memory"] / 1e6, None),
              ("start beyond the protocol's time, s", lambda one: one["start"], None))
    figure, all_axes = pyplot.subplots(1, len(panels), figsize=(14, 3.4))
    for axes, (title, figure_of, limit) in zip(all_axes, panels):
        for name, colour in zip(("holdfast", "keepalived"), COLOURS):
            points = sorted((found[name]["routers"], figure_of(found[name]))
                            for what, found in raw.items() if what.endswith(" routers")
                            and "failed" not in found.get(name, {"failed": "not asked for"}))
            if points:
                axes.plot(*zip(*points), "o-", color=colour, label=name)
        if limit:
            axes.axhline(raw["limit"][limit] * 1e6, color="#555555", linestyle=":",
                         label="a bare program")
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_title(title, fontsize=9, loc="left")
        axes.set_xlabel("virtual routers", fontsize=8)
        axes.grid(alpha=0.3)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    all_axes[0].legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(file, metadata={"Date": None})
    pyplot.close(figure)
