# SPDX-License-Identifier: Apache-2.0
"""Two nodes and a client on a switch, for every test of the real binaries."""

import time

import pytest

from lab import needs
from lab.daemon import Holdfast, configuration, instance

VIP = "192.0.2.10"
FAST = "100ms"


def pytest_configure(config):
    config.addinivalue_line("markers", "sanitized: also run with the ASan and UBSan build")
    config.addinivalue_line("markers", "alone: with no other test beside it")
    config.addinivalue_line("markers", "quiet: alone, and nothing is computed meanwhile")
    needs.require()


@pytest.fixture
def a_packet_filter(lab):
    """Skips the test where the kernel has none for a network namespace."""
    probe = lab.host("probe", "192.0.2.200/24")
    made = probe.run("nft", "add", "table", "inet", "probe", check=False)
    if made.returncode != 0:
        pytest.skip(f"no nf_tables in a network namespace here: {made.stderr.strip()}")


@pytest.fixture
def node(lab):
    return lab.host("node1", "192.0.2.1/24")


@pytest.fixture
def server(lab):
    return lab.host("server", "192.0.2.2/24")


@pytest.fixture
def pair(lab):
    return Pair(lab)


class Pair:
    """Hosts node1 (.1), node2 (.2) and client (.100), and the client's view of the wire."""

    def __init__(self, lab):
        self.lab = lab
        self.node1 = lab.host("node1", "192.0.2.1/24")
        self.node2 = lab.host("node2", "192.0.2.2/24")
        self.client = lab.host("client", "192.0.2.100/24")
        self.wire = lab.capture(self.client)
        self.one = self.two = None

    def start(self, one=None, two=None, checks=(), **common):
        """Starts both nodes, priority 150 and 100 unless said otherwise, and lets them settle."""
        self.start_one(one, checks, **common)
        self.start_two(two, **common)
        self.two.wait_for_state("web", "BACKUP", 5)
        self.wait_quiet()

    def start_one(self, options=None, checks=(), **common):
        entry = {"priority": 150, "advert_interval": FAST, **common, **(options or {})}
        self.one = Holdfast(self.node1, configuration(instance(**entry), checks=checks))
        self.one.wait_for_state("web", "MASTER", 10)

    def start_two(self, options=None, **common):
        entry = {"priority": 100, "advert_interval": FAST, **common, **(options or {})}
        self.two = Holdfast(self.node2, configuration(instance(**entry)))

    def record(self, ignored=None):
        """Instead of watching the wire, which costs time of its own, a record to read later."""
        self.wire.close()
        self.lab._closers.remove(self.wire.close)
        return self.lab.recorder(self.client, ignored=ignored)

    def wait_quiet(self):
        """Until node2 has seen that node1 is the master."""
        self.wire.wait_for_advert(5, since=time.time(), source=self.node1.address)

    def assert_unnoticed(self, before, echoes, first, last):
        """All the time node1 was the master and answered, and only it spoke. The longest gap
        between its adverts from one to the other."""
        gap = self.wire.longest_gap(first.time, last.time, source=self.node1.address)
        print(f"{echoes}; longest gap between adverts {gap:.3f} s; {self.one.log()[-1500:]}")
        assert echoes.unanswered == 0
        assert self.standing() == before
        assert self.wire.adverts(source=self.node2.address, since=first.time) == []
        assert {one.priority for one in self.wire.adverts(source=self.node1.address,
                                                          since=first.time)} == {150}
        return gap

    def standing(self):
        """What must not change while nothing happens: each node's state and since when."""
        return [(router["name"], router["state"], router["since"])
                for node in (self.one, self.two) for router in node.status()["vrrp"]]
