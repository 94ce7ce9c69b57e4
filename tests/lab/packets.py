# SPDX-License-Identifier: Apache-2.0
"""VRRP, ARP and neighbour advertisements on the wire: the tests' oracle.

Written from the RFCs (and docs/authentication.md), apart from the C++.
"""

import hashlib
import hmac
import ipaddress
import struct
from dataclasses import dataclass

VRRP_GROUP = "224.0.0.18"
VRRP_GROUP6 = "ff02::12"
VRRP_PROTOCOL = 112
BROADCAST_MAC = "ff:ff:ff:ff:ff:ff"
ETHERTYPE_IPV4 = 0x0800
ETHERTYPE_ARP = 0x0806
ETHERTYPE_IPV6 = 0x86DD
ICMPV6 = 58
NEIGHBOUR_ADVERTISEMENT = 136

# The two readings of VRRPv3 over IPv4 (RFC 5798 and RFC 9568 §5.2.8).
PSEUDO_HEADER = "pseudo-header"
MESSAGE_ONLY = "message-only"


def packed(address):
    return ipaddress.ip_address(address).packed


def mac_bytes(text):
    return bytes.fromhex(text.replace(":", ""))


def mac_text(raw):
    return ":".join(f"{byte:02x}" for byte in raw)


def internet_checksum(data):
    """RFC 1071: the one's complement of the one's complement sum of the 16-bit words."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def pseudo_header(source, destination, length, protocol=VRRP_PROTOCOL):
    rest = "!BBH" if len(packed(source)) == 4 else "!xxHxxBB"
    words = (0, protocol, length) if len(packed(source)) == 4 else (length, 0, protocol)
    return packed(source) + packed(destination) + struct.pack(rest, *words)


def with_checksum(message, prefix=b""):
    cleared = message[:6] + b"\0\0" + message[8:]
    return cleared[:6] + struct.pack("!H", internet_checksum(prefix + cleared)) + cleared[8:]


def advert_v3(vrid, priority, addresses, *, source, interval=1.0, form=PSEUDO_HEADER,
              destination=VRRP_GROUP, version_and_type=0x31, count=None):
    """A VRRPv3 advertisement (RFC 9568 §5.2); `interval` in seconds."""
    message = struct.pack("!BBBBHH", version_and_type, vrid, priority,
                          len(addresses) if count is None else count, round(interval * 100), 0)
    message += b"".join(packed(address) for address in addresses)
    prefix = pseudo_header(source, destination, len(message)) if form == PSEUDO_HEADER else b""
    return with_checksum(message, prefix)


def advert_v2(vrid, priority, addresses, *, interval=1, auth_type=0, auth_data=bytes(8)):
    """A VRRPv2 advertisement (RFC 3768 §5.3)."""
    message = struct.pack("!BBBBBBH", 0x21, vrid, priority, len(addresses), auth_type, interval, 0)
    message += b"".join(packed(address) for address in addresses) + auth_data
    return with_checksum(message)


def trailer(message, key_id, key, *, source, microseconds, destination=VRRP_GROUP):
    """What stands behind a signed advert (docs/authentication.md)."""
    head = b"H\1" + bytes([key_id, 0]) + struct.pack("!Q", microseconds)
    family = b"\4" if len(packed(source)) == 4 else b"\6"
    covered = (b"holdfast vrrp 1\n" + family + packed(source) + packed(destination) + message
               + head)
    return head + hmac.new(key, covered, hashlib.sha256).digest()[:16]


def ipv4(payload, *, source, destination=VRRP_GROUP, ttl=255, protocol=VRRP_PROTOCOL):
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0xC0, 20 + len(payload), 0, 0, ttl, protocol, 0,
                         packed(source), packed(destination))
    checksum = internet_checksum(header)
    return header[:10] + struct.pack("!H", checksum) + header[12:] + payload


def ipv6(payload, *, source, destination=VRRP_GROUP6, hop_limit=255, protocol=VRRP_PROTOCOL):
    header = struct.pack("!IHBB", 0x6C000000, len(payload), protocol, hop_limit)
    return header + packed(source) + packed(destination) + payload


def multicast_mac(group):
    if len(packed(group)) == 16:
        return mac_text(b"\x33\x33" + packed(group)[12:])
    low = int(ipaddress.IPv4Address(group)) & 0x7FFFFF
    return mac_text(b"\x01\x00\x5e" + low.to_bytes(3, "big"))


def ethernet(payload, *, source_mac, destination_mac, ethertype=ETHERTYPE_IPV4):
    return (mac_bytes(destination_mac) + mac_bytes(source_mac) + struct.pack("!H", ethertype)
            + payload)


@dataclass(frozen=True)
class Advert:
    """A VRRP advertisement as it was seen; `form` is None if no reading makes its checksum right."""

    time: float
    mac: str
    source: str
    destination: str
    ttl: int
    version: int
    vrid: int
    priority: int
    interval: float
    addresses: tuple
    form: str | None
    auth_type: int = 0
    payload: bytes = b""  # all that stands behind the IP header
    trailer: bytes = b""  # and what of it stands behind the VRRP message


@dataclass(frozen=True)
class Arp:
    """An ARP packet as it was seen."""

    time: float
    mac: str
    destination_mac: str
    operation: int
    sender_mac: str
    sender: str
    target: str

    @property
    def gratuitous(self):
        return self.sender == self.target and self.destination_mac == BROADCAST_MAC


@dataclass(frozen=True)
class Neighbour:
    """A neighbour advertisement as it was seen (RFC 4861 §4.4)."""

    time: float
    mac: str
    destination_mac: str
    source: str
    destination: str
    hop_limit: int
    router: bool
    solicited: bool
    override: bool
    target: str
    target_mac: str
    checksum_right: bool

    @property
    def sender(self):
        return self.target

    @property
    def gratuitous(self):
        return not self.solicited and self.destination == "ff02::1"


def decode(frame, time):
    """An Advert, an Arp, a Neighbour, or None for anything else."""
    if len(frame) < 14:
        return None
    destination_mac, mac = mac_text(frame[:6]), mac_text(frame[6:12])
    ethertype = struct.unpack("!H", frame[12:14])[0]
    body = frame[14:]
    if ethertype == ETHERTYPE_ARP and len(body) >= 28:
        operation = struct.unpack("!H", body[6:8])[0]
        return Arp(time, mac, destination_mac, operation, mac_text(body[8:14]),
                   str(ipaddress.IPv4Address(body[14:18])),
                   str(ipaddress.IPv4Address(body[24:28])))
    if ethertype == ETHERTYPE_IPV4 and len(body) >= 20 and body[9] == VRRP_PROTOCOL:
        header_length = (body[0] & 15) * 4
        message = body[header_length:struct.unpack("!H", body[2:4])[0]]
        return decode_advert(message, mac, time, body[12:16], body[16:20], body[8])
    if ethertype == ETHERTYPE_IPV6 and len(body) >= 40:
        message = body[40:40 + struct.unpack("!H", body[4:6])[0]]
        if body[6] == VRRP_PROTOCOL:
            return decode_advert(message, mac, time, body[8:24], body[24:40], body[7])
        if body[6] == ICMPV6 and len(message) >= 32 and message[0] == NEIGHBOUR_ADVERTISEMENT:
            return decode_neighbour(body, message, mac, destination_mac, time)
    return None


def decode_neighbour(packet, message, mac, destination_mac, time):
    source, destination = str(ip_of(packet[8:24])), str(ip_of(packet[24:40]))
    whole = pseudo_header(source, destination, len(message), ICMPV6) + message
    target_mac = mac_text(message[26:32]) if message[24:26] == b"\x02\x01" else ""
    return Neighbour(time, mac, destination_mac, source, destination, packet[7],
                     bool(message[4] & 0x80), bool(message[4] & 0x40), bool(message[4] & 0x20),
                     str(ip_of(message[8:24])), target_mac, internet_checksum(whole) == 0)


def ip_of(raw):
    return ipaddress.IPv4Address(raw) if len(raw) == 4 else ipaddress.IPv6Address(raw)


def decode_advert(payload, mac, time, source, destination, ttl):
    if len(payload) < 8:
        return None
    size = len(source)
    end = 8 + size * payload[3] + (8 if payload[0] >> 4 == 2 else 0)
    message, behind = payload[:end], payload[end:]
    source, destination = str(ip_of(source)), str(ip_of(destination))
    version, vrid, priority, count = message[0] >> 4, message[1], message[2], message[3]
    addresses = tuple(str(ip_of(message[at:at + size]))
                      for at in range(8, min(8 + size * count, len(message) - size + 1), size))
    if version == 2:
        interval, auth_type = float(message[5]), message[4]
    else:
        interval, auth_type = (struct.unpack("!H", message[4:6])[0] & 0xFFF) / 100, 0
    return Advert(time, mac, source, destination, ttl, version, vrid, priority, interval,
                  addresses, checksum_form(message, source, destination), auth_type, payload, behind)


def checksum_form(message, source, destination):
    if message == with_checksum(message):
        return MESSAGE_ONLY
    if message == with_checksum(message, pseudo_header(source, destination, len(message))):
        return PSEUDO_HEADER
    return None
