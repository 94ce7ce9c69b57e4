# SPDX-License-Identifier: Apache-2.0
"""Slow start and hold-down against a real server that comes and goes."""

import json

import pytest

from lab import hostile
from lab.daemon import Holdfast
from lab.netns import wait_until

PORT = 8080


class Server:
    """A port that is open or closed."""

    def __init__(self, lab, host):
        self.lab, self.host, self.listening = lab, host, None

    def open(self):
        self.listening = hostile.Hostile(self.host, PORT, hostile.silent)

    def close(self):
        if self.listening:
            self.listening.close()
        self.listening = None


@pytest.fixture
def server(lab):
    made = Server(lab, lab.host("server", "192.0.2.2/24"))
    made.open()
    yield made
    made.close()


def start(lab, **options):
    entry = {"name": "app", "tcp": f"192.0.2.2:{PORT}", "interval": "50ms", "timeout": "50ms",
             "fall": 2, **options}
    return Holdfast(lab.host("node1", "192.0.2.1/24"), {"checks": [entry]})


def app(daemon):
    return (daemon.try_status() or {"checks": [{"up": None, "weight": None}]})["checks"][0]


def wait_for(daemon, what, condition, timeout=30):
    wait_until(lambda: condition(app(daemon)), timeout,
               lambda: f"{what}; it is {app(daemon)}, log:\n{daemon.log()[-2000:]}")


def is_up(check):
    return check["up"] is True


def is_down(check):
    return check["up"] is False


def test_a_recovered_server_is_given_its_weight_step_by_step(lab, server):
    daemon = start(lab, slow_start="4s")
    wait_for(daemon, "up", is_up)
    assert app(daemon)["weight"] == 100, "the first result is no recovery"
    server.close()
    wait_for(daemon, "down", is_down)
    server.open()
    weights = []

    def full(check):
        if check["up"] and (not weights or weights[-1] != check["weight"]):
            weights.append(check["weight"])
        return check["weight"] == 100

    wait_for(daemon, "its full weight", full)
    assert weights == sorted(set(weights)), "only ever more"
    assert set(weights) <= set(range(10, 101, 10)) and len(weights) >= 5, weights
    assert 3 < app(daemon)["since_seconds"] < 20


def test_a_slow_start_outlives_the_check_worker(lab, server):
    daemon = start(lab, slow_start="30s")
    wait_for(daemon, "up", is_up)
    server.close()
    wait_for(daemon, "down", is_down)
    server.open()
    wait_for(daemon, "a second step", lambda check: check["weight"] == 20)
    pid = daemon.worker_pid("check-worker")
    lab.hosts["node1"].run("kill", "-KILL", str(pid))
    daemon.wait_for_new_worker("check-worker", pid, 10)
    wait_for(daemon, "a next step", lambda check: check["weight"] > 20)
    assert app(daemon)["weight"] <= 50


def test_what_flaps_is_held_down_and_says_so(lab, server):
    daemon = start(lab, hold_down={"changes": 3, "within": "60s", "time": "3s", "max": "1m"})
    wait_for(daemon, "up", is_up)
    server.close()
    wait_for(daemon, "down", is_down)
    assert app(daemon)["reason"] == "connection refused"
    server.open()
    wait_for(daemon, "up again", is_up)
    server.close()
    wait_for(daemon, "down again", is_down)
    held = app(daemon)
    assert held["reason"] == "connection refused; held down for 3 s after 3 changes within 60 s"
    server.open()
    detail = json.loads(daemon.ctl("checks", "--json").stdout)["checks"][0]
    assert 0 < detail["held_seconds"] <= 3 and detail["up"] is False
    assert "held down for" in daemon.ctl("checks").stdout
    wait_until(lambda: json.loads(daemon.ctl("checks", "--json").stdout)["checks"][0]["last"]["good"],
               10, "a good attempt")
    wait_for(daemon, "up after the hold", is_up)
    assert "(no longer held down)" in daemon.log()
    server.close()
    wait_for(daemon, "down for longer", is_down)
    assert "held down for 6 s" in app(daemon)["reason"]
