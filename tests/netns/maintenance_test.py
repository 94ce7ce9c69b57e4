# SPDX-License-Identifier: Apache-2.0
"""A node that its operator has taken out: it hands over, takes nothing, and comes back."""

import signal
import time

from lab.daemon import LOCAL_CHECK, configuration, instance
from lab.netns import wait_until

VIP = "192.0.2.10"


def test_maintenance_hands_over_and_takes_nothing_until_it_is_off(pair):
    pair.start()
    echo = pair.lab.echo(pair.client, VIP)
    echo.wait_for_answer(5)
    began = time.time()
    told = pair.one.ctl("maintenance", "on").stdout
    assert told == "this node is in maintenance, it hands every address over\n"
    pair.wire.wait_for_advert(5, source=pair.node1.address, priority=0, since=began)
    heir = pair.wire.wait_for_advert(5, source=pair.node2.address, since=began)
    pair.two.wait_for_state("web", "MASTER", 5)
    pair.node1.wait_without(VIP)
    echo.wait_for_answer(5, since=heir.time)
    assert pair.one.status()["maintenance"]["until"] is None
    assert "Maintenance: this node has handed everything over" in pair.one.ctl("status").stdout
    assert "is in maintenance until told otherwise" in pair.one.ctl("why", "web").stdout
    assert "let go (priority 0)" in " ".join(pair.two.ctl("why", "web").stdout.split())

    # Not even when nobody else is left, nor after a reload or a restart of everything.
    pair.node2.die()
    pair.one.reload(configuration(instance(priority=200, advert_interval="100ms"), checks=[LOCAL_CHECK]))
    pair.one.wait_for_generation(2)
    pair.one.signal(signal.SIGKILL)
    pair.one.wait(5)
    pair.one.start()
    wait_until(pair.one.try_status, 10, "an answer")
    wait_until(lambda: pair.one.worker("check-worker")["state"] == "running", 5, "workers")
    assert pair.one.worker("vrrp-worker") is None
    assert pair.one.status()["maintenance"] and not pair.node1.has_address(VIP)
    assert not pair.wire.adverts(source=pair.node1.address)[-1].priority

    pair.one.ctl("maintenance", "off")
    pair.one.wait_for_state("web", "MASTER", 10)
    assert pair.node1.has_address(VIP) and pair.one.status()["maintenance"] is None
    changes = pair.one.ctl("history", "--last", "0").stdout
    assert "maintenance on" in changes and "maintenance off" in changes


def test_a_node_in_maintenance_with_nothing_to_run_is_ready_all_the_same(pair):
    pair.start_one()
    pair.one.ctl("maintenance", "on")
    pair.node1.wait_without(VIP)
    wait_until(lambda: pair.one.status()["workers"] == [], 5, pair.one.log)
    assert pair.one.stop() == 0
    pair.one.start()
    wait_until(lambda: pair.one.log().count("configuration 1 is in force") == 2, 10, pair.one.log)
    assert pair.one.status()["workers"] == []
    pair.one.ctl("reload")
    assert pair.one.generation() == 2
    pair.one.ctl("maintenance", "off")
    pair.one.wait_for_state("web", "MASTER", 10)


def test_maintenance_for_a_time_ends_by_itself(pair):
    pair.start()
    pair.one.ctl("maintenance", "on", "--for", "3s")
    pair.two.wait_for_state("web", "MASTER", 5)
    assert pair.one.status()["maintenance"]["until"]
    pair.one.wait_for_state("web", "MASTER", 10)
    assert pair.one.status()["maintenance"] is None
    wrong = pair.one.ctl("maintenance", "on", "--for", "soon", check=False)
    assert wrong.returncode == 2 and "--for expects a time" in wrong.stderr
