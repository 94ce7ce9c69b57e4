# SPDX-License-Identifier: Apache-2.0
"""What is documented works within the unit's confinement: checks, scripts, load balancing, secrets,
files of state, the journal."""

import json
import re
import signal

import pytest

from lab.authority import Authority
from lab.nginx import Nginx
from lab.netns import wait_until

VIP = "192.0.2.10"
SERVER = "10.0.0.11"


@pytest.fixture(scope="module")
def server(booted):
    """A web server behind node1, with a certificate of an authority that node1 has as a file."""
    host = booted.lab.host("server", f"{SERVER}/24")
    host.ip("route", "add", "default", "via", "10.0.0.1")
    booted.one.host.plug("eth1", "10.0.0.1/24")
    # Each address on its own interface only: both are on one switch.
    booted.one.host.run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv4.conf.all.arp_ignore=1",
                        "net.ipv4.conf.all.arp_announce=2")
    authority = Authority(f"{booted.lab.directory}/tls")
    authority.sign("server", "/CN=server", 30, f"IP:{SERVER}")
    with open(authority.path("ca.pem"), encoding="ascii") as file:
        booted.machine.write("/etc/ssl/certs/lab.pem", file.read())
    Nginx(host, f"""
  server {{
    listen 80;
    listen 443 ssl;
    ssl_certificate {authority.path("server.pem")};
    ssl_certificate_key {authority.path("server.key")};
    location / {{ return 200 "served\\n"; }}
  }}""")
    return host


def results(node):
    return {one["name"]: one["up"] for one in (node.one.try_status() or {}).get("checks", [])}


def script(node, name, body):
    return node.machine.write(f"/usr/local/lib/holdfast/{name}", f"#!/bin/sh\n{body}\n", 0o755)


def test_checks_of_every_kind_and_what_they_move(node, server):
    for name, text in (("number", "1\n"), ("other", "0\n")):
        node.machine.write(f"/etc/holdfast/{name}", text)
    probe = script(node, "probe", "id -un >/tmp/who && grep -q 1 /etc/holdfast/number")
    checks = [
        {"name": "script", "script": probe, "interval": "200ms"},
        {"name": "file", "file": "/etc/holdfast/number"},
        {"name": "process", "process": "systemd-journal"},
        {"name": "ping", "ping": SERVER},
        {"name": "tcp", "tcp": f"{SERVER}:80"},
        {"name": "http", "http": {"address": f"{SERVER}:80", "contains": "served"}},
        {"name": "https", "https": {"address": f"{SERVER}:443", "ca": "/etc/ssl/certs/lab.pem",
                                    "server_name": SERVER}},
        {"name": "stranger", "https": {"address": f"{SERVER}:443", "verify": True}}]
    with node.unnoticed():
        node.use(checks=checks, options={"track": [{"check": "script", "weight": -20}]})
        expected = {check["name"]: check["name"] != "stranger" for check in checks}
        wait_until(lambda: results(node) == expected, 15,
                   lambda: f"{expected}; {node.one.ctl('checks').stdout}")
    node.machine.write("/etc/holdfast/number", "0\n")
    wait_until(lambda: node.one.router()["priority"] == 130, 10, node.one.log)
    private = list(node.machine.path("/tmp").glob("systemd-private-*-holdfast.service-*/tmp/who"))
    assert [who.read_text(encoding="ascii") for who in private] == ["holdfast-script\n"]


def test_notify_scripts_run_and_write_where_a_drop_in_lets_them(node):
    told = script(node, "told", 'echo "$3 $HOLDFAST_NODE" >>/var/lib/app/told')
    node.machine.run("install", "-d", "-o", "holdfast-script", "/var/lib/app")
    node.use(options={"notify": {"any": told}})
    node.one.ctl("maintenance", "on")
    wait_until(lambda: "Read-only file system" in node.one.log(), 10, node.one.log)
    assert node.machine.path("/var/lib/holdfast/maintenance").exists()
    node.machine.drop_in("app", "[Service]\nReadWritePaths=/var/lib/app\n")
    node.one.restart()
    node.one.ctl("maintenance", "off")
    file = node.machine.path("/var/lib/app/told")
    wait_until(lambda: file.exists() and "MASTER node1\n" in file.read_text(encoding="ascii"), 15,
               node.one.log)


