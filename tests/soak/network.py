# SPDX-License-Identifier: Apache-2.0
"""Three nodes of one virtual address under client traffic, and who holds the address when."""

import fcntl
import os
import pathlib
import select
import signal
import socket
import struct
import subprocess
import threading
import time

from lab import netns
from lab.capture import Echo
from lab.daemon import Holdfast, binaries, configuration, instance
from lab.scripts import Scripts

VIP = "192.0.2.10"
INTERVAL = 0.5
PRIORITIES = (150, 120, 100)
NLMSG_HEADER, RTM_NEWADDR, RTM_DELADDR, IFA_LOCAL, RTMGRP_IPV4_IFADDR = 16, 20, 21, 2, 0x10


class Holders:
    """When each node held the address: from the kernel's events, as they come."""

    def __init__(self, nodes):
        self._events = []  # (time, name of the node, has it)
        self._lock = threading.Lock()
        self._sockets = {netns.in_namespace(node.host.namespace, _address_socket): node.name
                         for node in nodes}
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while not self._closing.is_set():
            for one in select.select(list(self._sockets), [], [], 0.2)[0]:
                now = time.monotonic()
                for has in _events_of(one, VIP):
                    with self._lock:
                        self._events.append((now, self._sockets[one], has))

    def close(self):
        self._closing.set()
        self._thread.join(5)
        for one in self._sockets:
            one.close()

    def longest(self, since, until, excused=()):
        """The longest times without and with two holders: `excused` are pairs of a node and spans in
        which nobody could reach it."""
        with self._lock:
            events = sorted(self._events)
        edges = sorted({since, until, *(time for time, _, _ in events if since < time < until),
                        *(edge for _, first, last in excused for edge in (first, last)
                          if since < edge < until)})
        holding = {}
        spans = {"none": 0.0, "two": 0.0}
        run = {"none": 0.0, "two": 0.0}
        index = 0
        for begin, end in zip(edges, edges[1:]):
            while index < len(events) and events[index][0] <= begin:
                holding[events[index][1]] = events[index][2]
                index += 1
            here = [name for name, has in holding.items() if has and not any(
                name == who and first <= begin < last for who, first, last in excused)]
            kind = "none" if not here else "two" if len(here) > 1 else None
            for name in run:
                run[name] = run[name] + (end - begin) if name == kind else 0.0
                spans[name] = max(spans[name], run[name])
        return spans


def _address_socket():
    netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0)
    netlink.setsockopt(socket.SOL_SOCKET, 33, 16 << 20)  # SO_RCVBUFFORCE
    netlink.bind((0, RTMGRP_IPV4_IFADDR))
    netlink.setblocking(False)
    return netlink


def _events_of(netlink, address):
    wanted = socket.inet_aton(address)
    while True:
        try:
            data = netlink.recv(1 << 16)
        except BlockingIOError:
            return
        while len(data) >= NLMSG_HEADER:
            length, kind = struct.unpack("=IH", data[:6])
            attributes = data[NLMSG_HEADER + 8:length]
            while len(attributes) >= 4:
                size, name = struct.unpack("=HH", attributes[:4])
                if name == IFA_LOCAL and attributes[4:8] == wanted:
                    if kind in (RTM_NEWADDR, RTM_DELADDR):
                        yield kind == RTM_NEWADDR
                attributes = attributes[(size + 3) & ~3:]
            data = data[(length + 3) & ~3:]


class Node:
    """A host with holdfastd and what systemd would do for it: its log, and starting it again."""

    def __init__(self, lab, number):
        self.name = f"node{number}"
        self.host = lab.host(self.name, f"192.0.2.{number}/24")
        self.priority = PRIORITIES[number - 1]
        self.scripts = Scripts(self.host)
        self.hang = self.scripts.write("hang", "trap '' TERM\nsleep 1000 &\nsleep 1000")
        self.good = self.scripts.write("good", "exit 0")
        self.number_file = os.path.join(self.host.directory, "number")
        pathlib.Path(self.number_file).write_text("0\n", encoding="ascii")
        self.daemon = Holdfast(self.host, self.config(), start=False)
        self.starts = 0
        self.reading = threading.Event()
        self.reading.set()
        self._log = open(self.daemon.log_file, "ab", buffering=0)

    def config(self, **changes):
        entry = {"priority": self.priority, "advert_interval": f"{INTERVAL * 1000:.0f}ms",
                 "track": [{"check": "number", "weight": 1}], **changes}
        checks = [
            {"name": "hang", "script": self.hang, "interval": "2s", "timeout": "300ms"},
            {"name": "good", "script": self.good, "interval": "1s", "timeout": "500ms"},
            {"name": "number", "file": self.number_file},
        ]
        return configuration(instance(**entry), checks=checks)

    def start(self, stderr=None):
        """holdfastd with its standard error in a pipe that we read, unless `stderr` is given."""
        self.starts += 1
        command = self.host.command(binaries() / "holdfastd", "--config", self.daemon.config_file,
                                    "--runtime-dir", self.daemon.runtime_dir, "--state-dir",
                                    os.path.join(self.host.directory, "state"))
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stderr or
                                   subprocess.PIPE, stderr=stderr or subprocess.STDOUT,
                                   start_new_session=True)
        self.daemon.process = process
        if stderr is None:
            fcntl.fcntl(process.stdout, 1031, 4096)  # F_SETPIPE_SZ
            threading.Thread(target=self._read, args=(process.stdout,), daemon=True).start()

    def _read(self, pipe):
        while True:
            self.reading.wait()
            data = os.read(pipe.fileno(), 65536)
            if not data:
                return
            self._log.write(data)

    def ensure_running(self):
        """As a service manager: what is left is ended and released, and the daemon started again."""
        if self.daemon.running():
            return False
        netns.wait_until(lambda: self.pids() == [], 10, f"processes of {self.name} end")
        netns.kill_all_in(self.host.namespace)  # its scripts, as KillMode=control-group does
        self.host.run(binaries() / "holdfast-vrrp-worker", "--release", check=False)
        self.start()
        return True

    def pids(self, program="holdfast"):
        found = []
        for pid in self.host.pids():
            try:
                name = pathlib.Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if name.startswith(program):
                found.append(pid)
        return found

    def signal_all(self, number):
        for pid in self.pids():
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def pid_of(self, role):
        if role == "supervisor":
            return self.daemon.pid
        worker = self.daemon.worker(role)
        return worker and worker["pid"]

    def has_address(self):
        return self.host.has_address(VIP)


class Network:
    def __init__(self, lab):
        self.lab = lab
        self.nodes = [Node(lab, number) for number in (1, 2, 3)]
        self.client = lab.host("client", "192.0.2.100/24")
        self.holders = Holders(self.nodes)
        lab.closing(self.holders)
        for node in self.nodes:
            node.start()
        self.echo = lab.closing(Echo(self.client, VIP, 0.02))

    def holder(self):
        """The one node that has the address and says so, while no other does; else None."""
        states = {node: (node.daemon.state(), node.has_address()) for node in self.nodes}
        masters = [node for node, (state, has) in states.items() if state == "MASTER" and has]
        others = [node for node, (state, has) in states.items()
                  if state == "BACKUP" and not has]
        return masters[0] if len(masters) == 1 and len(others) == 2 else None

    def stop(self):
        for node in self.nodes:
            if node.daemon.running():
                node.reading.set()
                node.signal_all(signal.SIGCONT)
                node.daemon.signal(signal.SIGTERM)
        return {node.name: node.daemon.wait(15) for node in self.nodes}
