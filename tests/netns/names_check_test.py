# SPDX-License-Identifier: Apache-2.0
"""Checks of hosts by their names: a real name server, whose answers change and end."""

import json
import os
import pathlib
import shutil
import signal

import pytest

from lab.daemon import Holdfast
from lab.netns import wait_until

NAMES = "192.0.2.53"
WEB = "192.0.2.2"
OTHER = "192.0.2.3"


class NameServer:
    """NSD with the zone example, on a host of its own."""

    def __init__(self, lab):
        if not shutil.which("nsd", path=f"{os.environ['PATH']}:/usr/sbin"):
            pytest.fail("nsd is not installed: ./dev test installs it")
        self.host = lab.host("names", f"{NAMES}/24")
        self.folder = pathlib.Path(self.host.directory)
        self.process = None
        self.serial = 0
        (self.folder / "nsd.conf").write_text(f"""
server:
  ip-address: {NAMES}@53
  username: ""
  zonesdir: "{self.folder}"
  database: ""
  zonelistfile: "{self.folder}/zone.list"
  xfrdfile: "{self.folder}/xfrd.state"
  pidfile: "{self.folder}/nsd.pid"
  server-count: 1
remote-control:
  control-enable: no
zone:
  name: example
  zonefile: example.zone
""")

    def say(self, *records):
        """Answers with these from now on, and with nothing older."""
        self.stop()
        self.serial += 1
        (self.folder / "example.zone").write_text(
            f"$ORIGIN example.\n$TTL 1\n@ SOA ns admin {self.serial} 3600 600 86400 1\n@ NS ns\n"
            f"ns A {NAMES}\n" + "".join(f"{record}\n" for record in records))
        self.process = self.host.start("/usr/sbin/nsd", "-d", "-c", self.folder / "nsd.conf",
                                       log=self.folder / "nsd.log")
        wait_until(lambda: self.host.run("ss", "-Hlun", "sport", "53").stdout.strip(), 20,
                   lambda: (self.folder / "nsd.log").read_text(errors="replace"))

    def stop(self):
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(10)
        self.process = None


@pytest.fixture
def names(lab):
    return NameServer(lab)


def listen(host, port=80):
    """A server of TCP in the kernel's hands: it takes connections and says nothing."""
    script = (f"import socket, signal\ns = socket.create_server(('', {port}))\n"
              "signal.pause()")
    process = host.start("python3", "-c", script, log=os.path.join(host.directory, "listen.log"))
    wait_until(lambda: host.run("ss", "-Hltn", "sport", port).stdout.strip(), 20, "a listener")
    return process


def start(node, **options):
    kind = {} if "ping" in options else {"tcp": "web.example:80"}
    check = {"name": "app", "interval": "200ms", "timeout": "200ms", **kind, **options}
    return Holdfast(node, {"checks": [check], "resolver": {
        "servers": [NAMES], "timeout": "500ms", "attempts": 1}})


def seen(daemon):
    answer = daemon.ctl("checks", "--json", check=False)
    return json.loads(answer.stdout)["checks"][0] if answer.returncode == 0 else {}


def wait_for(daemon, timeout=30, **wanted):
    wait_until(lambda: (one := seen(daemon)) and all(one[key] == value for key, value in wanted.items()),
               timeout, lambda: f"{wanted}; it is {seen(daemon)}, log:\n{daemon.log()[-2000:]}")


def test_a_host_that_moves_is_followed_at_its_ttl_and_kept_while_no_server_answers(
        lab, node, server, names):
    other = lab.host("other", f"{OTHER}/24")
    listen(server)
    names.say(f"web A {WEB}")
    daemon = start(node)
    wait_for(daemon, up=True, resolved=WEB)

    listen(other)
    names.say("web CNAME moved", f"moved A {OTHER}")
    wait_for(daemon, up=True, resolved=OTHER)
    assert "the host web.example is 192.0.2.3, it was 192.0.2.2" in daemon.log()
    run = daemon.ctl("checks", "run", "app").stdout
    assert f"connects to {OTHER}:80" in run

    names.stop()
    wait_until(lambda: "no name server answers" in seen(daemon)["resolved"], 30,
               lambda: f"a failed lookup; it is {seen(daemon)}")
    good = seen(daemon)["attempts"]["good"]
    wait_until(lambda: seen(daemon)["attempts"]["good"] > good + 2, 20, "attempts that go on")
    assert seen(daemon)["up"] and seen(daemon)["resolved"].startswith(f"{OTHER}; ")
    assert "192.0.2.3 stands" in daemon.log()

    names.say(f"web A {OTHER}")
    wait_for(daemon, up=True, resolved=OTHER)
    assert " is down" not in daemon.log()


def test_a_name_that_no_server_answers_for_is_unknown_and_one_that_is_none_is_down(
        node, server, names):
    listen(server)
    daemon = start(node)
    wait_until(lambda: "no name server answers" in ((seen(daemon).get("hindered") or {}).get("reason")
                                                    or ""), 30, lambda: f"it; {seen(daemon)}")
    assert seen(daemon)["up"] is None and seen(daemon)["attempts"]["bad"] == 0
    assert "no name server answers" in daemon.ctl("checks", "run", "app", check=False).stdout
    names.say(f"www A {WEB}")
    wait_for(daemon, up=False)
    assert "there is no such name" in seen(daemon)["reason"]
    names.say(f"web A {WEB}")
    wait_for(daemon, timeout=40, up=True, resolved=WEB)


def test_the_hosts_file_of_the_system_counts_and_is_read_again(node, server):
    listen(server)
    # A file of its own for this process alone: ip netns exec mounts what stands in this folder.
    folder = pathlib.Path("/etc/netns", node.namespace)
    folder.mkdir(parents=True)
    try:
        hosts = folder / "hosts"
        hosts.write_text("192.0.2.99 web.example\n")
        daemon = start(node)
        wait_for(daemon, up=False, resolved="192.0.2.99")
        hosts.write_text(f"{WEB} www.example web.example\n")
        wait_for(daemon, up=True, resolved=WEB)
    finally:
        shutil.rmtree(folder)


def test_an_ipv6_host_is_looked_up_by_aaaa(node, server, names):
    node.ip("address", "add", "2001:db8::1/64", "dev", "eth0", "nodad")
    server.ip("address", "add", "2001:db8::2/64", "dev", "eth0", "nodad")
    names.say(f"web A {OTHER}", "web AAAA 2001:db8::2")
    daemon = start(node, ping="web.example", family="ipv6")
    wait_for(daemon, up=True, resolved="2001:db8::2")
