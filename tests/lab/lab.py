# SPDX-License-Identifier: Apache-2.0
"""A lab: hosts on one switch, all in namespaces of their own, gone without a trace at the end."""

import ipaddress
import itertools
import json
import os
import shutil
import signal
import subprocess
import tempfile

from . import netns, wire
from .capture import AddressWatch, Capture, Echo, Listener, RawSender
from .recorder import Recorder

_serial = itertools.count(1)


class Lab:
    """Use as a context manager. The end, an exception, SIGINT and SIGTERM all take it down.

    `handed_over`: what a host sends costs it no more than that (wire.py), if the kernel can do so."""

    def __init__(self, handed_over=False):
        self.handed_over = handed_over and wire.can_be_handed_over()
        self.prefix = f"{netns.PREFIX}{os.getpid()}-{next(_serial)}"
        self.hosts = {}
        self.directory = None
        self._closers = []
        self._namespaces = []
        self._handlers = {}

    def __enter__(self):
        netns.sweep()
        for number in (signal.SIGINT, signal.SIGTERM):
            self._handlers[number] = signal.signal(number, _raise_interrupt)
        try:
            self.directory = tempfile.mkdtemp(prefix=f"{self.prefix}-")
            os.chmod(self.directory, 0o755)  # workers of other users live below it
            self.switch = self._namespace("switch")
            # Snooping would make the switch forget a group that nobody queries.
            self.ip("link", "add", "br0", "type", "bridge", "mcast_snooping", "0",
                    namespace=self.switch)
            self.ip("link", "set", "br0", "up", namespace=self.switch)
        except BaseException:
            self._take_down()
            raise
        return self

    def __exit__(self, *_):
        self._take_down()

    def _take_down(self):
        for number in self._handlers:
            signal.signal(number, signal.SIG_IGN)
        try:
            for namespace in self._namespaces:
                netns.kill_all_in(namespace)
            for closer in reversed(self._closers):
                closer()
        finally:
            for namespace in self._namespaces:
                netns.ip("netns", "delete", namespace, check=False)
            if self.directory:
                shutil.rmtree(self.directory, ignore_errors=True)
            for number, handler in self._handlers.items():
                signal.signal(number, handler)

    def _namespace(self, name):
        full = f"{self.prefix}-{name}"
        self._namespaces.append(full)
        netns.ip("netns", "add", full)
        self.ip("link", "set", "lo", "up", namespace=full)
        return full

    def ip(self, *words, namespace):
        return netns.ip("-n", namespace, *words)

    def host(self, name, prefix):
        """A new host with eth0 on the switch: lab.host("node1", "192.0.2.1/24")."""
        return Host(self, name, prefix)

    def closing(self, thing):
        self._closers.append(thing.close)
        return thing

    def capture(self, host, interface="eth0"):
        return self.closing(Capture(host, interface))

    def recorder(self, host, interface="eth0", ignored=None):
        return self.closing(Recorder(host, interface, ignored))

    def run_on_switch(self, *command, **options):
        """A command of iproute2 that takes a namespace by -n."""
        return netns.run(command[0], "-n", self.switch, *command[1:], **options)

    def sender(self, host, interface="eth0"):
        return self.closing(RawSender(host, interface))

    def watch_addresses(self, host):
        return self.closing(AddressWatch(host))

    def listener(self, host, port):
        return self.closing(Listener(host, port))

    def echo(self, host, address, every=0.01):
        return self.closing(Echo(host, address, every))


def _raise_interrupt(number, _):
    raise KeyboardInterrupt if number == signal.SIGINT else SystemExit(128 + number)


