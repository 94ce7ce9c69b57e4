# SPDX-License-Identifier: Apache-2.0
"""What a node says of itself over HTTP, and that whoever asks, however badly, harms nothing."""

import base64
import hashlib
import html.parser
import json
import os
import pathlib
import signal
import socket
import time

import jsonschema
import pytest
import yaml

from lab.daemon import Holdfast, configuration, instance
from lab.http import ask, connect, try_ask
from lab.netns import in_namespace, wait_until

OPENAPI = pathlib.Path(__file__).resolve().parents[2] / "docs/openapi.yaml"
LISTEN = ["127.0.0.1:9112", '"[::1]:9112"']
SERVICE = {"name": "shop", "address": "192.0.2.10:80", "real_servers": ["10.0.0.1:80"]}
JSON_PATHS = {"/healthz", "/readyz", "/v1/status", "/v1/checks", "/v1/servers", "/v1/history"}


def monitored(node, monitoring=None, **options):
    daemon = Holdfast(node, configuration(
        instance(priority=150, advert_interval="100ms"),
        monitoring={"listen": LISTEN, **(monitoring or {})}, **options))
    daemon.wait_for_state("web", "MASTER", 20)
    wait_until(lambda: (answer := try_ask(node, "/readyz")) and answer.status == 200, 20,
               lambda: f"readiness; log:\n{daemon.log()[-2000:]}")
    return daemon


@pytest.fixture
def served(node):
    return monitored(node)


# ---- What is said.


