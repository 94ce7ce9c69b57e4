# SPDX-License-Identifier: Apache-2.0
"""A reload touches what changed and nothing else."""

import os
import re
import resource
import time

import pytest

from lab.daemon import LOCAL_CHECK, Holdfast, configuration, instance
from lab.netns import wait_until
from lab.scripts import Scripts

SECONDS = 0.1
FAST = {"advert_interval": "100ms", "priority": 150}


def router(name, vrid, **options):
    return instance(name, vrid, f"192.0.2.{vrid}/24", **{**FAST, **options})


@pytest.fixture
def node(pair):
    pair.one = Holdfast(pair.node1, configuration(router("web", 51), router("db", 52)))
    for name in ("web", "db"):
        pair.one.wait_for_state(name, "MASTER", 5)
    pair.wait_quiet()
    return pair.one


def assert_undisturbed(pair, node, change, name="web", vrid=51):
    """Makes a change; one router's adverts stay on time, and its state as it was."""
    before = node.router(name)
    first = pair.wire.wait_for_advert(5, vrid=vrid, since=time.time())
    change()
    # Long enough for what the change might have set off.
    since = time.time()
    pair.wire.wait_for_advert(5, vrid=vrid, since=since + 5 * SECONDS)
    last = pair.wire.adverts(vrid=vrid)[-1]
    after = node.router(name)
    assert (after["state"], after["since"]) == (before["state"], before["since"])
    gap = pair.wire.longest_gap(first.time, last.time, vrid=vrid)
    assert gap < 1.5 * SECONDS, f"{gap / SECONDS:.2f} intervals"


def reload(node, *instances, **options):
    expected = node.generation() + 1
    node.reload(configuration(*instances, **options))
    node.wait_for_generation(expected)


def test_a_check_worker_comes_with_the_first_check_and_goes_with_the_last(pair, node):
    def names():
        return [worker["name"] for worker in node.status()["workers"]]

    assert names() == ["vrrp-worker"] and len(pair.node1.pids()) == 2

    def add():
        reload(node, router("web", 51, track=[{"check": "local", "weight": -20}]), router("db", 52),
               checks=[LOCAL_CHECK])
        wait_until(lambda: node.status()["checks"][0]["up"], 5, node.log)
        assert names() == ["vrrp-worker", "check-worker"]

    def remove():
        reload(node, router("web", 51), router("db", 52))
        wait_until(lambda: names() == ["vrrp-worker"], 5, node.log)

    assert_undisturbed(pair, node, add)
    assert_undisturbed(pair, node, remove)
    assert_undisturbed(pair, node, add)
    assert node.worker("check-worker")["restarts"] == 0 or node.worker("check-worker")["last_end"] == "stopped"


@pytest.mark.sanitized
def test_adding_an_instance(pair, node):
    def change():
        reload(node, router("web", 51), router("db", 52), router("mail", 53))
        node.wait_for_state("mail", "MASTER", 5)

    assert_undisturbed(pair, node, change)
    assert pair.node1.has_address("192.0.2.53")


@pytest.mark.sanitized
def test_removing_an_instance(pair, node):
    def change():
        reload(node, router("web", 51))
        wait_until(lambda: not pair.node1.has_address("192.0.2.52"), 5, "its address goes")

    assert_undisturbed(pair, node, change)
    assert pair.wire.adverts(vrid=52)[-1].priority == 0
    assert [entry["name"] for entry in node.status()["vrrp"]] == ["web"]


def test_changing_an_instance(pair, node):
    def change():
        reload(node, router("web", 51), router("db", 52, priority=90,
                                               addresses=["192.0.2.52/24", "192.0.2.152/24"]))
        pair.wire.wait_for_advert(5, vrid=52, priority=90)
        wait_until(lambda: pair.node1.has_address("192.0.2.152"), 5, "the new address")

    assert_undisturbed(pair, node, change)
    since_before = node.router("db")["since"]
    assert node.state("db") == "MASTER" and node.router("db")["since"] == since_before
    assert pair.wire.adverts(vrid=52)[-1].addresses == ("192.0.2.52", "192.0.2.152")


def test_two_instances_swap_their_identifiers(pair, node):
    reload(node, router("web", 52), router("db", 51))
    for name in ("web", "db"):
        node.wait_for_state(name, "MASTER", 5)
    wait_until(lambda: {"192.0.2.51/24", "192.0.2.52/24"} <= pair.node1.addresses(), 5, "both")


