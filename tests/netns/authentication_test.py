# SPDX-License-Identifier: Apache-2.0
"""Signed adverts: how a pair comes to them, and what an attacker can do no longer."""

import os
import signal
import time

import pytest

from lab import packets
from lab.daemon import Holdfast, configuration, instance
from lab.netns import wait_until

SECONDS = 0.1  # the interval of all adverts here
VIP = "192.0.2.10"
STRONG = 254  # would take the address if it were believed
KEYS = {1: bytes(range(32)), 2: bytes(range(100, 148))}


def put_key(node_or_host, key_id, key=None, mode=0o600):
    """Writes a key to a file of the host, and returns its path."""
    path = os.path.join(node_or_host.directory, f"key-{key_id}")
    with open(path, "w", encoding="ascii") as file:
        os.fchmod(file.fileno(), mode)
        file.write(f"hex:{(key or KEYS[key_id]).hex()}\n")
    os.chmod(path, mode)
    return path


def authentication(host, *ids, **options):
    return {"authentication": {**options, "keys": [
        {"id": key_id, "key_file": put_key(host, key_id)} for key_id in ids]}}


class SignedPair:
    """The pair, and how to change one node of it."""

    def __init__(self, pair):
        self.pair = pair
        self.priorities = {"one": 150, "two": 100}

    def __getattr__(self, name):
        return getattr(self.pair, name)

    def entry(self, which, *ids, **options):
        host = self.pair.node1 if which == "one" else self.pair.node2
        signed = authentication(host, *ids, **options) if ids else {}
        return instance(priority=self.priorities[which], advert_interval="100ms", **signed)

    def start(self, *ids, **options):
        self.pair.one = Holdfast(self.pair.node1, configuration(self.entry("one", *ids, **options)))
        self.pair.one.wait_for_state("web", "MASTER", 10)
        self.pair.two = Holdfast(self.pair.node2, configuration(self.entry("two", *ids, **options)))
        self.pair.two.wait_for_state("web", "BACKUP", 5)
        self.pair.wait_quiet()

    def change(self, which, *ids, **options):
        """Reloads one node, and lets two adverts pass."""
        node = getattr(self.pair, which)
        expected = node.generation() + 1
        node.reload(configuration(self.entry(which, *ids, **options)))
        node.wait_for_generation(expected)
        self.let_adverts_pass()

    def let_adverts_pass(self):
        self.pair.wire.wait_for_advert(5, since=time.time() + 2 * SECONDS)

    def assert_calm(self, since, standing):
        """Neither node has changed its state or refused anything, and no advert was late."""
        assert self.pair.standing() == standing
        for node in (self.pair.one, self.pair.two):
            assert sum(node.router()["adverts"]["rejected"].values()) == 0, node.status()
        until = self.pair.wire.adverts()[-1].time
        assert self.pair.wire.longest_gap(since, until, vrid=51) < 2 * SECONDS


@pytest.fixture
def signed(pair):
    return SignedPair(pair)


def unsigned_taken(node):
    return node.router()["adverts"]["unauthenticated"]


def signs(advert):
    return len(advert.trailer) == 28


@pytest.mark.sanitized
def test_a_pair_comes_to_signed_adverts_without_a_gap(signed):
    signed.start()
    since, standing = signed.wire.adverts()[-1].time, signed.standing()
    for mode in ("receive-only", "permissive", "enforce"):
        for which in ("two", "one"):
            signed.change(which, 1, mode=mode)
            signed.assert_calm(since, standing)
    assert signs(signed.wire.adverts()[-1])
    wait_until(lambda: unsigned_taken(signed.two) > 0, 10, "it took unsigned ones on the way")
    before = unsigned_taken(signed.two)
    received = signed.two.router()["adverts"]["received"]
    wait_until(lambda: signed.two.router()["adverts"]["received"] > received, 10, "more of them")
    assert unsigned_taken(signed.two) == before, "all of these were signed"

    for mode in ("permissive", "receive-only"):
        for which in ("one", "two"):
            signed.change(which, 1, mode=mode)
    signed.change("one")
    signed.change("two")
    signed.assert_calm(since, standing)
    assert not signs(signed.wire.adverts()[-1]), "and back"


def test_keys_are_rotated_without_a_gap(signed):
    signed.start(1)
    since, standing = signed.wire.adverts()[-1].time, signed.standing()
    for keys in ((1, 2), (2, 1), (2,)):
        for which in ("one", "two"):
            signed.change(which, *keys)
            signed.assert_calm(since, standing)
    assert signed.wire.adverts()[-1].trailer[2] == 2
    assert signed.one.router()["authentication"] == {"kind": "hmac", "mode": "enforce", "keys": [2]}


def test_a_reload_reads_the_key_files_again(signed):
    signed.start(1)
    for host in (signed.node2, signed.node1):
        put_key(host, 1, KEYS[2])
    for node in (signed.two, signed.one):
        expected = node.generation() + 1
        node.reload()
        node.wait_for_generation(expected)
    advert = signed.wire.wait_for_advert(5, since=time.time() + SECONDS)
    message = advert.payload[:-28]
    made = packets.trailer(message, 1, KEYS[2], source=advert.source,
                           microseconds=int.from_bytes(advert.trailer[4:12], "big"))
    assert advert.trailer == made
    received = signed.two.router()["adverts"]["received"]
    wait_until(lambda: signed.two.router()["adverts"]["received"] > received, 10, "they agree")
    assert signed.two.state() == "BACKUP"


# ---- An attacker on the same network.


def counted(node, reason):
    return node.router()["adverts"]["rejected"].get(reason, 0)


