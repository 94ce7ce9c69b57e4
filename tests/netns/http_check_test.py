# SPDX-License-Identifier: Apache-2.0
"""HTTP checks against a real nginx, and against servers that mean no good."""

import hashlib

import pytest

from lab import hostile
from lab.daemon import Holdfast
from lab.netns import wait_until
from lab.nginx import Nginx

SERVERS = """
  server {
    listen 8080;
    location / { }
    location /busy { return 503; }
    location /moved { return 301 http://192.0.2.9/; }
    location /key { if ($http_x_key != "a b") { return 403; } return 200 "fine\\n"; }
    location /large { gzip on; gzip_min_length 1; }
  }
  server { listen 8080; server_name example.com; location / { return 200 "virtual host\\n"; } }
"""
BODY = "status: all is well\n"


def check(name, **options):
    fast = {"interval": "200ms", "timeout": "200ms"}
    return {"name": name, **fast, **options}


def http(name, **options):
    return check(name, http={"address": "192.0.2.2:8080", **options})


def states(daemon):
    return {one["name"]: one for one in (daemon.try_status() or {}).get("checks", [])}


def wait_for_results(daemon, count):
    return wait_until(
        lambda: len([one for one in states(daemon).values() if one["up"] is not None]) == count
        and states(daemon), 20, lambda: f"results, not {states(daemon)}\n{daemon.log()[-2000:]}")


def wait_for(daemon, name, up):
    return wait_until(lambda: states(daemon).get(name, {}).get("up") is up and states(daemon)[name],
                      20, lambda: f"{name} {up}; {states(daemon)}\n{daemon.log()[-2000:]}")


@pytest.mark.sanitized
def test_what_nginx_answers_is_judged_as_configured(node, server):
    nginx = Nginx(server, SERVERS, {"health": BODY, "large": "x" * 300_000})
    digest = hashlib.sha256(BODY.encode()).hexdigest()
    good = [
        http("status", path="/health"),
        http("contains", path="/health", contains="all is"),
        http("matches", path="/health", matches="'^status: .* well$'"),
        http("digest", path="/health", sha256=f"'{digest}'"),
        http("moved", path="/moved", status="[200, 301-302]"),
        http("vhost", path="/", host="example.com", contains="virtual host"),
        http("key", path="/key", headers={"X-Key": "a b"}),
        http("head", method="HEAD", path="/large"),
        http("several", requests=[{"path": "/health", "contains": "well"},
                                  {"path": "/busy", "status": 503}]),
        http("large", path="/large"),
        http("post", method="POST", path="/health", status="405"),
        check("short", http="192.0.2.2:8080", rise=1),
    ]
    bad = {
        "busy": (http("busy", path="/busy"), "status 503, expected 200 to 299"),
        "gone": (http("gone", path="/gone"), "status 404, expected 200 to 299"),
        "nokey": (http("nokey", path="/key"), "status 403, expected 200 to 299"),
        "lacks": (http("lacks", path="/health", contains="nothing"),
                  "the body does not contain '"),
        "pattern": (http("pattern", path="/health", matches="'^well'"),
                    "the body does not match '"),
        "other": (http("other", path="/health", sha256=f"'{'0' * 64}'"),
                  f"the body has the SHA-256 digest {digest}"),
        "second": (http("second", requests=[{"path": "/health"}, {"path": "/gone"}]),
                   "/gone: status 404, expected 200 to 299"),
        "long": (http("long", path="/large", sha256=f"'{digest}'"),
                 "the body is too long for its digest to be taken"),
    }
    good.pop()  # "/" of a folder without an index is 403
    daemon = Holdfast(node, {"checks": good + [one for one, _ in bad.values()]})
    found = wait_for_results(daemon, len(good) + len(bad))
    for one in good:
        assert found[one["name"]]["up"], found[one["name"]]
    for name, (_, reason) in bad.items():
        assert found[name]["up"] is False and found[name]["reason"].startswith(reason), found[name]
    assert found["status"]["reason"].startswith("status 200 in ")
    assert any('"GET /health HTTP/1.1" 200' in line and '"holdfast"' in line
               for line in nginx.requests()), nginx.requests()[:5]


