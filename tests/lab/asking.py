#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""asking.py ADDRESS SECONDS: asks an address for an echo so often, and writes when the kernel had each answer.

A program of its own, which goes first: beside one that reads what came on the wire it would ask late."""

import os
import select
import socket
import struct
import sys
import time

SO_TIMESTAMPNS = 35
ECHO_REQUEST, ECHO_REPLY = 8, 0


def request(number):
    """An ICMP echo, of which the checksum is what is lacking to all ones."""
    identifier = os.getpid() & 0xFFFF
    total = (ECHO_REQUEST << 8) + identifier + number
    total = (total & 0xFFFF) + (total >> 16)
    return struct.pack("!BBHHH", ECHO_REQUEST, 0, ~total & 0xFFFF, identifier, number)


def stamps(sock):
    """Of the answers that are there."""
    while True:
        try:
            packet, ancillary, _, _ = sock.recvmsg(2048, 64)
        except BlockingIOError:
            return
        if packet[(packet[0] & 15) * 4] == ECHO_REPLY:
            seconds, nanoseconds = struct.unpack("@qq", ancillary[0][2][:16])
            yield seconds + nanoseconds / 1e9


def main():
    address, every = sys.argv[1], float(sys.argv[2])
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    sock.setblocking(False)
    number, due = 0, time.monotonic()
    while True:
        select.select([sock], [], [], max(0, due - time.monotonic()))
        for stamp in stamps(sock):
            print(f"{stamp:.6f}", flush=True)
        if time.monotonic() < due:
            continue
        number, due = (number + 1) & 0xFFFF, max(due + every, time.monotonic())
        try:
            sock.sendto(request(number), (address, 0))
        except OSError:
            pass  # no neighbour just now: one more that goes unanswered


if __name__ == "__main__":
    main()
