# SPDX-License-Identifier: Apache-2.0
"""The life of holdfast.service under a real systemd: start, reload, restart, faults and stop."""

import re
import signal
import time

from lab.machine import UNIT
from lab.netns import wait_until

VIP = "192.0.2.10"
ONE, TWO = "192.0.2.1", "192.0.2.2"


def took_over(node, since, within):
    """node2 speaks as master, within so many seconds; the time of its first advert."""
    return node.wire.wait_for_advert(within, since=since, source=TWO, priority=100).time


def handed_over(node, since):
    """node1 said so by priority 0."""
    return node.wire.adverts(source=ONE, since=since)[-1].priority == 0


def back_again(node, old):
    wait_until(lambda: node.one.active() and node.one.pid not in (0, old), 20, node.one.log)
    node.one.wait_for_state("web", "MASTER", 20)
    node.two.wait_for_state("web", "BACKUP", 10)


def test_it_starts_at_boot_and_its_workers_are_confined(node):
    assert node.at_boot == {
        "ActiveState": "active", "Type": "notify", "UnitFileState": "enabled", "NRestarts": "0",
        "WatchdogUSec": "10s", "Result": "success", "DropInPaths": "",
        "FragmentPath": "/lib/systemd/system/holdfast.service"}
    assert node.warned_at_boot == ""
    wait_until(lambda: "1 MASTER" in node.machine.show("StatusText"), 5, node.one.log)
    assert node.one.host.has_address(VIP)
    workers = {worker["name"]: worker["pid"] for worker in node.one.status()["workers"]}
    assert set(workers) == {"vrrp-worker", "check-worker"}, "there is nothing for another to do"
    for name, pid in workers.items():
        process = node.machine.process(pid)
        user = node.machine.run("id", "-u", f"holdfast-{name.removesuffix('-worker')}").stdout
        assert process["Uid"].split() == 4 * [user.strip()], name
        assert (process["Seccomp"], process["NoNewPrivs"], process["CapBnd"]) == (
            "2", "1", "0000000000000000"), name
        assert node.machine.run("ls", "-A", f"/proc/{pid}/root/").stdout == "", name
    cgroup = node.machine.path("/sys/fs/cgroup/system.slice/holdfast.service/cgroup.procs")
    assert len(cgroup.read_text(encoding="ascii").split()) == 1 + len(workers)


def test_a_reload_takes_the_new_file_and_refuses_a_bad_one(node):
    with node.unnoticed():
        generation = node.one.generation()
        node.use(checks=[{"name": "local", "ping": "127.0.0.1"}])
        assert node.one.generation() == generation + 1, "in force when systemctl returns"
        wait_until(lambda: node.one.status()["checks"][0]["up"], 5, node.one.log)
        cursor = node.machine.cursor()
        node.one.write_config("version: 1\nvrrp: {instances: [{nam: web}]}\n")
        answer = node.machine.systemctl("reload", UNIT, check=False)
        assert answer.returncode != 0, "who reloads is told"
        assert node.one.active() and node.one.generation() == generation + 1
        said = node.machine.journal(f"--after-cursor={cursor}", "--output=cat")
        assert re.search(r"holdfast\.yaml:2:\d+: .*nam", said), said


def test_a_restart_is_not_noticed(node):
    with node.unnoticed():
        for _ in range(3):
            old = node.one.pid
            node.one.restart()
            assert node.one.pid not in (0, old)
            wait_until(lambda: node.one.router(), 5, "a status")
            node.wire.wait_for_advert(5, source=ONE, since=time.time())
    assert node.machine.show("Result") == "success"


def test_an_upgrade_is_not_noticed_and_systemd_keeps_its_process(node):
    with node.unnoticed():
        old = node.one.pid
        node.one.ctl("upgrade")
        assert node.one.pid == old and node.one.active()
        # Whom systemd starts anew asks for it by the same name, and it goes on being watched.
        node.machine.systemctl("daemon-reexec")
        node.machine.systemctl("daemon-reload")
        node.one.ctl("upgrade")
        time.sleep(11)  # WatchdogSec: what became of the watchdog shows no sooner
        assert node.one.pid == old and node.one.active()
    assert "Watchdog" not in node.one.log()
    node.one.restart()
    node.one.wait_for_state("web", "MASTER", 5)


def test_a_stop_hands_over_at_once(node):
    began = time.time()
    node.one.stop()
    assert took_over(node, began, 3) - began < 1.5
    assert handed_over(node, began)
    assert not node.one.host.has_address(VIP)
    assert node.machine.show("ActiveState", "Result") == {
        "ActiveState": "inactive", "Result": "success"}
    assert node.machine.path("/run/holdfast").exists() is False
    node.one.start()
    node.one.wait_for_state("web", "MASTER", 10)