def test_follows_a_server_that_stops_and_starts(node, server):
    nginx = Nginx(server, SERVERS, {"health": BODY})
    daemon = Holdfast(node, {"checks": [http("web", path="/health", contains="well")]})
    wait_for(daemon, "web", True)
    nginx.write("health", "status: ill\n")
    assert "does not contain" in wait_for(daemon, "web", False)["reason"]
    nginx.write("health", BODY)
    wait_for(daemon, "web", True)
    nginx.stop()
    assert wait_for(daemon, "web", False)["reason"] == "connection refused"
    nginx.start()
    wait_for(daemon, "web", True)


def test_comes_from_where_it_is_told_to(node, server):
    nginx = Nginx(server, SERVERS, {"health": BODY})
    node.ip("address", "add", "192.0.2.7/24", "dev", "eth0")
    node.plug("eth1", "192.0.2.8/24")
    node.ip("route", "del", "192.0.2.0/24", "dev", "eth1")
    daemon = Holdfast(node, {"checks": [
        {**http("source", path="/health?source"), "source": "192.0.2.7"},
        {**http("port", path="/health?port"), "source_port": 40000},
        {**http("interface", path="/health?interface"), "interface": "eth0"},
        {**http("missing", path="/health"), "interface": "eth9"},
        {**http("foreign", path="/health"), "source": "192.0.2.99"},
    ]})
    for name in ("source", "port", "interface"):
        wait_for(daemon, name, True)
    assert any(line.startswith("192.0.2.7 ") and "?source" in line for line in nginx.requests())
    assert any(line.startswith("192.0.2.1 ") and "?port" in line for line in nginx.requests())
    # What this node lacks is never a reason to be down.
    wait_until(lambda: "cannot be probed and stays as it is" in daemon.log(), 10, daemon.log)
    assert states(daemon)["missing"]["up"] is None
    assert states(daemon)["foreign"]["up"] is None


OK = b"HTTP/1.1 200 OK\r\n"
ATTACKS = {
    "silent": (hostile.silent, "no status line within 200 ms"),
    "dripping": (hostile.dripping(OK * 50), "no status line within 200 ms"),
    "dripping_headers": (hostile.dripping(b"HTTP/1.1 200\n" + b"A: b\n" * 50), None),
    "headers": (hostile.repeated(OK, b"A: b\r\n" * 100), "more than 256 headers"),
    "line": (hostile.repeated(OK + b"A: ", b"x" * 1000), "a line of more than 8192 bytes"),
    "interim": (hostile.repeated(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 5),
                "more than 8 interim responses"),
    "framing": (hostile.repeated(OK + b"Transfer-Encoding: chunked\r\n\r\n",
                                 b"1;" + b"x" * 8000 + b"\r\ny\r\n"), "the response has no end"),
    "body": (hostile.repeated(OK + b"\r\n", b"x" * 65536),
             "the first 57344 bytes of the body do not contain '"),
    "reset": (hostile.resetting, "connection reset by peer"),
    "early": (hostile.saying(b"HTTP/1.1 2"), "closed the connection: no status line"),
    "cut": (hostile.saying(OK + b"Content-Length: 5\r\n\r\nx"),
            "closed the connection: no end of the body"),
    "ssh": (hostile.saying(b"SSH-2.0-OpenSSH\r\n"),
            "no HTTP/1: it began with 'SSH-2.0-OpenSSH?'"),
    "utf8": (hostile.saying(OK + b"Content-Length: 3\r\n\r\n\xff\xfe\x80"),
             "the body does not contain '"),
}


@pytest.mark.sanitized
def test_hostile_servers_are_down_for_a_named_reason(lab, node, server):
    checks = []
    for port, (name, (behave, _)) in enumerate(ATTACKS.items(), 9000):
        lab.closing(hostile.Hostile(server, port, behave))
        checks.append(check(name, http={"address": f"192.0.2.2:{port}", "contains": "well"}))
    # The clock starts with the probe: what is slow under load must still come to its own end.
    for one in checks:
        if ATTACKS[one["name"]][1] and "within" not in ATTACKS[one["name"]][1]:
            one.update(interval="10s", timeout="10s")
    daemon = Holdfast(node, {"checks": checks})
    found = wait_for_results(daemon, len(checks))
    for name, (_, reason) in ATTACKS.items():
        assert found[name]["up"] is False
        if reason:
            assert found[name]["reason"].startswith(reason), found[name]
    assert found["dripping_headers"]["reason"].endswith(" within 200 ms")
    worker = daemon.worker_pid("check-worker")
    with open(f"/proc/{worker}/status", encoding="ascii") as status:
        peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    assert peak < 400_000, "kB, with room for the sanitizers"
    assert daemon.worker("check-worker")["restarts"] == 0
