# SPDX-License-Identifier: Apache-2.0
"""What clients do not notice: a drained server, a lost director, a lost worker, a reload."""

import os
import signal
import time

from lab import claims
from lab.farm import INNER, VIP, Farm, kernel_daemons
from lab.netns import wait_until
from lab.netlink_writes import NetlinkWrites

SYNC = {"interface": "eth1", "id": 51, "instance": "web"}


def test_a_drained_server_costs_no_request(lab):
    claims.a_drained_server_costs_no_request(Farm(lab), settles=0.1)


def hold(farm, count=6):
    """Connections that have said enough to be known to a backup."""
    held = []
    for _ in range(count):
        one = farm.connection(timeout=15)
        name = one.ask()
        held.append((one, name))
    for _ in range(4):
        assert [one.ask() for one, _ in held] == [name for _, name in held]
    return held


def wait_for_synced(farm, count):
    """Until the backup's kernel knows so many of the client's connections."""

    def known():
        shown = farm.directors[1].run("ipvsadm", "-Lnc").stdout
        return sum("ESTABLISHED" in line and f"{VIP}:80" in line for line in shown.splitlines())

    wait_until(lambda: known() >= count, 15, lambda: f"{count} connections known, not {known()}")


def test_connections_outlive_a_director(lab):
    farm = Farm(lab, directors=2)
    farm.start(sync=SYNC)
    assert kernel_daemons(farm.directors[0]) == {"master"}
    assert kernel_daemons(farm.directors[1]) == {"backup"}
    load = farm.load()
    load.wait_for(50)
    held = hold(farm)
    wait_for_synced(farm, len(held))

    died = time.monotonic()
    farm.directors[0].die()
    farm.daemons[1].wait_for_state("web", "MASTER", 10)
    assert [one.ask() for one, _ in held] == [name for _, name in held]
    wait_until(lambda: kernel_daemons(farm.directors[1]) == {"master"}, 5, "synchronization")
    load.wait_for(100)
    load.close()
    # One request waits at a time: what is in hand when the director dies, and no other.
    assert len(load.errors) <= 1, load.errors
    assert load.servers_since(died) == {"s1", "s2", "s3"}


def test_a_planned_handover_refuses_no_request(lab):
    """Connections that have been synchronized go on. One that is between its first packets when the
    router's address moves is known to no heir: the kernel synchronizes from the third packet on."""
    farm = Farm(lab, directors=2)
    farm.start(sync=SYNC)
    held = hold(farm)
    load = farm.load()
    load.wait_for(50)
    wait_for_synced(farm, len(held))
    assert farm.daemons[0].stop() == 0
    moved = time.monotonic()
    assert farm.table(farm.directors[0]) == []
    assert not farm.directors[0].has_address(INNER, "eth1")
    load.wait_for(100)
    load.close()
    assert [what for began, what in load.errors if began > moved or "refused" in what] == []
    assert len(load.errors) <= 1, load.errors  # one request waits at a time
    assert [one.ask() for one, _ in held] == [name for _, name in held]


def connections(farm):
    """All that the kernel has counted since the service was added; what is added anew starts at 0."""
    shown = farm.directors[0].run("ipvsadm", "-Ln", "--stats", "--exact").stdout
    words = [line.split() for line in shown.splitlines() if line.startswith(("TCP", "  ->"))]
    return [int(line[2]) for line in words if len(line) > 2]


def test_a_worker_that_dies_changes_nothing(lab):
    farm = Farm(lab)
    farm.start(scheduler="wrr", weights=[3, 2, 1])
    load = farm.load()
    load.wait_for(50)
    before = farm.table()
    wait_until(lambda: min(connections(farm)) > 0, 10, "connections of every server", every=0.2)
    with NetlinkWrites(farm.directors[0]) as writes:
        counted = connections(farm)
        pid = farm.daemons[0].worker_pid("balance-worker")
        os.kill(pid, signal.SIGKILL)
        farm.daemons[0].wait_for_new_worker("balance-worker", pid, 20)
        load.wait_for(50)
        assert farm.table() == before
        assert writes.seen() == []
    wait_until(lambda: sum(connections(farm)) > sum(counted), 10, "more connections", every=0.2)
    assert all(one >= other for one, other in zip(connections(farm), counted))
    load.close()
    assert load.errors == []


def test_a_reload_without_changes_sends_nothing(lab):
    farm = Farm(lab)
    config = farm.configuration(scheduler="wrr", weights=[3, 2, 1])
    farm.start(config)
    daemon = farm.daemons[0]
    with NetlinkWrites(farm.directors[0]) as writes:
        generation = daemon.generation()
        daemon.reload(farm.of(0, config))
        daemon.wait_for_generation(generation + 1)
        assert writes.seen() == []
        # And one that has any sends only these.
        config["virtual_servers"][0]["real_servers"][0]["weight"] = 5
        daemon.reload(farm.of(0, config))
        wait_until(lambda: farm.weights().get("s1") == 5, 5, "the new weight")
        assert writes.seen() == ["set_dest"]


def test_a_stop_that_keeps_the_table_leaves_it_to_serve(lab):
    claims.a_stop_that_keeps_the_table_leaves_it_to_serve(Farm(lab))


def test_a_service_that_went_while_nobody_looked_is_removed(lab):
    farm = Farm(lab)
    config = farm.configuration()
    config["load_balancing"] = {"keep_at_stop": True}
    director = farm.directors[0]
    director.run("ipvsadm", "-A", "-t", "198.51.100.1:443", "-s", "wlc")
    foreign = farm.table()
    farm.start(config)
    assert farm.daemons[0].stop() == 0
    assert len(farm.table()) == len(foreign) + 4
    config["virtual_servers"][0]["address"] = f"{VIP}:81"
    config["load_balancing"]["keep_at_stop"] = False
    farm.daemons[0].write_config(farm.of(0, config))
    farm.daemons[0].start()
    wait_until(lambda: f"-A -t {VIP}:81 -s rr" in farm.table(), 20, farm.table)
    wait_until(lambda: len(farm.table()) == len(foreign) + 4, 20, farm.table)
    assert farm.daemons[0].stop() == 0
    assert farm.table() == foreign
