#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Faults without end on three nodes under client traffic; the same seed brings the same faults.

usage: soak.py [--minutes N] [--seed S] [--json FILE]
"""

import argparse
import json
import pathlib
import random
import re
import sys
import time
from collections import Counter

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from lab import netns  # noqa: E402
from lab.lab import Lab  # noqa: E402
from soak import census, faults  # noqa: E402
from soak.network import INTERVAL, Network  # noqa: E402

# A peer takes over after three intervals and its Skew_Time; a busy machine may need longer. A hung
# supervisor or a daemon that starts again may come on top.
SETTLE = 20.0
LONGEST_RESTART = 30.0  # of a worker that fails again and again
WITHOUT_MAX = 3 * INTERVAL + INTERVAL + 2.0
# Who loses an election answers for 20 ms more, by design; what tells us may be late.
TWO_MAX = 0.5


class Soak:
    def __init__(self, network, seed, say=print):
        self.network = network
        self.dice = random.Random(seed)
        self.say = say
        self.seed = seed
        self.failed = {}  # node: when its vrrp-worker failed of itself
        self.report = {"seed": seed, "faults": Counter(), "restarts": 0, "violations": [],
                       "role_changes": {"with_cause": 0, "without_cause": 0},
                       "longest_without_holder_s": 0.0, "longest_with_two_holders_s": 0.0}

    def run(self, seconds):
        began = time.monotonic()
        self._settle()
        self.before = {node: census.take(node) for node in self.network.nodes}
        self.echoes_since = time.time()
        while time.monotonic() - began < seconds and len(self.report["violations"]) < 10:
            self._one(self.dice.choice(faults.ALL))
        count = self.network.echo.count(since=self.echoes_since, until=time.time() - 0.5)
        self.report["client"] = {"sent": count.sent, "unanswered": count.unanswered}
        self.report["seconds"] = round(time.monotonic() - began, 1)
        self._stop()
        return self.report

    def _one(self, inflict):
        holder, since = self.network.holder(), time.monotonic()
        roles = self._roles()
        self.say(f"{inflict.__name__}...")
        try:
            fault = inflict(self.network, self.dice)
        except Exception as error:  # of the daemon under fault: what is wrong is in the text
            self._violation(inflict.__name__, f"{type(error).__name__}: {error}")
            fault = faults.Fault(inflict.__name__, self.network.nodes[0], "failed", moves=True)
        self.report["faults"][fault.kind] += 1
        self.say(f"  {fault.kind} on {fault.node.name} {fault.text}")
        try:
            self._settle()
        except netns.LabTimeout as error:
            self._violation(fault.kind, str(error))
        until = time.monotonic()
        self._judge_roles(fault, roles)
        self._judge_holders(fault, since, until, holder)
        self._judge_census(fault)

    def _roles(self):
        return {node: node.daemon.router() or {} for node in self.network.nodes}

    def _judge_roles(self, fault, before):
        now = self._roles()
        changed = [f"{node.name} was {was.get('state')} since {was.get('since')}, is "
                   f"{now[node].get('state')} since {now[node].get('since')}: "
                   f"{now[node].get('reason')}"
                   for node, was in before.items() if now[node].get("since") != was.get("since")]
        moves = fault.moves or self._is_a_crash_loop(fault)
        self.report["role_changes"]["with_cause" if moves else "without_cause"] += len(changed)
        if changed and not moves:
            self._violation(fault.kind, f"roles changed without a cause: {'; '.join(changed)}")

    def _is_a_crash_loop(self, fault):
        """A vrrp-worker that fails of itself again within a minute is started later, at a cost."""
        if not re.match("(SIGABRT|no memory|no descriptors) of a vrrp-worker|forks fail", fault.kind):
            return False
        last, self.failed[fault.node] = self.failed.get(fault.node), time.monotonic()
        return last is not None and time.monotonic() - last < 60 + SETTLE

    def _judge_holders(self, fault, since, until, _):
        spans = self.network.holders.longest(since, until, fault.excused)
        for name, key, limit in (("none", "longest_without_holder_s", WITHOUT_MAX),
                                 ("two", "longest_with_two_holders_s", TWO_MAX)):
            self.report[key] = round(max(self.report[key], spans[name]), 3)
            if spans[name] > limit:
                self._violation(fault.kind, f"{key}: {spans[name]:.3f} on {fault.node.name}")

    def _judge_census(self, fault):
        """What is on its way out is given a little time."""
        for node in self.network.nodes:
            def wrong(node=node):
                try:
                    scripts = census.scripts_of(node)
                    return census.differences(self.before[node], census.take(node)) + (
                        [f"{scripts} processes of scripts"] if scripts > 4 else [])
                except (RuntimeError, OSError, TypeError) as error:
                    return [str(error)]

            deadline = time.monotonic() + 15
            left = wrong()
            while left and time.monotonic() < deadline:
                time.sleep(0.2)
                left = wrong()
            for text in left:
                self._violation(fault.kind, f"{node.name}: {text}")
            if left:  # which is said once
                self.before[node] = census.take(node)

    def _settle(self):
        """Until one node is the master and has the address, and the others neither."""

        def one_holder():
            self.report["restarts"] += sum(node.ensure_running() for node in self.network.nodes)
            return self.network.holder()

        netns.wait_until(one_holder, SETTLE, lambda: "one holder; there is " + ", ".join(
            f"{node.name} {node.daemon.state()} {'with' if node.has_address() else 'without'} it"
            for node in self.network.nodes), every=0.05)
        netns.wait_until(lambda: all(
            worker["state"] == "running" for node in self.network.nodes
            for worker in (node.daemon.try_status() or {"workers": [{"state": "down"}]})["workers"]),
            LONGEST_RESTART + SETTLE, "all workers run")
        # The better one takes back what it may.
        netns.wait_until(lambda: self.network.holder() is self.network.nodes[0], SETTLE,
                         "the best node is the master", every=0.05)

    def _stop(self):
        statuses = self.network.stop()
        for node in self.network.nodes:
            if statuses[node.name] != 0:
                self._violation("stop", f"{node.name} exits with {statuses[node.name]}")
            if node.has_address() or node.pids():
                self._violation("stop", f"{node.name} leaves something behind")

    def _violation(self, kind, text):
        self.say(f"  VIOLATED after {kind}: {text}")
        self.report["violations"].append({"after": kind, "what": text})


def text_of(report):
    lines = [f"{report['seconds']:.0f} s, seed {report['seed']}: "
             f"{sum(report['faults'].values())} faults, {report['restarts']} starts by the manager"]
    lines += [f"  {count:4} {kind}" for kind, count in sorted(report["faults"].items())]
    changes, client = report["role_changes"], report["client"]
    lines += [f"role changes: {changes['with_cause']} with cause, {changes['without_cause']} without",
              f"longest without a holder: {report['longest_without_holder_s']:.3f} s, "
              f"with two: {report['longest_with_two_holders_s']:.3f} s",
              f"the client: {client['unanswered']} of {client['sent']} echoes unanswered",
              f"violations: {len(report['violations'])}"]
    lines += [f"  after {one['after']}: {one['what']}" for one in report["violations"]]
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--json", help="a file for the report")
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    with Lab() as lab:
        soak = Soak(Network(lab), options.seed, say=lambda text: print(text, flush=True))
        report = soak.run(options.minutes * 60)
        if report["violations"]:
            for node in soak.network.nodes:
                print(f"---- {node.name}\n{node.daemon.log()[-4000:]}")
    print(text_of(report))
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(report, indent=1) + "\n", encoding="ascii")
    return 1 if report["violations"] else 0


if __name__ == "__main__":
    sys.exit(main())
