# SPDX-License-Identifier: Apache-2.0
"""Accept mode (RFC 9568 §6.1, §6.4.3): an address is held and found, and accepts nothing."""

import json
import os
import signal
import socket
import subprocess
import time

import pytest

from lab.daemon import Holdfast, binaries, configuration, instance
from lab.netns import in_namespace, wait_until

VIP, OTHER = "192.0.2.10", "192.0.2.11"
LINK_LOCAL, GLOBAL = "fe80::51", "2001:db8::10"
PORT = 8080

pytestmark = pytest.mark.usefixtures("a_packet_filter")


def tables(host):
    shown = json.loads(host.run("nft", "-j", "list", "tables").stdout)["nftables"]
    return {(entry["table"]["family"], entry["table"]["name"])
            for entry in shown if "table" in entry}


def has_table(host):
    return ("inet", "holdfast") in tables(host)


def dropped(host):
    """The addresses in the sets of our table, or None while there is no such table."""
    listed = host.run("nft", "-j", "list", "table", "inet", "holdfast", check=False)
    if listed.returncode != 0:
        return None
    found = set()
    for entry in json.loads(listed.stdout)["nftables"]:
        for element in entry.get("set", {}).get("elem", []):
            found.add(tuple(element["concat"]) if isinstance(element, dict) else element)
    return found


