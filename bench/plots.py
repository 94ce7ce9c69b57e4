# SPDX-License-Identifier: Apache-2.0
"""A picture of each scenario of the summary: bars of Holdfast and its rival, on a logarithmic scale."""

import re
import statistics

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "holdfast"  # the same figures, the same file
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
            axes.text(max(samples), at + offset, f"  {name} {middle:.3g}", va="center", fontsize=8)
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