def strong_message(source):
    return packets.advert_v3(51, STRONG, [VIP], source=source, interval=SECONDS)


def forged(key_id, key, source, age=0.0):
    message = strong_message(source)
    return message + packets.trailer(message, key_id, key, source=source,
                                     microseconds=round((time.time() - age) * 1e6))


ATTACKS = {
    "unsigned": strong_message,
    "key": lambda source: forged(7, KEYS[1], source),
    "signature": lambda source: forged(1, KEYS[2], source),
    "stale": lambda source: forged(1, KEYS[1], source, age=60),
    "length": lambda source: forged(1, KEYS[1], source)[:-1],
}


@pytest.mark.sanitized
@pytest.mark.parametrize("reason", ATTACKS)
def test_an_advert_without_the_key_changes_nothing(signed, reason):
    signed.start(1)
    standing = signed.standing()
    sender = signed.lab.sender(signed.client)
    for _ in range(3):
        sender.advert(ATTACKS[reason](signed.client.address))
    for node in (signed.one, signed.two):
        wait_until(lambda node=node: counted(node, reason) == 3, 5,
                   lambda node=node: f"3 counted as {reason}: {node.router()}")
    signed.let_adverts_pass()
    assert signed.standing() == standing
    assert signed.node1.has_address(VIP)


def test_a_replayed_advert_does_not_keep_a_backup_down(signed):
    signed.start(1)
    recorded = signed.wire.adverts(source=signed.node1.address)[-5:]
    standing = signed.standing()
    sender = signed.lab.sender(signed.client)

    def replay():
        for advert in recorded:
            sender.advert(advert.payload, source=signed.node1.address)

    replay()
    wait_until(lambda: counted(signed.two, "replay") == len(recorded), 5,
               lambda: f"all of them counted: {signed.two.router()}")
    assert signed.standing() == standing

    signed.node1.die()
    died = signed.wire.adverts(source=signed.node1.address)[-1].time
    deadline = time.monotonic() + 5
    while not signed.wire.adverts(source=signed.node2.address, since=died):
        assert time.monotonic() < deadline, "the dead node's words kept the backup down"
        replay()
        signed.two.router()  # takes a few milliseconds
    heir = signed.wire.adverts(source=signed.node2.address, since=died)[0]
    assert heir.time - died < 5 * SECONDS


def test_who_holds_the_key_is_believed(signed):
    """The attacks above fail for want of it, and the format is the one that is documented."""
    signed.start(1)
    sender = signed.lab.sender(signed.client)
    sender.advert(forged(1, KEYS[1], signed.client.address))
    wait_until(lambda: signed.client.address in signed.one.router()["reason"], 3, "node1 yields")


def test_a_node_with_another_key_is_refused(signed):
    signed.start(1)
    put_key(signed.node2, 1, KEYS[2])
    signed.two.reload()
    wait_until(lambda: counted(signed.two, "signature") > 2, 5, "node2 refuses node1")
    signed.two.wait_for_state("web", "MASTER", 5)  # it knows no better
    wait_until(lambda: counted(signed.one, "signature") > 2, 5, "node1 refuses node2")
    assert signed.one.state() == "MASTER", "who has the right key is not disturbed"


# ---- Keys.


def test_a_crashed_worker_gets_its_keys_again(signed):
    signed.start(1)
    standing = signed.standing()
    pid = signed.one.worker_pid("vrrp-worker")
    os.kill(pid, signal.SIGKILL)
    signed.one.wait_for_new_worker("vrrp-worker", pid, 5)
    advert = signed.wire.wait_for_advert(5, since=time.time())
    assert signs(advert) and advert.source == signed.node1.address
    signed.let_adverts_pass()
    assert signed.standing() == standing
    assert sum(signed.two.router()["adverts"]["rejected"].values()) == 0


def test_an_open_key_file_is_refused_with_its_place(signed):
    signed.start(1)
    generation = signed.one.generation()
    path = put_key(signed.node1, 1, mode=0o640)
    lines = open(signed.one.config_file, encoding="utf-8").read().splitlines()
    number = next(n for n, line in enumerate(lines, 1) if "key_file" in line)
    place = f"{signed.one.config_file}:{number}:{lines[number - 1].index(path) + 1}: "
    checked = signed.one.ctl("check", signed.one.config_file, check=False)
    assert checked.returncode == 1
    assert checked.stdout.startswith(place) and "is open to others" in checked.stdout
    signed.one.reload()
    wait_until(lambda: place in signed.one.log(), 5, "the refusal in the log")
    assert signed.one.generation() == generation and signed.one.state() == "MASTER"


def test_a_key_may_be_a_credential(pair, tmp_path, monkeypatch):
    (tmp_path / "web-key").write_text(f"hex:{KEYS[1].hex()}\n", encoding="ascii")
    (tmp_path / "web-key").chmod(0o400)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    entry = instance(advert_interval="100ms",
                     authentication={"keys": [{"id": 9, "credential": "web-key"}]})
    node = Holdfast(pair.node1, configuration(entry))
    advert = pair.wire.wait_for_advert(10, source=pair.node1.address)
    assert signs(advert) and advert.trailer[2] == 9
    pair.one = node


def test_keys_show_nowhere(signed):
    signed.start(1)
    for node in (signed.one, signed.two):
        shown = node.log() + node.ctl("status", "--json").stdout + node.ctl("status").stdout
        assert KEYS[1].hex() not in shown and repr(KEYS[1])[2:-1] not in shown
        with open(f"/proc/{node.worker_pid('vrrp-worker')}/cmdline", "rb") as file:
            assert KEYS[1].hex().encode() not in file.read()
