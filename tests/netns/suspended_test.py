# SPDX-License-Identifier: Apache-2.0
"""Checks of a virtual server stop while its addresses are another node's (`ha_suspend`)."""

import json

from lab.farm import HEALTH, Farm
from lab.netns import wait_until


def test_only_the_node_that_has_the_address_asks_the_servers(lab):
    farm = Farm(lab, servers=2, directors=2, backend="nftables")
    server = farm.servers[0].nginx

    def probes(number):
        """What a director has asked the first server."""
        return sum(line.startswith(f"10.0.0.{number} ") for line in server.requests())

    def suspended(daemon):
        checks = json.loads(daemon.ctl("checks", "--json").stdout)["checks"]
        return {check["suspended"] is not None for check in checks}

    farm.start(check=HEALTH, ha_suspend=True)
    master, backup = farm.daemons
    wait_until(lambda: probes(1) > 0, 20, server.requests)
    assert suspended(master) == {False}
    assert suspended(backup) == {True}
    before, of_the_backup = probes(1), probes(2)
    wait_until(lambda: probes(1) >= before + 5, 20, server.requests)
    assert probes(2) == of_the_backup, "the backup asks nobody"
    assert farm.weights(farm.directors[1]) == {"s1": 1, "s2": 1}, "its table is full all the same"

    assert master.stop() == 0
    backup.wait_for_state("web", "MASTER", 20)
    wait_until(lambda: probes(2) > of_the_backup, 10, server.requests)
    wait_until(lambda: suspended(backup) == {False}, 10, "the checks of the new master")
    assert {farm.ask() for _ in range(4)} == {"s1", "s2"}
    farm.health(farm.servers[0], False)
    farm.wait_for_servers({"s2"}, farm.directors[1])
