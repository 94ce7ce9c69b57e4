# SPDX-License-Identifier: Apache-2.0
"""The Ansible role: one node at a time, nothing wrong in place, and reloads that it waits for."""

import json
import os
import pathlib
import shutil
import subprocess

import pytest

from lab.daemon import ROOT, binaries, configuration, instance, to_yaml

ROLE = ROOT / "packaging/ansible"
pytestmark = pytest.mark.skipif(shutil.which("ansible-playbook") is None, reason="no Ansible")


class Fleet:
    """The nodes of a pair as an inventory. Each node's priority is its own."""

    def __init__(self, pair):
        self.nodes = {"node1": (pair.one, 150), "node2": (pair.two, 100)}
        self.folder = pathlib.Path(pair.node1.directory)

    def variables(self, daemon, text):
        return {"ansible_connection": "local", "ansible_python_interpreter": "/usr/bin/python3",
                "holdfast_install": False, "holdfast_start": False, "holdfast_config": text,
                "holdfast_config_file": daemon.config_file,
                "holdfast_ctl": f"{binaries()}/holdfastctl --runtime-dir {daemon.runtime_dir}",
                "holdfast_reload_command": f"kill -HUP {daemon.pid}"}

    def play(self, address, broken=(), options=()):
        """Rolls out a configuration, with a fault in it on the nodes of `broken`."""
        hosts = {}
        for name, (daemon, priority) in self.nodes.items():
            entry = instance(priority=priority, advert_interval="100ms", address=address)
            if name in broken:
                entry["priorty"] = entry.pop("priority")
            text = to_yaml({"node": name, **configuration(entry)})
            hosts[name] = self.variables(daemon, text)
        inventory = self.folder / "inventory.json"
        inventory.write_text(json.dumps({"all": {"hosts": hosts}}), encoding="ascii")
        environment = {**os.environ, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
                       "ANSIBLE_LOCAL_TEMP": str(self.folder / "ansible"),
                       "ANSIBLE_HOME": str(self.folder / "ansible"), "ANSIBLE_NOCOLOR": "1",
                       "LC_ALL": "C.UTF-8"}
        return subprocess.run(["ansible-playbook", "-i", inventory, ROLE / "site.yml", *options],
                              capture_output=True, text=True, timeout=100, env=environment,
                              check=False)

    def generations(self):
        return [daemon.generation() for daemon, _ in self.nodes.values()]

    def addresses(self):
        return [daemon.router()["addresses"] for daemon, _ in self.nodes.values()]


def test_the_role_validates_replaces_reloads_and_waits(pair):
    pair.start()
    fleet = Fleet(pair)
    done = fleet.play("192.0.2.20/24", options=("--check", "--diff"))
    assert done.returncode == 0 and "192.0.2.20/24" in done.stdout, done.stdout + done.stderr
    assert fleet.generations() == [1, 1]

    done = fleet.play("192.0.2.20/24")
    assert done.returncode == 0, done.stdout + done.stderr
    assert fleet.generations() == [2, 2]  # when it returns, not at some time after
    assert fleet.addresses() == [["192.0.2.20/24"]] * 2

    # Nothing to change on the first node: nothing is touched. A fault on the second: it is shown, and
    # not in place.
    before = pathlib.Path(pair.two.config_file).read_text(encoding="utf-8")
    done = fleet.play("192.0.2.20/24", broken=("node2",))
    assert done.returncode != 0
    assert "changed=0" in done.stdout and "did you mean 'priority'?" in done.stdout, done.stdout
    assert pathlib.Path(pair.two.config_file).read_text(encoding="utf-8") == before
    assert fleet.generations() == [2, 2]
    assert fleet.addresses() == [["192.0.2.20/24"]] * 2
