# SPDX-License-Identifier: Apache-2.0
"""What is asked of a host's kernel by netlink, to change its IPVS table or its nf_tables."""

import socket
import struct

from .netns import in_namespace

ETH_P_ALL = 3
NETLINK_NETFILTER = 12
NETLINK_GENERIC = 16
HEADER = struct.Struct("=IHHII")  # of netlink: length, type, flags, sequence, port
NLM_F_REQUEST = 1
FIRST_FAMILY = 0x13  # of those that are not the kernel's own
COMMANDS = {1: "new_service", 2: "set_service", 3: "del_service", 5: "new_dest", 6: "set_dest",
            7: "del_dest", 9: "new_daemon", 10: "del_daemon", 12: "set_config", 16: "zero",
            17: "flush"}
NFNLGRP_NFTABLES = 7
NFT_CHANGES = {0: "new_table", 2: "del_table", 3: "new_chain", 5: "del_chain", 6: "new_rule",
               8: "del_rule", 9: "new_set", 11: "del_set", 12: "new_element", 14: "del_element"}


class NetlinkWrites:
    """Use as a context manager; sees all of the host's namespace from its start on."""

    def __init__(self, host):
        self._host = host

    def __enter__(self):
        self._host.ip("link", "add", "nlmon0", "type", "nlmon")
        self._host.ip("link", "set", "nlmon0", "up")
        self._socket = in_namespace(self._host.namespace, self._open)
        return self

    def __exit__(self, *_):
        self._socket.close()
        self._host.ip("link", "delete", "nlmon0")

    @staticmethod
    def _open():
        tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        tap.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        tap.bind(("nlmon0", ETH_P_ALL))
        tap.setblocking(False)
        return tap

    def fileno(self):
        return self._socket.fileno()

    def seen(self):
        """Of everything that was sent since the last call, the commands that change the table."""
        commands = []
        while True:
            try:
                packet, (_, protocol, *_) = self._socket.recvfrom(1 << 20)
            except BlockingIOError:
                return commands
            if protocol == NETLINK_GENERIC:
                commands += self._commands_in(packet)

    @staticmethod
    def _commands_in(packet):
        while len(packet) > HEADER.size:
            length, kind, flags, _, _ = HEADER.unpack_from(packet)
            command = COMMANDS.get(packet[HEADER.size])
            if kind >= FIRST_FAMILY and flags & NLM_F_REQUEST and command:
                yield command
            packet = packet[(length + 3) & ~3:] if length >= HEADER.size else b""


class NftChanges:
    """What changes in the nf_tables of a host, as the kernel tells it. Use as a context manager."""

    def __init__(self, host):
        self._socket = in_namespace(host.namespace, self._open)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    @staticmethod
    def _open():
        events = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
        events.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        events.bind((0, 1 << (NFNLGRP_NFTABLES - 1)))
        events.setblocking(False)
        return events

    def fileno(self):
        return self._socket.fileno()

    def seen(self):
        """What changed since the last call, in order: "new_rule", "del_element"..."""
        changes = []
        while True:
            try:
                packet = self._socket.recv(1 << 20)
            except BlockingIOError:
                return changes
            while len(packet) >= HEADER.size:
                length, kind, _, _, _ = HEADER.unpack_from(packet)
                if change := NFT_CHANGES.get(kind & 0xFF):
                    changes.append(change)
                packet = packet[(length + 3) & ~3:] if length >= HEADER.size else b""