def test_a_restart_with_a_faulty_file_hands_over_and_heals_by_itself(node):
    began = time.time()
    node.one.write_config("version: 1\nvrrp: {instances: [{nam: web}]}\n")
    node.machine.systemctl("restart", UNIT, check=False)
    took_over(node, began, 3)
    assert handed_over(node, began) and not node.one.host.has_address(VIP)
    wait_until(lambda: int(node.machine.show("NRestarts")) >= 2, 10, node.one.log)
    said = [line for line in node.one.log().splitlines() if re.search(r"yaml:2:\d+: .*nam", line)]
    assert said, node.one.log()
    assert not node.one.host.has_address(VIP)
    node.one.write_config(node.config)
    node.one.wait_for_state("web", "MASTER", 15)
    assert node.one.active()


def test_a_killed_holdfastd_hands_over_and_is_started_again(node):
    began, old = time.time(), node.one.pid
    node.one.signal(signal.SIGKILL)
    assert took_over(node, began, 3) - began < 1.5
    assert handed_over(node, began)
    back_again(node, old)
    assert node.machine.show("Result", "NRestarts")["NRestarts"] != "0"


def test_killed_workers_are_replaced_within_and_not_noticed(node):
    with node.unnoticed():
        for role in ("vrrp-worker", "check-worker"):
            pid = node.one.worker_pid(role)
            node.machine.kill(signal.SIGKILL, pid)
            node.one.wait_for_new_worker(role, pid, 10)


def test_a_hung_holdfastd_is_caught_by_the_watchdog_and_its_worker_hands_over(node):
    began, old = time.time(), node.one.pid
    cursor = node.machine.cursor()
    node.one.signal(signal.SIGSTOP)
    taken = took_over(node, began, 20)
    said = wait_until(lambda: node.one.pid not in (0, old) and node.machine.journal(
        f"--after-cursor={cursor}", "--output=cat"), 15, node.one.log)
    assert "Watchdog timeout" in said and "with signal SIGQUIT" in said, said
    last = node.wire.adverts(source=ONE, since=began, until=taken)
    assert last[-1].priority == 0 and taken - last[-1].time < 1.2  # it takes 1.8 by silence
    back_again(node, old)


def test_a_hung_holdfastd_that_is_deaf_to_sigquit_is_killed_soon(node):
    """The watchdog does not end it; TimeoutAbortSec does, as the unit is shipped. It ends all of it, so
    nobody hands over: the peer takes over by the silence."""
    unit = node.machine.path(node.machine.show("FragmentPath")).read_text(encoding="utf-8")
    command = re.search(r"^ExecStart=(.*)$", unit, re.MULTILINE)[1]
    node.machine.drop_in("deaf", "[Service]\nWatchdogSec=2\nExecStart=\n"
                                 f"ExecStart=/bin/sh -c 'trap \"\" QUIT; exec {command}'\n")
    try:
        node.one.restart()
        node.one.wait_for_state("web", "MASTER", 20)
        began, old, cursor = time.time(), node.one.pid, node.machine.cursor()
        node.one.signal(signal.SIGSTOP)
        took_over(node, began, 30)
        assert time.time() - began < 25, "the time of a stop would be 15 minutes"
        back_again(node, old)
        said = node.machine.journal(f"--after-cursor={cursor}", "--output=cat")
        assert "Watchdog timeout" in said and "timed out. Killing" in said, said
        assert "code=killed, status=9/KILL" in said, said
    finally:
        node.machine.drop_in("deaf", None)
        node.one.restart()


def test_a_crash_loop_ends_the_service_with_one_line_and_it_heals_by_itself(node):
    worker = node.machine.path("/usr/libexec/holdfast/holdfast-vrrp-worker")
    good = worker.read_bytes()

    def put(body):
        new = worker.with_name("new")
        new.write_bytes(body)
        new.chmod(0o755)
        new.rename(worker)

    began, cursor = time.time(), node.machine.cursor()
    put(node.machine.path("/bin/false").read_bytes())
    try:
        node.machine.systemctl("restart", "--no-block", UNIT)
        took_over(node, began, 5)
        wait_until(lambda: int(node.machine.show("NRestarts")) >= 1, 30, node.one.log)
    finally:
        put(good)
    said = node.machine.journal(f"--after-cursor={cursor}", "--output=cat")
    given_up = [line for line in said.splitlines() if "given up" in line]
    assert len(given_up) == 1 and given_up[0].startswith("error supervisor: vrrp-worker"), said
    assert "status=1/FAILURE" in said and "Failed with result 'exit-code'" in said
    assert not node.one.host.has_address(VIP)
    wait_until(node.one.active, 30, node.one.log)
    node.one.wait_for_state("web", "MASTER", 20)
