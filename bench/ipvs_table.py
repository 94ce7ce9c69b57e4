# SPDX-License-Identifier: Apache-2.0
"""The kernel's IPVS table, looked at by its oldest interface: a system call or two, which take no time
from the daemon that is measured beside them. To read /proc/net/ip_vs of ten thousand real servers takes
a tenth of a second where a system call is slow."""

import ctypes
import socket
import struct

import rivals  # noqa: F401 - by it lab is found

from lab.netns import in_namespace

IP_VS_SO_GET_INFO, IP_VS_SO_GET_SERVICES, IP_VS_SO_GET_DESTS = 1153, 1154, 1156
INFO = struct.Struct("=III")  # struct ip_vs_getinfo: version, size, num_services
# struct ip_vs_service_entry, of which the number of servers
SERVICE = struct.Struct("=44xI56x")
# struct ip_vs_get_dests: the first four, and of how many servers there is room
SERVERS = struct.Struct("=H2x4sH2xII4x")
# struct ip_vs_dest_entry, of which the weight
SERVER = struct.Struct("=12xi80x")

_libc = ctypes.CDLL(None, use_errno=True)


class IpvsTable:
    """Of a host. The kernel must have IPVS loaded in its namespace, or there is nothing in it."""

    def __init__(self, host):
        self._socket = in_namespace(host.namespace, lambda: socket.socket(
            socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW))

    def close(self):
        self._socket.close()

    def servers(self):
        """How many there are, of all services."""
        return sum(SERVICE.unpack(one)[0] for one in self._services())

    def has_weight(self, weight, keys, each, number):
        """Whether the first so many servers have this one, of services of these keys, in their order and with
        so many servers each. The last is looked at first: while it has not, nothing else is."""
        return all(self._weights(key, each).count(weight) >= min(each, number - at * each)
                   for at, key in reversed(list(enumerate(keys))))

    def _services(self):
        """struct ip_vs_service_entry of each."""
        info = self._ask(IP_VS_SO_GET_INFO, b"", INFO.size)
        number = INFO.unpack(info)[2] if info else 0
        found = self._ask(IP_VS_SO_GET_SERVICES, struct.pack("=II", number, 0), 8 + number * SERVICE.size)
        return [found[8:][at:at + SERVICE.size] for at in range(0, number * SERVICE.size, SERVICE.size)
                ] if found else []

    def _weights(self, key, number):
        address, port = key
        found = self._ask(IP_VS_SO_GET_DESTS, SERVERS.pack(socket.IPPROTO_TCP, socket.inet_aton(address),
                                                           socket.htons(port), 0, number),
                          SERVERS.size + number * SERVER.size)
        return [weight for (weight,) in SERVER.iter_unpack(found[SERVERS.size:])] if found else []

    def _ask(self, option, request, size):
        """None if the table was another one in the midst of it."""
        buffer = ctypes.create_string_buffer(request, size)
        length = ctypes.c_uint32(size)
        if _libc.getsockopt(self._socket.fileno(), socket.IPPROTO_IP, option, buffer,
                            ctypes.byref(length)) != 0:
            return None
        return buffer.raw[:length.value]
