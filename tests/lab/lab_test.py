# SPDX-License-Identifier: Apache-2.0
"""The lab itself, and the oracle against keepalived: what other tests rest on."""

import os
import signal
import subprocess
import sys

import pytest

from lab import packets
from lab.asker import Asker
from lab.daemon import Keepalived, to_yaml
from lab.lab import Lab
from lab.netns import LabTimeout
from lab.processors import watching_aside

VIP = "192.0.2.10"


def decode(packet, ethertype=packets.ETHERTYPE_IPV4):
    mac = "02:00:00:00:00:01"
    frame = packets.ethernet(packet, source_mac=mac, destination_mac=mac, ethertype=ethertype)
    return packets.decode(frame, 1.0)


def test_adverts_decode_to_what_was_encoded():
    for form in (packets.PSEUDO_HEADER, packets.MESSAGE_ONLY):
        message = packets.advert_v3(7, 200, [VIP], source="192.0.2.1", interval=0.1, form=form)
        packet = packets.ipv4(message, source="192.0.2.1", ttl=254)
        advert = decode(packet)
        assert (advert.version, advert.vrid, advert.priority, advert.ttl) == (3, 7, 200, 254)
        assert (advert.interval, advert.addresses, advert.form) == (0.1, (VIP,), form)
        broken = packet[:-1] + bytes([packet[-1] ^ 1])
        assert decode(broken).form is None


def test_adverts_over_ipv6_too():
    addresses = ("fe80::51", "2001:db8::10")
    message = packets.advert_v3(7, 200, addresses, source="fe80::1", destination="ff02::12")
    advert = decode(packets.ipv6(message, source="fe80::1", hop_limit=254), packets.ETHERTYPE_IPV6)
    assert (advert.source, advert.destination, advert.ttl) == ("fe80::1", "ff02::12", 254)
    assert (advert.addresses, advert.form) == (addresses, packets.PSEUDO_HEADER)


def test_the_checksum_of_rfc_1071():
    assert packets.internet_checksum(bytes.fromhex("0001f203f4f5f6f7")) == 0xFFFF - 0xDDF2


def test_yaml():
    assert to_yaml({"a": 1, "b": [{"c": True, "d": ["x"]}, "y"], "e": []}) == (
        "a: 1\nb:\n  - c: true\n    d:\n      - x\n  - y\ne: []\n")


def test_keepalived_fails_over_in_the_lab():
    with Lab() as lab:
        node1, node2 = lab.host("node1", "192.0.2.1/24"), lab.host("node2", "192.0.2.2/24")
        client = lab.host("client", "192.0.2.100/24")
        wire = lab.capture(client)
        Keepalived(node1, Keepalived.config(priority=150, interval=0.1))
        advert = wire.wait_for_advert(10, source=node1.address)
        Keepalived(node2, Keepalived.config(priority=100, interval=0.1))
        assert (advert.vrid, advert.priority, advert.addresses) == (51, 150, (VIP,))
        assert advert.form == packets.PSEUDO_HEADER
        wire.wait_for(lambda event: event in wire.announcements(VIP), 5)
        echo = lab.echo(client, VIP)
        echo.wait_for_answer(5)
        assert node1.has_address(VIP) and not node2.has_address(VIP)

        # It has begun to listen once it has been silent for longer than a take-over needs.
        wire.wait_for(lambda event: event.time > advert.time + 2, 5, "two seconds of adverts")
        assert wire.adverts(source=node2.address) == []
        node1.die()
        assert node1.pids() == []
        heir = wire.wait_for_advert(5, source=node2.address)
        last = wire.adverts(source=node1.address)[-1]
        assert 0.3 < heir.time - last.time < 1.5
        echo.wait_for_answer(5, since=heir.time)
        assert echo.count().longest_silence > 0.2

        node1.revive()
        assert node1.addresses() == {"192.0.2.1/24"}


def test_timeouts_say_what_was_awaited():
    with Lab() as lab:
        wire = lab.capture(lab.host("node1", "192.0.2.1/24"))
        with pytest.raises(LabTimeout, match="an advert {'vrid': 9}"):
            wire.wait_for_advert(0.1, vrid=9)


def test_who_watches_aside_leaves_the_daemons_a_processor_of_their_own():
    everywhere = os.sched_getaffinity(0)
    if len(everywhere) < 2:
        pytest.skip("there is one processor")
    with watching_aside(), Lab() as lab:
        node1, client = lab.host("node1", "192.0.2.1/24"), lab.host("client", "192.0.2.100/24")
        wire = lab.capture(client)
        Keepalived(node1, Keepalived.config(interval=0.1))
        wire.wait_for_advert(10, source=node1.address)
        asker = Asker(client, node1.address, 0.001)
        asked = asker.wait_for_answer(10)
        assert asker.wait_for_answer(10, since=asked + 0.1) >= asked + 0.1
        watching = os.sched_getaffinity(0)
        daemons = set().union(*(os.sched_getaffinity(pid) for pid in node1.pids()))
        assert watching.isdisjoint(daemons) and watching | daemons == everywhere
        assert all(os.sched_getaffinity(pid) == watching for pid in client.pids())
        asker.close()
    assert os.sched_getaffinity(0) == everywhere


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_nothing_behind(number):
    program = ("import sys, time; from lab.lab import Lab\n"
               "with Lab() as lab:\n"
               "    host = lab.host('node1', '192.0.2.1/24')\n"
               "    host.start('sleep', '60', log='/dev/null')\n"
               "    print(lab.prefix, lab.directory, flush=True)\n"
               "    time.sleep(60)\n")
    child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True,
                             stderr=subprocess.DEVNULL, cwd=os.path.dirname(__file__) + "/..")
    prefix, directory = child.stdout.readline().split()
    assert os.path.exists(f"/run/netns/{prefix}-node1") and os.path.exists(directory)
    child.send_signal(number)
    assert child.wait(30) != 0
    assert not [name for name in os.listdir("/run/netns") if name.startswith(prefix)]
    assert not os.path.exists(directory)


def test_a_killed_run_is_swept_by_the_next():
    program = ("import sys; from lab.lab import Lab\n"
               "lab = Lab().__enter__()\n"
               "lab.host('node1', '192.0.2.1/24').start('sleep', '60', log='/dev/null')\n"
               "print(lab.prefix, lab.directory, flush=True); sys.stdin.read()\n")
    child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True,
                             stdin=subprocess.PIPE, cwd=os.path.dirname(__file__) + "/..")
    prefix, directory = child.stdout.readline().split()
    child.kill()
    child.wait(5)
    with Lab():
        assert not os.path.exists(f"/run/netns/{prefix}-node1")
        assert not os.path.exists(directory)
