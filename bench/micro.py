#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How many instructions the pure cores need for a packet, a result or a reload, by callgrind.

Of two runs of different lengths the difference is divided by the rounds between them, so that
start-up does not count. Compared with instructions.json, which holds for Debian 12's compiler:
more than a tenth above it is a regression. --record writes that file anew.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from rivals import table

from lab.daemon import binaries

BASELINE = pathlib.Path(__file__).resolve().parent / "micro" / "instructions.json"
ROUNDS = (10, 90)  # of as many digits: they are in names, whose length costs
TOLERATED = 1.10


def program():
    return str(binaries() / "holdfast-micro")


def names():
    listed = subprocess.run([program(), "--benchmark_list_tests"], capture_output=True, text=True,
                            check=True)
    return [line.split("/")[0] for line in listed.stdout.split()]


def instructions(name, rounds):
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out", program(),
             f"--benchmark_filter=^{name}/"],
            env={**os.environ, "HOLDFAST_MICRO_ROUNDS": str(rounds)}, capture_output=True, text=True,
            check=True)
    if "ERROR OCCURRED" in done.stdout:
        sys.exit(f"{name}: {done.stdout}")
    return int(re.search(r"Collected : (\d+)", done.stderr).group(1))


def per_round(name):
    few, many = (instructions(name, rounds) for rounds in ROUNDS)
    return round((many - few) / (ROUNDS[1] - ROUNDS[0]))


def main():
    options = argparse.ArgumentParser(description=__doc__,
                                      formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--record", action="store_true")
    arguments = options.parse_args()
    known = {} if arguments.record else json.loads(BASELINE.read_text(encoding="ascii"))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = dict(zip(names(), pool.map(per_round, names())))
    if arguments.record:
        BASELINE.write_text(json.dumps(found, indent=1) + "\n", encoding="ascii")
    print(table(("", "instructions", "known", "ratio"),
                [(name, count, known.get(name, "-"),
                  f"{count / known[name]:.3f}" if name in known else "-")
                 for name, count in found.items()]))
    worse = [name for name, count in found.items()
             if name in known and count > known[name] * TOLERATED]
    strangers = [] if arguments.record else sorted(known.keys() ^ found.keys())
    for name in worse:
        print(f"{name}: more than a tenth above what it was; if that is wanted: --record")
    for name in strangers:
        print(f"{name}: is not in both, {BASELINE.name} and the program: --record")
    sys.exit(bool(worse or strangers))


if __name__ == "__main__":
    main()
