# SPDX-License-Identifier: Apache-2.0
"""What holdfastctl says of a failover after it: why, and the history that outlives restarts."""

import json
import os
import signal

from lab.netns import wait_until

CHECK = {"name": "app", "tcp": "127.0.0.1:8080", "interval": "100ms", "timeout": "50ms"}


def why(daemon, name="web"):
    return " ".join(daemon.ctl("why", name).stdout.split())


def await_why(daemon, *parts):
    """Once the sentences have all of these parts."""
    return wait_until(lambda: all(part in why(daemon) for part in parts) and why(daemon), 10,
                      lambda: f"{parts} in: {why(daemon)}")


def events(daemon, kind, subject=None):
    answer = json.loads(daemon.ctl("history", "--last", "0", "--json").stdout)
    return [event for event in answer["events"]
            if event["kind"] == kind and event["subject"] == subject]


def states(daemon, name="web"):
    return [event["to"] for event in events(daemon, "instance", name)]


def test_why_after_a_node_died_and_came_back(pair):
    pair.start()
    await_why(pair.two, "web is BACKUP", "started")
    pair.node1.die()
    pair.two.wait_for_state("web", "MASTER", 5)
    text = await_why(pair.two, "web is MASTER", f"no advert from {pair.node1.address} for")
    assert "was heard no more" in text
    pair.node1.revive()
    pair.one.start()
    pair.two.wait_for_state("web", "BACKUP", 10)
    text = await_why(pair.two, "web is BACKUP",
                     f"{pair.node1.address} has priority 150 over our 100")
    assert "Earlier, instance web became MASTER: no advert from" in text
    await_why(pair.one, f"preempted {pair.node2.address}: priority 150 over its 100")
    # The killed daemon's own history is there, and its restart.
    assert states(pair.one)[:1] == ["BACKUP"] or states(pair.one)[:1] == ["MASTER"]
    assert [event["to"] for event in events(pair.one, "holdfastd")].count("started") == 2


def test_why_after_a_link_went_down_and_a_check_failed(pair):
    service = pair.lab.listener(pair.node1, 8080)
    pair.start({"track": [{"check": "app", "weight": -60}]}, checks=[CHECK])
    service.close()
    pair.two.wait_for_state("web", "MASTER", 10)
    text = await_why(pair.one, "web is BACKUP", "check app is down: -60", "Check app is down since")
    assert "priority is 90 and not 150 as configured" in text
    await_why(pair.two, f"preempted {pair.node1.address}: priority 100 over its 90")
    pair.node2.cable("down")
    await_why(pair.two, "web is FAULT", "interface eth0 is down",
              "Without that, this node must not hold the addresses.")
    await_why(pair.one, "web is MASTER", f"no advert from {pair.node2.address}")
    assert [event["to"] for event in events(pair.one, "check", "app")] == ["down"]


def test_the_history_survives_the_worker_the_supervisor_and_a_torn_end(pair):
    pair.start_one()
    old = pair.one.worker_pid("vrrp-worker")
    os.kill(old, signal.SIGKILL)
    pair.one.wait_for_new_worker("vrrp-worker", old, 10)
    wait_until(lambda: [event["to"] for event in events(pair.one, "worker", "vrrp-worker")] ==
               ["ended", "running"], 5, lambda: str(events(pair.one, "worker", "vrrp-worker")))
    assert states(pair.one) == ["BACKUP", "MASTER"]  # the next life has resumed: no change
    assert pair.one.stop() == 0
    file = os.path.join(pair.node1.directory, "state", "history")
    assert os.stat(file).st_mode & 0o777 == 0o600
    with open(file, "r+b") as history:
        history.truncate(os.path.getsize(file) - 3)
    pair.one.start()
    pair.one.wait_for_state("web", "MASTER", 10)
    assert states(pair.one)[:2] == ["BACKUP", "MASTER"]
    assert states(pair.one)[-2:] == ["BACKUP", "MASTER"]
    text = pair.one.ctl("history", "web", "--last", "1").stdout
    assert "BACKUP -> MASTER" in text and "instance web" in text
    answer = pair.one.ctl("why", "other", check=False)
    assert answer.returncode == 1 and "no instance 'other'" in answer.stderr
