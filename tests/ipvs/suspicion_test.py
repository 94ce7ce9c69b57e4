# SPDX-License-Identifier: Apache-2.0
"""What the kernel counts of a server is seen long before its next check is due."""

import json
import time

import pytest
from lab.farm import Farm
from lab.netns import wait_until

INTERVAL = 60  # seconds between two checks
CHECK = {"tcp": {}, "interval": f"{INTERVAL}s", "timeout": "1s", "fall": 3, "fast_interval": "1s"}
READINGS = 7  # seconds: three of the kernel's counters
CLIENTS = 12


@pytest.fixture
def farm(lab):
    return Farm(lab)


def hastened(farm):
    """Why the checks of each server, by its name, are made more often than configured."""
    answer = farm.daemons[0].ctl("checks", "--json", check=False)
    checks = json.loads(answer.stdout)["checks"] if answer.returncode == 0 else []
    return {server.name: check["hastened"] for server in farm.servers for check in checks
            if f"{server.address}:80" in check["name"] and check["hastened"]}


def suspected(farm):
    """The servers that the balance-worker has suspected so far, each once."""
    lines = [line for line in farm.daemons[0].log().splitlines() if "may be failing" in line]
    return {server.name for server in farm.servers
            if any(f"{server.address}:80" in line for line in lines)}


def test_servers_that_fail_between_two_checks_are_out_soon_and_no_other_is_suspected(farm):
    gone, closed, well = farm.servers
    farm.start(check=CHECK)
    loads = [farm.load() for _ in range(CLIENTS)]
    loaded = time.monotonic()
    loads[0].wait_for(20, 60)
    wait_until(lambda: time.monotonic() - loaded > READINGS, READINGS + 5, "three readings")
    assert suspected(farm) == set() and hastened(farm) == {}
    assert all(load.errors == [] for load in loads)
    gone.ip("link", "set", "eth0", "down")
    closed.nginx.stop()
    died = time.monotonic()
    seen = {}

    def all_hastened():
        seen.update(hastened(farm))
        return set(seen) >= {"s1", "s2"}

    wait_until(all_hastened, INTERVAL / 2, lambda: f"{seen}; {farm.daemons[0].log()[-2000:]}")
    assert "packets came in, none went back" in seen["s1"]
    assert "connections were opened, none was established" in seen["s2"]
    farm.wait_for_servers({well.name}, timeout=INTERVAL / 2)
    print(f"\nout {time.monotonic() - died:.1f} s after they died, at an interval of {INTERVAL} s")
    assert time.monotonic() - died < INTERVAL / 2
    assert suspected(farm) == {"s1", "s2"} and set(seen) == {"s1", "s2"}
    assert farm.ask() == "s3"
