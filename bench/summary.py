#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every measurement in one run: all figures as one table, and what of the aims is reached as another.

Each measurement is a program of this folder, which prints its own table. The figures are the medians
of what they leave, with the spread (least to most, and how many) where there are several; a ratio is
Holdfast's to its rival's. A measurement that fails or takes too long costs its own figures only.
--quick takes few runs and small numbers, to see that all of it works.
"""

import argparse
import json
import pathlib
import re
import signal
import subprocess
import sys
import time

import aims
from figures import rows_of
from rivals import ROOT, table

FOLDER = pathlib.Path(__file__).resolve().parent
RAW = ROOT / "build/bench"
PROGRAMS = {  # name: (seconds at most, arguments, arguments of --quick)
    "floor": (300, (), ("--runs", "2")),
    "failover": (1500, (), ("--runs", "2")),
    "departures": (900, (), ("--runs", "1", "--intervals", "0.1")),
    "reload": (300, (), ("--routers", "250", "--rounds", "1")),
    "scale": (1080, (), ("--routers", "10", "100", "--fast", "10", "100", "--addresses", "200")),
    "idle": (120, (), ("--seconds", "5")),
    "checks": (1080, (), ("--servers", "100", "500", "--seconds", "4", "--share", "0")),
    "storm": (240, (), ("--seconds", "3")),
    "balance": (700, (), ("--servers", "1000", "--rounds", "1", "--removals", "2")),
}
PAGE, PICTURES = ROOT / "docs/benchmarks.md", ROOT / "docs/images/bench"
CURVED = re.compile(r"[\d,]+ (routers|\w+ checks)")  # of these there are curves
FIGURES = ("scenario", "figure", "holdfast", "keepalived", "frr", "others", "ratio")


def measure(name, seconds, arguments):
    """The raw figures of one program, as far as it came; what went wrong it has said."""
    RAW.mkdir(parents=True, exist_ok=True)
    file = RAW / f"{name}.json"
    file.unlink(missing_ok=True)
    print(f"\n==== {name}\n", flush=True)
    began = time.monotonic()
    process = subprocess.Popen([sys.executable, str(FOLDER / f"{name}.py"), *arguments,
                                "--json", str(file)])
    try:
        status = process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGTERM)  # it takes its namespaces down
        status = f"after {seconds} s"
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    print(f"\n{name}: {time.monotonic() - began:.0f} s"
          + (f", ended by {status}" if status else ""), flush=True)
    if not file.exists():
        return {"failed": {name: f"status {status}"}}
    return json.loads(file.read_text(encoding="utf-8"))


def draw(raw, rows, lines, folder):
    import curves, document, plots  # matplotlib, which only these need  # noqa: E401
    plots.draw([row for row in rows if not CURVED.match(row.scenario)], folder)
    curves.draw_scale(raw.get("scale", {}), folder)
    curves.draw_checks(raw.get("checks", {}), folder)
    if folder.resolve() == PICTURES:
        document.renew(PAGE, PICTURES, rows, lines)


def main():
    options = argparse.ArgumentParser(description=__doc__,
                                      formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--quick", action="store_true")
    options.add_argument("--only", nargs="+", choices=list(PROGRAMS), default=list(PROGRAMS))
    options.add_argument("--from", dest="known", type=pathlib.Path,
                         help="of the raw figures in this file, nothing is measured")
    options.add_argument("--json", type=pathlib.Path, help="raw figures into this file")
    options.add_argument("--plots", type=pathlib.Path, help="an SVG for each scenario into this folder; with docs/images/bench the figures "
                         "of docs/benchmarks.md, too")
    arguments = options.parse_args()
    began = time.monotonic()
    if arguments.known:
        raw = json.loads(arguments.known.read_text(encoding="utf-8"))
    else:
        raw = {name: measure(name, PROGRAMS[name][0], PROGRAMS[name][1 + arguments.quick])
               for name in arguments.only}
    if arguments.json:
        arguments.json.write_text(json.dumps(raw, indent=1), encoding="utf-8")
    failed = {f"{name}: {what}": why for name, found in raw.items()
              for what, why in found.pop("failed", {}).items()}
    rows = rows_of(raw)
    print("\n==== all figures; less is better, the ratio is Holdfast's to its first rival's\n")
    print(table(FIGURES, [row.cells() for row in rows]))
    lines = [aim.cells() for aim in aims.aims_of(raw)]
    print("\n==== the aims; the limit is a bare program's\n")
    print(table(aims.HEAD, lines))
    for what, why in failed.items():
        print(f"failed: {what}: {why}")
    print(f"\n{sum(line[-1] == 'reached' for line in lines)} reached, "
          f"{sum(line[-1] == 'not reached' for line in lines)} not reached; "
          f"{(time.monotonic() - began) / 60:.0f} minutes")
    if arguments.plots:
        draw(raw, rows, lines, arguments.plots)
    if not all(raw.values()):
        sys.exit(1)  # one of them has no figures at all


if __name__ == "__main__":
    main()
