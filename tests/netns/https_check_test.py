# SPDX-License-Identifier: Apache-2.0
"""HTTPS checks against a real nginx with certificates of several kinds."""

import json
import os
import pathlib
import re

import pytest

from lab import hostile
from lab.authority import Authority
from lab.daemon import Holdfast
from lab.netns import wait_until
from lab.nginx import Nginx

SERVERS = """
  ssl_session_cache shared:checks:1m;
  log_format resumed '$ssl_session_reused $ssl_server_name $request_uri';
  access_log FOLDER/resumed.log resumed;
  server {
    listen 8443 ssl;
    server_name example.com;
    ssl_certificate FOLDER/server.pem;
    ssl_certificate_key FOLDER/server.key;
    location / { return 200 "all is well\\n"; }
  }
  server {
    listen 8444 ssl;
    ssl_certificate FOLDER/server.pem;
    ssl_certificate_key FOLDER/server.key;
    ssl_client_certificate FOLDER/ca.pem;
    ssl_verify_client on;
    location / { return 200 "welcome $ssl_client_s_dn\\n"; }
  }
  server {
    listen 8445 ssl;
    ssl_protocols TLSv1.2;
    ssl_certificate FOLDER/old.pem;
    ssl_certificate_key FOLDER/old.key;
    location / { return 200 "still here\\n"; }
  }
  server { listen 8080; location / { return 200 "plain\\n"; } }
"""


def check(name, **options):
    return {"name": name, "interval": "1s", "timeout": "1s", **options}


def https(name, port=8443, **options):
    return check(name, https={"address": f"192.0.2.2:{port}", **options})


@pytest.fixture
def authority(server):
    made = Authority(os.path.join(server.directory, "nginx"))
    made.sign("server", "/CN=example.com", 90, "DNS:example.com,IP:192.0.2.2")
    made.sign("old", "/CN=old", 5, "DNS:old.example.com")
    made.sign("client", "/CN=checker", 30)
    return made


def states(daemon):
    return {one["name"]: one for one in (daemon.try_status() or {}).get("checks", [])}


def wait_for_results(daemon, count):
    return wait_until(
        lambda: len([one for one in states(daemon).values() if one["up"] is not None]) == count
        and states(daemon), 20, lambda: f"results, not {states(daemon)}\n{daemon.log()[-2000:]}")


@pytest.mark.sanitized
def test_certificates_are_judged_as_configured(node, server, authority):
    Nginx(server, SERVERS)
    ca = authority.path("ca.pem")
    own = {"certificate": authority.path("client.pem"), "key": authority.path("client.key")}
    good = [
        https("any", contains="well"),
        https("old", port=8445),
        https("verified", ca=ca, host="example.com", contains="well"),
        https("by_address", ca=ca),
        https("days", min_days=80),
        https("client", port=8444, contains="CN=checker", **own),
        https("two", ca=ca, server_name="example.com", requests=[{"path": "/a"}, {"path": "/b"}]),
        check("short", https="192.0.2.2:8443"),
    ]
    bad = {
        "other_name": (https("other_name", ca=ca, server_name="other.example.com"),
                       "the certificate is refused: hostname mismatch"),
        "unknown_ca": (https("unknown_ca", ca=authority.path("client.pem")),
                       "the certificate is refused: unable to get local issuer certificate"),
        "expires": (https("expires", port=8445, min_days=14),
                    "the certificate expires in [45] days, expected at least 14"),
        "no_client": (https("no_client", port=8444), "status 400, expected 200 to 299"),
        "plain": (https("plain", port=8080), "TLS handshake: wrong version number"),
        "body": (https("body", contains="ill"), "the body does not contain 'ill', it .*"),
        "closed": (https("closed", port=9), "connection refused"),
    }
    daemon = Holdfast(node, {"checks": good + [one for one, _ in bad.values()]})
    found = wait_for_results(daemon, len(good) + len(bad))
    for one in good:
        assert found[one["name"]]["up"], found[one["name"]]
    for name, (_, reason) in bad.items():
        assert found[name]["up"] is False
        assert re.fullmatch(reason, found[name]["reason"]), found[name]


