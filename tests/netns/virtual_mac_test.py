# SPDX-License-Identifier: Apache-2.0
"""The addresses of a virtual router at its own MAC address (RFC 9568 §7.3), on a device of ours."""

import json
import os
import signal
import time

import pytest

from lab import packets
from lab.daemon import Holdfast, binaries, configuration, instance
from lab.netns import wait_until

VIP, VIP6 = "192.0.2.10", "fe80::51"
MAC, MAC6 = "00:00:5e:00:01:33", "00:00:5e:00:02:33"
DEVICE, DEVICE6 = "vrrp.51", "vrrp6.51"
BASE_BEFORE = {"arp_ignore": "0", "arp_announce": "0"}


def devices(host):
    return [link["ifname"] for link in json.loads(host.ip("-j", "link").stdout)]


def details(host, device=DEVICE):
    return json.loads(host.ip("-d", "-j", "link", "show", "dev", device).stdout)[0]


def is_up(host, device=DEVICE):
    return "UP" in details(host, device)["flags"]


def settings(host, interface, *names):
    return {name: host.run("sysctl", "-n", f"net/ipv4/conf/{interface}/{name}").stdout.strip()
            for name in names}


def neighbour(host, address):
    shown = json.loads(host.ip("-j", "neighbour", "show", "to", address, "dev", "eth0").stdout)
    return shown[0]["lladdr"] if shown and "lladdr" in shown[0] else None


def liars(wire, address, mac):
    """Whatever said that the address is at another MAC address than this."""
    return [event for event in wire.events
            if isinstance(event, packets.Arp) and event.sender == address
            and event.sender_mac != mac]


def test_adverts_and_answers_carry_the_virtual_mac(pair):
    pair.start(virtual_mac=True)
    advert = pair.wire.adverts(source=pair.node1.address)[-1]
    assert (advert.mac, advert.ttl, advert.addresses) == (MAC, 255, (VIP,))
    assert {seen.mac for seen in pair.wire.adverts()} == {MAC}, "the first of them too"
    assert {seen.mac for seen in pair.wire.announcements(VIP)} == {MAC}
    assert pair.node1.has_address(VIP, DEVICE) and not pair.node1.has_address(VIP)
    # The master's device only may show the address to a switch.
    assert is_up(pair.node1) and not is_up(pair.node2)
    assert details(pair.node2)["address"] == MAC

    pair.lab.echo(pair.client, VIP).wait_for_answer(5)
    assert neighbour(pair.client, VIP) == MAC
    # And the node's own address stays at its own.
    pair.lab.echo(pair.client, pair.node1.address).wait_for_answer(5)
    assert neighbour(pair.client, pair.node1.address) == pair.node1.mac
    assert liars(pair.wire, VIP, MAC) == []
    assert liars(pair.wire, pair.node1.address, pair.node1.mac) == []


def test_the_settings_of_a_device_and_its_base(pair):
    pair.start_one(virtual_mac=True)
    wanted = {"arp_ignore": "1", "arp_announce": "2", "arp_filter": "0", "rp_filter": "2",
              "accept_local": "1", "promote_secondaries": "1"}
    assert settings(pair.node1, DEVICE, *wanted) == wanted
    assert settings(pair.node1, "eth0", *BASE_BEFORE) == {"arp_ignore": "1", "arp_announce": "2"}
    assert details(pair.node1)["inet6_addr_gen_mode"] == "none"
    assert pair.node1.addresses6(DEVICE) == set()
    assert pair.one.stop() == 0
    assert devices(pair.node1) == ["lo", "eth0"]
    assert settings(pair.node1, "eth0", *BASE_BEFORE) == BASE_BEFORE


