# SPDX-License-Identifier: Apache-2.0
"""holdfastd as the first process of a container, without an init before it."""

import os
import signal

import pytest

from lab.daemon import Holdfast, instance
from lab.netns import wait_until
from lab.scripts import Scripts


class Contained(Holdfast):
    """holdfastd with process numbers of its own, where it is 1."""

    def _start(self, *command):
        super()._start("unshare", "--pid", "--fork", "--mount-proc", "--kill-child", *command)

    def children(self, of=None):
        """(pid, state, name) as seen from outside."""
        listed = self.host.run("ps", "-o", "pid=,stat=,comm=", "--ppid", str(of or self.first)).stdout
        return [line.split(None, 2) for line in listed.splitlines()]

    @property
    def first(self):
        return next(int(pid) for pid, _, name in self.children(self.pid) if name == "holdfastd")

    def zombies(self):
        return [child for child in self.children() if child[1].startswith("Z")]


@pytest.fixture
def contained(lab):
    node = lab.host("node1", "192.0.2.1/24")
    scripts = Scripts(node)
    # It leaves a process behind, out of its group, that ends later than itself.
    check = scripts.write("check", "setsid sh -c 'sleep 0.3; echo gone >>OUT/gone' >/dev/null 2>&1 & sleep 0.1")
    daemon = Contained(node, {"vrrp": {"instances": [
        instance(advert_interval="100ms", track=[{"check": "orphans", "weight": -50}])]},
        "checks": [{"name": "orphans", "script": check, "interval": "200ms"}]})
    daemon.wait_for_state("web", "MASTER", 10)
    return daemon, scripts


def test_orphans_are_waited_for_and_its_own_children_keep_their_statuses(contained):
    daemon, scripts = contained
    assert daemon.status()["pid"] == 1
    wait_until(lambda: len(scripts.lines("gone")) >= 5, 20, "orphans")
    worker = next(int(pid) for pid, _, name in daemon.children() if name.startswith("holdfast-vrrp"))
    os.kill(worker, signal.SIGKILL)
    seen = len(scripts.lines("gone"))
    wait_until(lambda: len(scripts.lines("gone")) >= seen + 5, 20, "more orphans")
    # One that has just ended may not be reaped yet, but a handful has not ended in one moment.
    wait_until(lambda: len(daemon.zombies()) <= 1, 5, daemon.children)
    status = daemon.status()
    ends = {one["name"]: (one["restarts"], one["last_end"]) for one in status["workers"]}
    assert ends["vrrp-worker"] == (1, "killed by SIGKILL") and ends["check-worker"][0] == 0, ends
    assert [one["up"] for one in status["checks"]] == [True]
    assert daemon.state() == "MASTER"
    os.kill(daemon.first, signal.SIGTERM)
    assert daemon.wait(10) == 0, daemon.log()
