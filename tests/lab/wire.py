# SPDX-License-Identifier: Apache-2.0
"""A wire on which a sender does not pay for the receivers.

A pair of virtual devices hands a packet to its other end within the sender's own system call: the switch, every host
behind it and whoever listens there run in the sender's time, and count as its CPU. Between machines
they do not. Here a thread of the kernel takes the packets from the sender's device.
"""

import array
import fcntl
import os
import re
import socket
import struct

from .netns import in_namespace, run

SIOCETHTOOL, ETHTOOL_STSO, ETHTOOL_SGRO = 0x8946, 0x1F, 0x2C
# Who sends more at once than the ring of a virtual device holds, 256, must be held back, not lose.
KERNEL = (6, 16)


def can_be_handed_over():
    return tuple(map(int, re.findall(r"\d+", os.uname().release)[:2])) >= KERNEL


def hand_over(namespace, interface, switch, port):
    """From `interface` of a host to its other end, `port` on the switch."""
    # By these the kernel chooses who receives: the sender, or a thread, which is called NAPI.
    in_namespace(namespace, lambda: _set(interface, ETHTOOL_STSO, 0))
    in_namespace(switch, lambda: _set(port, ETHTOOL_SGRO, 1))
    run("ip", "netns", "exec", switch, "sh", "-c", f"echo 1 >/sys/class/net/{port}/threaded")
    # Without a queue nobody is held back.
    run("tc", "-n", namespace, "qdisc", "replace", "dev", interface, "root", "pfifo", "limit", "10000")


def _set(interface, feature, value):
    wanted = array.array("I", (feature, value))
    request = struct.pack("16sP", interface.encode(), wanted.buffer_info()[0])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCETHTOOL, request)
