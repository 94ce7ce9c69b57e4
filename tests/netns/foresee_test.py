# SPDX-License-Identifier: Apache-2.0
"""What `fleet check` and `explain` foretell is what the daemons then do."""

import json
import os

import pytest

from lab.daemon import Holdfast, binaries
from lab.netns import run

NODES = ("node1", "node2", "node3")
FLEET = """
version: 1
checks:
  - {name: app, tcp: "127.0.0.1:8080", interval: 100ms, timeout: 50ms}
vrrp:
  instances:
    - name: web
      interface: eth0
      virtual_router_id: 51
      advert_interval: 200ms
      addresses: [192.0.2.10/24]
      track: [{check: app, weight: -60}]
nodes:
  node1: {vrrp: {instances: [{name: web, priority: 150}]}}
  node2: {vrrp: {instances: [{name: web, priority: 120}]}}
  node3: {vrrp: {instances: [{name: web, priority: 80}]}}
"""
MARGIN = 0.5  # of a busy machine


class Fleet:
    """Three nodes of one file, each with its check well, and what was foretold of them."""

    def __init__(self, lab):
        self.hosts = {name: lab.host(name, f"192.0.2.{number}/24")
                      for number, name in enumerate(NODES, 1)}
        self.wire = lab.capture(lab.host("client", "192.0.2.100/24"))
        self.services = {name: lab.listener(host, 8080) for name, host in self.hosts.items()}
        self.daemons = {name: Holdfast(host, FLEET, options=("--node", name))
                        for name, host in self.hosts.items()}
        file = self.daemons["node1"].config_file
        answer = run(binaries() / "holdfastctl", "fleet", "check", "--json", file)
        self.foretold = json.loads(answer.stdout)
        self.wait_for_master("node1")

    def wait_for_master(self, master, alive=NODES):
        for name in alive:
            self.daemons[name].wait_for_state("web", "MASTER" if name == master else "BACKUP", 10)

    def outcome(self, *failing):
        """Of the failure of these (node, kind, name)."""
        for one in self.foretold["failures"]:
            if [(at["node"], at["kind"], at["name"]) for at in one["failing"]] == list(failing):
                return one["outcomes"][0]
        raise AssertionError(f"{failing} in {self.foretold['failures']}")

    def explain(self, node, failing):
        """What `explain` on a node says of this (node, kind, name)."""
        answer = json.loads(self.daemons[node].ctl("explain", "web", "--json").stdout)
        assert answer["instances"][0]["note"] is None
        return next(one for one in answer["instances"][0]["prospects"]
                    if tuple(one["failing"][key] for key in ("node", "kind", "name")) == failing)

    def gap(self, before, after):
        """From the last advert of one node to the first of the next."""
        last = self.wire.adverts(source=self.hosts[before].address)[-1]
        heir = self.wire.wait_for_advert(5, source=self.hosts[after].address, since=last.time)
        return heir.time - last.time


@pytest.fixture
def fleet(lab):
    return Fleet(lab)


def test_the_heirs_that_fleet_check_foretells(fleet):
    assert fleet.foretold["good"]
    assert fleet.foretold["start"] == [{"instance": "web", "holders": ["node1"]}]
    first = fleet.outcome(("node1", "node", "node1"))
    both = fleet.outcome(("node1", "node", "node1"), ("node2", "node", "node2"))
    assert (first["holders"], both["holders"]) == (["node2"], ["node3"])
    assert first["repaired_holders"] == ["node1"]
    fleet.hosts["node1"].die()
    fleet.wait_for_master("node2", alive=NODES[1:])
    assert fleet.gap("node1", "node2") < first["unheld_seconds"] + MARGIN
    fleet.hosts["node2"].die()
    fleet.wait_for_master("node3", alive=NODES[2:])
    assert fleet.gap("node2", "node3") < both["unheld_seconds"] + MARGIN


def test_what_explain_says_of_a_check_and_a_link_comes_true(fleet):
    check = fleet.explain("node1", ("node1", "check", "app"))
    assert (check["state"], check["priority"], check["holders"]) == ("BACKUP", 90, ["node2"])
    assert check["unheld_seconds"] == 0
    link = fleet.explain("node1", ("node1", "interface", "eth0"))
    assert (link["state"], link["holders"]) == ("FAULT", ["node2"])
    assert not link["priority_0_announced"]

    fleet.services["node1"].close()
    fleet.wait_for_master("node2")
    assert fleet.daemons["node1"].router()["priority"] == check["priority"]
    # And now it says how it comes back.
    back = fleet.explain("node1", ("node1", "check", "app"))
    assert back["failing"]["comes_back"] and back["state"] == "MASTER"
    assert "If check app recovers: priority 90 -> 150, it becomes MASTER" in back["text"]
    backup = fleet.explain("node1", ("node2", "node", "node2"))
    assert backup["state"] == "MASTER" and backup["holders"] == ["node1"]
    fleet.hosts["node2"].die()
    fleet.wait_for_master("node1", alive=("node1", "node3"))
    assert fleet.gap("node2", "node1") < backup["unheld_seconds"] + MARGIN


def test_what_explain_says_of_a_link_comes_true(fleet):
    link = fleet.explain("node1", ("node1", "interface", "eth0"))
    assert link["text"].startswith("If interface eth0 goes down: it goes to FAULT, and the others "
                                   "hear no more of it, node2 (priority 120) takes over within 0.7")
    fleet.hosts["node1"].cable("down")
    fleet.daemons["node1"].wait_for_state("web", "FAULT", 5)
    fleet.wait_for_master("node2", alive=NODES[1:])
    assert fleet.gap("node1", "node2") < link["unheld_seconds"] + MARGIN


def test_explain_without_a_file_of_a_fleet_and_its_exit_statuses(pair):
    pair.start()
    text = " ".join(pair.two.ctl("explain").stdout.split())
    assert "web is BACKUP, with priority 100." in text
    assert "it becomes MASTER, and takes over within 0.3" in text
    alone = " ".join(pair.one.ctl("explain", "web").stdout.split())
    assert "If interface eth0 goes down: it goes to FAULT" in alone
    assert pair.one.ctl("explain", "nobody", check=False).returncode == 1
    pair.one.ctl("maintenance", "on")
    assert "in maintenance" in pair.one.ctl("explain", check=False).stderr
    missing = run(binaries() / "holdfastctl", "--runtime-dir", os.devnull, "explain", check=False)
    assert missing.returncode == 3
