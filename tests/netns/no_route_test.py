# SPDX-License-Identifier: Apache-2.0
"""A false "down" is a bug: what is this node's own fault says nothing of a target."""

import json

from lab import hostile
from lab.daemon import Holdfast, binaries
from lab.netns import wait_until
from lab.nginx import Nginx

NGINX = "  server { listen 8080; location / { return 200 \"all is well\\n\"; } }\n"


def check(name, **options):
    return {"name": name, "interval": "200ms", "timeout": "200ms", **options}


def states(daemon):
    status = daemon.try_status() or {"checks": []}
    return {one["name"]: one for one in status["checks"]}


def details(daemon):
    answer = daemon.ctl("checks", "--json", check=False)
    every = json.loads(answer.stdout)["checks"] if answer.returncode == 0 else []
    return {one["name"]: one for one in every}


def wait_for(daemon, wanted, timeout=30):
    """Until each check of `wanted` is up, down or without a state."""
    wait_until(lambda: all(states(daemon).get(name, {}).get("up", 0) is up
                           for name, up in wanted.items()), timeout,
               lambda: f"{wanted}; they are {states(daemon)}, log:\n{daemon.log()[-2000:]}")


def test_an_interface_that_is_down_is_no_evidence(node, server):
    Nginx(server, NGINX)
    kinds = {"tcp": {"tcp": "192.0.2.2:8080"}, "http": {"http": "192.0.2.2:8080"},
             "ping": {"ping": "192.0.2.2"},
             "bound": {"tcp": "192.0.2.2:8080", "source": "192.0.2.1"},
             "strict": {"tcp": "192.0.2.2:8080", "no_route": "down"}}
    daemon = Holdfast(node, {"checks": [check(name, **kind) for name, kind in kinds.items()]})
    lenient = [name for name in kinds if name != "strict"]
    wait_for(daemon, {name: True for name in kinds})
    before = {name: states(daemon)[name]["since"] for name in lenient}
    node.ip("link", "set", "eth0", "down")
    wait_for(daemon, {"strict": False})
    wait_until(lambda: all(details(daemon)[name]["hindered"] for name in lenient), 20,
               lambda: f"hindrances: {details(daemon)}")
    every = details(daemon)
    for name in lenient:
        assert every[name]["up"] is True, every[name]
        reason = every[name]["hindered"]["reason"]
        assert "this node has no route to the target" in reason or "cannot come from" in reason
    assert "stays as it is: this node has no route to the target" in daemon.log()
    assert "network is unreachable" in states(daemon)["strict"]["reason"]
    node.ip("link", "set", "eth0", "up")
    wait_for(daemon, {"strict": True})
    wait_until(lambda: all(details(daemon)[name]["hindered"] is None for name in lenient), 20,
               "attempts again")
    assert {name: states(daemon)[name]["since"] for name in lenient} == before, "no change at all"


def test_a_cable_that_is_out_is_no_evidence(node, server):
    Nginx(server, NGINX)
    node.ip("address", "add", "2001:db8::1/64", "dev", "eth0", "nodad")
    server.ip("address", "add", "2001:db8::2/64", "dev", "eth0", "nodad")
    kinds = {"tcp": {"tcp": "192.0.2.2:8080"}, "ping": {"ping": "192.0.2.2"},
             "six": {"ping": "2001:db8::2"},
             "bound": {"tcp": "192.0.2.2:8080", "interface": "eth0"},
             "source": {"tcp": "192.0.2.2:8080", "source": "192.0.2.1"},
             "strict": {"tcp": "192.0.2.2:8080", "no_route": "down"}}
    daemon = Holdfast(node, {"checks": [check(name, **kind) for name, kind in kinds.items()]})
    lenient = [name for name in kinds if name != "strict"]
    wait_for(daemon, {name: True for name in kinds})
    node.cable("down")
    wait_for(daemon, {"strict": False})
    wait_until(lambda: all((details(daemon)[name]["hindered"] or {}).get("reason") ==
                           "the interface eth0 of this node has no carrier" for name in lenient
                           if name != "six"), 20, lambda: f"hindrances: {details(daemon)}")
    every = details(daemon)
    assert all(every[name]["up"] for name in lenient)
    assert all(every[name]["attempts"]["bad"] == 0 for name in lenient)
    node.cable("up")
    wait_for(daemon, {"strict": True})
    assert not any(f"check {name} is down" in daemon.log() for name in lenient), daemon.log()


