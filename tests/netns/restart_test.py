# SPDX-License-Identifier: Apache-2.0
"""A service manager restarts holdfastd, and nobody outside notices."""

import os
import signal
import time

import pytest

from lab.daemon import LOCAL_CHECK
from lab.netns import wait_until

VIP = "192.0.2.10"


def leftover(node):
    return os.path.exists(os.path.join(node.directory, "run", "handover"))


def stop_for_restart(daemon):
    """As soon as it answers at all: it waits for workers that are being started."""
    wait_until(daemon.try_status, 5, daemon.log)
    daemon.ctl("stop", "--for-restart")
    assert daemon.wait(5) == 0, daemon.log()


@pytest.mark.sanitized
def test_a_restart_changes_no_role_and_loses_no_echo(pair):
    pair.start({"advert_interval": "1s"}, {"advert_interval": "1s"})
    before = pair.standing()
    echo = pair.lab.echo(pair.client, VIP)
    echo.wait_for_answer(5)
    began = time.time()
    first = pair.wire.wait_for_advert(5, source=pair.node1.address, since=time.time())
    for _ in range(3):
        pid = pair.one.pid
        stop_for_restart(pair.one)
        assert leftover(pair.node1)
        pair.one.start()
        pair.one.worker_pid("vrrp-worker", 10)
        assert pair.one.pid != pid
        pair.wire.wait_for_advert(5, source=pair.node1.address, since=time.time())
    last = pair.wire.wait_for_advert(5, source=pair.node1.address, since=time.time())

    gap = pair.assert_unnoticed(before, echo.count(began, time.time() - 0.2), first, last)
    assert gap < 2
    assert not leftover(pair.node1)


def crash(daemon, times):
    """The check-worker, so often: the third time it is started again in 1 s, the fourth in 5 s."""
    for _ in range(times):
        pid = daemon.worker_pid("check-worker", 10)
        os.kill(pid, signal.SIGSEGV)
        wait_until(lambda: (daemon.worker("check-worker") or {}).get("pid") != pid, 5, daemon.log)


def test_it_waits_for_a_worker_that_is_started_soon(pair):
    pair.start({"advert_interval": "1s"}, {"advert_interval": "1s"}, checks=[LOCAL_CHECK])
    before = pair.standing()
    crash(pair.one, 3)
    assert "starting it again in 1 s" in pair.one.log()
    stop_for_restart(pair.one)
    assert "check-worker runs" in pair.one.log().rpartition("starting it again in 1 s")[2], pair.one.log()
    pair.one.start()
    pair.one.worker_pid("vrrp-worker", 10)
    assert pair.standing() == before


def test_it_does_not_wait_for_long(pair):
    pair.start(checks=[LOCAL_CHECK])
    before = pair.standing()
    crash(pair.one, 4)
    assert "starting it again in 5 s" in pair.one.log()
    answer = pair.one.ctl("stop", "--for-restart", check=False)
    assert answer.returncode != 0
    assert "a worker is not at work" in answer.stdout + answer.stderr
    assert pair.one.running() and pair.standing() == before and not leftover(pair.node1)


def test_it_is_refused_with_a_faulty_configuration(pair):
    pair.start()
    before = pair.standing()
    pair.one.write_config("version: 1\nvrrp: {instances: [{nam: web}]}\n")
    answer = pair.one.ctl("stop", "--for-restart", check=False)
    assert answer.returncode != 0
    assert "the configuration has faults" in answer.stdout + answer.stderr
    assert pair.one.running() and pair.standing() == before and not leftover(pair.node1)


def test_what_was_left_is_of_no_use_to_a_daemon_that_cannot_start(pair):
    """The unit removes the addresses then, as it sees that nobody holds them."""
    pair.start()
    stop_for_restart(pair.one)
    pair.one.write_config("version: 1\nvrrp: {instances: [{nam: web}]}\n")
    pair.one.start()
    assert pair.one.wait(5) != 0
    assert not leftover(pair.node1)
