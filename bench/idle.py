#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""One virtual router and nothing to do: memory, CPU and wake-ups of master and backup.

Memory is the proportional set size of all processes of the daemon; a wake-up is a voluntary
context switch of any of its threads.
"""

import contextlib
import time

from rivals import RIVALS, keep, options_of, table

from lab.recorder import processes, usage

NODES = ("node1", "node2")


def wake_ups(pid):
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as status:
        return next(int(line.split()[1]) for line in status
                    if line.startswith("voluntary_ctxt_switches"))


def state(pair, node):
    pids = processes(pair.hosts[node], pair.name)
    cpu, memory = usage(pids)
    return {"cpu": cpu, "memory": memory, "wake_ups": sum(map(wake_ups, pids)),
            "processes": len(pids)}


def measure(seconds):
    with contextlib.ExitStack() as stack:
        pairs = [stack.enter_context(rival(1.0)) for rival in RIVALS]
        time.sleep(5)
        before = {(pair.name, node): state(pair, node) for pair in pairs for node in NODES}
        time.sleep(seconds)
        after = {(pair.name, node): state(pair, node) for pair in pairs for node in NODES}
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
