# SPDX-License-Identifier: Apache-2.0
"""VRRP and ARP on the wire, written from the RFCs and apart from the C++: the tests' oracle."""

import hashlib
import hmac
import ipaddress
import struct
from dataclasses import dataclass

VRRP_GROUP = "224.0.0.18"
VRRP_PROTOCOL = 112
BROADCAST_MAC = "ff:ff:ff:ff:ff:ff"
ETHERTYPE_IPV4 = 0x0800
ETHERTYPE_ARP = 0x0806

# The two readings of VRRPv3 over IPv4 (RFC 5798 and RFC 9568 §5.2.8).
PSEUDO_HEADER = "pseudo-header"
MESSAGE_ONLY = "message-only"


def packed(address):
    return ipaddress.IPv4Address(address).packed


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


def pseudo_header(source, destination, length):
    return packed(source) + packed(destination) + struct.pack("!BBH", 0, VRRP_PROTOCOL, length)


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
    covered = b"holdfast vrrp 1\n\4" + packed(source) + packed(destination) + message + head
    return head + hmac.new(key, covered, hashlib.sha256).digest()[:16]


def ipv4(payload, *, source, destination=VRRP_GROUP, ttl=255, protocol=VRRP_PROTOCOL):
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0xC0, 20 + len(payload), 0, 0, ttl, protocol, 0,
                         packed(source), packed(destination))
    checksum = internet_checksum(header)
    return header[:10] + struct.pack("!H", checksum) + header[12:] + payload


def multicast_mac(group):
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


def decode(frame, time):
    """An Advert, an Arp, or None for anything else."""
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
        return decode_advert(body, mac, time)
    return None


def decode_advert(packet, mac, time):
    header_length = (packet[0] & 15) * 4
    payload = packet[header_length:struct.unpack("!H", packet[2:4])[0]]
    if len(payload) < 8:
        return None
    size = 8 + 4 * payload[3] + (8 if payload[0] >> 4 == 2 else 0)
    message, behind = payload[:size], payload[size:]
    source = str(ipaddress.IPv4Address(packet[12:16]))
    destination = str(ipaddress.IPv4Address(packet[16:20]))
    version, vrid, priority, count = message[0] >> 4, message[1], message[2], message[3]
    addresses = tuple(str(ipaddress.IPv4Address(message[at:at + 4]))
                      for at in range(8, min(8 + 4 * count, len(message) - 3), 4))
    if version == 2:
        interval, auth_type = float(message[5]), message[4]
    else:
        interval, auth_type = (struct.unpack("!H", message[4:6])[0] & 0xFFF) / 100, 0
    return Advert(time, mac, source, destination, packet[8], version, vrid, priority, interval,
                  addresses, checksum_form(message, source, destination), auth_type, payload, behind)


def checksum_form(message, source, destination):
    if message == with_checksum(message):
        return MESSAGE_ONLY
    if message == with_checksum(message, pseudo_header(source, destination, len(message))):
        return PSEUDO_HEADER
    return None
