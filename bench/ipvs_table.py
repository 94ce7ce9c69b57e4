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
# struct ip_vs_service_entry, without what is not looked at: protocol, address, port, mark; num_dests
SERVICE = struct.Struct("=H2x4sH2xI28xI56x")
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
        return sum(SERVICE.unpack(one)[4] for one in self._services())

    def of_weight(self, weight):
        """How many have this one."""
        return sum(weights.count(weight) for weights in map(self._weights, self._services()))

    def _services(self):
        """struct ip_vs_service_entry of each."""
        info = self._ask(IP_VS_SO_GET_INFO, b"", INFO.size)
        number = INFO.unpack(info)[2] if info else 0
        found = self._ask(IP_VS_SO_GET_SERVICES, struct.pack("=II", number, 0), 8 + number * SERVICE.size)
        return [found[8:][at:at + SERVICE.size] for at in range(0, number * SERVICE.size, SERVICE.size)
                ] if found else []

    def _weights(self, service):
        protocol, address, port, mark, number = SERVICE.unpack(service)
        found = self._ask(IP_VS_SO_GET_DESTS, struct.pack("=H2x4sH2xIII", protocol, address, port, mark,
                                                          number, 0), 24 + number * SERVER.size)
        return [weight for (weight,) in SERVER.iter_unpack(found[24:])] if found else []

    def _ask(self, option, request, size):
        """None if the table was another one in the midst of it."""
        buffer = ctypes.create_string_buffer(request, size)
        length = ctypes.c_uint32(size)
        if _libc.getsockopt(self._socket.fileno(), socket.IPPROTO_IP, option, buffer,
                            ctypes.byref(length)) != 0:
            return None
        return buffer.raw[:length.value]
