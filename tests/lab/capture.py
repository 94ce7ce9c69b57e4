# SPDX-License-Identifier: Apache-2.0
"""What a host sees on its wire, and what a client of an address feels."""

import itertools
import os
import select
import socket
import struct
import threading
import time
from dataclasses import dataclass

from . import packets
from .netns import LabTimeout, in_namespace

ETH_P_ALL = 3
SO_TIMESTAMPNS = 35
EVENTS_MAX = 200_000
NLMSG_HEADER = 16
RTM_NEWADDR, RTM_DELADDR, IFA_LOCAL, RTMGRP_IPV4_IFADDR = 20, 21, 2, 0x10
ICMP_ECHO_REQUEST, ICMP_ECHO_REPLY = 8, 0
ICMPV6_ECHO_REQUEST, ICMPV6_ECHO_REPLY = 128, 129


class _Loop:
    """A thread that runs until it is closed, even if what made it goes wrong."""

    def __init__(self, body):
        self._wake_read, self._wake_write = os.pipe()
        self._thread = threading.Thread(target=self._run, args=(body,), daemon=True)
        self._thread.start()

    def _run(self, body):
        # Another machine's client takes no processor from who answers it: woken by what that one sends,
        # this thread does not go before it.
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
        body(self)

    def readable(self, descriptor, timeout=None):
        """None once the loop is to end, else whether `descriptor` can be read."""
        ready, _, _ = select.select([descriptor, self._wake_read], [], [], timeout)
        return None if self._wake_read in ready else descriptor in ready

    def close(self):
        if self._thread.is_alive():
            os.write(self._wake_write, b"x")
            self._thread.join(5)
        os.close(self._wake_read)
        os.close(self._wake_write)


class Capture:
    """Adverts, ARP and neighbour advertisements on one interface, each with the kernel's time of receipt (time.time())."""

    def __init__(self, host, interface="eth0"):
        self.dropped = 0
        self._events = []
        self._changed = threading.Condition()
        self._socket = in_namespace(host.namespace, lambda: _packet_socket(interface))

        def body(loop):
            while loop.readable(self._socket):
                self._receive()

        self._loop = _Loop(body)

    def _receive(self):
        frame, ancillary, _, _ = self._socket.recvmsg(2048, 64)
        stamp = time.time()
        for level, kind, data in ancillary:
            if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
                seconds, nanoseconds = struct.unpack("@qq", data[:16])
                stamp = seconds + nanoseconds / 1e9
        event = packets.decode(frame, stamp)
        if event is None:
            return
        with self._changed:
            if len(self._events) < EVENTS_MAX:
                self._events.append(event)
            else:
                self.dropped += 1
            self._changed.notify_all()

    def close(self):
        self._loop.close()
        self._socket.close()

    @property
    def events(self):
        with self._changed:
            return list(self._events)

    def adverts(self, source=None, vrid=None, since=0.0, until=float("inf")):
        return [event for event in self.events if isinstance(event, packets.Advert)
                and source in (None, event.source) and vrid in (None, event.vrid)
                and since <= event.time <= until]

    def announcements(self, address=None, since=0.0):
        return [event for event in self.events if isinstance(event, (packets.Arp, packets.Neighbour))
                and event.gratuitous and address in (None, event.sender) and event.time >= since]

    def wait_for(self, predicate, timeout, what="a packet", since=0.0):
        """The first event at or after `since` that `predicate` accepts; it may have come already."""
        deadline = time.monotonic() + timeout
        seen = 0
        with self._changed:
            while True:
                for event in self._events[seen:]:
                    if event.time >= since and predicate(event):
                        return event
                seen = len(self._events)
                left = deadline - time.monotonic()
                if left <= 0:
                    recent = "\n  ".join(str(event) for event in self._events[-5:])
                    raise LabTimeout(f"waited {timeout:g} s in vain: {what}; last seen:\n  {recent}")
                self._changed.wait(left)

    def wait_for_advert(self, timeout, what="an advert", since=0.0, **fields):
        """The first advert at or after `since` with these fields."""

        def fits(event):
            return isinstance(event, packets.Advert) and all(
                getattr(event, name) == value for name, value in fields.items())

        return self.wait_for(fits, timeout, f"{what} {fields}", since)

    def longest_gap(self, since, until, **which):
        """The longest time between two adverts of one router in a row, from `since` to `until`."""
        times = [advert.time for advert in self.adverts(since=since, until=until, **which)]
        edges = [since, *times, until]
        return max(later - earlier for earlier, later in zip(edges, edges[1:]))


def _packet_socket(interface, protocol=ETH_P_ALL):
    # Protocol 0 first, so that nothing arrives from other interfaces before the bind.
    packet_socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0)
    packet_socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    packet_socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    packet_socket.bind((interface, protocol))
    return packet_socket


class AddressWatch:
    """The IPv4 addresses that the kernel of a host gained and lost, in order."""

    def __init__(self, host):
        self._seen = []  # of ("added" or "removed", "192.0.2.10")
        self._socket = in_namespace(host.namespace, _address_socket)

    def _drain(self):
        while True:
            try:
                data = self._socket.recv(65536)
            except BlockingIOError:
                return
            while len(data) >= NLMSG_HEADER:
                length, kind = struct.unpack("=IH", data[:6])
                attributes = data[NLMSG_HEADER + 8:length]
                while len(attributes) >= 4:
                    size, name = struct.unpack("=HH", attributes[:4])
                    if name == IFA_LOCAL and kind in (RTM_NEWADDR, RTM_DELADDR):
                        self._seen.append(("added" if kind == RTM_NEWADDR else "removed",
                                           socket.inet_ntoa(attributes[4:8])))
                    attributes = attributes[(size + 3) & ~3:]
                data = data[(length + 3) & ~3:]

    def removals(self, address):
        """How often the kernel lost the address."""
        self._drain()
        return self._seen.count(("removed", address))

    def close(self):
        self._socket.close()