@pytest.mark.parametrize("planned", [True, False])
def test_a_client_keeps_its_neighbour_across_a_failover(pair, planned):
    pair.start(virtual_mac=True)
    # What a switch and a client learn, nobody has to tell them again.
    pair.client.ip("neighbour", "replace", VIP, "lladdr", MAC, "dev", "eth0", "nud", "permanent")
    echo = pair.lab.echo(pair.client, VIP)
    echo.wait_for_answer(5)
    began = time.time()
    if planned:
        assert pair.one.stop() == 0
    else:
        pair.node1.die()
    heir = pair.wire.wait_for_advert(5, source=pair.node2.address, since=began)
    assert heir.mac == MAC
    echo.wait_for_answer(5, since=heir.time + 0.05)
    pair.two.wait_for_state("web", "MASTER", 5)
    if planned:
        assert echo.count(since=began, until=time.time() - 0.2).unanswered == 0
        assert devices(pair.node1) == ["lo", "eth0"]
    assert liars(pair.wire, VIP, MAC) == []


def test_answers_to_new_neighbours_do_not_move_the_address(pair):
    """The master asks for a client that it does not know, to answer it: by its base, in whose name?"""
    pair.start_one(virtual_mac=True)
    stranger = pair.lab.host("stranger", "192.0.2.101/24")
    pair.lab.echo(stranger, VIP).wait_for_answer(5)
    pair.node1.ip("neighbour", "flush", "all")
    pair.lab.echo(stranger, VIP).wait_for_answer(5)
    assert neighbour(stranger, VIP) == MAC
    assert liars(pair.wire, VIP, MAC) == []


@pytest.mark.sanitized
def test_a_killed_worker_leaves_the_device_and_the_state(pair):
    pair.start(virtual_mac=True, advert_interval="1s")
    before, index = pair.standing(), details(pair.node1)["ifindex"]
    removals = pair.lab.watch_addresses(pair.node1)
    echo = pair.lab.echo(pair.client, VIP)
    echo.wait_for_answer(5)
    began = time.time()
    for _ in range(5):
        pid = pair.one.worker_pid("vrrp-worker")
        os.kill(pid, signal.SIGKILL)
        pair.one.wait_for_new_worker("vrrp-worker", pid, 10)
        pair.wire.wait_for_advert(5, source=pair.node1.address, since=time.time())
    assert details(pair.node1)["ifindex"] == index
    assert pair.standing() == before and removals.removals(VIP) == 0
    assert echo.count(since=began, until=time.time() - 0.2).unanswered == 0
    assert {advert.mac for advert in pair.wire.adverts()} == {MAC}
    # What the base was like before is remembered across all lives.
    assert pair.one.stop() == 0
    assert settings(pair.node1, "eth0", *BASE_BEFORE) == BASE_BEFORE


@pytest.mark.sanitized
def test_a_killed_supervisor_leaves_no_device(pair):
    pair.start(virtual_mac=True)
    os.kill(pair.one.pid, signal.SIGKILL)
    pair.one.wait(5)
    wait_until(lambda: pair.node1.pids() == [], 5, "every process of node1 ends")
    assert devices(pair.node1) == ["lo", "eth0"]
    assert settings(pair.node1, "eth0", *BASE_BEFORE) == BASE_BEFORE
    pair.two.wait_for_state("web", "MASTER", 5)


def test_release_clears_what_a_killed_node_left(pair):
    pair.start_one(virtual_mac=True)
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for pid in pair.node1.pids():
            os.kill(pid, number)
    pair.one.wait(5)
    wait_until(lambda: pair.node1.pids() == [], 5, "every process of node1 ends")
    assert pair.node1.has_address(VIP, DEVICE)
    said = pair.node1.run(binaries() / "holdfast-vrrp-worker", "--release").stdout
    assert f"removed {DEVICE}" in said
    assert devices(pair.node1) == ["lo", "eth0"]
    assert settings(pair.node1, "eth0", *BASE_BEFORE) == BASE_BEFORE


def test_adverts_from_the_base(pair):
    pair.start(virtual_mac={"name": "web0", "adverts_from": "base"})
    assert {advert.mac for advert in pair.wire.adverts()} == {pair.node1.mac}
    assert {seen.mac for seen in pair.wire.announcements(VIP)} == {MAC}
    pair.lab.echo(pair.client, VIP).wait_for_answer(5)
    assert neighbour(pair.client, VIP) == MAC
    assert details(pair.node1, "web0")["address"] == MAC


