#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A virtual IP that outlives its node, before your eyes: run by sudo ./dev demo."""

import os
import pathlib
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from lab.daemon import Holdfast, configuration, instance, to_yaml
from lab.lab import Lab
from lab.netns import LabTimeout, wait_until

VIP = "192.0.2.10"
INTERVAL = 1.0
PRIORITY = {"node1": 150, "node2": 100}
WEIGHT = -80


def config(node):
    """The whole configuration of a node."""
    check = {"name": "app", "tcp": "127.0.0.1:8080", "interval": "200ms", "timeout": "100ms"}
    web = instance("web", 51, f"{VIP}/24", priority=PRIORITY[node],
                   track=[{"check": "app", "weight": WEIGHT}])
    return configuration(web, checks=[check], node=node)


def skew(node):
    return (256 - PRIORITY[node]) * INTERVAL / 256


def active_down(node):
    return 3 * INTERVAL + skew(node)


class Screen:
    """One line an event. Remembers what did not hold."""

    def __init__(self):
        self.began = time.time()
        self.broken = []
        self.measured = []
        self._colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def paint(self, code, text):
        return f"\033[{code}m{text}\033[0m" if self._colour else text

    def say(self, text=""):
        print(text, flush=True)

    def title(self, text):
        self.say(f"\n{self.paint(1, text)}")

    def event(self, text, at=None, verdict=""):
        stamp = self.paint(2, f"{(at or time.time()) - self.began:8.3f} s")
        self.say(f"{stamp}  {text:<56}{verdict}".rstrip())

    def holds(self, condition, text, at=None):
        """An event that must be so."""
        if not condition:
            self.broken.append(text)
        mark = self.paint(32, "ok") if condition else self.paint(31, "DID NOT HOLD")
        self.event(text, at, mark)

    def took(self, what, limit, seconds, slack, at):
        """An event that the protocol gives a time for."""
        self.event(what, at)
        good = seconds <= limit + slack
        if not good:
            self.broken.append(f"{what}: {seconds:.3f} s, {slack:g} s later than it may")
        self.measured.append((what, limit, seconds))
        figures = self.paint(32 if good else 31, f"{seconds:.3f} s")
        self.say(f"{'':12}the protocol's time {limit:.3f} s, measured {figures}")

    def echoes(self, echo, since, silence_max):
        """What the client felt since then: it must not have waited longer than `silence_max`."""
        count = echo.count(since, time.time() - 0.1)  # the last few may still be on their way
        text = f"{count.sent} echoes sent, {count.unanswered} unanswered"
        if count.unanswered:
            text += f": {count.longest_silence:.2f} s of silence"
        self.holds(not count.unanswered or count.longest_silence <= silence_max, text)