def connects(client, address, scope=None):
    """Whether a TCP connection comes about. A port that is shut says nothing at all."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    place = (address, PORT)
    if scope:
        place = (address, PORT, 0, in_namespace(client.namespace,
                                                lambda: socket.if_nametoindex(scope)))
    with in_namespace(client.namespace, lambda: socket.socket(family)) as made:
        made.settimeout(0.5)
        try:
            made.connect(place)
        except TimeoutError:
            return False
    return True


def neighbour(client, address):
    shown = json.loads(client.ip("-j", "neighbour", "show", "to", address, "dev", "eth0").stdout)
    return shown[0].get("lladdr") if shown else None


def never_answered(silent, witness, since, echoes=20):
    """Of `silent` none was answered, though many were sent before one that `witness` got back."""
    wait_until(lambda: silent.count(since=since).sent >= echoes, 5, "echoes")
    witness.wait_for_answer(5, since=time.time())
    counted = silent.count(since=since)
    return counted.sent == counted.unanswered


def test_the_address_is_found_and_accepts_nothing(pair):
    pair.start(accept=False)
    pair.lab.listener(pair.node1, PORT)
    began = time.time()
    silent = pair.lab.echo(pair.client, VIP)
    witness = pair.lab.echo(pair.client, pair.node1.address)
    assert never_answered(silent, witness, began)
    assert neighbour(pair.client, VIP) == pair.node1.mac, "ARP is answered"
    assert not connects(pair.client, VIP)
    assert connects(pair.client, pair.node1.address)
    assert pair.node1.has_address(VIP)
    assert dropped(pair.node1) == {VIP}
    assert dropped(pair.node2) == set(), "a backup has nothing to drop"
    # An heir is as silent.
    pair.node1.die()
    pair.two.wait_for_state("web", "MASTER", 5)
    witness = pair.lab.echo(pair.client, pair.node2.address)
    assert never_answered(silent, witness, began)
    assert dropped(pair.node2) == {VIP}


def test_other_addresses_of_the_node_are_none_of_its_business(pair):
    pair.one = Holdfast(pair.node1, configuration(
        instance(accept=False), instance("open", 52, f"{OTHER}/24")))
    for name in ("web", "open"):
        pair.one.wait_for_state(name, "MASTER", 10)
    began = time.time()
    witness = pair.lab.echo(pair.client, OTHER)
    assert never_answered(pair.lab.echo(pair.client, VIP), witness, began)
    # And so are their networks: what is forwarded passes.
    assert dropped(pair.node1) == {VIP}


@pytest.fixture
def pair6(pair):
    for number, host in enumerate((pair.node1, pair.node2, pair.client), 1):
        host.ip("address", "add", f"2001:db8::{number}/64", "dev", "eth0", "nodad")
        host.link_local()
    return pair


def await_neighbour(client, address, mac):
    wait_until(lambda: neighbour(client, address) == mac, 5, f"{address} at {mac}")


@pytest.mark.parametrize("options", [{}, {"virtual_mac": True}])
def test_ipv6_neighbours_are_found(pair6, options):
    pair6.start_one(accept=False, addresses=[f"{LINK_LOCAL}/64", f"{GLOBAL}/64"], **options)
    device = "vrrp6.51" if options else "eth0"
    mac = "00:00:5e:00:02:33" if options else pair6.node1.mac
    assert dropped(pair6.node1) == {GLOBAL, (device, LINK_LOCAL)}
    # What the announcements said is forgotten: it takes a solicitation and its answer.
    pair6.client.ip("neighbour", "flush", "all")
    began = time.time()
    silent = pair6.lab.echo(pair6.client, GLOBAL)
    witness = pair6.lab.echo(pair6.client, "2001:db8::1")
    assert never_answered(silent, witness, began)
    await_neighbour(pair6.client, GLOBAL, mac)
    assert not connects(pair6.client, LINK_LOCAL, scope="eth0")
    await_neighbour(pair6.client, LINK_LOCAL, mac)


def test_a_link_local_address_within_a_vrf(pair6):
    try:
        pair6.node1.ip("link", "add", "red", "type", "vrf", "table", "10")
    except RuntimeError as error:
        pytest.skip(f"no VRF in this kernel: {error}")
    pair6.node1.ip("link", "set", "red", "up")
    pair6.node1.ip("link", "set", "eth0", "master", "red")
    own = pair6.node1.link_local()
    server = in_namespace(pair6.node1.namespace, lambda: vrf_server("red"))
    try:
        pair6.start_one(accept=False, addresses=[f"{LINK_LOCAL}/64"])
        assert connects(pair6.client, own, scope="eth0")
        assert not connects(pair6.client, LINK_LOCAL, scope="eth0")
        await_neighbour(pair6.client, LINK_LOCAL, pair6.node1.mac)
    finally:
        server.close()


def vrf_server(vrf):
    server = socket.socket(socket.AF_INET6)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, vrf.encode())
    server.bind(("::", PORT))
    server.listen(16)
    return server


@pytest.mark.sanitized
def test_a_killed_worker_opens_nothing(pair):
    pair.start(accept=False, advert_interval="1s")
    before = pair.standing()
    began = time.time()
    silent = pair.lab.echo(pair.client, VIP, every=0.002)
    witness = pair.lab.echo(pair.client, pair.node1.address)
    for _ in range(3):
        pid = pair.one.worker_pid("vrrp-worker")
        os.kill(pid, signal.SIGKILL)
        pair.one.wait_for_new_worker("vrrp-worker", pid, 10)
        pair.wire.wait_for_advert(5, source=pair.node1.address, since=time.time())
    assert never_answered(silent, witness, began)
    assert dropped(pair.node1) == {VIP} and pair.standing() == before
    assert pair.one.stop() == 0
    assert not has_table(pair.node1)


def die_at_once(node, host):
    """Every process of a node, without a last word."""
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for pid in host.pids():
            os.kill(pid, number)
    node.wait(5)
    wait_until(lambda: host.pids() == [], 5, f"every process of {host.name} ends")


def test_what_a_killed_node_left_is_reconciled(pair):
    pair.start_one(accept=False, addresses=[f"{VIP}/24", f"{OTHER}/24"])
    assert dropped(pair.node1) == {VIP, OTHER}
    die_at_once(pair.one, pair.node1)
    assert dropped(pair.node1) == {VIP, OTHER}
    pair.start_one(accept=False)
    assert dropped(pair.node1) == {VIP}
    die_at_once(pair.one, pair.node1)
    pair.start_one()
    assert not has_table(pair.node1), "nobody wants it"


def test_release_clears_what_a_killed_node_left(pair):
    pair.start_one(accept=False)
    pair.node1.run("nft", "add", "table", "inet", "another")
    die_at_once(pair.one, pair.node1)
    said = pair.node1.run(binaries() / "holdfast-vrrp-worker", "--release").stdout
    assert "removed the nftables table inet holdfast" in said
    assert tables(pair.node1) == {("inet", "another")} and not pair.node1.has_address(VIP)
    said = pair.node1.run(binaries() / "holdfast-vrrp-worker", "--release").stdout
    assert said == ""


def test_a_reload_flips_it_and_a_stop_removes_it(pair):
    pair.start_one(accept=False)
    before = pair.one.router()["since"]
    echo = pair.lab.echo(pair.client, VIP)
    witness = pair.lab.echo(pair.client, pair.node1.address)
    assert never_answered(echo, witness, 0)
    entry = {"priority": 150, "advert_interval": "100ms"}
    pair.one.reload(configuration(instance(**entry, accept=True)))
    echo.wait_for_answer(5)
    wait_until(lambda: not has_table(pair.node1), 5, "nobody wants the table")
    pair.one.reload(configuration(instance(**entry, accept=False)))
    wait_until(lambda: dropped(pair.node1) == {VIP}, 5, "the address is shut again")
    assert never_answered(echo, witness, time.time())
    assert pair.one.router()["since"] == before
    assert pair.one.stop() == 0
    assert tables(pair.node1) == set() and not pair.node1.has_address(VIP)


def test_a_flushed_ruleset_comes_back(pair):
    """What `systemctl reload nftables` does."""
    pair.start_one(accept=False)
    pair.node1.run("nft", "flush", "ruleset")
    wait_until(lambda: dropped(pair.node1) == {VIP}, 2, "the table is back")
    witness = pair.lab.echo(pair.client, pair.node1.address)
    assert never_answered(pair.lab.echo(pair.client, VIP), witness, time.time())
    pair.node1.run("nft", "delete", "element", "inet", "holdfast", "ipv4", f"{{ {VIP} }}")
    wait_until(lambda: dropped(pair.node1) == {VIP}, 2, "the address is back in its set")
    assert pair.one.log().count("was changed by somebody else") == 2
    assert pair.one.state() == "MASTER"


def test_without_a_packet_filter_it_is_a_fault(pair):
    """A table of our name that its owner, another program, does not let us touch."""
    command = pair.node1.command("nft", "--interactive")
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as owner:
        owner.stdin.write(b"add table inet holdfast { flags owner; }\n")
        owner.stdin.flush()
        wait_until(lambda: has_table(pair.node1), 5, "the table of another program")
        pair.one = Holdfast(pair.node1, configuration(
            instance(accept=False), instance("open", 52, f"{OTHER}/24")))
        pair.one.wait_for_state("web", "FAULT", 10)
        assert "accept: false cannot be had" in pair.one.router()["reason"]
        pair.one.wait_for_state("open", "MASTER", 10)
        assert not pair.node1.has_address(VIP)
        assert pair.one.log().count("error") == 1, pair.one.log()
        owner.stdin.close()
        owner.wait(5)
    pair.one.wait_for_state("web", "MASTER", 15)
    assert dropped(pair.node1) == {VIP}