class Host:
    """A machine on the lab's switch."""

    def __init__(self, lab, name, prefix):
        self.lab = lab
        self.name = name
        self.address = str(ipaddress.ip_interface(prefix).ip)
        self.namespace = lab._namespace(name)
        self.directory = os.path.join(lab.directory, name)
        os.mkdir(self.directory)
        self.plug("eth0", prefix)
        self.mac = self.link("eth0")["address"]
        lab.hosts[name] = self

    def plug(self, interface, prefix=None):
        """Adds an interface on the switch; its other end is NAME or NAME-INTERFACE there."""
        self.lab.ip("link", "add", self._port(interface), "type", "veth", "peer", "name", interface,
                    "netns", self.namespace, namespace=self.lab.switch)
        self.lab.ip("link", "set", self._port(interface), "master", "br0", "up",
                    namespace=self.lab.switch)
        if prefix:
            self.ip("address", "add", prefix, "dev", interface)
        self.ip("link", "set", interface, "up")
        if self.lab.handed_over:
            wire.hand_over(self.namespace, interface, self.lab.switch, self._port(interface))

    def unplug(self, interface):
        self.ip("link", "delete", interface)

    def _port(self, interface):
        return self.name if interface == "eth0" else f"{self.name}-{interface}"

    def cable(self, state, interface="eth0"):
        """The cable of an interface: "down" takes the carrier away, "up" gives it back."""
        self.lab.ip("link", "set", self._port(interface), state, namespace=self.lab.switch)

    def cut_off(self, state):
        """Off the switch though the carrier stays (True), and on it again: a split."""
        words = ("nomaster",) if state else ("master", "br0")
        self.lab.ip("link", "set", self._port("eth0"), *words, namespace=self.lab.switch)

    def ip(self, *words):
        return self.lab.ip(*words, namespace=self.namespace)

    def link(self, interface):
        return json.loads(self.ip("-j", "link", "show", "dev", interface).stdout)[0]

    def addresses(self, interface="eth0"):
        """The IPv4 addresses that the kernel has now, as a set of "192.0.2.1/24"."""
        return self._addresses("-4", interface)

    def addresses6(self, interface="eth0"):
        """The IPv6 addresses that the kernel has now, as a set of "2001:db8::1/64"."""
        return self._addresses("-6", interface)

    def link_local(self, interface="eth0"):
        """The interface's own, once the kernel has found that nobody else has it."""

        def usable():
            shown = json.loads(self.ip("-j", "-6", "address", "show", "dev", interface).stdout)
            return [entry["local"] for link in shown if link for entry in link["addr_info"]
                    if entry["scope"] == "link" and not entry.get("tentative")]

        return netns.wait_until(usable, 10, f"a link-local address on {self.name}")[0]

    def _addresses(self, family, interface):
        shown = json.loads(self.ip("-j", family, "address", "show", "dev", interface).stdout)
        return {f"{entry['local']}/{entry['prefixlen']}" for link in shown if link
                for entry in link["addr_info"]}

    def has_address(self, address, interface="eth0"):
        held = self.addresses6(interface) if ":" in address else self.addresses(interface)
        return address.split("/")[0] in {one.split("/")[0] for one in held}

    def wait_without(self, address, interface="eth0", timeout=3):
        """Until it is gone: who loses to a better router answers a moment longer."""
        netns.wait_until(lambda: not self.has_address(address, interface), timeout,
                         f"{address} gone from {self.name}")

    def command(self, *command):
        return ["ip", "netns", "exec", self.namespace, *[str(word) for word in command]]

    def run(self, *command, **options):
        return netns.run(*self.command(*command), **options)

    def start(self, *command, log):
        """Starts a process on this host, its output in the file `log`; the lab ends it."""
        with open(log, "ab") as output:
            process = subprocess.Popen(self.command(*command), stdin=subprocess.DEVNULL,
                                       stdout=output, stderr=output, start_new_session=True)
        self.lab._closers.append(process.wait)
        return process

    def pids(self):
        return netns.pids_in(self.namespace)

    def freeze(self, pids):
        """Dies while its heir is measured. Both machines have one kernel: so that the heir waits for
        no processor and no lock of the dead, `pids`, all of them, stop, and the switch takes nothing
        more from its port. die() is still to follow."""
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        self._lock_port("on")

    def _lock_port(self, state):
        """Nothing passes a locked port that comes from whom the switch has not learned before."""
        self.lab.ip("link", "set", self._port("eth0"), "type", "bridge_slave", "locked", state,
                    "learning", {"on": "off", "off": "on"}[state], "fdb_flush",
                    namespace=self.lab.switch)

    def die(self):
        """Dies as a machine does that lost its power: off the wire and every process gone."""
        self.cable("down")
        netns.kill_all_in(self.namespace)

    def revive(self):
        """The machine boots again: nothing of its former life but its own address."""
        for held in self.addresses() - {f"{self.address}/{self._prefix_length()}"}:
            self.ip("address", "del", held, "dev", "eth0")
        self._lock_port("off")
        self.cable("up")

    def _prefix_length(self):
        return next(held.split("/")[1] for held in self.addresses()
                    if held.split("/")[0] == self.address)