class Demo:
    def __init__(self, lab, screen):
        self.lab = lab
        self.screen = screen
        self.hosts = {"node1": lab.host("node1", "192.0.2.1/24"),
                      "node2": lab.host("node2", "192.0.2.2/24")}
        self.client = lab.host("client", "192.0.2.100/24")
        self.wire = lab.capture(self.client)
        self.services = {name: lab.listener(host, 8080) for name, host in self.hosts.items()}
        self.nodes = {}
        self.echo = None

    def introduce(self):
        say = self.screen.say
        say(self.screen.paint(1, "Holdfast: a virtual IP that outlives its node"))
        say(f"""
  client 192.0.2.100 ----+---- node1 192.0.2.1, priority {PRIORITY['node1']}
                         +---- node2 192.0.2.2, priority {PRIORITY['node2']}

Two nodes stand behind one address, {VIP}. The one of the higher priority
holds it (MASTER) and says so every second; the other (BACKUP) listens and takes
over when it hears nothing. The client sends an echo (a ping) every 10 ms. Nodes,
client and switch are network namespaces: this machine's network is not touched.

node1's configuration; node2's differs in name and priority:
""")
        for line in to_yaml(config("node1")).splitlines():
            say(f"  {self.screen.paint(2, line)}")

    def advert(self, node, since, timeout=8, **fields):
        return self.wire.wait_for_advert(timeout, since=since, what=f"an advert of {node}",
                                         source=self.hosts[node].address, **fields)

    def last_advert(self, node, **fields):
        adverts = self.wire.adverts(source=self.hosts[node].address)
        return [advert for advert in adverts
                if all(getattr(advert, name) == value for name, value in fields.items())][-1]

    def holder_is(self, node):
        """The address is on this node's interface and on no other."""
        return all(host.has_address(VIP) == (name == node) for name, host in self.hosts.items())

    def wait_for_holder(self, node):
        wait_until(lambda: self.holder_is(node), 5, f"{VIP} on {node} alone")

    def start(self):
        screen = self.screen
        screen.title("1. Two nodes start")
        began = time.time()
        for name, host in self.hosts.items():
            self.nodes[name] = Holdfast(host, config(name))
            screen.event(f"{name} starts")
        first = self.advert("node1", began)
        screen.took(f"node1 is MASTER and holds {VIP}", active_down("node1"), first.time - began,
                    1.0, first.time)
        self.nodes["node2"].wait_for_state("web", "BACKUP", 5)
        self.echo = self.lab.echo(self.client, VIP)
        answered = self.echo.wait_for_answer(5)
        screen.event(f"the client reaches {VIP}", answered)
        self.wait_for_holder("node1")

    def the_master_dies(self):
        screen = self.screen
        screen.title("2. The master dies, as if its power had failed")
        self.advert("node1", time.time())
        began = time.time()
        self.hosts["node1"].die()
        screen.event("node1 is dead: off the wire, every process gone", began)
        last = self.last_advert("node1")
        heir = self.advert("node2", last.time)
        screen.took("node2 has heard nothing for too long and takes over", active_down("node2"),
                    heir.time - last.time, 0.25, heir.time)
        arp = self.wire.wait_for(lambda event: event in self.wire.announcements(VIP), 5,
                                 "a gratuitous ARP", since=heir.time)
        screen.event(f"it tells the network where {VIP} is now "
                     f"(+{(arp.time - heir.time) * 1000:.1f} ms)", arp.time)
        answered = self.echo.wait_for_answer(5, since=heir.time)
        screen.event("the client is answered again", answered)
        time.sleep(0.3)
        screen.echoes(self.echo, began, active_down("node2") + 0.5)

    def it_returns(self):
        screen = self.screen
        screen.title("3. node1 boots again; its priority is higher, so it takes over")
        self.hosts["node1"].revive()
        began = time.time()
        self.nodes["node1"].start()
        screen.event("node1 starts", began)
        self.nodes["node1"].wait_for_state("web", "BACKUP", 5)
        back = self.advert("node1", began)
        screen.took(f"node1 is MASTER again and holds {VIP}", active_down("node1"),
                    back.time - began, 1.0, back.time)
        self.wait_for_holder("node1")
        screen.event("node2 has given the address up")
        time.sleep(0.3)
        screen.echoes(self.echo, began, 0)

    def workers_are_killed(self):
        screen = self.screen
        screen.title("4. Every worker is killed (SIGKILL), one after another")
        began = time.time()
        before = self.standing()
        for name, node in self.nodes.items():
            for role in ("vrrp-worker", "check-worker"):
                pid = node.worker_pid(role)
                killed = time.time()
                os.kill(pid, signal.SIGKILL)
                heir = node.wait_for_new_worker(role, pid, 5)
                took = (time.time() - killed) * 1000
                screen.event(f"{name}'s {role} killed: {pid} -> {heir} in {took:.0f} ms", killed)
        self.advert("node1", time.time())
        adverts = self.wire.adverts(source=self.hosts["node1"].address, since=began - 1)
        gap = max(b.time - a.time for a, b in zip(adverts, adverts[1:]))
        screen.holds(gap < 2 * INTERVAL,
                     f"longest pause between adverts {gap:.3f} s, less than {2 * INTERVAL:g} s")
        screen.holds(self.standing() == before and self.holder_is("node1"),
                     "no role changed on any node, the address stayed")
        screen.echoes(self.echo, began, 0)

    def standing(self):
        return [(router["name"], router["state"], router["since"])
                for node in self.nodes.values() for router in node.status()["vrrp"]]

    def the_service_fails(self):
        screen = self.screen
        lowered = PRIORITY["node1"] + WEIGHT
        screen.title("5. The service on node1 stops: its check lowers the priority")
        began = time.time()
        self.services["node1"].close()
        screen.event("nothing listens on node1's port 8080 any more", began)
        told = self.advert("node1", began, priority=lowered)
        screen.event(f"node1 announces priority {lowered} instead of {PRIORITY['node1']}", told.time)
        last = self.last_advert("node1", priority=PRIORITY["node1"])
        heir = self.advert("node2", began)
        screen.took("node2 is the better one now and takes over", active_down("node2"),
                    heir.time - last.time, 0.25, heir.time)
        self.wait_for_holder("node2")
        time.sleep(0.3)
        screen.echoes(self.echo, began, 0)

    def a_planned_stop(self):
        screen = self.screen
        screen.title("6. node2 is stopped for maintenance (SIGTERM)")
        self.lab.listener(self.hosts["node1"], 8080)
        wait_until(lambda: self.nodes["node1"].status()["checks"][0]["up"], 5, "the check is up")
        screen.event("the service on node1 is back")
        began = time.time()
        self.nodes["node2"].signal(signal.SIGTERM)
        released = self.advert("node2", began, priority=0)
        screen.event("node2 says: I let go (priority 0), and still answers", released.time)
        heir = self.advert("node1", released.time)
        screen.took("node1 takes over at once", skew("node1"), heir.time - released.time, 0.25,
                    heir.time)
        status = self.nodes["node2"].wait(5)
        screen.holds(status == 0 and self.hosts["node2"].pids() == [],
                     f"node2 has ended with status {status}, no process left")
        self.wait_for_holder("node1")
        time.sleep(0.3)
        screen.echoes(self.echo, began, 0)

    def run(self):
        self.introduce()
        self.start()
        self.the_master_dies()
        self.it_returns()
        self.workers_are_killed()
        self.the_service_fails()
        self.a_planned_stop()


def left_behind(prefix):
    namespaces = os.listdir("/run/netns") if os.path.isdir("/run/netns") else []
    return [name for name in namespaces if name.startswith(prefix)]


def main():
    screen = Screen()
    lab = Lab()
    demo = None
    try:
        with lab:
            demo = Demo(lab, screen)
            try:
                demo.run()
            except LabTimeout as error:
                screen.broken.append(str(error))
                for name, node in demo.nodes.items():
                    screen.say(f"\nlog of {name}:\n{node.log()[-3000:]}")
    except KeyboardInterrupt:
        screen.say("\ninterrupted; everything is cleaned up")
        return 130
    screen.holds(not left_behind(lab.prefix), "namespaces, processes and files are cleaned up")
    screen.title(f"{'Summary':<53}{'protocol':>12}{'measured':>10}")
    for what, limit, seconds in screen.measured:
        screen.say(f"  {what:<54}{limit:7.3f} s{seconds:8.3f} s")
    if screen.broken:
        for text in screen.broken:
            screen.say(screen.paint(31, f"  DID NOT HOLD: {text}"))
        return 1
    screen.say(screen.paint(32, f"  everything held, in {time.time() - screen.began:.0f} s"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
