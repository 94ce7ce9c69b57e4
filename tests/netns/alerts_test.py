# SPDX-License-Identifier: Apache-2.0
"""Alerts, to real servers of HTTP(S), SMTP and syslog and to a script: what is told, to those who
are down, slow or refuse as well, and that no advert waits for it."""

import hashlib
import hmac
import json
import os
import pathlib
import re
import signal
import socket
import ssl
import threading

import pytest

from lab.authority import Authority
from lab.daemon import Holdfast, configuration, instance
from lab.http import ask
from lab.netns import in_namespace, wait_until
from lab.receivers import MailServer, Webhook
from lab.scripts import Scripts

SERVER = "192.0.2.2"


class Site:
    """A master that watches a file, and a server for those who are told."""

    def __init__(self, lab):
        self.lab = lab
        self.node = lab.host("node1", "192.0.2.1/24")
        self.server = lab.host("server", f"{SERVER}/24")
        self.flag = pathlib.Path(self.node.directory, "flag")
        self.flag.write_text("0")
        self.daemon = None

    def start(self, receivers, checks=True, monitoring=None, **alerts):
        options = {"group": "100ms", "retry_min": "200ms", "timeout": "2s", **alerts}
        self.daemon = Holdfast(self.node, configuration(
            instance(priority=150, advert_interval="100ms"),
            checks=[{"name": "app", "file": {"path": str(self.flag)}}] if checks else [],
            alerts={"receivers": receivers, **options},
            **({"monitoring": monitoring} if monitoring else {})))
        self.daemon.wait_for_state("web", "MASTER", 10)

    def secret(self, name, text):
        path = pathlib.Path(self.node.directory, name)
        path.write_text(text + "\n")
        path.chmod(0o600)
        return str(path)

    def webhook(self, port=8080, context=None):
        made = Webhook(self.server, port, context)
        self.lab.closing(made)
        return made

    def mail_server(self, port, **options):
        made = MailServer(self.server, port, **options)
        self.lab.closing(made)
        return made

    def authority(self):
        authority = Authority(os.path.join(self.server.directory, "pki"))
        authority.sign("server", "/CN=mx.example", 5, f"DNS:mx.example,IP:{SERVER}")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(authority.path("server.pem"), authority.path("server.key"))
        return authority.path("ca.pem"), context

    def log(self):
        return self.daemon.log()[-3000:]


@pytest.fixture
def site(lab):
    return Site(lab)


def hook(port=8080, name="hook", **options):
    return {"name": name, "webhook": {"url": f"http://{SERVER}:{port}/alerts", **options}}


def events(webhook):
    return [(one["event"], one["name"], one["status"]) for one in webhook.alerts()]


def test_a_webhook_hears_of_a_transition_and_it_is_signed(site):
    ca, context = site.authority()
    webhook = site.webhook(8443, context)
    site.start([{"name": "hook", "webhook": {
        "url": f"https://{SERVER}:8443/alerts", "ca": ca,
        "secret_file": site.secret("secret", "a shared secret")}}])
    wait_until(lambda: events(webhook), 10, site.log)
    assert events(webhook) == [("master", "web", "firing")]
    headers, body = webhook.posts[0]
    assert headers["Content-Type"] == "application/json"
    made = hmac.new(b"a shared secret", body, hashlib.sha256).hexdigest()
    assert headers["X-Holdfast-Signature"] == f"sha256={made}"
    assert webhook.bodies()[0]["node"] == "node1"
    site.daemon.ctl("alert", "test")
    assert events(webhook)[-1] == ("test", "hook", "firing")


def test_mail_under_tls_by_who_knows_the_password(site):
    ca, context = site.authority()
    server = site.mail_server(587, context=context, password="s3cret")
    site.start([{"name": "ops", "email": {
        "server": f"{SERVER}:587", "from": "lb@example.net", "to": ["ops@example.net"],
        "user": "lb", "password_file": site.secret("password", "s3cret"), "ca": ca}}])
    wait_until(lambda: server.mails, 10, site.log)
    sender, recipients, text = server.mails[0]
    assert (sender, recipients) == ("lb@example.net", ["ops@example.net"])
    assert "Subject: [holdfast] node1: instance web is MASTER here with priority 150" in text
    assert server.logins[0] == ("lb", "s3cret")
    assert "s3cret" not in site.daemon.log()