def test_load_balancing_by_nftables_and_monitoring(node, server):
    with node.unnoticed():
        node.use(monitoring={"listen": ["127.0.0.1:9112"]}, load_balancing={"backend": "nftables"},
                 virtual_servers=[{"name": "web", "address": f"{VIP}:80", "scheduler": "rr",
                                   "check": {"http": {}, "interval": "500ms"},
                                   "real_servers": [f"{SERVER}:80"]}])
        wait_until(lambda: node.client.run("curl", "-s", "-m", "2", f"http://{VIP}/", check=False)
                   .stdout == "served\n", 15, node.one.log)
        metrics = node.machine.run("curl", "-s", "http://127.0.0.1:9112/metrics").stdout
        assert "holdfast_vrrp" in metrics

        def ask(group):
            return node.machine.run(
                "setpriv", "--reuid=nobody", f"--regid={group}", "--clear-groups", "curl", "-s",
                "--unix-socket", "/run/holdfast/monitor", "http://here/metrics", check=False).stdout

        assert "holdfast_vrrp" in ask("holdfast-monitor"), node.one.log()
        assert ask("nogroup") == ""


def test_virtual_mac_accept_mode_routes_and_rules(node):
    other = {"name": "mac", "interface": "eth0", "virtual_router_id": 52, "priority": 150,
             "advert_interval": "100ms", "addresses": ["192.0.2.20/24"], "virtual_mac": True}
    closed = {"name": "closed", "interface": "eth0", "virtual_router_id": 53, "priority": 150,
              "advert_interval": "100ms", "addresses": ["192.0.2.21/24"], "accept": False,
              "virtual_routes": [{"to": "203.0.113.0/24", "type": "blackhole"}],
              "virtual_rules": [{"priority": 1000, "from": "192.0.2.21/32", "table": 100}]}
    with node.unnoticed():
        node.use(other, closed)
        for name in ("mac", "closed"):
            node.one.wait_for_state(name, "MASTER", 10)
        reply = node.client.run("ping", "-c1", "-W5", "192.0.2.20")
        neighbour = node.client.ip("neighbour", "show", "192.0.2.20").stdout
        assert "00:00:5e:00:01:34" in neighbour, (neighbour, reply.stdout)
        assert node.client.run("ping", "-c1", "-W1", "192.0.2.21", check=False).returncode != 0
        assert "blackhole 203.0.113.0/24" in node.one.host.ip("route").stdout
        assert "192.0.2.21" in node.one.host.ip("rule").stdout
    node.one.stop()
    assert node.one.host.addresses() == {"192.0.2.1/24"}
    assert "192.0.2.21" not in node.one.host.ip("rule").stdout
    assert "vrrp.52" not in node.one.host.ip("link").stdout


def test_secrets_by_load_credential(node):
    secret = "0123456789abcdef" * 4
    node.machine.write("/etc/holdfast/adverts.key", secret + "\n", 0o600)
    node.machine.drop_in("keys", "[Service]\nLoadCredential=adverts:/etc/holdfast/adverts.key\n")
    try:
        keys = {"keys": [{"id": 1, "credential": "adverts"}]}
        node.one.write_config(node.configuration(options={"authentication": keys}))
        refused = node.machine.systemctl("reload", "holdfast", check=False)
        assert refused.returncode != 0 and "adverts" in node.one.log(), "it takes a restart"
        node.machine.systemctl("restart", "holdfast")
        node.one.wait_for_state("web", "MASTER", 10)
        signed = node.wire.wait_for(lambda event: getattr(event, "trailer", b"") != b"", 10,
                                    "a signed advert")
        assert signed.source == "192.0.2.1"
        assert secret not in node.one.log()
        assert secret not in node.one.ctl("status", "--json").stdout
    finally:
        node.machine.drop_in("keys", None)
        node.one.write_config(node.config)
        node.machine.systemctl("restart", "holdfast")


