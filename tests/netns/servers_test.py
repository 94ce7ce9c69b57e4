# SPDX-License-Identifier: Apache-2.0
"""Virtual servers, by nf_tables, and what is seen of them without IPVS in the kernel: health, quorum,
what a router makes of it, orders, and the life of the worker. tests/ipvs has IPVS itself."""

import json
import os
import pwd
import signal
import subprocess
import time

import pytest

from lab.daemon import Holdfast, configuration, instance
from lab.netns import wait_until
from lab.scripts import Scripts

NET_ADMIN = 12
SERVER = "192.0.2.100:8080"  # on the client


def has_ipvs():
    return subprocess.run(["ipvsadm", "-Ln"], capture_output=True, check=False).returncode == 0


def services(*servers, **options):
    return [{"name": "shop", "address": "192.0.2.10:80",
             "check": {"tcp": "{}", "interval": "100ms"}, "real_servers": list(servers), **options}]


def balanced(entries=None, backend="nftables", **options):
    entry = {"priority": 150, "advert_interval": "100ms", **options}
    config = configuration(instance(**entry))
    if entries is None:
        entries = services(SERVER)
    if entries:
        config["virtual_servers"] = entries
        config["load_balancing"] = {"backend": backend}
    return config


def shop(pair):
    return ((pair.one.try_status() or {}).get("virtual_servers") or [{}])[0]


def server(pair, address=SERVER):
    return next((one for one in shop(pair).get("real_servers", []) if one["address"] == address),
                {})


def wait_for_server(pair, timeout=10, **wanted):
    wait_until(lambda: wanted.items() <= server(pair).items(), timeout,
               lambda: f"{wanted}; it is {server(pair)}, log:\n{pair.one.log()[-2000:]}")


def start_server(pair):
    return pair.client.start("python3", "-m", "http.server", "8080", log=os.devnull)


def start(pair, config):
    pair.one = Holdfast(pair.node1, config)
    pair.one.wait_for_state("web", "MASTER", 10)


def test_a_dead_server_is_seen_with_its_reason(pair):
    process = start_server(pair)
    start(pair, balanced())
    wait_for_server(pair, healthy=True, state="serving", weight=1)
    process.kill()
    wait_for_server(pair, healthy=False)
    assert "connection refused" in server(pair)["reason"]
    wait_until(lambda: shop(pair)["panic"], 5, "the last server goes on serving")
    text = pair.one.ctl("servers").stdout
    assert SERVER in text and "the last one that failed" in text
    start_server(pair)
    wait_for_server(pair, healthy=True, state="serving")


@pytest.mark.skipif(has_ipvs(), reason="this kernel has IPVS")
def test_without_ipvs_it_says_so_and_the_rest_lives_on(pair):
    start(pair, balanced(backend="ipvs"))
    wait_until(lambda: shop(pair).get("quorum") is False, 5, "a virtual server without quorum")
    assert shop(pair)["reason"] == "this kernel has no IPVS (module ip_vs)"
    assert server(pair)["state"] == "absent" and server(pair)["reason"] == shop(pair)["reason"]
    assert pair.one.log().count("no load balancing: this kernel has no IPVS (module ip_vs)") == 1
    assert pair.one.worker("balance-worker")["restarts"] == 0
    assert pair.one.state() == "MASTER"


def test_a_lost_quorum_lowers_the_priority(pair):
    start(pair, balanced(track=[{"virtual_server": "shop", "weight": -20}]))
    wait_until(lambda: pair.one.router()["priority"] == 130, 10,
               lambda: f"a lower priority; it is {pair.one.router()}")
    assert pair.one.router()["priority_reason"] == "virtual server shop has no quorum: -20"


def test_scripts_hear_of_the_quorum_and_with_omega_of_the_end(pair):
    scripts = Scripts(pair.node1)
    told = [(verb, scripts.write(verb, f"echo {verb} >>OUT/told")) for verb in ("up", "down")]
    process = start_server(pair)
    wait_until(lambda: pair.client.run("ss", "-Hltn", "sport", "=", ":8080").stdout, 10, "the server")
    start(pair, balanced(services(SERVER, omega=True, panic_threshold="none",
                                  **{f"quorum_{verb}": script for verb, script in told})))

    def wait_for_told(*wanted):
        wait_until(lambda: scripts.lines("told") == list(wanted), 10,
                   lambda: f"{wanted}, not {scripts.lines('told')}; {pair.one.log()[-2000:]}")

    wait_for_told("up")
    process.kill()
    wait_for_told("up", "down")
    start_server(pair)
    wait_for_told("up", "down", "up")
    assert pair.one.stop() == 0
    wait_for_told("up", "down", "up", "down")


def test_with_omega_a_virtual_server_that_a_reload_removes_is_down(pair):
    scripts = Scripts(pair.node1)
    down = scripts.write("down", "echo $HOLDFAST_NAME $HOLDFAST_REASON >>OUT/told")
    start_server(pair)
    start(pair, balanced(services(SERVER, omega=True, quorum_down=down)))
    wait_for_server(pair, state="serving", healthy=True)
    pair.one.reload(configuration(instance()))
    wait_until(lambda: "shop no longer configured" in scripts.lines("told"), 10,
               lambda: f"the script of who is removed: {pair.one.log()[-2000:]}")


