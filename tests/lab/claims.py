# SPDX-License-Identifier: Apache-2.0
"""What holds of load balancing whatever in the kernel does it; each claim is of a Farm."""

import time

from .farm import HEALTH


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