def test_sessions_are_resumed_and_a_new_authority_is_taken_over(node, server, authority):
    nginx = Nginx(server, SERVERS)
    ca = authority.path("ca.pem")
    web = https("web", ca=ca, host="example.com", path="/resumed")
    web.update(interval="200ms", timeout="200ms", fall=1)
    daemon = Holdfast(node, {"checks": [web]})
    log = nginx.folder / "resumed.log"

    def handshakes():
        lines = log.read_text(encoding="ascii").splitlines() if log.exists() else []
        return [line.split()[0] for line in lines]

    wait_until(lambda: handshakes().count("r") >= 3, 20, lambda: f"resumed: {handshakes()}")
    assert handshakes()[0] == ".", "the first has nothing to resume"
    assert "r example.com /resumed" in log.read_text(encoding="ascii"), "with its name"
    # A reload hands over the files as they are now.
    pathlib.Path(ca).write_text(pathlib.Path(authority.path("client.pem")).read_text())
    daemon.reload()
    wait_until(lambda: states(daemon)["web"]["up"] is False, 20, "the new file counts")
    assert states(daemon)["web"]["reason"].startswith("the certificate is refused: ")


def test_a_resumed_session_does_not_wait_for_an_acknowledgement(node, server, authority):
    del authority
    Nginx(server, SERVERS)
    daemon = Holdfast(node, {"checks": [{**https("old", port=8445), "interval": "200ms",
                                         "timeout": "200ms"}]})

    wait_for_results(daemon, 1)

    def latency():
        return json.loads(daemon.ctl("checks", "--json").stdout)["checks"][0]["latency_ms"]

    # The first makes a session. The kernel of a server acknowledges late: after 40 ms.
    wait_until(lambda: latency()["attempts"] >= 10, 20, lambda: f"ten attempts: {latency()}")
    assert latency()["median"] < 30, latency()


def test_a_key_that_others_can_read_is_refused(node, server, authority):
    os.chmod(authority.path("client.key"), 0o644)
    own = {"certificate": authority.path("client.pem"), "key": authority.path("client.key")}
    daemon = Holdfast(node, {"checks": [https("client", **own)]})
    assert daemon.wait(10) != 0
    assert "holdfast.yaml:" in daemon.log()
    assert "client.key is open to others, expected mode 0600 or 0400" in daemon.log()


@pytest.mark.sanitized
def test_hostile_tls_servers_are_down_for_a_named_reason(lab, node, server, authority):
    attacks = {
        "silent": (hostile.silent, "no end of the TLS handshake within 1 s"),
        "early": (hostile.saying(b""), "closed the connection during the TLS handshake"),
        "reset": (hostile.resetting, "connection reset by peer"),
        "alert": (hostile.saying(b"\x15\x03\x03\x00\x02\x02\x28"),
                  "TLS handshake: sslv3 alert handshake failure"),
        "noise": (hostile.saying(b"\x16\x03\x03\xff\xff" + b"\x41" * 70000),
                  "TLS handshake: packet length too long"),
        "dripping": (hostile.dripping(b"\x16\x03\x03\x40\x00" + b"\x02" * 100),
                     "no end of the TLS handshake within 1 s"),
        "endless": (hostile.repeated(b"", b"\x16\x03\x03\x40\x00" + b"\x0b\xff\xff\xff" * 4096),
                    None),
    }
    checks = []
    for port, (name, (behave, _)) in enumerate(attacks.items(), 9000):
        lab.closing(hostile.Hostile(server, port, behave))
        checks.append(https(name, port=port))
    daemon = Holdfast(node, {"checks": checks})
    found = wait_for_results(daemon, len(checks))
    for name, (_, reason) in attacks.items():
        assert found[name]["up"] is False
        if reason:
            assert found[name]["reason"] == reason, name
    assert daemon.worker("check-worker")["restarts"] == 0