def test_a_mail_server_that_refuses_the_password_or_is_a_stranger(site):
    ca, context = site.authority()
    site.mail_server(587, context=context, password="other")
    email = {"server": f"{SERVER}:587", "from": "lb@example.net", "to": ["ops@example.net"]}
    site.start([
        {"name": "wrong", "email": {**email, "user": "lb", "ca": ca,
                                    "password_file": site.secret("password", "s3cret")}},
        {"name": "stranger", "email": {**email, "ca": "/etc/ssl/certs/ca-certificates.crt"}}])
    for name, why in (("wrong", "Login denied"), ("stranger", "certificate")):
        answer = site.daemon.ctl("alert", "test", name, check=False)
        assert answer.returncode == 1 and f"{name}: not told:" in answer.stdout
        assert why in answer.stdout, answer.stdout
    assert site.daemon.worker("alert-worker")["restarts"] == 0


def test_syslog_and_a_script(site):
    listener = in_namespace(site.server.namespace,
                            lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    site.lab.closing(listener)
    listener.bind((SERVER, 514))
    listener.settimeout(10)
    scripts = Scripts(site.node)
    script = scripts.write("tell", 'echo "$HOLDFAST_EVENT $HOLDFAST_NAME $HOLDFAST_RESOLVED" '
                                   ">>OUT/told")
    site.start([{"name": "log", "syslog": {"server": f"{SERVER}:514", "facility": "local0"}},
                {"name": "run", "script": script}])
    line = listener.recv(4096).decode()
    assert re.match(r"<133>1 20\S+Z node1 holdfast - master \[alert@32473 event=\"master\" "
                    r"name=\"web\" resolved=\"false\"\] instance web is MASTER here", line), line
    wait_until(lambda: scripts.lines("told") == ["master web false"], 10, site.log)


def test_rules_grouping_and_what_is_resolved(site):
    webhook, other = site.webhook(8080), site.webhook(8081)
    site.start([hook(8080), hook(8081, name="other", format="alertmanager")],
               rules=[{"events": ["check_*"], "names": ["a*"], "receivers": ["hook", "other"]}])
    site.flag.unlink()
    wait_until(lambda: len(events(webhook)) == 1, 10, site.log)
    site.flag.write_text("0")
    wait_until(lambda: len(events(webhook)) == 2, 10, site.log)
    assert events(webhook) == [("check_down", "app", "firing"), ("check_down", "app", "resolved")]
    wait_until(lambda: len(other.bodies()) == 2, 10, site.log)
    fired, resolved = (body[0] for body in other.bodies())
    assert fired["labels"] == resolved["labels"]
    assert fired["labels"]["alertname"] == "holdfast_check_down" and "endsAt" in resolved


def test_a_host_by_its_name(site):
    webhook = site.webhook()
    hosts = pathlib.Path("/etc/hosts").read_text(encoding="utf-8")
    names = [line.split()[1] for line in hosts.splitlines()
             if line.startswith("127.0.0.1") and len(line.split()) > 1]
    if not names:
        pytest.skip("no name in /etc/hosts")
    listener = in_namespace(site.node.namespace, socket.socket)
    site.lab.closing(listener)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 8090))
    listener.listen()
    site.start([{"name": "hook", "webhook": {"url": f"http://{names[0]}:8090/"}}])
    listener.settimeout(10)
    connection, _ = listener.accept()
    assert connection.recv(20).startswith(b"POST / HTTP/1.1")
    connection.close()
    assert not webhook.posts
    assert site.daemon.worker("alert-worker")["restarts"] == 0


def test_one_that_refuses_is_told_once_it_does_not_and_holds_up_nobody(site):
    refusing, good = site.webhook(8080), site.webhook(8081)
    refusing.status = 503
    site.start([hook(8080), hook(8081, name="good"), hook(8082, name="down")])
    wait_until(lambda: events(good), 10, site.log)
    wait_until(lambda: len(refusing.posts) >= 2, 10, site.log)
    assert "receiver hook could not be told" in site.daemon.log()
    refusing.status = 200
    wait_until(lambda: "receiver hook can be told again: HTTP 200" in site.daemon.log(), 10,
               site.log)
    late = site.webhook(8082)
    wait_until(lambda: events(late) == [("master", "web", "firing")], 10, site.log)
    assert events(good) == [("master", "web", "firing")]


