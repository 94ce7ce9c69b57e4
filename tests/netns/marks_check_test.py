# SPDX-License-Identifier: Apache-2.0
"""Checks whose packets carry a mark: only by a rule for it is there a way to the server."""

import json
import os
import sys

import pytest

from lab.daemon import Holdfast, configuration, instance
from lab.netns import wait_until
from lab.nginx import Nginx

MARK = 7
TABLE = 77
V4, V6 = "198.51.100.2", "2001:db8:2::2"
NGINX = "  server { listen 80; listen [::]:80; location / { return 200 \"well\\n\"; } }\n"
ECHO = """
import socket, sys
place = socket.getaddrinfo(sys.argv[1], 7, type=socket.SOCK_DGRAM)[0]
server = socket.socket(place[0], socket.SOCK_DGRAM)
server.bind(place[4])
while True:
    data, sender = server.recvfrom(2048)
    server.sendto(data, sender)
"""
KINDS = {
    "tcp4": {"tcp": f"{V4}:80"},
    "tcp6": {"tcp": f"'[{V6}]:80'"},
    "http4": {"http": f"{V4}:80"},
    "http6": {"http": f"'[{V6}]:80'"},
    "udp4": {"udp": {"address": f"{V4}:7", "payload": "ping", "reply": "ping"}},
    "udp6": {"udp": {"address": f"'[{V6}]:7'", "payload": "ping", "reply": "ping"}},
}


@pytest.fixture
def far(node, server):
    """A server behind a route that only marked packets of node1 have."""
    for host, own in ((node, 1), (server, 2)):
        host.ip("address", "add", f"2001:db8::{own}/64", "dev", "eth0", "nodad")
    server.ip("address", "add", f"{V4}/32", "dev", "lo")
    server.ip("address", "add", f"{V6}/128", "dev", "lo", "nodad")
    node.ip("route", "add", V4, "via", "192.0.2.2", "table", str(TABLE))
    node.ip("-6", "route", "add", V6, "via", "2001:db8::2", "table", str(TABLE))
    rules(node, "add")
    Nginx(server, NGINX)
    for address in (V4, V6):  # and answers come from there
        server.start(sys.executable, "-c", ECHO, address,
                     log=os.path.join(server.directory, "echo.log"))
    return server


def rules(node, what):
    for family in ("-4", "-6"):
        node.ip(family, "rule", what, "fwmark", str(MARK), "lookup", str(TABLE))


def check(name, **options):
    return {"name": name, "interval": "500ms", "timeout": "500ms", "fall": 3,
            "fast_interval": "100ms", **options}


def states(daemon):
    status = daemon.try_status() or {"checks": []}
    return {one["name"]: one for one in status["checks"]}


def wait_for(daemon, wanted, timeout=30):
    wait_until(lambda: all(states(daemon).get(name, {}).get("up", 0) is up
                           for name, up in wanted.items()), timeout,
               lambda: f"{wanted}; they are {states(daemon)}, log:\n{daemon.log()[-2000:]}")


def hindrance(daemon, name):
    """Why the check cannot be made now."""
    answer = daemon.ctl("checks", "--json", check=False)
    every = json.loads(answer.stdout)["checks"] if answer.returncode == 0 else []
    found = [one["hindered"] for one in every if one["name"] == name and one["hindered"]]
    return found[0]["reason"] if found else ""


def test_only_a_check_with_the_mark_reaches_what_is_behind_its_rule(node, far):
    checks = [check(name, **kind, mark=MARK) for name, kind in KINDS.items()]
    checks += [check(f"{name}-plain", **kind, no_route="down") for name, kind in KINDS.items()]
    checks += [check("other-mark", **KINDS["http4"], mark=MARK + 1, no_route="down")]
    daemon = Holdfast(node, {"checks": checks})
    wait_for(daemon, {**{name: True for name in KINDS},
                      **{f"{name}-plain": False for name in KINDS}, "other-mark": False})
    run = daemon.ctl("checks", "run", "http6", check=False)
    assert run.returncode == 0 and "200" in run.stdout, run
    # What the rule does is this node's own, and says nothing of a server.
    before = {name: states(daemon)[name]["since"] for name in KINDS}
    rules(node, "delete")
    wait_until(lambda: all("no route" in hindrance(daemon, name) for name in KINDS), 20,
               lambda: f"a hindrance of each; log:\n{daemon.log()[-2000:]}")
    assert {name: states(daemon)[name]["since"] for name in KINDS} == before
    rules(node, "add")
    far.ip("address", "delete", f"{V4}/32", "dev", "lo")
    wait_for(daemon, {"tcp4": False, "http4": False, "udp4": False, "tcp6": True, "udp6": True})


def test_a_reload_gives_and_takes_a_mark(node, far):
    plain = check("app", **KINDS["tcp4"], no_route="down")

    def daemon_config(**options):
        return configuration(instance(advert_interval="1s"), checks=[{**plain, **options}])

    daemon = Holdfast(node, daemon_config())
    wait_for(daemon, {"app": False})
    daemon.reload(daemon_config(mark=MARK))
    wait_for(daemon, {"app": True})
    daemon.reload(daemon_config())
    wait_for(daemon, {"app": False})
    assert daemon.worker("check-worker")["restarts"] == 0