def test_a_better_router_is_heard_though_it_has_the_same_mac(pair):
    """Its adverts come from the very address that the master's own device has."""
    pair.start_two(virtual_mac=True)
    pair.two.wait_for_state("web", "MASTER", 5)
    pair.start_one(virtual_mac=True)
    pair.two.wait_for_state("web", "BACKUP", 5)
    wait_until(lambda: not is_up(pair.node2), 5, "the loser lets go")
    assert pair.node1.has_address(VIP, DEVICE) and not pair.node2.has_address(VIP, DEVICE)


def test_a_device_that_somebody_removes_comes_back(pair):
    pair.start(virtual_mac=True)
    before, index = pair.standing(), details(pair.node1)["ifindex"]
    removed = time.time()
    pair.node1.ip("link", "delete", DEVICE)
    wait_until(lambda: pair.node1.has_address(VIP, DEVICE) if DEVICE in devices(pair.node1)
               else False, 2, "the device is back")
    pair.wire.wait_for(lambda event: event in pair.wire.announcements(VIP), 5, "an announcement",
                       since=removed)
    pair.wire.wait_for_advert(5, source=pair.node1.address, since=time.time(), mac=MAC)
    assert details(pair.node1)["ifindex"] != index
    assert pair.standing() == before


def test_somebody_elses_interface_of_that_name_is_left_alone(pair):
    pair.node1.ip("link", "add", DEVICE, "type", "bridge")
    pair.one = Holdfast(pair.node1, configuration(instance(virtual_mac=True,
                                                           advert_interval="100ms")))
    pair.one.wait_for_state("web", "FAULT", 5)
    assert DEVICE in pair.one.router()["reason"]
    assert details(pair.node1)["linkinfo"]["info_kind"] == "bridge"
    pair.node1.ip("link", "delete", DEVICE)
    pair.one.wait_for_state("web", "MASTER", 15)
    assert pair.node1.has_address(VIP, DEVICE)


def test_a_reload_moves_the_addresses_onto_a_device_and_back(pair):
    pair.start()
    for options, device, mac in (({"virtual_mac": True}, DEVICE, MAC),
                                 ({}, "eth0", pair.node1.mac)):
        moved = time.time()
        pair.one.reload(configuration(instance(priority=150, advert_interval="100ms", **options)))
        wait_until(lambda: device in devices(pair.node1) and pair.node1.has_address(VIP, device), 5,
                   f"the address is on {device}")
        pair.wire.wait_for(lambda event: event in pair.wire.announcements(VIP) and event.mac == mac,
                           5, "an announcement", since=moved)
        pair.wire.wait_for_advert(5, source=pair.node1.address, since=time.time(), mac=mac)
        assert pair.one.state() == "MASTER" and pair.two.state() == "BACKUP"
    assert devices(pair.node1) == ["lo", "eth0"]
    assert settings(pair.node1, "eth0", *BASE_BEFORE) == BASE_BEFORE


def test_an_ipv6_router(pair):
    source = pair.node1.link_local()
    pair.node2.link_local()
    router = {"virtual_mac": True, "addresses": [f"{VIP6}/64", "2001:db8::10/64"]}
    pair.start_one(**router)
    pair.start_two(**router)
    pair.two.wait_for_state("web", "BACKUP", 5)
    advert = pair.wire.wait_for_advert(5, since=time.time())
    assert (advert.mac, advert.source) == (MAC6, source)
    assert pair.node1.has_address(VIP6, DEVICE6)
    client = pair.client.ip("address", "add", "2001:db8::100/64", "dev", "eth0", "nodad")
    assert client.returncode == 0
    echo = pair.lab.echo(pair.client, "2001:db8::10")
    echo.wait_for_answer(5)
    assert neighbour(pair.client, "2001:db8::10") == MAC6
    began = time.time()
    assert pair.one.stop() == 0
    pair.two.wait_for_state("web", "MASTER", 5)
    echo.wait_for_answer(5, since=time.time())
    assert echo.count(since=began, until=time.time() - 0.2).unanswered == 0
    assert neighbour(pair.client, "2001:db8::10") == MAC6
