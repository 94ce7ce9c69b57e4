# SPDX-License-Identifier: Apache-2.0
"""docs/migration.md, followed to the letter: a pair of keepalived becomes one of Holdfast."""

import re
import time

from lab.daemon import Holdfast, Keepalived, binaries
from lab.netns import run, wait_until

ADDRESSES = ("192.0.2.10/24", "192.0.2.11/24", "192.0.2.12/24")
# What most keepalived pairs run: version 2, a second, a password.
PASSWORD = ("authentication {", "  auth_type PASS", "  auth_pass s3cret", "}")
# A client sends to each address this often, and of the some thousand echoes it may miss so many.
EVERY = 0.01
UNANSWERED_MAX = 20


def before(priority):
    held = "\n".join(("", *ADDRESSES, ""))
    return Keepalived.config(priority=priority, addresses=(held,), version=2, lines=PASSWORD)


def after(keepalived, priority=None):
    """What the guide makes of a node's file: imported, and with another priority for a time."""
    done = run(binaries() / "holdfastctl", "import", keepalived.config_file)
    assert " 0 reported, 0 unknown" in done.stderr, done.stderr
    was = re.search(r"^ +priority: (\d+)$", done.stdout, re.MULTILINE)[0]
    return done.stdout.replace(was, re.sub(r"\d+", str(priority), was)) if priority else done.stdout


class Site:
    """Two nodes that share three addresses, and a client that never stops asking for them."""

    def __init__(self, lab):
        self.lb1 = lab.host("lb1", "192.0.2.1/24")
        self.lb2 = lab.host("lb2", "192.0.2.2/24")
        self.client = lab.host("client", "192.0.2.100/24")
        self.wire = lab.capture(self.client)
        self.old1 = Keepalived(self.lb1, before(150))
        self.wait_until_held_by(self.lb1)
        self.old2 = Keepalived(self.lb2, before(100))
        self.echoes = [lab.echo(self.client, address.split("/")[0], EVERY)
                       for address in ADDRESSES]
        for echo in self.echoes:
            echo.wait_for_answer(5)
        self.began = time.time()

    def held(self, host):
        return [address in host.addresses() for address in ADDRESSES]

    def wait_until_held_by(self, host):
        """All addresses are on `host`, and none on the other."""
        other = self.lb2 if host is self.lb1 else self.lb1
        wait_until(lambda: all(self.held(host)) and not any(self.held(other)), 15,
                   f"{', '.join(ADDRESSES)} on {host.name} alone")

    def wait_for_advert(self, host):
        """Until another of the master's is on the wire: whoever listens has heard it."""
        self.wire.wait_for_advert(5, since=time.time(), source=host.address)


def test_a_keepalived_pair_becomes_a_holdfast_pair_one_node_at_a_time(lab):
    site = Site(lab)
    site.wait_for_advert(site.lb1)

    # 1. The node that holds nothing.
    assert site.old2.stop() == 0
    new2 = Holdfast(site.lb2, after(site.old2))
    new2.wait_for_state("web", "BACKUP", 10)
    site.wait_for_advert(site.lb1)
    assert site.held(site.lb1) == [True] * 3 and site.held(site.lb2) == [False] * 3

    # 2. It takes the addresses over from keepalived, by a better priority.
    new2.reload(after(site.old2, 200))
    new2.wait_for_state("web", "MASTER", 15)
    site.wait_until_held_by(site.lb2)

    # 3. The other node, which holds nothing now.
    assert site.old1.stop() == 0
    new1 = Holdfast(site.lb1, after(site.old1))
    new1.wait_for_state("web", "BACKUP", 10)
    site.wait_for_advert(site.lb2)

    # 4. Back to where they were.
    new2.reload(after(site.old2))
    new1.wait_for_state("web", "MASTER", 15)
    new2.wait_for_state("web", "BACKUP", 10)
    site.wait_until_held_by(site.lb1)
    site.wait_for_advert(site.lb1)

    until = time.time() - 0.5  # later echoes may still be under way
    counts = [echo.count(site.began, until) for echo in site.echoes]
    print("\n" + "\n".join(f"{address}: {count.sent} echoes, {count.unanswered} unanswered"
                           for address, count in zip(ADDRESSES, counts)))
    for count in counts:
        assert count.sent > 100 and count.unanswered <= UNANSWERED_MAX, counts
    # Nobody refused what the other said.
    for daemon in (new1, new2):
        assert not any(daemon.router()["adverts"]["rejected"].values()), daemon.router()
