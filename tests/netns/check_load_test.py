# SPDX-License-Identifier: Apache-2.0
"""More checks than one processor manages: who looks at the node sees it, and that it is over."""

import re

import pytest

from lab.daemon import Holdfast, configuration, instance
from lab.http import try_ask
from lab.netns import wait_until
from lab.receivers import Webhook

pytestmark = pytest.mark.alone

SERVER = "192.0.2.2"
CHECKS = 2000
WORDS = re.compile(r"checks begin [0-9.]+ m?s late: the check-worker has more to do than one "
                   rf"processor manages \({CHECKS} checks, 200000 a second, of which "
                   r"([0-9]+) a second are made\)")


def config(interval):
    # Nobody listens there: an attempt takes the check-worker's time, and hardly any other's.
    checks = [{"name": f"app{number}", "tcp": f"127.0.0.1:{1000 + number}", "interval": interval}
              for number in range(CHECKS)]
    receiver = {"name": "hook", "webhook": {"url": f"http://{SERVER}:8080/alerts"}}
    return configuration(
        instance(priority=150), checks=checks, monitoring={"listen": ["127.0.0.1:9112"]},
        alerts={"receivers": [receiver], "rules": [{"events": ["checks_late"]}], "group": "0ms"})


def late(daemon):
    status = daemon.try_status()
    return status and status["checks_late"]


def metric(node, name):
    answer = try_ask(node, "/metrics")
    found = answer and re.search(rf"^{name} (\S+)$", answer.body.decode(), re.MULTILINE)
    return float(found[1]) if found else None


def findings(daemon):
    found = daemon.ctl("doctor", "--json", check=False).stdout
    return "has more to do than one processor" in found and "longer intervals" in found


def test_checks_that_begin_late_are_seen_and_so_is_the_end(lab, node, server):
    webhook = Webhook(server, 8080)
    lab.closing(webhook)
    daemon = Holdfast(node, config("10s"))
    wait_until(lambda: metric(node, "holdfast_checks_late") == 0, 60, lambda: daemon.log()[-2000:])
    assert late(daemon) is None
    pid = daemon.worker_pid("check-worker")

    daemon.reload(config("10ms"))
    wait_until(lambda: late(daemon), 90, lambda: daemon.log()[-2000:])
    shown = late(daemon)
    made = WORDS.fullmatch(shown["reason"])
    assert made, shown
    assert 0 < int(made[1]) < 200_000 and shown["checks"] == CHECKS
    assert shown["since_seconds"] > 9
    assert "Checks begin " in daemon.ctl("status").stdout
    assert findings(daemon)
    wait_until(lambda: metric(node, "holdfast_checks_late") == 1, 30, "the metric")
    assert metric(node, "holdfast_check_begin_lateness_seconds_count") > 1000

    daemon.reload(config("10s"))
    wait_until(lambda: late(daemon) is None, 120, lambda: daemon.log()[-2000:])
    wait_until(lambda: metric(node, "holdfast_checks_late") == 0, 30, "the metric, again")
    assert not findings(daemon)
    told = [line for line in daemon.log().splitlines() if "checks begin" in line]
    assert len(told) == 2, told
    assert WORDS.search(told[0]) and told[1].endswith("checks begin in time again"), told
    wait_until(lambda: len(webhook.alerts()) == 2, 30, lambda: daemon.log()[-2000:])
    assert [(one["event"], one["name"], one["status"]) for one in webhook.alerts()] == [
        ("checks_late", "check-worker", "firing"), ("checks_late", "check-worker", "resolved")]
    assert daemon.worker_pid("check-worker") == pid, "never taken for hung"
    assert daemon.stop() == 0
