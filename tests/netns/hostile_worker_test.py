# SPDX-License-Identifier: Apache-2.0
"""A worker that was taken over: what it tries costs its life, and nothing else."""

import os
import shutil

import pytest

from lab.daemon import Holdfast, binaries, configuration, instance
from lab.netns import wait_until

CHECK = {"name": "app", "script": "/bin/true", "interval": "1s"}
MARKED = {"name": "marked", "tcp": "192.0.2.20:80", "mark": 7}

# What the worker does, and what the supervisor says of its end.
ATTACKS = {
    "garbage": "unknown message type 255",
    "empty": "no sign of life",  # to the other end it looks as if the channel were closed
    "tail": "Hello is cut short or out of range",  # another message is begun
    "oversized": "4096 bytes",
    "descriptor": "Heartbeat with a descriptor",
    "second-hello": "Hello while running",
    "unasked-answer": "Configured for generation 7",
    "supervisors-word": "Shutdown, which is not for a",
    "marked-socket": "MarkedSocket, which is not for a",
    "system-file": "SystemFile, which is not for a",
    "flood": "more messages than anybody could need",
    "hang": "no sign of life",
    "open": "made the forbidden system call open",
    "exec": "killed by SIGSYS",
    "fork": "killed by SIGSYS",
    "trace": "killed by SIGSYS",
    "signal": "made the forbidden system call kill",
    "socket": "made the forbidden system call socket",
    "exit": "exited with status 0",
    "crash": "killed by SIGABRT",
}
OF_CHECK_WORKER = {
    "foreign-router": "RouterState, which is not for a check-worker to say",
    "stranger": "CheckState about 'nobody', which is not configured",
    "weight": "CheckState with a weight of 200 percent",
    "socket-of-stranger": "AskSocket about 'nobody', which is not configured",
    "socket-without-mark": "AskSocket about 'app', which is not configured",
    "socket-flood": "does not read",  # what it is sent meanwhile
    "suspicion": "ServerSuspicion, which is not for a check-worker to say",
}
OF_VRRP_WORKER = {
    "foreign-check": "CheckState, which is not for a vrrp-worker to say",
    "stranger": "RouterState about 'nobody', which is not configured",
    "script": "RunScript, which is not for a vrrp-worker to say",
    "unasked-details": "CheckDetails, which is not for a vrrp-worker to say",
    "socket-without-mark": "AskSocket, which is not for a vrrp-worker to say",
    "suspicion": "ServerSuspicion, which is not for a vrrp-worker to say",
}
OF_BALANCE_WORKER = {
    "foreign-check": "CheckState, which is not for a balance-worker to say",
    "foreign-router": "RouterState, which is not for a balance-worker to say",
    "stranger": "ServiceState about 'nobody', which is not configured",
    "socket-without-mark": "AskSocket, which is not for a balance-worker to say",
    "suspicion-of-stranger": "ServerSuspicion about 'web/192.0.2.66:80', which is not configured",
}


OF_MONITOR_WORKER = {
    "foreign-router": "RouterState, which is not for a monitor-worker to say",
    "stranger": "CheckState, which is not for a monitor-worker to say",
    "script": "RunScript, which is not for a monitor-worker to say",
}

OF_ALERT_WORKER = {attack: end.replace("monitor-worker", "alert-worker")
                   for attack, end in OF_MONITOR_WORKER.items()}

OF_WITNESS_WORKER = {
    **{attack: end.replace("monitor-worker", "witness-worker")
       for attack, end in OF_MONITOR_WORKER.items()},
    "stranger": "LeaseState about 'nobody', which is not configured",
    "lease-without-witness": "LeaseState about 'plain', which is not configured",
    "wish": "LeaseWish, which is not for a witness-worker to say",
    "socket-without-mark": "AskSocket, which is not for a witness-worker to say",
    "suspicion": "ServerSuspicion, which is not for a witness-worker to say",
}


