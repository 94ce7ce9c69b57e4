# SPDX-License-Identifier: Apache-2.0
"""Any process of ours may die or hang at any time, and nobody outside notices."""

import os
import random
import signal
import time

import pytest

from lab.daemon import LOCAL_CHECK
from lab.netns import wait_until

pytestmark = pytest.mark.alone  # What is measured is how soon a worker is back.

VIP = "192.0.2.10"
# Longer than the watchdog needs to find and end a hung worker, and the supervisor to replace it.
WATCHDOG_AND_RESTART = 3.0


def kill_often(pair, role, times, pause):
    """SIGKILLs node1's worker `times` times, each time as soon as its heir is at work, and later."""
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    pid = pair.one.worker_pid(role)
    for _ in range(times):
        os.kill(pid, signal.SIGKILL)
        pid = pair.one.wait_for_new_worker(role, pid, 10)
        time.sleep(chance.uniform(0, pause))


@pytest.mark.parametrize("role", ["vrrp-worker", "check-worker"])
@pytest.mark.parametrize("interval, seconds", [
    ("1s", 1.0), pytest.param("100ms", 0.1, marks=pytest.mark.quiet)])
def test_a_hundred_kills_change_no_role(pair, role, interval, seconds):
    pair.lab.listener(pair.node1, 8080)
    check = {"name": "app", "tcp": "127.0.0.1:8080", "interval": "200ms", "timeout": "100ms"}
    pair.start({"track": [{"check": "app", "weight": -100}]}, checks=[check],
               advert_interval=interval)
    wait_until(lambda: pair.one.status()["checks"][0]["up"], 5, "the check is up")
    removals = pair.lab.watch_addresses(pair.node1)
    before = pair.standing()
    # Counted from an advert to an advert, so that the edges are no gap.
    first = pair.wire.wait_for_advert(5, source=pair.node1.address, since=time.time())
    kill_often(pair, role, 100, pause=0.3)
    last = pair.wire.wait_for_advert(5, source=pair.node1.address, since=time.time())

    assert pair.standing() == before
    assert removals.removals(VIP) == 0
    assert pair.wire.adverts(source=pair.node2.address, since=first.time) == []
    adverts = pair.wire.adverts(source=pair.node1.address, since=first.time)
    assert {advert.priority for advert in adverts} == {150}
    gap = pair.wire.longest_gap(first.time, last.time, source=pair.node1.address)
    print(f"{len(adverts)} adverts, the longest gap {gap / seconds:.2f} intervals")
    assert gap < 2 * seconds
    assert pair.one.worker(role)["restarts"] >= 100


@pytest.mark.sanitized
@pytest.mark.parametrize("role", ["vrrp-worker", "check-worker"])
def test_a_few_kills_change_no_role(pair, role):
    pair.start(checks=[LOCAL_CHECK], advert_interval="1s")
    before = pair.standing()
    removals = pair.lab.watch_addresses(pair.node1)
    kill_often(pair, role, 5, pause=0.3)
    pair.wire.wait_for_advert(5, source=pair.node1.address, since=time.time())
    assert pair.standing() == before and removals.removals(VIP) == 0


def test_kills_of_a_backup_change_no_role(pair):
    pair.start()
    before = pair.standing()
    pair.one, pair.two = pair.two, pair.one
    kill_often(pair, "vrrp-worker", 20, pause=0.2)
    pair.one, pair.two = pair.two, pair.one
    assert pair.standing() == before
    assert pair.wire.adverts(source=pair.node2.address) == []


@pytest.mark.sanitized
def test_a_hung_worker_comes_back_as_backup_if_its_peer_took_over(pair):
    # At this pace the peer takes over before the watchdog can be sure.
    pair.start(preempt=False, advert_interval="10ms")
    pid = pair.one.worker_pid("vrrp-worker")
    stopped = time.time()
    os.kill(pid, signal.SIGSTOP)
    heir = pair.wire.wait_for_advert(5, source=pair.node2.address, since=stopped)
    wait_until(lambda: not pair.node1.has_address(VIP), WATCHDOG_AND_RESTART,
               lambda: f"node1 gives the address up; log:\n{pair.one.log()[-2000:]}")
    print(f"two holders for {time.time() - heir.time:.3f} s")
    pair.one.wait_for_new_worker("vrrp-worker", pid, 5)
    pair.one.wait_for_state("web", "BACKUP", 5)
    assert pair.two.state() == "MASTER" and pair.node2.has_address(VIP)
    assert pair.wire.adverts(source=pair.node1.address, since=heir.time) == []
    assert not os.path.exists(f"/proc/{pid}")


@pytest.mark.parametrize("interval", ["1s", pytest.param("100ms", marks=pytest.mark.quiet)])
def test_a_hung_worker_is_found_before_its_peer_takes_over(pair, interval):
    pair.start(advert_interval=interval)
    before = pair.standing()
    pid = pair.one.worker_pid("vrrp-worker")
    os.kill(pid, signal.SIGSTOP)
    pair.one.wait_for_new_worker("vrrp-worker", pid, WATCHDOG_AND_RESTART)
    pair.wire.wait_for_advert(5, source=pair.node1.address, since=time.time())
    assert pair.standing() == before
    assert pair.wire.adverts(source=pair.node2.address) == []


def test_a_hung_check_worker_is_replaced(pair):
    pair.start(checks=[LOCAL_CHECK])
    before = pair.standing()
    pid = pair.one.worker_pid("check-worker")
    os.kill(pid, signal.SIGSTOP)
    pair.one.wait_for_new_worker("check-worker", pid, WATCHDOG_AND_RESTART)
    assert pair.standing() == before


@pytest.mark.sanitized
def test_a_killed_supervisor_leaves_nothing(pair):
    pair.start()
    os.kill(pair.one.pid, signal.SIGKILL)
    killed = time.time()
    release = pair.wire.wait_for_advert(5, source=pair.node1.address, priority=0)
    pair.wire.wait_for_advert(5, source=pair.node2.address, since=release.time)
    pair.one.wait(5)
    wait_until(lambda: pair.node1.pids() == [], 5, "every process of node1 ends")
    pair.node1.wait_without(VIP)
    pair.two.wait_for_state("web", "MASTER", 5)
    print(f"released {release.time - killed:.3f} s after the kill")


def test_a_node_that_lost_all_at_once_starts_again(pair):
    """The machine lives on and all our processes are killed together: the address is left behind."""
    pair.start(preempt=False, address_lifetime="off")  # else the kernel soon ends it
    processes = pair.node1.pids()
    for pid in processes:
        os.kill(pid, signal.SIGSTOP)  # so that none sees another die
    for pid in processes:
        os.kill(pid, signal.SIGKILL)
    pair.one.wait(5)
    pair.two.wait_for_state("web", "MASTER", 5)
    assert pair.node1.has_address(VIP)
    pair.one.start()
    pair.one.wait_for_state("web", "BACKUP", 5)
    wait_until(lambda: not pair.node1.has_address(VIP), 5, "node1 removes what it left behind")
