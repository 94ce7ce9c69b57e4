# SPDX-License-Identifier: Apache-2.0
"""Many virtual routers, and many addresses, that move at once. bench/scale.py has more of both."""

import time

import pytest

from lab.daemon import Holdfast, configuration, instance
from lab.netns import wait_until

pytestmark = pytest.mark.alone

ROUTERS = 255
ADDRESSES = 300
IN_ADVERTS = 200


def routers(priority):
    return configuration(*(instance(f"router{vrid}", vrid, f"10.0.0.{vrid}/32", priority=priority)
                           for vrid in range(1, ROUTERS + 1)))


def states(node):
    return [router["state"] for router in (node.try_status() or {"vrrp": []})["vrrp"]]


def wait_for_all(node, state, timeout):
    wait_until(lambda: states(node) == [state] * ROUTERS, timeout,
               lambda: f"all {state}, log:\n{node.log()[-1000:]}", every=0.1)


def held(host):
    return {address for address in host.addresses() if address.startswith("10.")}


def test_all_virtual_routers_of_a_link_move_together(pair):
    pair.one = Holdfast(pair.node1, routers(150))
    wait_for_all(pair.one, "MASTER", 15)
    pair.two = Holdfast(pair.node2, routers(100))
    wait_for_all(pair.two, "BACKUP", 10)
    recorder = pair.record()
    time.sleep(1.2)  # each has sent an advert that is on record
    pair.node1.die()
    wait_for_all(pair.two, "MASTER", 15)
    wait_until(lambda: len(held(pair.node2)) == ROUTERS, 5, "every address on node2")
    last, first, announced = {}, {}, set()
    for event in recorder.drain():
        source = getattr(event, "source", None)
        if source == pair.node1.address:
            last[event.vrid] = event.time
        elif source == pair.node2.address:
            first.setdefault(event.vrid, event.time)
        elif getattr(event, "gratuitous", False) and event.mac == pair.node2.mac:
            announced.add(event.sender)
    assert len(first) == ROUTERS and len(announced) == ROUTERS
    limit = 3 + (256 - 100) / 256
    over = [first[vrid] - last[vrid] - limit for vrid in first]
    assert -0.01 < min(over) and max(over) < 0.5, f"{min(over):.3f} .. {max(over):.3f} s"
    workers = {worker["name"]: worker["restarts"] for worker in pair.two.status()["workers"]}
    assert workers == dict.fromkeys(workers, 0)
    assert pair.two.stop() == 0
    assert not held(pair.node2)


def test_hundreds_of_addresses_of_one_router_move_together(pair):
    addresses = [f"10.0.{number // 250}.{number % 250 + 1}/32" for number in range(ADDRESSES)]
    pair.start(addresses=addresses[:IN_ADVERTS], excluded_addresses=addresses[IN_ADVERTS:])
    assert held(pair.node1) == set(addresses)
    pair.node1.die()
    heir = pair.wire.wait_for_advert(5, source=pair.node2.address)
    wanted = {address.split("/")[0] for address in addresses}
    wait_until(lambda: wanted <= {event.sender for event in
                                  pair.wire.announcements(since=heir.time)}, 5,
               "every address announced")
    wait_until(lambda: held(pair.node2) == set(addresses), 5, "every address on node2")
    assert pair.two.stop() == 0
    assert not held(pair.node2)
