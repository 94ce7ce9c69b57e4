# SPDX-License-Identifier: Apache-2.0
"""holdfastctl checks: what is known of every check, and one attempt on demand."""

import json
import os

from lab import hostile
from lab.authority import Authority
from lab.daemon import Holdfast
from lab.netns import wait_until
from lab.nginx import Nginx

SERVERS = """
  server { listen 8080; location / { return 200 "all is well\\n"; } }
  server {
    listen 8443 ssl;
    ssl_certificate FOLDER/server.pem;
    ssl_certificate_key FOLDER/server.key;
    location / { return 200 "secret\\n"; }
  }
"""


def check(name, **options):
    return {"name": name, "interval": "1s", "timeout": "1s", **options}


def start(node, *checks, awaited=None):
    daemon = Holdfast(node, {"checks": list(checks)})
    wait_until(lambda: sum(one["up"] is not None for one in states(daemon)) >=
               (len(checks) if awaited is None else awaited), 30,
               lambda: f"results; they are {states(daemon)}, log:\n{daemon.log()[-2000:]}")
    return daemon


def states(daemon):
    return (daemon.try_status() or {"checks": []})["checks"]


def listed(daemon, *words):
    answer = json.loads(daemon.ctl("checks", "--json", *words).stdout)
    return {one["name"]: one for one in answer["checks"]}


def test_each_check_with_its_last_result_latency_and_error(node, server):
    Nginx(server, SERVERS.split("  server {\n    listen 8443")[0])
    daemon = start(node, check("web-1", http="192.0.2.2:8080"), check("web-2", tcp="192.0.2.2:9"),
                   {"name": "disk", "file": "/nowhere/to/be/seen"})
    wait_until(lambda: listed(daemon)["web-1"]["attempts"]["good"] >= 2, 20, "two attempts")
    every = listed(daemon)
    assert set(every) == {"web-1", "web-2", "disk"}
    good, bad, watched = every["web-1"], every["web-2"], every["disk"]
    assert good["up"] and good["weight"] == 100 and good["last"]["good"]
    assert good["last"]["reason"].startswith("status 200") and good["last_error"] is None
    assert 0 < good["latency_ms"]["median"] <= good["latency_ms"]["p99"] < 1000
    assert good["latency_ms"]["attempts"] >= 2
    assert 0 <= good["next_seconds"] <= 1
    assert not bad["up"] and not bad["last"]["good"] and bad["latency_ms"] is None
    assert bad["last_error"]["reason"] == "connection refused"
    assert watched["next_seconds"] is None and watched["last"] is None

    assert set(listed(daemon, "--down")) == {"web-2", "disk"}
    assert set(listed(daemon, "web-*")) == {"web-1", "web-2"}
    assert set(listed(daemon, "web-*", "--down")) == {"web-2"}
    text = daemon.ctl("checks", "web-*").stdout
    assert "\n       connection refused (" in text and "disk" not in text
    assert daemon.ctl("checks", "web-1", "--down").stdout == "none is down\n"
    for words, said in ((("checks", "wbe-1"), "there is no check 'wbe-1', did you mean 'web-1'?"),
                        (("checks", "--json", "no*"), "there is no check 'no*'; there are 'web-1', "),
                        (("history", "dsik"), "the history has nothing of 'dsik', did you mean "
                                              "'disk'?")):
        answer = daemon.ctl(*words, check=False)
        assert answer.returncode == 1 and answer.stdout == "" and said in answer.stderr, answer


def test_a_thousand_checks_come_page_by_page_and_the_status_is_short(node):
    checks = [check(f"port-{i}", tcp=f"127.0.0.1:{20000 + i}", interval="20s", start_spread="1s",
                    timeout="10s") for i in range(1000)]
    daemon = start(node, *checks)
    every = listed(daemon)
    assert len(every) == 1000
    assert {one["last_error"]["reason"] for one in every.values()} == {"connection refused"}
    text = daemon.ctl("status").stdout
    assert text.count("connection refused") == 50
    assert "and 950 more checks; each is in: holdfastctl checks" in text


def test_without_its_worker_only_the_states_are_known(node, server):
    daemon = start(node, check("web", tcp="192.0.2.2:9"))
    pid = daemon.worker_pid("check-worker")
    node.run("kill", "-STOP", str(pid))
    answer = daemon.ctl("checks", "--json", check=False)  # the watchdog ends the worker meanwhile
    assert answer.returncode == 0, answer.stderr
    one = json.loads(answer.stdout)["checks"][0]
    assert one["up"] is False and one["reason"] == "connection refused"
    assert one["last"] is None and one["attempts"] == {"good": 0, "bad": 0}


def test_a_run_shows_the_conversation_and_counts_as_nothing(node, server):
    authority = Authority(os.path.join(server.directory, "nginx"))
    authority.sign("server", "/CN=shop", 80, "DNS:example.com")
    Nginx(server, SERVERS)
    daemon = start(node, check("plain", http="192.0.2.2:8080", interval="60s"),
                   check("secret", interval="60s", https={
                       "address": "192.0.2.2:8443", "host": "example.com"}))
    before = {name: one["attempts"] for name, one in listed(daemon).items()}
    lines = daemon.ctl("checks", "run", "plain").stdout.splitlines()
    assert "connects to 192.0.2.2:8080" in lines[0] and "connected" in lines[1]
    assert "sent" in lines[2] and r"'GET / HTTP/1.1\r\nHost: 192.0.2.2:8080" in lines[2]
    assert "received" in lines[3] and "'HTTP/1.1 200 OK" in lines[3]
    assert lines[-1].startswith("plain: good, status 200")
    text = daemon.ctl("checks", "run", "secret").stdout
    assert ", resumed; " in text and "the certificate is of /CN=shop and ends in" in text
    assert r"'GET / HTTP/1.1\r\nHost: example.com" in text
    assert {name: one["attempts"] for name, one in listed(daemon).items()} == before


def test_a_run_of_what_is_down_says_why_and_fails(lab, node, server):
    lab.closing(hostile.Hostile(server, 8081, hostile.silent))
    daemon = start(node, check("closed", tcp="192.0.2.2:9", interval="60s"),
                   check("silent", redis="192.0.2.2:8081", interval="60s", timeout="500ms"),
                   check("script", script="/bin/false", interval="60s"),
                   {"name": "disk", "file": "/nowhere/to/be/seen"})
    answer = daemon.ctl("checks", "run", "closed", check=False)
    assert answer.returncode == 1
    assert answer.stdout.splitlines()[-1] == "closed: bad, connection refused"
    answer = daemon.ctl("checks", "run", "silent", check=False)
    assert answer.returncode == 1
    lines = answer.stdout.splitlines()
    assert "sent" in lines[2] and lines[-1] == "silent: bad, no answer within 500 ms"
    answer = daemon.ctl("checks", "run", "script", "--json", check=False)
    assert answer.returncode == 1
    assert json.loads(answer.stdout)["reason"] == "exited with status 1"
    answer = daemon.ctl("checks", "run", "disk", check=False)
    assert answer.returncode == 1 and "is watched, not asked" in answer.stderr
    answer = daemon.ctl("checks", "run", "nobody", check=False)
    assert answer.returncode == 1 and "there is no check 'nobody'; there are " in answer.stderr
    answer = daemon.ctl("checks", "run", "clsoed", check=False)
    assert answer.returncode == 1 and "'clsoed', did you mean 'closed'?" in answer.stderr
