# SPDX-License-Identifier: Apache-2.0
"""What holds of load balancing whatever in the kernel does it; each claim is of a Farm."""

import os
import re
import signal
import time
from contextlib import nullcontext

from .farm import HEALTH, VIP
from .netlink_writes import NetlinkWrites, NftChanges
from .netns import wait_until


def a_client_keeps_its_server(farm, scheduler):
    farm.use(scheduler=scheduler, weights=[10, 10, 10])
    before = {source: farm.ask(source) for source in farm.sources}
    assert set(before.values()) == {"s1", "s2", "s3"}
    assert {source: farm.ask(source) for source in farm.sources} == before


def mh_moves_few_clients_when_a_server_dies(farm):
    farm.use(scheduler="mh", weights=[10, 10, 10])
    before = {source: farm.ask(source) for source in farm.sources}
    farm.servers[0].nginx.stop()
    farm.wait_for_servers({"s2", "s3"})
    stay = [source for source in farm.sources if before[source] != "s1"]
    moved = [source for source in stay if farm.ask(source) != before[source]]
    assert len(moved) <= len(stay) / 5


def a_drained_server_costs_no_request(farm, settles):
    """`settles`: seconds until no new connection may come to the server."""
    farm.start()
    server = farm.servers[0]
    with farm.connection() as held:
        while held.ask() != "s1":  # it is one of the next that s1 gets
            held.close()
            held = farm.connection()
        load = farm.load()
        load.wait_for(50)
        farm.daemons[0].ctl("server", "drain", "web", f"{server.address}:80")
        farm.wait_for_servers({"s2", "s3"})
        drained = time.monotonic()
        load.wait_for(50)
        assert held.ask() == "s1"
    server.nginx.stop()
    load.wait_for(100)
    load.close()
    assert load.errors == []
    assert load.servers_since(drained + settles) == {"s2", "s3"}


def a_sorry_server_answers_while_there_is_no_quorum(farm):
    *real, sorry = farm.servers
    farm.start(farm.configuration(
        check=HEALTH, quorum=2, sorry_server=f"{sorry.address}:80",
        real_servers=[{"address": f"{host.address}:80"} for host in real]), names={"s1", "s2"})
    assert farm.spread(4) == {"s1": 2, "s2": 2}
    farm.health(real[0], False)
    farm.wait_for_servers({"s3"})
    assert farm.spread(3) == {"s3": 3}
    farm.health(real[0], True)
    farm.wait_for_servers({"s1", "s2"})
    assert farm.spread(4) == {"s1": 2, "s2": 2}


def begin_anew_and_reload(farm, config):
    """What changes nothing: a balance-worker that dies, and the same configuration again."""
    daemon = farm.daemons[0]
    pid = daemon.worker_pid("balance-worker")
    os.kill(pid, signal.SIGKILL)
    daemon.wait_for_new_worker("balance-worker", pid, 20)
    generation = daemon.generation()
    daemon.reload(farm.of(0, config))
    daemon.wait_for_generation(generation + 1)


def a_stop_that_keeps_the_table_leaves_it_to_serve(farm):
    """Once, by `stop --keep`: the addresses are handed over all the same; the next life finds its
    table right, and a plain `stop` empties it."""
    director = farm.directors[0]
    empty = farm.table()
    farm.start()
    farm.spread(2)
    daemon, before = farm.daemons[0], farm.table()
    assert before != empty
    daemon.ctl("stop", "--keep")
    assert daemon.wait(10) == 0
    assert farm.table() == before
    assert VIP not in director.run("ip", "-brief", "address").stdout
    watch = NetlinkWrites if farm.backend == "ipvs" else NftChanges
    with watch(director) as writes:
        daemon.start()
        daemon.wait_for_state("web", "MASTER", 20)
        assert farm.table() == before
        assert writes.seen() == []
    farm.spread(2)
    daemon.ctl("stop")
    assert daemon.wait(10) == 0
    assert farm.table() == empty


# ---- Groups of addresses.

GROUP = [f"198.18.{number}.0-255:80" for number in range(8)]  # a /21, routed to the director
MARKS = "holdfast-marks"


def thousands_of_addresses_are_one_service(farm):
    """That is there before its addresses lead to it; and what changes of it is all that is sent."""
    director, client = farm.directors[0], farm.client
    farm.nft_service = "mark4-1000"
    director.ip("route", "add", "local", "198.18.0.0/20", "dev", "lo")
    client.ip("route", "add", "198.18.0.0/20", "via", director.address)
    director.run("nft", "add", "table", "inet", "others")
    foreign = director.run("nft", "list", "ruleset").stdout
    config = farm.configuration(address=None, addresses=list(GROUP), one_service=True)
    farm.start(config)
    daemon = farm.daemons[0]

    def ask(address):
        return client.run("curl", "-s", "-m", "5", f"http://{address}/", check=False).stdout.strip()

    def marked():
        shown = director.run("nft", "-n", "list", "map", "inet", MARKS, "services4",
                             check=False).stdout
        return shown.count(" : 0x")

    wait_until(lambda: marked() == 2048, 20, marked)
    services = [line for line in farm.table() if re.match(r"-A |\s+chain mark4-", line)]
    assert len(services) == 1, services
    some = [f"198.18.{number}.{number * 31}" for number in range(8)] + ["198.18.7.255"]
    assert {ask(address) for address in some} == {"s1", "s2", "s3"}
    assert ask("198.18.8.1") == "", "not of the group"

    farm.servers[0].nginx.stop()
    farm.wait_for_servers({"s2", "s3"})
    assert {ask(address) for address in some} == {"s2", "s3"}
    farm.servers[0].nginx.start()
    farm.wait_for_servers({"s1", "s2", "s3"})

    ipvs = farm.backend == "ipvs"  # what it is told is seen on its way, of nf_tables the effect
    with (NetlinkWrites(director) if ipvs else nullcontext()) as writes, \
            NftChanges(director) as changes:
        begin_anew_and_reload(farm, config)
        assert not ipvs or writes.seen() == []
        assert changes.seen() == []
        config["virtual_servers"][0]["addresses"][0] = "198.18.0.1-255:80"
        config["virtual_servers"][0]["addresses"].append("198.18.8.1:80")
        daemon.reload(farm.of(0, config))
        wait_until(lambda: ask("198.18.8.1") != "", 10, "the address that came")
        assert ask("198.18.0.0") == ""
        assert not ipvs or writes.seen() == []
        assert sorted(changes.seen()) == ["del_element", "new_element"]

    assert daemon.stop() == 0
    assert director.run("nft", "list", "ruleset").stdout == foreign
