# SPDX-License-Identifier: Apache-2.0
"""The service as systemd starts it: what its unit takes away is not needed."""

import pathlib
import shutil
import subprocess

import pytest

from lab.daemon import Holdfast, binaries, configuration, instance
from lab.netns import run, wait_until
from lab.scripts import Scripts

UNIT = pathlib.Path(__file__).resolve().parents[2] / "packaging/systemd/holdfast.service"


def unit_values(key):
    return [line.partition("=")[2] for line in UNIT.read_text(encoding="ascii").splitlines()
            if line.startswith(key + "=")]


class Bounded(Holdfast):
    """holdfastd with the capabilities of the unit, and no_new_privs."""

    def start(self):
        kept = unit_values("CapabilityBoundingSet")[0].lower().replace("cap_", "+").split()
        assert len(kept) > 3 and unit_values("NoNewPrivileges") == ["yes"]
        self._start("setpriv", "--no-new-privs", "--bounding-set", ",".join(["-all", *kept]),
                    binaries() / "holdfastd", "--config", self.config_file,
                    "--runtime-dir", self.runtime_dir)


def test_the_capabilities_of_the_unit_are_enough(pair):
    scripts = Scripts(pair.node1)
    script = scripts.write("app", "exit 0")
    notify = scripts.write("notify", 'echo $3 >>OUT/told')
    checks = [{"name": "script", "script": script},
              {"name": "tcp", "tcp": "127.0.0.1:1", "interval": "100ms"},
              {"name": "ping", "ping": "127.0.0.1"},
              {"name": "file", "file": f"{scripts.folder}/number"},
              {"name": "process", "process": "python3"}]
    pathlib.Path(scripts.folder, "number").write_text("1\n", encoding="ascii")
    pair.one = Bounded(pair.node1, configuration(
        instance(priority=150, advert_interval="300ms", notify={"any": notify}), checks=checks))
    pair.one.wait_for_state("web", "MASTER", 10)
    expected = {"script": True, "tcp": False, "ping": True, "file": True, "process": True}

    def results():
        return {one["name"]: one["up"] for one in (pair.one.try_status() or {}).get("checks", [])}

    wait_until(lambda: results() == expected, 10, lambda: f"all results, not {results()}")
    wait_until(lambda: "MASTER" in scripts.lines("told"), 5, "the notify script")
    # A worker of another user can be signalled, reaped and replaced.
    old = pair.one.worker_pid("vrrp-worker")
    run("kill", "-STOP", str(old))
    pair.one.wait_for_new_worker("vrrp-worker", old, 10)
    assert pair.one.state() == "MASTER", pair.one.log()
    assert "cannot" not in pair.one.log(), pair.one.log()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze")
def test_the_unit_is_understood_and_exposes_little():
    done = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--no-pager",
                           "--threshold=30", UNIT], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "ignoring" not in done.stderr and "Unknown" not in done.stderr, done.stderr