def of_json_schema(schema):
    """OpenAPI 3.0 says `nullable` where JSON Schema has a type null."""
    if isinstance(schema, list):
        return [of_json_schema(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {key: of_json_schema(value) for key, value in schema.items() if key != "nullable"}
    return {"anyOf": [plain, {"type": "null"}]} if schema.get("nullable") is True else plain


def test_every_answer_is_as_the_document_says(node):
    """And the document has every path, and no field may be served that it has not."""
    check = {"name": "app", "tcp": "127.0.0.1:1", "interval": "1s"}
    monitored(node, checks=[check], virtual_servers=[SERVICE])
    document = yaml.safe_load(OPENAPI.read_text(encoding="utf-8"))
    assert {path for path, item in document["paths"].items()
            if any("application/json" in reply["content"]
                   for reply in item["get"]["responses"].values())} == JSON_PATHS
    for path, item in document["paths"].items():
        if path == "/v1/events":
            continue  # which does not end: events_test
        answer = ask(node, path)
        content = item["get"]["responses"][str(answer.status)]["content"]
        kind = answer.headers["content-type"].split(";")[0]
        assert kind in content, (path, kind)
        if kind != "application/json":
            continue
        body = json.loads(answer.body)
        schema = of_json_schema({"$ref": content[kind]["schema"]["$ref"],
                                 "components": document["components"]})
        jsonschema.Draft4Validator(schema).validate(body)
    assert body  # at least one was looked at


def test_the_status_is_the_one_that_holdfastctl_shows(node):
    daemon = monitored(node)

    def same():
        ours, theirs = json.loads(ask(node, "/v1/status").body), daemon.status()
        for status in (ours, theirs):
            for part in ("workers", "vrrp"):
                for one in status[part]:
                    del one["since_seconds"]
                    one.pop("adverts", None)
        return ours == theirs

    wait_until(same, 10, "the same status")
    daemon.reload("version: 2")
    wait_until(lambda: "version" in (json.loads(ask(node, "/v1/status").body)["config"]["last_error"]
                                     or {"message": ""})["message"], 5, "the refused reload")


def test_a_change_of_state_is_shown_at_once(pair):
    daemon = monitored(pair.node1)
    pair.node1.ip("link", "set", "eth0", "down")
    wait_until(lambda: json.loads(ask(pair.node1, "/v1/status").body)["vrrp"][0]["state"] == "FAULT",
               5, "FAULT")
    ready = wait_until(lambda: (answer := ask(pair.node1, "/readyz")).status == 503 and answer, 5,
                       "no readiness")  # the answer before may serve for a moment
    assert json.loads(ready.body)["problems"] == ["instance web is in FAULT"]
    assert ask(pair.node1, "/healthz").status == 200
    assert daemon.running()
    history = json.loads(ask(pair.node1, "/v1/history").body)["transitions"]
    assert [(one["instance"], one["to"]) for one in history][-2:] == [("web", "MASTER"),
                                                                     ("web", "FAULT")]
    assert history[-1]["from"] == "MASTER" and "eth0" in history[-1]["reason"]


def test_both_families_and_nothing_but_reading(node, served):
    assert ask(node, "/healthz", address="::1").status == 200
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        refused = ask(node, "/v1/status", method=method)
        assert refused.status == 405 and refused.headers["allow"] == "GET, HEAD"
    head = ask(node, "/v1/status", method="HEAD")
    assert head.status == 200 and head.body == b""
    for path in ("/v2", "/v1/status/", "/../etc/passwd", "/v1/status%00"):
        assert ask(node, path).status == 404, path
    answer = ask(node, "/healthz")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert served.running()


class Parts(html.parser.HTMLParser):
    """The texts of scripts and styles, and every attribute that could fetch or run something."""

    def __init__(self):
        super().__init__()
        self.inside, self.texts, self.attributes = None, {"script": [], "style": []}, set()

    def handle_starttag(self, tag, attrs):
        self.inside = tag
        self.attributes |= {name for name, _ in attrs}

    def handle_endtag(self, tag):
        self.inside = None

    def handle_data(self, data):
        if self.inside in self.texts:
            self.texts[self.inside].append(data)


def test_the_page_is_whole_in_itself_and_its_policy_fits(node, served):
    answer = ask(node, "/")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    parts = Parts()
    parts.feed(answer.body.decode())
    policy = dict(part.strip().split(" ", 1)
                  for part in answer.headers["content-security-policy"].split(";"))
    for kind, texts in parts.texts.items():
        digest = base64.b64encode(hashlib.sha256("".join(texts).encode()).digest()).decode()
        assert policy[f"{kind}-src"] == f"'sha256-{digest}'", f"the {kind} is sha256-{digest}"
    assert policy["default-src"] == "'none'" and policy["connect-src"] == "'self'"
    assert not parts.attributes & {"src", "href", "style", "srcset", "action"}
    assert not any(name.startswith("on") for name in parts.attributes)
    assert b"://" not in answer.body and b"innerHTML" not in answer.body
    assert served.running()


# ---- Who is served.


def test_without_the_key_there_is_no_worker_and_with_a_reload_there_is(node):
    plain = configuration(instance(priority=150, advert_interval="100ms"))
    daemon = Holdfast(node, plain)
    daemon.wait_for_state("web", "MASTER", 10)
    since = daemon.router()["since"]
    assert daemon.worker("monitor-worker") is None and try_ask(node, "/healthz") is None
    daemon.reload({**plain, "monitoring": {"listen": LISTEN}})
    wait_until(lambda: try_ask(node, "/healthz"), 10, "the listener")
    daemon.reload({**plain, "monitoring": {"listen": ["127.0.0.1:9113"]}})
    wait_until(lambda: try_ask(node, "/healthz", port=9113), 10, "the other listener")
    assert try_ask(node, "/healthz") is None
    daemon.reload(plain)
    wait_until(lambda: daemon.worker("monitor-worker") is None, 10, "no worker")
    assert try_ask(node, "/healthz", port=9113) is None
    assert daemon.router()["since"] == since


def test_only_the_networks_that_are_allowed(pair):
    daemon = Holdfast(pair.node1, configuration(
        instance(priority=150, advert_interval="100ms"),
        monitoring={"listen": ["0.0.0.0:9112"], "allow": ["192.0.2.100/32"]}))
    daemon.wait_for_state("web", "MASTER", 20)
    wait_until(lambda: try_ask(pair.client, "/healthz", address="192.0.2.1"), 10, "an answer")
    assert try_ask(pair.node2, "/healthz", address="192.0.2.1") is None
    assert try_ask(pair.node1, "/healthz") is None


def test_an_address_in_use_is_said_and_does_not_stop_the_rest(node):
    taken = connect_listener(node)
    daemon = Holdfast(node, configuration(instance(priority=150, advert_interval="100ms"),
                                          monitoring={"listen": LISTEN}))
    daemon.wait_for_state("web", "MASTER", 20)
    wait_until(lambda: try_ask(node, "/healthz", address="::1"), 10, "the other listener")
    assert "cannot listen at 127.0.0.1:9112: Address already in use" in daemon.log()
    taken.close()
    daemon.reload()
    wait_until(lambda: try_ask(node, "/healthz"), 10, "the listener")


def connect_listener(node):
    return in_namespace(node.namespace, lambda: socket.create_server(("127.0.0.1", 9112)))


# ---- Lives.


def test_a_crash_loses_no_connection_and_a_hang_ends(node):
    daemon = monitored(node)
    since = daemon.router()["since"]
    pid = daemon.worker_pid("monitor-worker")
    os.kill(pid, signal.SIGSTOP)
    waiting = connect(node, "127.0.0.1", 9112, timeout=15)  # the kernel takes it
    os.kill(pid, signal.SIGKILL)
    waiting.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b"200 OK" in read_all(waiting)
    pid = daemon.wait_for_new_worker("monitor-worker", pid, 10)
    os.kill(pid, signal.SIGSTOP)
    daemon.wait_for_new_worker("monitor-worker", pid, 20)
    assert "no sign of life" in daemon.worker("monitor-worker")["last_end"]
    wait_until(lambda: try_ask(node, "/readyz").status == 200, 10, "an answer")
    body = json.loads(ask(node, "/v1/status").body)
    assert body["vrrp"][0]["state"] == "MASTER"
    assert daemon.router()["since"] == since


# ---- Bad clients.


def read_all(connection):
    """All that comes until the other end closes."""
    text = b""
    try:
        while part := connection.recv(65536):
            text += part
    except ConnectionResetError:
        pass
    return text


def test_garbage_and_huge_heads_are_refused(node, served):
    pid = served.worker_pid("monitor-worker")
    for bad in (b"\0" * 4096, b"\x16\x03\x01\x02\0" + b"\xff" * 512, b"GET\r\n\r\n",
                b"GET /healthz HTTP/9.9\r\n\r\n", b"GET /healthz HTTP/1.1\r\n\r\n",
                b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
                b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZZZ\r\n",
                b"GET /" + b"a" * 60000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
                b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 20000 + b"\r\n",
                b"GET / HTTP/1.1\r\nA: " + b"b" * 200000 + b"\r\n\r\n"):
        connection = connect(node, "127.0.0.1", 9112)
        try:
            connection.sendall(bad)
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        assert b"200 OK" not in read_all(connection)
        connection.close()
    assert ask(node, "/healthz").status == 200
    assert served.worker_pid("monitor-worker") == pid


def test_slow_clients_are_cut_off(node):
    daemon = monitored(node, {"timeout": "500ms"})
    for head in (b"", b"GET /healthz HTTP/1.1\r\nHost: x\r\n"):
        connection = connect(node, "127.0.0.1", 9112)
        began = time.monotonic()
        connection.settimeout(0.05)
        connection.sendall(head)
        closed = False
        while not closed and time.monotonic() - began < 10:
            try:
                connection.sendall(b"X" if head else b"")  # a byte now and then is no progress
                closed = connection.recv(100) == b""
            except TimeoutError:
                pass
            except OSError:
                closed = True
        assert closed and time.monotonic() - began < 5
    assert ask(node, "/healthz").status == 200
    assert daemon.worker("monitor-worker")["restarts"] == 0


def test_many_connections_starve_nobody_and_no_advert_is_late(pair):
    """Two hundred clients that say nothing hold what one address may have; then they are gone."""
    daemon = Holdfast(pair.node1, configuration(
        instance(priority=150, advert_interval="100ms"),
        monitoring={"listen": ["0.0.0.0:9112"], "timeout": "1s", "connections": 16}))
    daemon.wait_for_state("web", "MASTER", 20)
    wait_until(lambda: try_ask(pair.client, "/healthz", address="192.0.2.1"), 10, "an answer")
    began = time.time()
    crowd = [connect(pair.node2, "192.0.2.1", 9112) for _ in range(200)]
    assert ask(pair.client, "/healthz", address="192.0.2.1").status == 200
    for _ in range(200):
        ask(pair.client, "/v1/status", address="192.0.2.1")
    wait_until(lambda: try_ask(pair.node2, "/healthz", address="192.0.2.1"), 10, "room again")
    until = time.time()
    gap = pair.wire.longest_gap(began, until, source=pair.node1.address)
    assert gap < 0.3, gap  # a backup would wait for 0.36 s
    for one in crowd:
        one.close()
    assert daemon.worker("monitor-worker")["restarts"] == 0
