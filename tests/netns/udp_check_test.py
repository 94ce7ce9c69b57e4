# SPDX-License-Identifier: Apache-2.0
"""UDP checks of a host whose kernel limits its ICMP errors, as every Linux does."""

import json
import socket

from lab.daemon import Holdfast
from lab.netns import in_namespace, wait_until

SERVER = "192.0.2.20"


def test_a_closed_udp_port_is_down_though_its_host_limits_icmp_errors(lab):
    node = lab.host("node1", "192.0.2.1/24")
    server = lab.host("server", f"{SERVER}/24")
    ports = (7001, 7002, 7003)
    daemon = Holdfast(node, {"checks": [
        {"name": f"app{port}", "udp": f"{SERVER}:{port}", "interval": "200ms", "timeout": "200ms"}
        for port in ports]})

    def checks():
        answer = daemon.ctl("checks", "--json", check=False)
        return json.loads(answer.stdout)["checks"] if answer.returncode == 0 else []

    def ups():
        return [check["name"] for check in checks() if check["up"]]

    def wait_for(condition):
        wait_until(condition, 60, lambda: f"{checks()}\n{daemon.log()[-3000:]}", every=0.2)

    def refused_again(names, times):
        """Until each of these has been refused so often more."""
        before = {check["name"]: check["attempts"]["bad"] for check in checks()}
        wait_for(lambda: all(check["attempts"]["bad"] >= before[check["name"]] + times
                             for check in checks() if check["name"] in names))

    wait_for(lambda: len(checks()) == 3 and all(check["up"] is False for check in checks()))
    refused_again([f"app{port}" for port in ports], 5)
    assert " is up" not in daemon.log()

    def listen():
        listening = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        listening.bind((SERVER, 7002))
        return listening

    with in_namespace(server.namespace, listen):
        wait_for(lambda: ups() == ["app7002"])
        refused_again(["app7001", "app7003"], 3)
        assert ups() == ["app7002"]
    wait_for(lambda: ups() == [])
    refused_again([f"app{port}" for port in ports], 3)
    assert daemon.log().count(" is up") == 1, daemon.log()
