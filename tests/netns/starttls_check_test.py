# SPDX-License-Identifier: Apache-2.0
"""SMTP checks that ask for TLS. Debian's OpenSMTPD fails in its handshakes with OpenSSL 3, so
the server is a small one on Python's."""

import os
import ssl

from lab import hostile
from lab.authority import Authority
from lab.daemon import Holdfast
from lab.netns import wait_until

SERVER = "192.0.2.2"


def mail_server(context, sessions, injected=b""):
    """Greets, offers STARTTLS, and notes what is said under TLS."""

    def behave(connection, _):
        lines = connection.makefile("rb")
        connection.sendall(b"220 mx.example ESMTP\r\n")
        assert lines.readline().startswith(b"EHLO ")
        connection.sendall(b"250-mx.example\r\n250 STARTTLS\r\n")
        assert lines.readline() == b"STARTTLS\r\n"
        connection.sendall(b"220 go ahead\r\n" + injected)
        with context.wrap_socket(connection, server_side=True) as secured:
            lines = secured.makefile("rb")
            session = [lines.readline()]
            secured.sendall(b"250 mx.example\r\n")
            session.append(lines.readline())
            sessions.append(session)
            secured.sendall(b"221 bye\r\n")

    return behave


def states(daemon):
    return {one["name"]: one for one in (daemon.try_status() or {}).get("checks", [])}


def smtp(name, port=25, **options):
    return {"name": name, "interval": "2s", "timeout": "2s",
            "smtp": {"address": f"{SERVER}:{port}", "starttls": True, **options}}


def test_starttls_verifies_as_https_does(lab):
    node = lab.host("node1", "192.0.2.1/24")
    server = lab.host("server", f"{SERVER}/24")
    authority = Authority(os.path.join(server.directory, "pki"))
    authority.sign("server", "/CN=mx.example", 5, "DNS:mx.example")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.path("server.pem"), authority.path("server.key"))
    sessions = []
    lab.closing(hostile.Hostile(server, 25, mail_server(context, sessions)))
    lab.closing(hostile.Hostile(server, 26, mail_server(context, [], b"250 as if under TLS\r\n")))
    ca = authority.path("ca.pem")
    daemon = Holdfast(node, {"checks": [
        smtp("any"),
        smtp("verified", server_name="mx.example", ca=ca, helo="lb1.example"),
        smtp("other", server_name="mx.other", ca=ca),
        smtp("expires", min_days=14),
        smtp("injected", port=26),
    ]})

    def all_known():
        found = states(daemon)
        return found and all(one["up"] is not None for one in found.values()) and found

    found = wait_until(all_known, 20, lambda: f"results, not {states(daemon)}")
    assert found["any"]["up"] and found["verified"]["up"], found
    assert found["other"]["reason"] == "the certificate is refused: hostname mismatch"
    assert "the certificate expires in " in found["expires"]["reason"]
    assert found["injected"]["reason"] == "sent more than its reply to STARTTLS"
    assert [b"EHLO lb1.example\r\n", b"QUIT\r\n"] in sessions
