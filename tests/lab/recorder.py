# SPDX-License-Identifier: Apache-2.0
"""What happens on a host, recorded by the kernel and read afterwards: watching costs nothing."""

import ctypes
import os
import re
import socket
import struct
import time

from . import packets
from .netns import in_namespace

ETH_P_ALL, SO_ATTACH_FILTER = 3, 26
SO_RCVBUFFORCE, SO_TIMESTAMPNS, SO_MEMINFO, SK_MEMINFO_DROPS = 33, 35, 55, 8
ROOM = 96 << 20  # some 200,000 packets


class Recorder:
    """Adverts and ARP on one interface, or on all ("") since the last drain(), with the kernel's time of receipt.

    Those from the MAC address `ignored` do not count.
    """

    def __init__(self, host, interface="eth0", ignored=None):
        self._socket = in_namespace(host.namespace, lambda: _recording_socket(interface, ignored))
        self._dropped = 0

    def drain(self):
        """All that came, in order."""
        events = []
        while True:
            try:
                frame, ancillary, _, _ = self._socket.recvmsg(2048, 64)
            except BlockingIOError:
                break
            seconds, nanoseconds = struct.unpack("@qq", ancillary[0][2][:16])
            event = packets.decode(frame, seconds + nanoseconds / 1e9)
            if event is not None:
                events.append(event)
        information = self._socket.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, 64)
        dropped = struct.unpack("=9I", information[:36])[SK_MEMINFO_DROPS]
        if dropped != self._dropped:
            raise RuntimeError(f"{dropped - self._dropped} packets found no room in the recorder")
        return events

    def close(self):
        self._socket.close()


def _all_but(mac):
    """A socket filter (linux/filter.h) that drops the frames of one source."""
    low = int.from_bytes(packets.mac_bytes(mac)[2:], "big")
    program = struct.pack("=HBBI", 0x20, 0, 0, 8)        # load the word at 8, of the source
    program += struct.pack("=HBBI", 0x15, 0, 1, low)     # is it that of the MAC address?
    program += struct.pack("=HBBI", 0x06, 0, 0, 0)       # drop
    return program + struct.pack("=HBBI", 0x06, 0, 0, 0xFFFFFFFF)


def _recording_socket(interface, ignored):
    every = 0 if interface else socket.htons(ETH_P_ALL)
    recording = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_CLOEXEC, every)
    recording.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    recording.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, ROOM)
    if ignored:
        program = ctypes.create_string_buffer(_all_but(ignored))
        recording.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER,
                             struct.pack("@HP", 4, ctypes.addressof(program)))
    if interface:
        recording.bind((interface, ETH_P_ALL))
    recording.setblocking(False)
    return recording


class AddressLog:
    """When the kernel of a host gained its addresses and lost them: `ip -ts monitor`, into a file."""

    LINE = re.compile(r"^\[(\S+)\] (Deleted )?\d+: \S+\s+inet(6?) (\S+) ")

    def __init__(self, host):
        self._file = os.path.join(host.directory, "addresses.log")
        self._process = host.start("ip", "-o", "-ts", "monitor", "address", log=self._file)
        # It says nothing when it is ready: let it hear of an address of no consequence.
        while not self.gained():
            host.ip("address", "add", "127.0.0.9/32", "dev", "lo")
            host.ip("address", "del", "127.0.0.9/32", "dev", "lo")
            time.sleep(0.01)

    def gained(self, since=0.0):
        """The times (time.time()) at which IPv4 addresses came, or were renewed, in order."""
        return [stamp for stamp, gone, six, _ in self._events()
                if not gone and not six and stamp >= since]

    def first_gained(self, since):
        """When each IPv4 address came first, renewals apart, in order."""
        first = {}
        for stamp, gone, six, address in self._events():
            if not gone and not six and stamp >= since:
                first.setdefault(address, stamp)
        return sorted(first.values())

    def gained_address(self, address):
        """When this one came or was renewed."""
        return [stamp for stamp, gone, _, of in self._events() if not gone and of == address]

    def lost(self, address):
        return [stamp for stamp, gone, _, of in self._events() if gone and of == address]

    def _events(self):
        with open(self._file, encoding="ascii") as lines:
            for line in lines:
                found = self.LINE.match(line)
                if not found:
                    continue
                seconds, fraction = found.group(1).split(".")
                stamp = time.mktime(time.strptime(seconds, "%Y-%m-%dT%H:%M:%S"))
                yield (stamp + float("0." + fraction), bool(found.group(2)), bool(found.group(3)),
                       found.group(4).split("/")[0])

    def close(self):
        self._process.kill()


def usage(pids):
    """CPU seconds so far, and bytes of memory (PSS), of some processes."""
    seconds = memory = 0
    for pid in pids:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        seconds += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as rollup:
            memory += next(int(line.split()[1]) for line in rollup if line.startswith("Pss:")) * 1024
    return seconds, memory


def processes(host, name):
    """The pids on a host of programs whose name begins with `name`."""
    found = []
    for pid in host.pids():
        with open(f"/proc/{pid}/comm", encoding="utf-8") as comm:
            if comm.read().startswith(name):
                found.append(pid)
    return found
