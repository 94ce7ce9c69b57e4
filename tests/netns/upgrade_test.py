# SPDX-License-Identifier: Apache-2.0
"""holdfastd becomes the version that is installed now, and nobody outside notices."""

import os
import pathlib
import shutil
import signal
import subprocess
import time

import pytest

from lab.daemon import binaries
from lab.netns import wait_until
from lab.scripts import Scripts

VIP = "192.0.2.10"
PROGRAMS = ("holdfastd", "holdfast-vrrp-worker", "holdfast-check-worker", "holdfast-balance-worker",
            "holdfast-monitor-worker", "holdfast-alert-worker", "holdfast-witness-worker", "holdfastctl")


class Installation:
    """A folder of programs in which other builds can be put in place, as a package does it."""

    def __init__(self, folder):
        self.real = binaries()
        self.folder = folder
        for program in PROGRAMS:
            shutil.copy2(self.real / program, folder / program)

    def install(self, letter, programs=PROGRAMS):
        """A build that has another id."""
        for program in programs:
            text = (self.real / program).read_bytes()
            at = text.find(b"0.1.0-")
            if at >= 0:
                text = text.replace(text[at:at + 22], b"0.1.0-" + letter.encode() * 16)
            self.put(program, text)

    def put(self, program, text):
        new = self.folder / (program + ".new")
        new.write_bytes(text)
        os.chmod(new, 0o755)
        os.rename(new, self.folder / program)


@pytest.fixture
def installation(tmp_path, monkeypatch):
    made = Installation(tmp_path)
    monkeypatch.setenv("HOLDFAST_BIN", str(tmp_path))
    return made


@pytest.mark.sanitized
def test_an_upgrade_and_the_way_back_change_no_role(pair, installation):
    scripts = Scripts(pair.node1)
    notify = scripts.write("notify", 'echo $3 >>OUT/told')
    pair.lab.listener(pair.node1, 8080)
    check = {"name": "app", "tcp": "127.0.0.1:8080", "interval": "200ms", "timeout": "100ms"}
    script = {"name": "slow", "script": scripts.write("slow", "sleep 0.2"), "interval": "2s"}
    pair.start({"track": [{"check": "app", "weight": -100}, {"check": "slow", "weight": -50}],
                "notify": {"any": notify}}, checks=[check, script])
    wait_until(lambda: all(one["up"] for one in pair.one.status()["checks"]), 5, "checks")
    before = pair.standing()
    told = scripts.lines("told")
    echo = pair.lab.echo(pair.client, VIP)
    echo.wait_for_answer(5)
    began = time.time()
    pid = pair.one.pid
    workers = {worker["name"]: worker["pid"] for worker in pair.one.status()["workers"]}
    first = pair.wire.wait_for_advert(5, source=pair.node1.address, since=time.time())

    installation.install("a")
    pair.one.ctl("upgrade")
    assert pair.one.status()["build"].endswith("a" * 16)
    installation.install("b")
    pair.one.signal(signal.SIGUSR2)
    wait_until(lambda: "configuration 3 is in force" in pair.one.log(), 20,
               lambda: f"the second upgrade, log:\n{pair.one.log()[-2000:]}")
    assert pair.one.status()["build"].endswith("b" * 16)
    last = pair.wire.wait_for_advert(5, source=pair.node1.address, since=time.time())

    pair.assert_unnoticed(before, echo.count(began, time.time() - 0.2), first, last)
    assert pair.one.running() and pair.one.pid == pid
    after = pair.one.status()
    assert [worker["restarts"] for worker in after["workers"]] == [0, 0]
    assert {worker["last_end"] for worker in after["workers"]} == {"replaced in an upgrade"}
    assert not set(workers.values()) & {worker["pid"] for worker in after["workers"]}
    assert all(one["up"] for one in after["checks"])
    assert scripts.lines("told") == told
    children = pair.node1.run("ps", "-o", "pid=,stat=", "--ppid", str(pid)).stdout
    assert "Z" not in children, children
    # And it is whole: it reloads, recovers and stops as any.
    pair.one.signal(signal.SIGHUP)
    old = pair.one.worker_pid("vrrp-worker")
    os.kill(old, signal.SIGKILL)
    pair.one.wait_for_new_worker("vrrp-worker", old, 10)
    assert pair.one.stop() == 0
    pair.two.wait_for_state("web", "MASTER", 5)
    pair.node1.wait_without(VIP)


REFUSALS = {
    "configuration": "unknown key",
    "program": "exited with status 1",
    "half": "is not of this build",
    "missing": "holdfast-check-worker",
    "garbage": "Exec format error",
}


@pytest.mark.parametrize("what", REFUSALS)
def test_a_version_that_cannot_start_leaves_the_old_one_running(pair, installation, what):
    pair.start_one()
    old = pair.one.status()
    if what == "configuration":
        installation.install("a")
        pair.one.write_config("version: 1\nvrpp: 1\n")
    elif what == "program":
        installation.put("holdfastd", pathlib.Path("/bin/false").read_bytes())
    elif what == "half":
        installation.install("a", programs=("holdfastd", "holdfast-vrrp-worker"))
    elif what == "missing":
        installation.install("a")
        os.remove(installation.folder / "holdfast-check-worker")
    else:
        installation.put("holdfastd", b"no program\n")
    refused = pair.one.ctl("upgrade", check=False)
    assert refused.returncode == 1 and REFUSALS[what] in refused.stderr, refused.stderr
    new = pair.one.status()
    assert new["build"] == old["build"]
    assert [one["pid"] for one in new["workers"]] == [one["pid"] for one in old["workers"]]
    assert pair.one.state() == "MASTER"
    assert "this version goes on" in pair.one.log()


def test_a_stop_in_the_midst_of_an_upgrade_hands_over(pair, installation):
    """The new supervisor is told to stop before it has replaced a worker."""
    pair.start()
    installation.install("a")
    upgrade = subprocess.Popen([binaries() / "holdfastctl", "--runtime-dir", pair.one.runtime_dir,
                                "upgrade"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(lambda: "the new version takes over" in pair.one.log(), 20, "the handover")
    stopped = time.time()
    pair.one.signal(signal.SIGTERM)
    assert pair.one.wait(10) == 0, pair.one.log()
    upgrade.wait(10)
    pair.wire.wait_for_advert(5, source=pair.node1.address, since=stopped, priority=0)
    assert pair.wire.adverts(source=pair.node1.address)[-1].priority == 0
    pair.two.wait_for_state("web", "MASTER", 5)
    pair.node1.wait_without(VIP)