@pytest.fixture
def with_hostile(tmp_path, monkeypatch):
    """From here on a daemon has this worker instead of the real one."""

    def place(role):
        real = binaries()
        for program in real.glob("holdfast*"):
            taken_over = program.name == f"holdfast-{role}-worker"
            source = real.parent / "hostile/hostile_worker" if taken_over else program
            try:
                os.link(source, tmp_path / program.name)
            except OSError:  # another file system
                shutil.copy2(source, tmp_path / program.name)
        monkeypatch.setenv("HOLDFAST_BIN", str(tmp_path))

    return place


def wait_for_end(node, role, text, lives):
    """Until so many lives of the worker have ended, the last for this reason."""

    def ended():
        worker = node.worker(role)
        return worker and worker["restarts"] >= lives and text in (worker["last_end"] or "")

    wait_until(ended, 20, lambda: f"{text}; it is {node.worker(role)}, log:\n{node.log()[-2000:]}")


@pytest.mark.parametrize("attack, end", (ATTACKS | OF_CHECK_WORKER).items())
def test_a_hostile_check_worker_costs_its_own_life_only(lab, with_hostile, attack, end):
    with_hostile("check")
    node = lab.host("node1", "192.0.2.1/24")
    daemon = Holdfast(node, configuration(
        instance(priority=150, advert_interval="100ms", track=[{"check": "app", "weight": -10}]),
        checks=[CHECK, MARKED], node=f"attack-{attack}"))
    daemon.wait_for_state("web", "MASTER", 10)
    before = daemon.router(), daemon.worker("vrrp-worker"), daemon.pid
    wait_for_end(daemon, "check-worker", end, lives=2)
    router, worker, pid = daemon.router(), daemon.worker("vrrp-worker"), daemon.pid
    assert [router[key] for key in ("state", "since", "priority")] \
        == [before[0][key] for key in ("state", "since", "priority")]
    assert (worker["pid"], worker["restarts"]) == (before[1]["pid"], 0)
    assert pid == before[2] and daemon.running()


@pytest.mark.parametrize("attack, end", (ATTACKS | OF_VRRP_WORKER).items())
def test_a_hostile_vrrp_worker_costs_its_own_life_only(lab, with_hostile, attack, end):
    with_hostile("vrrp")
    node = lab.host("node1", "192.0.2.1/24")
    daemon = Holdfast(node, configuration(instance(advert_interval="100ms"), checks=[CHECK],
                                          node=f"attack-{attack}"))
    wait_for_end(daemon, "vrrp-worker", end, lives=2)
    assert daemon.worker("check-worker")["restarts"] == 0


def assert_costs_its_own_life_only(lab, role, attack, end, **config):
    """Of a worker beside a master, which goes on as it was."""
    node = lab.host("node1", "192.0.2.1/24")
    daemon = Holdfast(node, configuration(
        instance(priority=150, advert_interval="100ms"), node=f"attack-{attack}", **config))
    daemon.wait_for_state("web", "MASTER", 15)
    before = daemon.router()["since"], daemon.worker_pid("vrrp-worker"), daemon.pid
    wait_for_end(daemon, f"{role}-worker", end, lives=2)
    assert (daemon.router()["since"], daemon.worker_pid("vrrp-worker"), daemon.pid) == before


@pytest.mark.parametrize("attack, end", (ATTACKS | OF_BALANCE_WORKER).items())
def test_a_hostile_balance_worker_costs_its_own_life_only(lab, with_hostile, attack, end):
    with_hostile("balance")
    assert_costs_its_own_life_only(lab, "balance", attack, end, virtual_servers=[
        {"name": "web", "address": "192.0.2.10:80", "real_servers": ["192.0.2.20"]}])


def test_one_that_always_attacks_ends_the_daemon_with_the_reason(lab, with_hostile):
    with_hostile("vrrp")
    node = lab.host("node1", "192.0.2.1/24")
    daemon = Holdfast(node, configuration(instance(), node="attack-exec"))
    assert daemon.process.wait(30) != 0
    assert "vrrp-worker given up" in daemon.log() and "SIGSYS" in daemon.log()