def test_an_attempt_under_way_when_the_route_goes_is_no_evidence(lab, node, server):
    lab.closing(hostile.Hostile(server, 8081, hostile.silent))
    daemon = Holdfast(node, {"checks": [
        check("talking", redis="192.0.2.2:8081", initial_state="up", interval="3s", timeout="3s")]})

    def connected():
        shown = server.run("ss", "-Htn", "state", "established", "sport", "=", ":8081").stdout
        return shown.strip()

    wait_until(connected, 20, "a connection of the check")
    node.ip("link", "set", "eth0", "down")
    wait_until(lambda: details(daemon)["talking"]["hindered"], 20, lambda: f"{details(daemon)}")
    assert details(daemon)["talking"]["attempts"]["bad"] == 0


def test_a_missing_or_forbidden_route_is_no_evidence(node):
    node.ip("route", "add", "unreachable", "198.51.100.0/28")
    node.ip("route", "add", "blackhole", "198.51.100.16/28")
    node.ip("route", "add", "prohibit", "198.51.100.32/28")
    daemon = Holdfast(node, {"checks": [
        check("missing", tcp="203.0.113.1:80"), check("unreachable", tcp="198.51.100.1:80"),
        check("blackhole", tcp="198.51.100.17:80"), check("prohibit", tcp="198.51.100.33:80"),
        check("ping", ping="203.0.113.1"),
        check("six", tcp="'[2001:db8:5::1]:80'")]})
    wait_until(lambda: len(details(daemon)) == 6 and
               all(one["hindered"] for one in details(daemon).values()), 20,
               lambda: f"hindrances: {details(daemon)}")
    assert {name: one["up"] for name, one in states(daemon).items()} == {
        name: None for name in states(daemon)}


def test_what_a_router_or_a_missing_neighbour_says_counts(lab, node):
    router = lab.host("router", "192.0.2.254/24")
    router.run("sysctl", "-qw", "net.ipv4.ip_forward=1")
    router.ip("route", "add", "unreachable", "198.51.100.0/24")
    node.ip("route", "add", "198.51.100.0/24", "via", "192.0.2.254")
    daemon = Holdfast(node, {"checks": [
        check("routed", tcp="198.51.100.1:80", interval="5s", timeout="5s"),
        check("absent", tcp="192.0.2.77:80", interval="6s", timeout="6s"),
        check("soon", tcp="192.0.2.78:80")]})
    wait_for(daemon, {"routed": False, "absent": False, "soon": False})
    reasons = {name: one["reason"] for name, one in states(daemon).items()}
    assert reasons["routed"] == "no route to host"
    assert reasons["absent"] == "no route to host", "the kernel gave up asking for its address"
    assert reasons["soon"] == "no answer within 200 ms"


def test_what_finds_no_descriptor_waits_and_says_so(lab, node, server):
    lab.closing(hostile.Hostile(server, 8081, hostile.silent))
    Nginx(server, NGINX)
    good = [check(f"good-{i}", tcp="192.0.2.2:8080", interval="2s", timeout="2s")
            for i in range(40)]
    slow = [check(f"slow-{i}", redis="192.0.2.2:8081", interval="2s", timeout="1s")
            for i in range(120)]
    daemon = Holdfast(node, {"checks": good + slow}, start=False)
    daemon._start("prlimit", "--nofile=128:128", binaries() / "holdfastd", "--config",
                  daemon.config_file, "--runtime-dir", daemon.runtime_dir)
    wait_for(daemon, {**{one["name"]: True for one in good}, **{one["name"]: False for one in slow}})
    wait_until(lambda: all(one["attempts"]["good"] >= 3 for name, one in details(daemon).items()
                           if name.startswith("good")), 60, "more attempts")
    every = details(daemon)
    assert all(every[one["name"]]["attempts"]["bad"] == 0 for one in good)
    assert {every[one["name"]]["reason"] for one in slow} == {"no answer within 1 s"}
    assert "waits for its turn: 64 probes are under way, as many as there are descriptors for" in \
        daemon.log()
    assert "too many open files" not in daemon.log().lower()