def test_a_reload_that_changes_nothing(pair, node):
    def change():
        expected = node.generation() + 1
        node.reload()
        node.wait_for_generation(expected)

    announced = len(pair.wire.announcements())
    removals = pair.lab.watch_addresses(pair.node1)
    assert_undisturbed(pair, node, change)
    assert_undisturbed(pair, node, change, "db", 52)
    assert len(pair.wire.announcements()) == announced
    assert removals.removals("192.0.2.51") == 0


@pytest.mark.sanitized
def test_an_invalid_file_is_refused_and_the_running_one_stays(pair, node):
    before = node.status()["config"]
    bad = ("version: 1\n"
           "vrrp:\n"
           "  instances:\n"
           "    - name: web\n"
           "      interface: eth0\n"
           "      virtual_router_id: 512\n"
           "      prioritty: 150\n"
           "      addresses: [192.0.2.51/24]\n")

    def change():
        node.reload(bad)
        wait_until(lambda: f"{node.config_file}:7:" in node.log(), 5,
                   lambda: f"the refusal in the log:\n{node.log()[-2000:]}")

    assert_undisturbed(pair, node, change)
    faults = re.findall(rf"{re.escape(node.config_file)}:(\d+):(\d+): (.*)", node.log())
    assert [(line, column) for line, column, _ in faults] == [("6", "26"), ("7", "7")]
    assert "512" in faults[0][2] and "255" in faults[0][2]
    assert "prioritty" in faults[1][2] and "priority" in faults[1][2]
    config = node.status()["config"]
    assert (config["generation"], config["sha256"]) == (before["generation"], before["sha256"])
    assert f"{node.config_file}:6:26" in str(config), "the refusal is visible in status"

    checked = node.ctl("check", node.config_file, check=False)
    assert checked.returncode == 1
    lines = (checked.stdout + checked.stderr).splitlines()
    assert "      prioritty: 150" in lines[4] and lines[5].endswith("| " + " " * 6 + "^")
    assert [line.split(": ")[0] for line in lines if not line.startswith(" ")] == [f"{node.config_file}:6:26", f"{node.config_file}:7:7"]


def said_by_check(node):
    done = node.ctl("check", node.config_file, check=False)
    return done.stdout + done.stderr


def test_a_file_that_others_may_change_is_not_obeyed(pair, node):
    before = node.status()["config"]["generation"]

    def change():
        os.chmod(node.config_file, 0o666)
        node.reload()
        wait_until(lambda: "may be written by everyone" in node.log(), 5,
                   lambda: f"the refusal in the log:\n{node.log()[-2000:]}")

    assert_undisturbed(pair, node, change)
    assert "is not obeyed" in str(node.status()["config"]["last_error"])
    assert "[not-obeyed]" in said_by_check(node)
    os.chmod(node.config_file, 0o644)
    node.reload()
    node.wait_for_generation(before + 1)


def test_a_reload_short_of_descriptors_is_refused_or_whole(pair):
    """Never one without the user of its scripts, say, which would be down from then on."""
    scripts = Scripts(pair.node1)
    checks = [{"name": "good", "script": scripts.write("good", "exit 0"), "interval": "100ms"}]
    node = Holdfast(pair.node1, configuration(router("web", 51), checks=checks))

    node.wait_for_state("web", "MASTER", 5)

    def check():
        return node.status()["checks"][0]

    wait_until(lambda: check()["up"], 5, lambda: f"a check that is up: {check()}")
    since = check()["since"]
    refused = 0
    for spare in range(16):
        generation, logged = node.generation(), len(node.log())
        limit = resource.prlimit(node.pid, resource.RLIMIT_NOFILE)
        used = set(map(int, os.listdir(f"/proc/{node.pid}/fd")))
        free = [number for number in range(limit[0]) if number not in used][spare]
        resource.prlimit(node.pid, resource.RLIMIT_NOFILE, (free, limit[1]))
        node.reload(configuration(router("web", 51), checks=checks + [
            {"name": f"other{spare}", "script": checks[0]["script"], "interval": "100ms"}]))
        wait_until(lambda: re.search("Too many open files|is in force", node.log()[logged:]), 5,
                   lambda: f"the end of a reload:\n{node.log()[logged:]}")
        resource.prlimit(node.pid, resource.RLIMIT_NOFILE, limit)
        refused += node.generation() == generation
        assert all(one["up"] is not False for one in node.status()["checks"]), node.log()[logged:]
    assert 0 < refused < 16, "the shortage is met and ends"
    assert check()["since"] == since


