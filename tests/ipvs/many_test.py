# SPDX-License-Identifier: Apache-2.0
"""Ten thousand real servers, as a whole: from the configuration to the kernel's table."""

import os
import signal
import time

from lab.farm import VIP
from lab.daemon import Holdfast
from lab.netns import wait_until
from lab.netlink_writes import NetlinkWrites

SERVICES, SERVERS = 100, 100


def configuration(weight=1):
    return {"virtual_servers": [
        {"name": f"v{service}", "address": f"{VIP}:{1000 + service}", "forwarding": "direct",
         "real_servers": [{"address": f"10.1.{service}.{server + 1}", "weight": weight}
                          for server in range(SERVERS)]}
        for service in range(SERVICES)]}


def lines(host):
    return host.run("ipvsadm", "-Sn").stdout.splitlines()


def test_ten_thousand_real_servers(lab):
    host = lab.host("d1", "192.0.2.1/24")
    began = time.monotonic()
    daemon = Holdfast(host, configuration())
    wait_until(lambda: len(lines(host)) == SERVICES * (SERVERS + 1), 60,
               lambda: f"{len(lines(host))} lines\n{daemon.log()[-2000:]}")
    print(f"10000 real servers in the kernel {time.monotonic() - began:.1f} s after the start")
    table = lines(host)

    with NetlinkWrites(host) as writes:
        pid = daemon.worker_pid("balance-worker")
        os.kill(pid, signal.SIGKILL)
        daemon.wait_for_new_worker("balance-worker", pid, 30)
        assert lines(host) == table
        assert writes.seen() == []

    began = time.monotonic()
    generation = daemon.generation()
    daemon.reload(configuration(weight=2))
    daemon.wait_for_generation(generation + 1, 30)
    wait_until(lambda: sum(" -w 2" in line for line in lines(host)) == SERVICES * SERVERS, 60,
               "the new weights")
    print(f"all weights changed in {time.monotonic() - began:.1f} s")
    assert daemon.stop() == 0
    assert not lines(host), daemon.log()[-3000:]