def test_a_receiver_that_fails_is_seen(site):
    """In the status, by the doctor and as a metric; also after the worker was killed."""
    webhook = site.webhook()
    webhook.status = 503
    site.start([hook()], monitoring={"listen": ["127.0.0.1:9112"]}, retry_max="200ms")

    def state():
        return site.daemon.status()["receivers"][0]

    wait_until(lambda: state()["failures_in_a_row"] > 1, 10, site.log)
    assert state()["last_error"]["reason"] == "HTTP 503"
    assert "Receiver of alerts hook is not told" in site.daemon.ctl("status").stdout
    assert '"id": "receiver"' in site.daemon.ctl("doctor", "--json", check=False).stdout
    failed = 'holdfast_alert_deliveries_total{receiver="hook",result="bad"}'
    wait_until(lambda: re.search(re.escape(failed) + r" [1-9]",
                                 ask(site.node, "/metrics").body.decode()), 10, site.log)
    pid = site.daemon.worker_pid("alert-worker")
    before = state()["failed"]
    os.kill(pid, signal.SIGKILL)
    site.daemon.wait_for_new_worker("alert-worker", pid, 10)
    wait_until(lambda: state()["failed"] > before, 10, site.log)
    webhook.status = 200
    wait_until(lambda: state()["failures_in_a_row"] == 0, 10, site.log)
    assert state()["delivered"] == 1 and state()["last_error"]["reason"] == "HTTP 503"
    assert "is not told" not in site.daemon.ctl("status").stdout


def test_what_waits_is_told_after_the_worker_was_killed(site):
    """At least once: also what was under way."""
    webhook = site.webhook()
    webhook.status = 503
    site.start([hook()], retry_min="300ms", retry_max="300ms")
    wait_until(lambda: webhook.posts, 10, site.log)
    pid = site.daemon.worker_pid("alert-worker")
    os.kill(pid, signal.SIGKILL)
    site.daemon.wait_for_new_worker("alert-worker", pid, 10)
    webhook.posts.clear()
    webhook.status = 200
    wait_until(lambda: events(webhook), 10, site.log)
    assert events(webhook)[0] == ("master", "web", "firing")
    # The next life knows what its predecessor had told.
    site.flag.unlink()
    wait_until(lambda: ("check_down", "app", "firing") in events(webhook), 10, site.log)
    assert [one for one in events(webhook) if one[0] == "master"] == [("master", "web", "firing")]


def test_adverts_do_not_wait_for_alerts(site):
    """A receiver that takes connections and never answers, one that is down, and many changes."""
    slow = site.webhook()
    slow.held = threading.Event()
    site.start([hook(), hook(8082, name="down")], timeout="1s")
    capture = site.lab.capture(site.server)
    start = len(capture.adverts())
    for _ in range(10):
        site.flag.unlink()
        wait_until(lambda: site.daemon.status()["checks"][0]["up"] is False, 5, site.log)
        site.flag.write_text("0")
        wait_until(lambda: site.daemon.status()["checks"][0]["up"] is True, 5, site.log)
    times = [one.time for one in capture.adverts()[start:]]
    gaps = [after - before for before, after in zip(times, times[1:])]
    assert gaps and max(gaps) < 0.35, gaps  # nobody would take over
    assert site.daemon.worker("vrrp-worker")["restarts"] == 0
    assert site.daemon.worker("alert-worker")["restarts"] == 0


def test_receivers_are_tested_side_by_side(site):
    slow, other = site.webhook(8080), site.webhook(8081)
    site.start([hook(8080), hook(8081, name="other")], checks=False,
               rules=[{"events": ["reload_failed"]}], timeout="30s")
    slow.held = other.held = threading.Event()
    answers = []
    asking = threading.Thread(
        target=lambda: answers.append(site.daemon.ctl("alert", "test", "--json").stdout))
    asking.start()
    # None of both is answered, so that the second does not wait for the first.
    wait_until(lambda: slow.posts and other.posts, 20, site.log)
    slow.held.set()
    asking.join(20)
    decoder, rest, told = json.JSONDecoder(), answers[0].strip(), []
    while rest:
        document, end = decoder.raw_decode(rest)
        told.append(document)
        rest = rest[end:].strip()
    assert told == [{"api": 1, "receiver": name, "result": "good", "reason": "HTTP 200"}
                    for name in ("hook", "other")]


def test_without_receivers_there_is_no_worker_and_a_reload_brings_one(site):
    site.daemon = Holdfast(site.node, configuration(instance(advert_interval="100ms")))
    site.daemon.wait_for_state("web", "MASTER", 10)
    assert site.daemon.worker("alert-worker") is None
    webhook = site.webhook()
    site.daemon.write_config(configuration(instance(advert_interval="100ms"),
                                           alerts={"receivers": [hook()], "group": "0ms"}))
    site.daemon.ctl("reload")  # done when it is in force: what it brings can be used at once
    assert site.daemon.ctl("alert", "test", "hook").stdout == "hook: told: HTTP 200\n"
    assert events(webhook) == [("test", "hook", "firing")]


def test_a_worker_that_had_nobody_to_tell_ends_in_order(site):
    site.start([hook()], rules=[{"events": ["reload_failed"]}])
    site.daemon.ctl("stop")
    site.daemon.wait(10)
    assert "alert-worker stopped" in site.log()