def test_an_order_outlives_reload_worker_and_daemon(pair):
    start_server(pair)
    start(pair, balanced())
    wait_for_server(pair, state="serving", healthy=True)
    told = pair.one.ctl("server", "drain", "shop", SERVER, "--for", "1h").stdout
    assert told == f"{SERVER} of shop is drained, nothing new is sent there for 1h\n"
    assert f"order: drain shop/{SERVER} for 3600 s" in pair.one.log()
    wait_for_server(pair, state="quiet", weight=0, reason="drained by the operator")
    assert server(pair)["order"]["kind"] == "drain" and server(pair)["order"]["until"]
    pair.one.reload(balanced(services(SERVER, scheduler="rr")))
    pair.one.wait_for_generation(2)
    wait_for_server(pair, state="quiet")
    old = pair.one.worker_pid("balance-worker")
    os.kill(old, signal.SIGKILL)
    pair.one.wait_for_new_worker("balance-worker", old, 5)
    wait_for_server(pair, state="quiet", reason="drained by the operator")
    assert pair.one.stop() == 0
    pair.one.start()
    wait_for_server(pair, state="quiet", reason="drained by the operator")
    pair.one.ctl("server", "weight", "shop", SERVER, "7")
    wait_for_server(pair, state="serving", weight=7, configured_weight=1)
    pair.one.ctl("server", "enable", "shop", SERVER)
    wait_for_server(pair, state="serving", weight=1, order=None)


def test_an_order_ends_at_its_time(pair):
    start_server(pair)
    start(pair, balanced())
    wait_for_server(pair, state="serving", healthy=True)
    pair.one.ctl("server", "disable", "shop", SERVER, "--for", "2s")
    wait_for_server(pair, state="absent", reason="disabled by the operator")
    wait_for_server(pair, state="serving", order=None)
    wait_until(lambda: "the time of its order is up" in
               pair.one.ctl("history", "--last", "0").stdout, 5, "the end is told")
    ends = [(one["subject"], one["to"]) for one in
            json.loads(pair.one.ctl("history", "--json").stdout)["events"]
            if one["kind"] == "server"]
    assert ends == [(f"shop/{SERVER}", "disable"), (f"shop/{SERVER}", "enable")]
    assert f"order: enable shop/{SERVER}: the time of its order is up" in pair.one.log()


def test_an_order_that_ends_while_nobody_runs_is_told_by_the_next(pair):
    start_server(pair)
    start(pair, balanced())
    wait_for_server(pair, state="serving", healthy=True)
    pair.one.ctl("server", "disable", "shop", SERVER, "--for", "1s")
    pair.one.ctl("stop")
    pair.one.wait(10)
    time.sleep(1.1)  # the order ends by the clock of the day, and nobody is there to be awaited
    start(pair, balanced())
    wait_for_server(pair, state="serving", order=None)
    assert "the time of its order is up" in pair.one.ctl("history", "--last", "0").stdout


def test_an_order_about_a_stranger_is_refused(pair):
    start(pair, balanced())
    for service, server, said in (
            ("shop", SERVER[:-1] + "1", f"shop has no server '{SERVER[:-1]}1', did you mean '{SERVER}'?"),
            ("shop", "a:1", f"shop has no server 'a:1'; there is '{SERVER}'"),
            ("shpo", SERVER, "there is no virtual server 'shpo', did you mean 'shop'?")):
        for order in ("drain", "disable", "enable"):
            done = pair.one.ctl("server", order, service, server, check=False)
            assert done.returncode == 1 and said in done.stderr, done


def test_a_reload_starts_the_worker_and_lets_it_finish(pair):
    start(pair, balanced([]))
    assert pair.one.worker("balance-worker") is None
    since = pair.one.router()["since"]
    pair.one.reload(balanced())
    pair.one.worker_pid("balance-worker")
    wait_until(lambda: shop(pair).get("quorum") is not None, 5, "a word about the virtual server")
    pair.one.reload(balanced([]))
    wait_until(lambda: pair.one.worker("balance-worker") is None, 5, "no balance-worker any more")
    assert pair.one.router()["since"] == since, "and no router has noticed"


def test_the_worker_has_one_capability(pair):
    start(pair, balanced())
    with open(f"/proc/{pair.one.worker_pid('balance-worker')}/status", encoding="ascii") as file:
        status = {name: value.strip() for name, _, value in (line.partition(":") for line in file)}
    user = pwd.getpwnam("holdfast-balance")
    assert set(status["Uid"].split()) == {str(user.pw_uid)} and user.pw_uid != 0
    assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 1 << NET_ADMIN
    assert int(status["CapBnd"], 16) == 0
    assert status["NoNewPrivs"] == "1" and status["Seccomp"] == "2"