def test_a_configuration_that_nobody_confirms_goes_back(pair, node):
    """The router that it adds goes away again by itself; those of both never notice."""
    def change():
        with_mail = configuration(router("web", 51), router("db", 52), router("mail", 53))
        node.write_config(with_mail)
        before = node.generation()
        node.ctl("reload", "--confirm", "2s")
        node.wait_for_state("mail", "MASTER", 5)
        refused = node.ctl("reload", check=False)
        assert refused.returncode == 1 and "waits to be confirmed" in refused.stderr
        node.wait_for_generation(before + 2)
        wait_until(lambda: not pair.node1.has_address("192.0.2.53"), 5, "the former configuration")
        assert node.router("mail") is None
        assert "was not confirmed in time" in str(node.status()["config"]["last_error"])
        late = node.ctl("confirm", check=False)
        assert late.returncode == 1 and "no configuration waits" in late.stderr

    assert_undisturbed(pair, node, change)


def test_a_confirmed_configuration_stays(pair, node):
    assert node.ctl("plan", node.config_file).stdout == "Nothing changes.\n"
    node.write_config(configuration(router("web", 51), router("db", 52), router("mail", 53)))
    assert "vrrp: instances: mail: added" in node.ctl("plan", node.config_file).stdout
    before = node.generation()
    said = node.ctl("reload", "--confirm", "1s").stdout
    assert said.startswith("In force. 1 change, which interrupt nothing:\n  vrrp: instances: mail: added")
    assert said.endswith("\nThe former configuration comes back in 1s, unless you say before: "
                         "holdfastctl confirm\n")
    assert node.ctl("confirm").stdout == "The configuration stays.\n"
    node.wait_for_state("mail", "MASTER", 5)
    asked = time.monotonic()
    wait_until(lambda: time.monotonic() > asked + 1.5, 5, "the time to pass", every=0.1)
    assert node.generation() == before + 1
    assert node.router("mail")["state"] == "MASTER"

    node.write_config("version: 1\nlog: {level: loud}\n")
    bad = node.ctl("reload", check=False)
    assert bad.returncode == 1
    assert f"{node.config_file}:2:14: level: found 'loud'" in bad.stderr
    assert "    2 | log: {level: loud}\n      |              ^" in bad.stderr


def test_one_file_for_both_nodes(pair):
    """Each takes what is its own; a fault in an included file is at its place in that."""
    folder = pair.node1.directory
    included = os.path.join(folder, "routers.yaml")
    with open(included, "w", encoding="utf-8") as file:
        file.write("vrrp:\n  instances:\n    - name: web\n      interface: eth0\n"
                   "      virtual_router_id: 51\n      advert_interval: 100ms\n"
                   "      priority: ${priority}\n      addresses: [192.0.2.51/24]\n")
    fleet = ("version: 1\ninclude: " + included + "\nvariables: {priority: 100}\nnodes:\n"
             "  '*': {labels: [all]}\n"
             f"  {os.uname().nodename}: {{variables: {{priority: 150}}}}\n")
    node = Holdfast(pair.node1, fleet)
    node.wait_for_state("web", "MASTER", 5)
    assert pair.wire.wait_for_advert(5, vrid=51).priority == 150
    rendered = node.ctl("render", node.config_file).stdout
    assert "priority: 150" in rendered and "nodes" not in rendered
    assert "priority: 100" in node.ctl("render", "--node", "another", node.config_file).stdout

    os.chmod(included, 0o666)
    assert f"{included}:1:1: warning: is not obeyed" in said_by_check(node)
    os.chmod(included, 0o644)
    with open(included, "a", encoding="utf-8") as file:
        file.write("      version: 4\n")
    node.reload()
    wait_until(lambda: f"{included}:9:16: version: found '4'" in node.log(), 5,
               lambda: f"the refusal in the log:\n{node.log()[-2000:]}")
    os.chmod(included, 0o666)
    node.reload()
    wait_until(lambda: f"{included} is not obeyed" in node.log(), 5,
               lambda: f"the refusal in the log:\n{node.log()[-2000:]}")
    assert node.state("web") == "MASTER"
