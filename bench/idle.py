#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""One virtual router and nothing to do: memory, CPU and wake-ups of master and backup.

Memory is the proportional set size of all processes of the daemon; a wake-up is a voluntary
context switch of any of its threads.
"""

import pathlib
import re
import time

from rivals import KINDS, Pair, Turns, keep, options_of, table

from lab.recorder import usage

NODES = ("node1", "node2")


def wake_ups(pid):
    return sum(int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", status.read_text(encoding="utf-8"),
                             re.MULTILINE).group(1))
               for status in pathlib.Path(f"/proc/{pid}/task").glob("*/status"))


def state(pair, node):
    pids = pair.pids(node)
    cpu, memory = usage(pids)
    return {"cpu": cpu, "memory": memory, "wake_ups": sum(map(wake_ups, pids)),
            "processes": len(pids)}


def measure(seconds):
    with Turns("idle", [Pair(1.0, kind) for kind in KINDS]) as turns:
        time.sleep(5)
        before = {(pair.name, node): state(pair, node) for pair in turns.pairs for node in NODES}
        time.sleep(seconds)
        after = {(pair.name, node): state(pair, node) for pair in turns.pairs for node in NODES}
    return {f"{name} {node}": {
        "processes": now["processes"], "memory": now["memory"],
        "cpu": (now["cpu"] - before[name, node]["cpu"]) / seconds,
        "wake_ups": (now["wake_ups"] - before[name, node]["wake_ups"]) / seconds}
        for (name, node), now in after.items()}


def main():
    options = options_of(__doc__)
    options.add_argument("--seconds", type=int, default=30)
    arguments = options.parse_args()
    raw = measure(arguments.seconds)
    print(table(("", "role", "processes", "MB (PSS)", "wake-ups a second", "CPU %"),
                [(who.split()[0], "master" if who.endswith("1") else "backup",
                  found["processes"], f"{found['memory'] / 1e6:.1f}", f"{found['wake_ups']:.1f}",
                  f"{found['cpu'] * 100:.2f}") for who, found in raw.items()]))
    keep(arguments.json, raw)


if __name__ == "__main__":
    main()
