# SPDX-License-Identifier: Apache-2.0
"""What is not TCP over IPv4: UDP, SCTP and IPv6; and the tunnels that the other tests do not use."""

import os
import socket

import pytest

from lab.daemon import Holdfast
from lab.farm import CHECK, SPEED, UDP_SERVER, VIP, VIP6, Farm, UdpClient
from lab.netns import in_namespace, wait_until

BESIDE = {"tcp": {}, "port": 80, **SPEED}  # a server is healthy while its nginx runs

SCTP_SERVER = """
import socket, sys
server = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_SCTP)
server.bind(("", 5000))
server.listen()
while True:
    client, _ = server.accept()
    client.sendall(sys.argv[1].encode())
    client.close()
"""


def start(farm, port=None, **options):
    """`port`: another than nginx's."""
    config = farm.configuration(**options)
    for one in config["virtual_servers"][0]["real_servers"]:
        if port:
            one["address"] = one["address"].replace(":80", f":{port}")
    farm.daemons.append(Holdfast(farm.directors[0], farm.of(0, config)))
    farm.daemons[0].wait_for_state("web", "MASTER", 20)
    wait_for_servers(farm, 3)


def wait_for_servers(farm, count):
    wait_until(lambda: sum(" -r " in line for line in farm.table()) == count, 20,
               lambda: farm.daemons[0].log()[-3000:])


def test_udp(lab):
    farm = Farm(lab)
    for server in farm.servers:
        server.start("python3", "-c", UDP_SERVER, server.name, log=os.devnull)
    start(farm, 53, address=f"{VIP}:53", protocol="udp", check=BESIDE)

    def asked():
        names = []
        for _ in range(3):
            with UdpClient(farm.client) as one:
                names.append(one.ask())
        return sorted(str(name) for name in names)

    wait_until(lambda: asked() == ["s1", "s2", "s3"], 10, asked)
    farm.servers[0].nginx.stop()
    wait_for_servers(farm, 2)
    assert set(asked()) == {"s2", "s3"}


def test_sctp(lab):
    farm = Farm(lab)
    for server in farm.servers:
        server.start("python3", "-c", SCTP_SERVER, server.name, log=os.devnull)
    start(farm, 5000, address=f"{VIP}:5000", protocol="sctp", check=BESIDE)

    def ask():
        with in_namespace(farm.client.namespace, lambda: socket.socket(
                socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_SCTP)) as one:
            one.settimeout(5)
            one.connect((VIP, 5000))
            return one.recv(100).decode()

    def asked():
        try:
            return sorted(ask() for _ in range(3))
        except OSError as error:  # a server that does not listen yet
            return error

    wait_until(lambda: asked() == ["s1", "s2", "s3"], 20, asked, every=0.2)


def test_ipv6(lab):
    farm = Farm(lab)
    servers = [f"'[{address}]:80'" for address in farm.with_ipv6()]
    start(farm, address=f"'[{VIP6}]:8080'", check=CHECK, real_servers=servers)
    assert sorted(farm.ask6(8080) for _ in range(6)) == ["s1", "s1", "s2", "s2", "s3", "s3"]


@pytest.mark.parametrize("forwarding", ("gre", "gue"))
def test_tunnels(lab, forwarding):
    farm = Farm(lab, forwarding=forwarding)
    farm.start()
    assert farm.spread(6) == {"s1": 2, "s2": 2, "s3": 2}