def test_the_journal_has_priorities_and_the_history_outlives_a_restart(node):
    node.one.stop()
    node.one.start()
    node.one.wait_for_state("web", "MASTER", 10)
    lines = [json.loads(line) for line in
             node.machine.journal("--output=json", "--lines=200").splitlines()]
    became = [line for line in lines if "BACKUP -> MASTER" in line["MESSAGE"]]
    assert became[-1]["PRIORITY"] == "6" and became[-1]["SYSLOG_IDENTIFIER"] == "holdfastd"
    assert became[-1]["_COMM"].startswith("holdfast-vrrp"), became[-1]
    assert node.machine.path("/var/lib/holdfast/history").stat().st_size > 0
    history = node.one.ctl("history", "web").stdout
    assert history.count("MASTER") >= 2, history
    assert "because" in node.one.ctl("why", "web").stdout.lower()
    stranger = node.machine.run("setpriv", "--reuid=nobody", "--clear-groups", "holdfastctl",
                                "status", check=False)
    assert stranger.returncode == 3, "only root is heard"


def test_cores_are_kept_by_the_documented_drop_in(node):
    def owner_and_limit():
        pid = node.one.worker_pid("vrrp-worker")
        limits = node.machine.run("cat", f"/proc/{pid}/limits").stdout
        limit = next(line for line in limits.splitlines() if line.startswith("Max core"))
        return node.machine.run("stat", "-c", "%U", f"/proc/{pid}/maps").stdout.strip(), limit

    assert owner_and_limit()[0] == "root"
    node.machine.drop_in("cores", "[Service]\nEnvironment=HOLDFAST_CORE_DUMPS=1\n"
                                  "LimitCORE=infinity\n")
    with node.unnoticed():
        node.one.restart()
    owner, limit = owner_and_limit()
    assert owner == "holdfast-vrrp" and limit.split()[4:6] == ["unlimited", "unlimited"], limit
    node.machine.kill(signal.SIGSEGV, node.one.worker_pid("vrrp-worker"))
    wait_until(lambda: node.one.worker("vrrp-worker")["restarts"] == 1, 10, node.one.log)


def test_the_standing_of_the_vrrp_worker_by_the_documented_drop_in(node):
    node.machine.drop_in("standing", "[Service]\nRestrictRealtime=no\n"
                         "SystemCallFilter=@resources\nLimitMEMLOCK=infinity\n"
                         "CapabilityBoundingSet=CAP_SYS_NICE CAP_SYS_RESOURCE CAP_IPC_LOCK\n")
    config = node.configuration()
    config["vrrp"]["process"] = {"memory_locked": True, "real_time": {"priority": 10},
                                 "cpu_affinity": [0]}
    node.one.write_config(config)
    node.one.restart()
    pid = node.one.worker_pid("vrrp-worker")
    assert "SCHED_RR" in node.machine.run("chrt", "-p", pid).stdout, node.one.log()
    process = node.machine.process(pid)
    assert process["Cpus_allowed_list"] == "0"
    # A systemd that has not CAP_SYS_RESOURCE itself cannot give more memory to be locked.
    limits = node.machine.run("cat", f"/proc/{node.one.pid}/limits").stdout
    limited = not re.search(r"Max locked memory +unlimited", limits)
    assert (process["VmLck"] == "0 kB") == limited, node.one.log()
    node.machine.drop_in("standing", None)
    node.one.write_config(node.config)
    node.one.restart()
