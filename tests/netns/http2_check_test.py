# SPDX-License-Identifier: Apache-2.0
"""HTTP/2 by ALPN: a real nginx, and servers that mean no good."""

import hashlib
import os
import ssl
import struct

import pytest

from lab import hostile
from lab.authority import Authority
from lab.daemon import Holdfast
from lab.netns import wait_until
from lab.nginx import Nginx

BODY = "status: all is well\n"
TLS = "ssl_certificate FOLDER/server.pem; ssl_certificate_key FOLDER/server.key;"
SERVERS = f"""
  log_format protocol '$server_protocol $request_method $http_x_key $request_uri';
  access_log FOLDER/protocol.log protocol;
  server {{
    listen 8443 ssl http2; {TLS}
    location / {{ }}
    location /busy {{ return 503; }}
  }}
  server {{ listen 8444 ssl; {TLS} location / {{ return 200 "old\\n"; }} }}
"""


def https(name, port=8443, **options):
    return {"name": name, "interval": "2s", "timeout": "2s",
            "https": {"address": f"192.0.2.2:{port}", "http2": "only", **options}}


def grpc(name, port):
    return {"name": name, "interval": "2s", "timeout": "2s", "grpc": f"192.0.2.2:{port}"}


def results(node, *checks):
    daemon = Holdfast(node, {"checks": list(checks)})

    def all_known():
        found = {one["name"]: one for one in (daemon.try_status() or {"checks": []})["checks"]}
        return found if found and all(one["up"] is not None for one in found.values()) else None

    return wait_until(all_known, 30, lambda: daemon.log()[-2000:])


@pytest.fixture
def authority(server):
    made = Authority(os.path.join(server.directory, "nginx"))
    made.sign("server", "/CN=example.com", 90, "IP:192.0.2.2")
    return made


def test_what_nginx_answers_over_http2_is_judged_as_over_http1(node, server, authority):
    nginx = Nginx(server, SERVERS, {"health": BODY, "large": "x" * 300_000})
    digest = hashlib.sha256(BODY.encode()).hexdigest()
    good = [
        https("status", path="/health", headers={"X-Key": "a"}),
        https("auto", path="/health", http2="auto"),
        https("contains", path="/health", contains="all is"),
        https("matches", path="/health", matches="'^status: .* well$'"),
        https("digest", path="/health", sha256=f"'{digest}'"),
        https("head", path="/large", method="HEAD"),
        https("several", requests=[{"path": "/health", "contains": "well"},
                                   {"path": "/busy", "status": 503}]),
        https("old", port=8444, http2="auto"),
        https("never", path="/health?never", http2="never"),
    ]
    bad = {
        "busy": (https("busy", path="/busy"), "status 503, expected 200 to 299"),
        "lacks": (https("lacks", path="/health", contains="nothing"),
                  "the body does not contain '"),
        "long": (https("long", path="/large", sha256=f"'{digest}'"),
                 "the body is too long for its digest to be taken"),
    }
    found = results(node, *good, *(one for one, _ in bad.values()), https("only", port=8444))
    for one in good:
        assert found[one["name"]]["up"], found[one["name"]]
    for name, (_, reason) in bad.items():
        assert found[name]["up"] is False and found[name]["reason"].startswith(reason), found[name]
    assert not found["only"]["up"], found["only"]
    assert "status 200 over HTTP/2 in " in found["status"]["reason"]
    assert "HTTP/2" not in found["old"]["reason"]
    log = (nginx.folder / "protocol.log").read_text().splitlines()
    assert "HTTP/2.0 GET a /health" in log and "HTTP/2.0 HEAD - /large" in log
    assert "HTTP/1.1 GET - /health?never" in log


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


HELLO = frame(4, 0, 0)
HEAD = frame(1, 4, 1, b"\x88")
LITERAL = b"\x00\x01a\x7f\x80\x01" + b"b" * 255
ATTACKS = {
    "silent": (hostile.silent, "no HTTP/2 in answer within 2 s"),
    "endless": (hostile.repeated(HELLO + HEAD, frame(0, 0, 1, b"") * 50), "more than 2000 HTTP/2"),
    "settings": (hostile.repeated(HELLO, frame(4, 0, 0) * 50), "more than 2000 HTTP/2"),
    "pings": (hostile.repeated(HELLO, frame(6, 0, 0, b"12345678") * 50), "more than 2000 HTTP/2"),
    "continuation": (hostile.repeated(HELLO + frame(1, 0, 1, b"\x88"), frame(9, 0, 1) * 50), ""),
    "headers": (hostile.repeated(HELLO + frame(1, 0, 1, b"\x88"),
                                 frame(9, 0, 1, LITERAL * 50)), ""),
    "table": (hostile.repeated(frame(4, 0, 0, struct.pack(">HI", 1, 0xffffffff)) +
                               frame(1, 5, 1, b"\x3f\xe1\xff\xff\xff\x07\x88"), b""), ""),
    "no_end": (hostile.repeated(HELLO + HEAD + frame(0, 0, 1, b"x"), b""), "no end of the body"),
}


def memory_kb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))


def test_hostile_servers_end_with_a_reason_and_bounded_memory(lab, node, server, authority):
    """The same of HTTPS and of gRPC, without TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    folder = os.path.join(server.directory, "nginx")
    context.load_cert_chain(f"{folder}/server.pem", f"{folder}/server.key")
    context.set_alpn_protocols(["h2"])

    def over_tls(behave):
        def wrapped(connection, stop):
            with context.wrap_socket(connection, server_side=True) as secured:
                behave(secured, stop)
        return wrapped

    for port, (behave, _) in enumerate(ATTACKS.values()):
        lab.closing(hostile.Hostile(server, 9000 + port, over_tls(behave)))
        lab.closing(hostile.Hostile(server, 9100 + port, behave))
    daemon = Holdfast(node, {"checks": [check for port, name in enumerate(ATTACKS) for check in (
        https(name, port=9000 + port, contains="never"), grpc(f"grpc-{name}", 9100 + port))]})

    def all_down():
        found = {one["name"]: one for one in (daemon.try_status() or {"checks": []})["checks"]}
        return found if found and all(one["up"] is False for one in found.values()) else None

    found = wait_until(all_down, 40, lambda: daemon.log()[-2000:])
    for name, (_, reason) in ATTACKS.items():
        assert found[name]["reason"] and reason in found[name]["reason"], found[name]
        # Without TLS more of it comes at once, and then nghttp2 itself may be the first to say so.
        said = found[f"grpc-{name}"]["reason"].replace("health status", "end of the body")
        assert said and (reason in said or "Flooding" in said), found[f"grpc-{name}"]
    assert memory_kb(daemon.worker_pid("check-worker")) < 64 * 1024
    assert daemon.worker("check-worker")["restarts"] == 0