def _address_socket():
    netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0)
    netlink.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    netlink.bind((0, RTMGRP_IPV4_IFADDR))
    netlink.setblocking(False)
    return netlink


class Listener:
    """A TCP service on a host that takes every connection and hangs up."""

    def __init__(self, host, port):
        self._socket = in_namespace(host.namespace, lambda: socket.create_server(("", port)))

        def body(loop):
            while loop.readable(self._socket):
                self._socket.accept()[0].close()

        self._loop = _Loop(body)

    def close(self):
        if self._loop:
            self._loop.close()
            self._socket.close()
            self._loop = None


class RawSender:
    """Puts any bytes on a host's wire."""

    def __init__(self, host, interface="eth0"):
        self._host = host
        self._socket = in_namespace(host.namespace, lambda: _packet_socket(interface, 0))

    def frame(self, frame):
        self._socket.send(frame)

    def advert6(self, message, *, source, hop_limit=255, destination=packets.VRRP_GROUP6):
        packet = packets.ipv6(message, source=source, destination=destination, hop_limit=hop_limit)
        self.frame(packets.ethernet(packet, source_mac=self._host.mac,
                                    destination_mac=packets.multicast_mac(destination),
                                    ethertype=packets.ETHERTYPE_IPV6))

    def advert(self, message, *, source=None, ttl=255, destination=packets.VRRP_GROUP):
        packet = packets.ipv4(message, source=source or self._host.address,
                              destination=destination, ttl=ttl)
        self.frame(packets.ethernet(packet, source_mac=self._host.mac,
                                    destination_mac=packets.multicast_mac(destination)))

    def close(self):
        self._socket.close()


_echo_ids = itertools.count(os.getpid())  # so that each knows the answers to its own


class Echo:
    """A client that sends an ICMP echo to an address at a steady pace and counts the answers."""

    def __init__(self, host, address, every=0.01):
        self.every = every
        self._address = address
        self._ipv6 = ":" in address
        self._id = next(_echo_ids) & 0xFFFF
        self._changed = threading.Condition()
        self._sent = []      # time of each, by number
        self._answered = {}  # number -> time
        family, protocol = ((socket.AF_INET6, socket.IPPROTO_ICMPV6) if self._ipv6
                            else (socket.AF_INET, socket.IPPROTO_ICMP))
        self._socket = in_namespace(host.namespace, lambda: socket.socket(
            family, socket.SOCK_RAW | socket.SOCK_CLOEXEC, protocol))
        self._socket.setblocking(False)

        def body(loop):
            due = time.monotonic()
            while True:
                can_read = loop.readable(self._socket, max(0, due - time.monotonic()))
                if can_read is None:
                    return
                if can_read:
                    self._receive()
                if time.monotonic() >= due:
                    self._send()
                    due = max(due + self.every, time.monotonic())

        self._loop = _Loop(body)

    def _send(self):
        with self._changed:
            number = len(self._sent)
            self._sent.append(time.time())
        request = ICMPV6_ECHO_REQUEST if self._ipv6 else ICMP_ECHO_REQUEST
        # Of ICMPv6 the kernel makes the checksum.
        header = struct.pack("!BBHHHI", request, 0, 0, self._id, number & 0xFFFF, number)
        checksum = struct.pack("!H", packets.internet_checksum(header))
        try:
            self._socket.sendto(header[:2] + checksum + header[4:], (self._address, 0))
        except OSError:
            pass  # no neighbour just now: one more that goes unanswered

    def _receive(self):
        try:
            packet = self._socket.recv(2048)
        except OSError:
            return
        body = packet if self._ipv6 else packet[(packet[0] & 15) * 4:]
        if len(body) < 12 or body[0] != (ICMPV6_ECHO_REPLY if self._ipv6 else ICMP_ECHO_REPLY):
            return
        identifier, _, number = struct.unpack("!HHI", body[4:12])
        with self._changed:
            if identifier == self._id and number < len(self._sent):
                self._answered.setdefault(number, time.time())
                self._changed.notify_all()

    def close(self):
        self._loop.close()
        self._socket.close()

    def wait_for_answer(self, timeout, since=0.0):
        """The time of the first answer to an echo sent at or after `since`."""
        def answer():
            return min((when for number, when in self._answered.items()
                        if self._sent[number] >= since), default=None)

        with self._changed:
            first = self._changed.wait_for(answer, timeout)
        if first is None:
            raise LabTimeout(f"waited {timeout:g} s in vain: an echo answered by {self._address}")
        return first

    def count(self, since=0.0, until=float("inf")):
        """Of the echoes sent in a span of time: how many, how many unanswered, longest silence."""
        with self._changed:
            numbers = [number for number, sent in enumerate(self._sent) if since <= sent <= until]
            lost = [number for number in numbers if number not in self._answered]
            times = [self._sent[number] for number in numbers if number in self._answered]
        edges = [self._sent[numbers[0]], *times, self._sent[numbers[-1]]] if numbers else [0, 0]
        longest = max(later - earlier for earlier, later in zip(edges, edges[1:]))
        return EchoCount(len(numbers), len(lost), longest)


@dataclass(frozen=True)
class EchoCount:
    sent: int
    unanswered: int
    longest_silence: float
