# SPDX-License-Identifier: Apache-2.0
"""Pictures: bars of Holdfast and its rivals for each scenario of the summary, on a logarithmic scale."""

import re
import statistics

import matplotlib

from figures import number

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "holdfast"  # the same figures, the same file
matplotlib.rcParams["svg.fonttype"] = "none"  # letters, not their outlines: a sixth of the size
from matplotlib import pyplot  # noqa: E402, after the choice of what it draws with

COLOURS = {"holdfast": "#1b6ca8", "keepalived": "#c7791a", "frr": "#5d8a3a", "haproxy": "#8a4f9e",
           "a bare program": "#777777", "left alone": "#777777"}


def draw(rows, folder):
    """One SVG per scenario, named after it."""
    folder.mkdir(parents=True, exist_ok=True)
    for scenario in dict.fromkeys(row.scenario for row in rows):
        shown = [row for row in rows if row.scenario == scenario and row.of("holdfast")]
        if shown:
            _bars(scenario, shown, folder / f"{file_name(scenario)}.svg")


def file_name(scenario):
    return re.sub(r"[^a-z0-9]+", "-", scenario.lower().replace(",", "")).strip("-")


def _bars(title, rows, file):
    names = [name for name in COLOURS if any(row.of(name) for row in rows)]
    thick = 0.8 / len(names)
    figure, axes = pyplot.subplots(figsize=(8, 1.1 + 0.3 * len(rows) * len(names)))
    for at, row in enumerate(rows):
        for place, name in enumerate(names):
            samples = row.of(name)
            if not samples:
                continue
            middle = statistics.median(samples)
            height = at + (place - (len(names) - 1) / 2) * thick
            axes.barh(height, middle, thick * 0.9, color=COLOURS[name],
                      xerr=[[middle - min(samples)], [max(samples) - middle]], ecolor="#555555")
            axes.annotate(f"{name} {number(middle)}", (max(0, *samples, middle), height), (4, 0),
                          textcoords="offset points", va="center", fontsize=8)
    axes.set_yticks(range(len(rows)), [f"{row.figure}, {row.unit}" for row in rows], fontsize=8)
    axes.set_xscale("symlog", linthresh=0.1)
    least = min(0, *(min(row.of(name)) for row in rows for name in row.measured))
    axes.margins(x=0.35)
    axes.set_xlim(left=least)
    axes.invert_yaxis()
    axes.set_title(title, fontsize=10, loc="left")
    finish(figure, [axes], file)


def finish(figure, all_axes, file):
    for axes in all_axes:
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    figure.tight_layout()
    figure.savefig(file, metadata={"Date": None})
    pyplot.close(figure)