def test_lies_of_a_check_worker_go_as_far_as_the_configuration_lets_them(lab, with_hostile):
    with_hostile("check")
    node = lab.host("node1", "192.0.2.1/24")
    daemon = Holdfast(node, configuration(
        instance(priority=150, advert_interval="100ms", track=[{"check": "app", "weight": -10}]),
        checks=[CHECK], node="attack-foreign-check"))
    wait_until(lambda: (daemon.router() or {}).get("priority") == 140, 10,
               lambda: f"the lie; it is {daemon.router()}")
    assert daemon.state() in ("MASTER", "BACKUP", "INIT")
    daemon.wait_for_state("web", "MASTER", 10)


@pytest.mark.parametrize("attack, end", (ATTACKS | OF_MONITOR_WORKER).items())
def test_a_hostile_monitor_worker_costs_its_own_life_only(lab, with_hostile, attack, end):
    with_hostile("monitor")
    assert_costs_its_own_life_only(lab, "monitor", attack, end,
                                   monitoring={"listen": ["127.0.0.1:9112"]})


@pytest.mark.parametrize("attack, end", (ATTACKS | OF_ALERT_WORKER).items())
def test_a_hostile_alert_worker_costs_its_own_life_only(lab, with_hostile, attack, end):
    with_hostile("alert")
    assert_costs_its_own_life_only(lab, "alert", attack, end, alerts={
        "receivers": [{"name": "log", "syslog": {"server": "127.0.0.1:514"}}]})


TTL = 3


def with_witness(lab, attack, when_unreachable):
    """A node with an instance that asks nobody, and one that asks an etcd that is not there."""
    node = lab.host("node1", "192.0.2.1/24")
    daemon = Holdfast(node, configuration(
        instance("plain", vrid=52, address="192.0.2.11/24", advert_interval="300ms"),
        instance(advert_interval="300ms", witness={"when_unreachable": when_unreachable}),
        witness={"endpoints": ["http://192.0.2.99:2379"], "ttl": f"{TTL}s"},
        node=f"attack-{attack}"))
    daemon.wait_for_state("plain", "MASTER", 15)
    return daemon


def standing(daemon):
    return (daemon.router("plain")["state"], daemon.router("plain")["since"],
            daemon.worker_pid("vrrp-worker"), daemon.pid)


@pytest.mark.parametrize("attack, end", (ATTACKS | OF_WITNESS_WORKER).items())
def test_a_hostile_witness_worker_costs_its_own_life_only(lab, with_hostile, attack, end):
    with_hostile("witness")
    daemon = with_witness(lab, attack, "release")
    before = standing(daemon)
    wait_for_end(daemon, "witness-worker", end, lives=2)
    assert standing(daemon) == before
    assert daemon.state() == "BACKUP"


def test_a_lie_about_a_lease_lasts_no_longer_than_a_lease(lab, with_hostile):
    """It says "for a year": the node believes it for a ttl, and the kernel no longer either."""
    with_hostile("witness")
    daemon = with_witness(lab, "lease", "release")
    before = standing(daemon)
    daemon.wait_for_state("web", "MASTER", 15)
    daemon.wait_for_state("web", "BACKUP", 10 * TTL)
    assert "its lease is over" in daemon.router()["reason"]
    assert not daemon.host.has_address("192.0.2.10")
    assert standing(daemon) == before
    assert daemon.worker("witness-worker")["restarts"] == 0


def test_a_lie_that_another_has_it_keeps_hold_from_holding_no_longer(lab, with_hostile):
    with_hostile("witness")
    daemon = with_witness(lab, "no-lease", "hold")
    before = standing(daemon)
    # Once what it said is over, and the time that a witness gets to answer again, it is plain VRRP.
    daemon.wait_for_state("web", "MASTER", 10 * TTL)
    assert standing(daemon) == before
    assert daemon.worker("witness-worker")["restarts"] == 0
