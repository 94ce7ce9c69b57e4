# SPDX-License-Identifier: Apache-2.0
"""Server-sent events: as they happen, once each, also to who was away; and who does not read is lost."""

import json
import os
import pathlib
import signal
import socket

import jsonschema
import yaml

from lab.daemon import Holdfast, configuration, instance
from lab.http import ask, connect, try_ask
from lab.netns import in_namespace, wait_until

OPENAPI = pathlib.Path(__file__).resolve().parents[2] / "docs/openapi.yaml"
CONFIG = configuration(instance(priority=150, advert_interval="100ms"),
                       monitoring={"listen": ["127.0.0.1:9112"]})


class Stream:
    """One that reads events, chunked or not."""

    def __init__(self, connection, last=None):
        self.socket = connection
        head = "GET /v1/events HTTP/1.1\r\nHost: x\r\n"
        if last is not None:
            head += f"Last-Event-ID: {last}\r\n"
        self.socket.sendall((head + "\r\n").encode())
        self.file = self.socket.makefile("rb")
        self.status = int(self.file.readline().split()[1])
        self.headers = {}
        while (line := self.file.readline().strip()):
            name, value = line.decode().split(": ", 1)
            self.headers[name.lower()] = value
        self.rest = b""

    def _more(self):
        if self.headers.get("transfer-encoding") != "chunked":
            return self.file.read1(65536)
        size = int(self.file.readline() or b"0", 16)
        part = self.file.read(size)
        self.file.readline()
        return part

    def next(self):
        """The fields of the next event; None at the end."""
        while True:
            while b"\n\n" not in self.rest:
                part = self._more()
                if not part:
                    return None
                self.rest += part
            block, self.rest = self.rest.split(b"\n\n", 1)
            fields = dict(line.split(": ", 1) for line in block.decode().split("\n")
                          if ": " in line and not line.startswith(":"))
            if "event" in fields:
                return fields

    def until(self, condition):
        while True:
            found = self.next()
            assert found is not None, "the stream ended"
            if condition(found):
                return found

    def close(self):
        self.file.close()
        self.socket.close()


def stream(host, last=None):
    return Stream(connect(host, "127.0.0.1", 9112, timeout=30), last)


def is_state(state):
    return lambda event: event["event"] == "instance" and json.loads(event["data"])["to"] == state


def serving(node):
    daemon = Holdfast(node, CONFIG)
    daemon.wait_for_state("web", "MASTER", 20)
    wait_until(lambda: (answer := try_ask(node, "/readyz")) and answer.status == 200, 20,
               lambda: f"readiness; log:\n{daemon.log()[-2000:]}")
    return daemon


def metric(host, name):
    lines = ask(host, "/metrics").body.decode().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(name + " "))


def test_each_event_once_also_to_who_was_away(node):
    daemon = serving(node)
    reader = stream(node)
    assert reader.status == 200 and reader.headers["content-type"] == "text/event-stream"
    assert reader.headers["content-security-policy"].startswith("default-src 'none'")
    node.ip("link", "set", "eth0", "down")
    fault = reader.until(is_state("FAULT"))
    node.ip("link", "set", "eth0", "up")
    master = reader.until(is_state("MASTER"))
    schema = yaml.safe_load(OPENAPI.read_text(encoding="utf-8"))["components"]["schemas"]["Event"]
    body = json.loads(master["data"])
    assert set(body) == set(schema["required"]) and body["id"] == int(master["id"])
    jsonschema.Draft4Validator({**schema["properties"]["kind"]}).validate(body["kind"])
    assert body["reason"] and body["from"] == "BACKUP"
    reader.close()
    # Away, while the monitor-worker has another life: the numbers are the same.
    pid = daemon.worker_pid("monitor-worker")
    os.kill(pid, signal.SIGKILL)
    daemon.wait_for_new_worker("monitor-worker", pid, 20)
    again = stream(node, last=fault["id"])
    came = [again.next()]
    while came[-1]["id"] != master["id"]:
        came.append(again.next())
    assert "gap" not in [one["event"] for one in came]
    numbers = [int(one["id"]) for one in came]
    assert numbers == sorted(set(numbers)) and numbers[0] > int(fault["id"])
    assert any(is_state("BACKUP")(one) for one in came) and came[-1] == master
    # And as the history has them.
    history = json.loads(ask(node, "/v1/history").body)
    assert set(numbers) <= {one["id"] for one in history["events"]}
    assert [one["to"] for one in history["transitions"]][-3:] == ["FAULT", "BACKUP", "MASTER"]
    assert stream(node, last=1).next()["event"] == "gap"


def test_only_so_many_may_read(node):
    serving(node)
    readers = [stream(node) for _ in range(16)]
    assert {one.status for one in readers} == {200}
    refused = stream(node)
    assert refused.status == 503 and refused.headers["retry-after"] == "5"
    wait_until(lambda: metric(node, "holdfast_event_streams") == 16, 10, "all readers")
    for one in readers:
        one.close()
    # Who has gone is noticed with the next word.
    wait_until(lambda: metric(node, "holdfast_event_streams") == 0, 40, "no readers")


def test_who_does_not_read_is_lost_and_counted(node):
    """Its end of the connection takes 2 KiB; the rest waits for a while, and then no longer."""
    daemon = Holdfast(node, {**CONFIG, "monitoring": {"listen": ["127.0.0.1:9112"],
                                                      "timeout": "1s"}})
    daemon.wait_for_state("web", "MASTER", 20)
    wait_until(lambda: try_ask(node, "/readyz"), 20, "an answer")

    def lazy():
        made = socket.socket()
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        made.connect(("127.0.0.1", 9112))
        return made

    reader = in_namespace(node.namespace, lazy)
    reader.sendall(b"GET /v1/events HTTP/1.1\r\nHost: x\r\nLast-Event-ID: 1\r\n\r\n")
    other = stream(node)

    def lost():
        daemon.reload({**CONFIG, "monitoring": {"listen": ["127.0.0.1:9112"], "timeout": "1s"}})
        return metric(node, "holdfast_event_streams_dropped_total") > 0

    wait_until(lost, 60, "the loss", every=0.02)
    assert other.next() is not None  # nobody else has
    assert daemon.worker("monitor-worker")["restarts"] == 0
    reader.close()


def test_over_the_unix_socket_too(node):
    daemon = serving(node)
    path = os.path.join(daemon.runtime_dir, "monitor")
    mode = os.stat(path)
    assert mode.st_mode & 0o777 == 0o660 and mode.st_uid == 0

    def unix(request):
        made = socket.socket(socket.AF_UNIX)
        made.settimeout(30)
        made.connect(path)
        if request:
            made.sendall(request)
        return made

    whole = unix(b"GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n").makefile("rb").read()
    assert whole.startswith(b"HTTP/1.1 200 OK")
    assert json.loads(whole.split(b"\r\n\r\n", 1)[1])["vrrp"][0]["state"] == "MASTER"
    posted = unix(b"POST /v1/status HTTP/1.1\r\nHost: x\r\n\r\n").makefile("rb").read()
    assert posted.startswith(b"HTTP/1.1 405")
    reader = Stream(unix(b""))
    node.ip("link", "set", "eth0", "down")
    reader.until(is_state("FAULT"))
    daemon.reload(configuration(instance(priority=150, advert_interval="100ms")))
    wait_until(lambda: not os.path.exists(path), 10, "no socket without monitoring")
