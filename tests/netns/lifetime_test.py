# SPDX-License-Identifier: Apache-2.0
"""The kernel as dead man's switch: addresses end by themselves when nobody of ours renews them."""

import json
import os
import re
import signal
import time

import pytest

from lab.daemon import Holdfast, configuration, instance
from lab.netns import wait_until
from lab.recorder import AddressLog

pytestmark = pytest.mark.alone  # What is measured is who is first.

VIP = "192.0.2.10"
VIP6 = "2001:db8::10"


def send_all(host, number):
    """To every process of ours on a host; new ones do not come meanwhile."""
    for pid in host.pids():
        with open(f"/proc/{pid}/comm", encoding="utf-8") as comm:
            if comm.read().startswith("holdfast"):
                os.kill(pid, number)


def lifetimes(host, address):
    shown = json.loads(host.ip("-j", "address", "show", "dev", "eth0").stdout)
    return [entry["valid_life_time"] for link in shown for entry in link["addr_info"]
            if entry["local"] == address]


def log_of(host):
    return host.lab.closing(AddressLog(host))


def start(pair, **options):
    """With an IPv4 and an IPv6 address, at an interval of a second."""
    pair.start({"excluded_addresses": [VIP6]}, {"excluded_addresses": [VIP6]},
               advert_interval="1s", **options)


def test_addresses_have_an_end_that_is_put_off(pair):
    start(pair)
    seen = set()
    for _ in range(30):
        for address in (VIP, VIP6):
            seen.update(lifetimes(pair.node1, address))
        time.sleep(0.1)
    assert seen <= {1, 2} and pair.node1.has_address(VIP) and pair.node1.has_address(VIP6)
    assert "removed" not in pair.one.log()
    assert pair.one.stop() == 0
    assert not pair.node1.has_address(VIP) and not pair.node1.has_address(VIP6)


@pytest.mark.parametrize("number", [signal.SIGSTOP, signal.SIGKILL])
@pytest.mark.parametrize("after", [0.05, 0.95])
def test_no_instant_with_two_holders(pair, number, after):
    """Everything of a master stops at once, soon after an advert or long after it."""
    start(pair)
    logs = {host: log_of(host) for host in (pair.node1, pair.node2)}
    advert = pair.wire.wait_for_advert(5, source=pair.node1.address, since=time.time())
    time.sleep(max(0, advert.time + after - time.time()))
    if number == signal.SIGKILL:
        send_all(pair.node1, signal.SIGSTOP)  # so that none sees another die
    send_all(pair.node1, number)
    pair.two.wait_for_state("web", "MASTER", 8)
    pair.node1.wait_without(VIP)
    pair.node1.wait_without(VIP6)
    for address in (VIP, VIP6):
        lost = logs[pair.node1].lost(address)[-1]
        gained = logs[pair.node2].gained_address(address)[0]
        print(f"{address}: lost {advert.time - lost:+.3f} s, gained {advert.time - gained:+.3f} s")
        assert lost < gained
    if number == signal.SIGKILL:
        return
    back = time.time()
    send_all(pair.node1, signal.SIGCONT)
    # It preempts, as it is better: it takes the address back from a peer that it has heard.
    pair.two.wait_for_state("web", "BACKUP", 8)
    pair.one.wait_for_state("web", "MASTER", 8)
    pair.node1.has_address(VIP)
    assert "by somebody else" not in pair.one.log()
    assert pair.wire.adverts(source=pair.node2.address, since=back + 1) == []


def test_who_was_paused_does_not_take_back(pair):
    start(pair, preempt=False)
    send_all(pair.node1, signal.SIGSTOP)
    pair.two.wait_for_state("web", "MASTER", 8)
    pair.node1.wait_without(VIP)
    log = log_of(pair.node1)
    send_all(pair.node1, signal.SIGCONT)
    pair.one.wait_for_state("web", "BACKUP", 5)
    assert log.gained_address(VIP) == []
    assert pair.two.state() == "MASTER" and pair.node2.has_address(VIP)


def test_a_lone_node_that_was_paused_puts_back_what_the_kernel_ended(pair):
    pair.start_one(advert_interval="1s")
    send_all(pair.node1, signal.SIGSTOP)
    pair.node1.wait_without(VIP, timeout=5)
    send_all(pair.node1, signal.SIGCONT)
    wait_until(lambda: pair.node1.has_address(VIP), 3, "the address is back")
    assert pair.one.state() == "MASTER"
    wait_until(lambda: re.search("stopped for so long", pair.one.log()), 3, "a word about it")
    assert "by somebody else" not in pair.one.log()


def test_a_hung_worker_is_replaced_before_the_kernel_lets_go(pair):
    start(pair)
    removals = pair.lab.watch_addresses(pair.node1)
    for _ in range(3):
        pid = pair.one.worker_pid("vrrp-worker")
        os.kill(pid, signal.SIGSTOP)
        pair.one.wait_for_new_worker("vrrp-worker", pid, 5)
    assert removals.removals(VIP) == 0 and pair.one.state() == "MASTER"


def test_off_and_on_by_a_reload(pair):
    forever = 2 ** 32 - 1
    pair.start_one({"address_lifetime": "off"})
    assert lifetimes(pair.node1, VIP) == [forever]
    entry = {"priority": 150, "advert_interval": "100ms"}
    for lifetime, expected in (("30s", {29, 30}), ("off", {forever}), ("auto", {0, 1})):
        config = configuration(instance(**entry), vrrp={"address_lifetime": lifetime})
        pair.one.reload(config)
        wait_until(lambda: set(lifetimes(pair.node1, VIP)) <= expected, 5, f"{lifetime} holds")
    assert pair.one.state() == "MASTER"


@pytest.mark.parametrize("family, count", [("4", 1000), ("6", 250)])
def test_what_it_costs(pair, family, count):
    addresses = [f"192.0.{10 + i // 250}.{1 + i % 250}/32" if family == "4"
                 else f"2001:db8:1::{i + 1:x}/128" for i in range(count)]
    from lab.recorder import processes, usage
    shares = {}
    for lifetime in ("off", "auto"):
        entry = instance(advert_interval="1s", excluded_addresses=addresses, priority=150,
                         address_lifetime=lifetime)
        pair.one = Holdfast(pair.node1, configuration(entry))
        pair.one.wait_for_state("web", "MASTER", 10)
        pids = processes(pair.node1, "holdfast-vrrp")
        time.sleep(1)
        before, began = usage(pids)[0], time.time()
        time.sleep(4)
        shares[lifetime] = (usage(pids)[0] - before) / (time.time() - began)
        assert "removed" not in pair.one.log()
        pair.one.stop()
    print(", ".join(f"{lifetime}: {share:.1%} of a CPU" for lifetime, share in shares.items()))
    assert shares["auto"] < 0.2
