# SPDX-License-Identifier: Apache-2.0
"""A node that systemd has booted (lab/machine.py), its peer without one, and a client. Needs root,
the packages systemd, dbus, nftables, nginx-light and openssl, and a kernel with cgroup2 and overlay."""

import os
import pathlib
import time

import pytest

from lab import needs
from lab.daemon import LOCAL_CHECK, Holdfast, configuration, instance
from lab.lab import Lab
from lab.machine import UNIT, Service
from lab.netns import wait_until

INTERVAL = "500ms"


def lacking():
    """What this machine lacks to boot a systemd in namespaces, if anything."""
    kernel = pathlib.Path("/proc/filesystems").read_text(encoding="ascii").split()
    return [what for what, there in {
        "systemd": os.path.exists("/lib/systemd/systemd"),
        "cgroup2 in the kernel": "cgroup2" in kernel,
        "overlay in the kernel": "overlay" in kernel,
    }.items() if not there]


def pytest_configure():
    needs.require()


class Node:
    """`one` under systemd and master, `two` its peer, and a client that watches both."""

    def __init__(self, lab):
        self.lab = lab
        node1, node2, self.client = (lab.host(name, f"192.0.2.{number}/24") for name, number in
                                     (("node1", 1), ("node2", 2), ("client", 100)))
        self.wire = lab.capture(self.client)
        self.config = self.configuration()
        self.one = Service(node1, self.config)
        self.two = Holdfast(node2, configuration(
            instance(priority=100, advert_interval=INTERVAL)))
        self.machine = self.one.machine
        self.one.wait_for_state("web", "MASTER", 20)
        self.at_boot = self.machine.show(
            "ActiveState", "Type", "UnitFileState", "NRestarts", "WatchdogUSec", "Result",
            "FragmentPath", "DropInPaths")
        self.warned_at_boot = self.machine.journal("--priority=warning", "--output=cat")

    def configuration(self, *others, options=None, **top):
        """Of node1: its instance `web`, which tracks a check, or what is given instead."""
        tracks = {} if options or "checks" in top else {"track": [{"check": "local", "weight": -1}]}
        web = instance(priority=150, advert_interval=INTERVAL, **tracks, **(options or {}))
        return configuration(web, *others, **{"checks": [LOCAL_CHECK], **top})

    def settle(self):
        """As after a boot: the unit as shipped, its first configuration, and node1 the master."""
        folder = self.machine.path(f"/etc/systemd/system/{UNIT}.d")
        for file in folder.iterdir() if folder.exists() else []:
            file.unlink()
        self.machine.systemctl("daemon-reload")
        self.one.write_config(self.config)
        if self.one.active():
            self.one.ctl("reload")
        self.one.start()
        self.one.wait_for_state("web", "MASTER", 20)
        self.two.wait_for_state("web", "BACKUP", 10)
        self.wire.wait_for_advert(5, since=time.time(), source=self.one.host.address)

    def use(self, *others, options=None, **top):
        """Reloads node1 with this beside what it has."""
        self.one.write_config(self.configuration(*others, options=options, **top))
        self.machine.systemctl("reload", UNIT)

    def standing(self):
        return [(router["name"], router["state"], router["since"])
                for node in (self.one, self.two) for router in node.status()["vrrp"]
                if router["name"] == "web"]

    def unnoticed(self):
        return Unnoticed(self)


class Unnoticed:
    """While it lasts, no role changes, no echo to the virtual address is lost, only node1 speaks."""

    def __init__(self, node):
        self.node = node

    def __enter__(self):
        self.before = self.node.standing()
        self.echo = self.node.lab.echo(self.node.client, "192.0.2.10")
        self.echo.wait_for_answer(5)
        self.began = time.time()

    def __exit__(self, kind, *_):
        if kind is None:
            for _ in range(2):
                self.node.wire.wait_for_advert(5, source="192.0.2.1", since=time.time())
            count = self.echo.count(self.began, time.time() - 0.3)
        self.echo.close()
        self.node.lab._closers.remove(self.echo.close)
        if kind is None:
            assert count.sent > 10 and count.unanswered == 0, f"{count}\n{self.node.one.log()}"
            wait_until(lambda: self.node.one.router(), 5, "a status")
            assert self.node.standing() == self.before, self.node.one.log()
            adverts = self.node.wire.adverts(since=self.began)
            assert {(one.source, one.priority) for one in adverts} == {("192.0.2.1", 150)}


def boot():
    if lacking():
        pytest.skip(f"no {', no '.join(lacking())}")
    with Lab() as lab:
        yield Node(lab)


@pytest.fixture(scope="package")
def booted():
    yield from boot()


@pytest.fixture
def node(booted):
    booted.settle()
    return booted


@pytest.fixture
def fresh():
    """A node of the test's own, which it may leave as it likes."""
    for node in boot():
        node.settle()
        yield node
