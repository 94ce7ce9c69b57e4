# SPDX-License-Identifier: Apache-2.0
"""What becomes of a server that fails, and of a virtual server that has lost its quorum."""

import pytest
from lab import claims
from lab.farm import HEALTH, Farm
from lab.netns import LabTimeout, wait_until


@pytest.fixture
def farm(lab):
    return Farm(lab)


def connection_to(farm, name):
    """A connection that this server answers."""
    for _ in range(20):
        one = farm.connection()
        if one.ask() == name:
            return one
        one.close()
    raise LabTimeout(f"no connection to {name}")


def test_a_failed_server_of_weight_zero_keeps_its_connections(farm):
    farm.start(check=HEALTH, on_failure="zero_weight")
    with connection_to(farm, "s1") as held:
        farm.health(farm.servers[0], False)
        wait_until(lambda: farm.weights() == {"s1": 0, "s2": 1, "s3": 1}, 10, farm.table)
        assert farm.spread(6) == {"s2": 3, "s3": 3}
        assert held.ask() == "s1"
        farm.health(farm.servers[0], True)
        farm.wait_for_servers({"s1", "s2", "s3"})
        assert held.ask() == "s1"


def test_a_failed_server_drains_for_a_time_and_goes(farm):
    farm.start(check=HEALTH, on_failure={"drain": "3s"})
    with connection_to(farm, "s1") as held:
        farm.health(farm.servers[0], False)
        wait_until(lambda: farm.weights() == {"s1": 0, "s2": 1, "s3": 1}, 10, farm.table)
        assert held.ask() == "s1"
        wait_until(lambda: farm.weights() == {"s2": 1, "s3": 1}, 10, farm.table)


def test_a_sorry_server_answers_while_there_is_no_quorum(farm):
    claims.a_sorry_server_answers_while_there_is_no_quorum(farm)


def test_the_table_goes_with_the_daemon_and_only_ours(farm):
    director = farm.directors[0]
    director.run("ipvsadm", "-A", "-t", "198.51.100.1:443", "-s", "wlc")
    foreign = farm.table()
    farm.start()
    assert len(farm.table()) == len(foreign) + 4
    assert farm.daemons[0].stop() == 0
    assert farm.table() == foreign
