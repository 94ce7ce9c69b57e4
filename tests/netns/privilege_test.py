# SPDX-License-Identifier: Apache-2.0
"""What each process may do, as the kernel tells it."""

import os
import pwd
import subprocess

import pytest

from lab.daemon import LOCAL_CHECK, binaries
from lab.netns import run

NET_ADMIN, NET_RAW = 12, 13


def process_status(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return {name: value.strip() for name, _, value in (line.partition(":") for line in file)}


@pytest.mark.sanitized
@pytest.mark.parametrize("role, user, capabilities", [
    ("vrrp-worker", "holdfast-vrrp", 1 << NET_ADMIN | 1 << NET_RAW),
    ("check-worker", "holdfast-check", 0)])
def test_a_worker_has_what_it_needs_and_no_more(pair, role, user, capabilities):
    pair.start_one(checks=[LOCAL_CHECK])
    pid = pair.one.worker_pid(role)
    status = process_status(pid)
    account = pwd.getpwnam(user)
    assert set(status["Uid"].split()) == {str(account.pw_uid)} and account.pw_uid != 0
    assert set(status["Gid"].split()) == {str(account.pw_gid)} and account.pw_gid != 0
    assert status["Groups"] == ""
    for kind in ("CapEff", "CapPrm"):
        assert int(status[kind], 16) == capabilities, kind
    for kind in ("CapInh", "CapAmb", "CapBnd"):
        assert int(status[kind], 16) == 0, kind
    assert status["NoNewPrivs"] == "1"
    assert os.listdir(f"/proc/{pid}/root") == []
    root = os.stat(f"/proc/{pid}/root")
    assert (root.st_uid, root.st_mode & 0o022) == (0, 0)
    assert os.readlink(f"/proc/{pid}/cwd") == os.readlink(f"/proc/{pid}/root")


@pytest.mark.parametrize("wanted", [False, True])
def test_a_core_of_a_worker_is_kept_only_if_asked_for(pair, monkeypatch, wanted):
    monkeypatch.setenv("HOLDFAST_CORE_DUMPS", "1" if wanted else "0")
    pair.start_one(checks=[LOCAL_CHECK])
    for role, user in (("vrrp-worker", "holdfast-vrrp"), ("check-worker", "holdfast-check")):
        # Of a process that leaves no core everything in /proc belongs to root.
        owner = os.stat(f"/proc/{pair.one.worker_pid(role)}/maps").st_uid
        assert owner == (pwd.getpwnam(user).pw_uid if wanted else 0)


def test_a_worker_holds_no_file_open(pair):
    pair.start_one(checks=[LOCAL_CHECK])
    for role in ("vrrp-worker", "check-worker"):
        folder = f"/proc/{pair.one.worker_pid(role)}/fd"
        targets = [os.readlink(f"{folder}/{number}") for number in os.listdir(folder)]
        strange = [target for target in targets
                   if not target.startswith(("socket:", "anon_inode:", "pipe:", "/dev/null"))
                   and target != pair.one.log_file]
        assert strange == [], role


def test_the_supervisor_has_no_network_socket(pair):
    pair.start_one()
    families = set()
    folder = f"/proc/{pair.one.pid}/fd"
    inodes = {target[8:-1] for number in os.listdir(folder)
              if (target := os.readlink(f"{folder}/{number}")).startswith("socket:")}
    for table in ("raw", "tcp", "udp", "tcp6", "udp6", "packet", "netlink"):
        # The namespace's tables, in the order of their columns: an inode stands in each line.
        text = pair.node1.run("cat", f"/proc/{pair.one.pid}/net/{table}").stdout
        if inodes & set(text.split()):
            families.add(table)
    assert families == set()


@pytest.mark.sanitized
def test_without_root_it_says_so_in_one_line(tmp_path):
    config = tmp_path / "holdfast.yaml"
    config.write_text("version: 1\n")
    # The folders on the way may be closed to others: the binary is handed over as a descriptor.
    with open(binaries() / "holdfastd", "rb") as program:
        done = subprocess.run([f"/proc/self/fd/{program.fileno()}", "--config", str(config)],
                              pass_fds=[program.fileno()], user="nobody", capture_output=True,
                              text=True, timeout=10, check=False)
    assert done.returncode != 0
    lines = done.stderr.splitlines()
    assert len(lines) == 1 and "root" in lines[0], done.stderr


def test_a_worker_is_not_started_by_hand():
    for worker in ("holdfast-vrrp-worker", "holdfast-check-worker"):
        done = run(binaries() / worker, check=False, stdin=subprocess.DEVNULL)
        assert done.returncode != 0
        assert len(done.stderr.splitlines()) == 1 and "holdfastd" in done.stderr, done.stderr
