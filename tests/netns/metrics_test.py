# SPDX-License-Identifier: Apache-2.0
"""The metrics of a node: what the document lists, what Prometheus makes of them, and what is shipped."""

import json
import pathlib
import re
import subprocess

import pytest

from lab.daemon import Daemon, Holdfast, configuration, instance
from lab.http import ask, try_ask
from lab.netns import run, wait_until

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES = ROOT / "packaging/prometheus/holdfast.rules.yml"
SERVICE = {"name": "shop", "address": "192.0.2.10:80", "real_servers": ["10.0.0.1:80"]}


def documented():
    """The names in docs/metrics.md, with their types and labels."""
    rows = re.findall(r"^\| `(holdfast_\w+)` \| (\w+) \| (.*?) \|",
                      (ROOT / "docs/metrics.md").read_text(encoding="utf-8"), re.MULTILINE)
    return {name: (kind, set(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows}


def family_of(name, families):
    """A histogram's samples have names of their own."""
    return name if name in families else re.sub("_(bucket|sum|count)$", "", name)


def served(text):
    """The same of an exposition."""
    kinds = dict(re.findall(r"^# TYPE (\w+) (\w+)$", text, re.MULTILINE))
    labels = {}
    for name, inside in re.findall(r"^(\w+)(?:\{(.*)\})? \S+$", text, re.MULTILINE):
        labels.setdefault(family_of(name, kinds), set()).update(
            set(re.findall(r'(\w+)="', inside)) - {"le"})
    return {name: (kind, labels[name]) for name, kind in kinds.items()}


@pytest.fixture
def daemon(node, tmp_path):
    load = tmp_path / "load"
    load.write_text("7\n", encoding="ascii")
    made = Holdfast(node, configuration(
        instance(priority=150, advert_interval="100ms"), monitoring={"listen": ["127.0.0.1:9112"]},
        checks=[{"name": "load", "file": str(load)}, {"name": "port", "tcp": "127.0.0.1:9112"}],
        virtual_servers=[SERVICE],
        alerts={"receivers": [{"name": "log", "syslog": {"server": "192.0.2.9:514"}}]}))
    made.wait_for_state("web", "MASTER", 20)
    wait_until(lambda: (answer := try_ask(node, "/metrics")) and
               all(part in answer.body for part in (
                   b"holdfast_check_value", b"adverts_sent", b"check_latency", b"loop_lag")), 20,
               lambda: f"metrics; log:\n{made.log()[-2000:]}")
    return made


class Prometheus(Daemon):
    """Debian's, which scrapes a node once a second."""

    def __init__(self, host, target):
        super().__init__(host, "prometheus")
        folder = pathlib.Path(host.directory)
        (folder / "prometheus.yml").write_text(f"""
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: [{RULES}]
scrape_configs:
  - job_name: holdfast
    static_configs: [{{targets: ["{target}"]}}]
""", encoding="utf-8")
        self._start("prometheus", f"--config.file={folder}/prometheus.yml",
                    f"--storage.tsdb.path={folder}/tsdb", "--web.listen-address=127.0.0.1:9090")

    def query(self, expression):
        """The samples, by their labels."""
        answer = try_ask(self.host, "/api/v1/query?query=" + expression.replace(" ", "%20"),
                         port=9090)
        if answer is None or answer.status != 200:
            return None
        return json.loads(answer.body)["data"]["result"]


def test_what_is_served_is_what_is_documented(node, daemon):
    answer = ask(node, "/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    found, listed = served(answer.body.decode()), documented()
    for name, what in found.items():
        assert listed.get(name) == what, name
    # Where there is no IPVS, the kernel counts nothing.
    counted = {name for name in listed if re.search(r"real_server_\w*(connections|bytes)", name)}
    # And who is alone hears nobody.
    others = {"holdfast_vrrp_unmatched_adverts_rejected_total", "holdfast_vrrp_peers_speaking",
              "holdfast_vrrp_peer_mismatches"}
    assert set(listed) - set(found) <= counted | others
    check = run("promtool", "check", "metrics", input=answer.body.decode(), check=False)
    assert check.returncode == 0, check.stdout + check.stderr
    assert daemon.running()


def test_a_take_over_is_measured(pair):
    """How long nobody held the addresses, why, and what the processes take meanwhile."""
    one = Holdfast(pair.node1, configuration(instance(priority=150, advert_interval="100ms")))
    one.wait_for_state("web", "MASTER", 20)
    two = Holdfast(pair.node2, configuration(
        instance(priority=100, advert_interval="100ms"), monitoring={"listen": ["127.0.0.1:9112"]}))
    two.wait_for_state("web", "BACKUP", 20)

    def value(sample):
        answer = try_ask(pair.node2, "/metrics")
        found = answer and re.search("^" + re.escape(sample) + r" (\S+)$", answer.body.decode(),
                                     re.MULTILINE)
        return float(found[1]) if found else 0

    web = '{vrrp_instance="web"}'
    wait_until(lambda: value("holdfast_vrrp_peers_speaking" + web) == 1, 20, "the peer")
    wait_until(lambda: value("holdfast_vrrp_advert_lateness_seconds_count" + web) > 3, 20,
               "lateness of adverts")
    pair.node1.ip("link", "set", "eth0", "down")
    two.wait_for_state("web", "MASTER", 20)
    wait_until(lambda: value("holdfast_vrrp_failover_duration_seconds_count" + web) == 1, 10,
               "the take-over")
    assert 0.2 < value("holdfast_vrrp_failover_duration_seconds_sum" + web) < 10
    reasons = 'holdfast_vrrp_transition_reasons_total{vrrp_instance="web",reason="no_advert"}'
    assert value(reasons) == 1
    for process in ("holdfastd", "vrrp-worker", "monitor-worker"):
        memory = f'holdfast_process_resident_memory_bytes{{process="{process}"}}'
        assert 1e6 < wait_until(lambda name=memory: value(name), 20, memory) < 1e9
    assert value('holdfast_loop_lag_seconds_count{process="vrrp-worker"}') > 3


def test_prometheus_scrapes_and_answers(node, daemon):
    prometheus = Prometheus(node, "127.0.0.1:9112")
    masters = 'holdfast_vrrp_state{state="MASTER"}'
    result = wait_until(lambda: prometheus.query(masters), 30,
                        lambda: f"a sample; log:\n{prometheus.log()[-2000:]}")
    assert result[0]["metric"]["vrrp_instance"] == "web" and result[0]["value"][1] == "1"
    assert prometheus.query("up")[0]["value"][1] == "1"
    node.ip("link", "set", "eth0", "down")
    wait_until(lambda: prometheus.query('holdfast_vrrp_transitions_total{to="FAULT"} > 0'), 15,
               "the transition")
    wait_until(lambda: prometheus.query('ALERTS{alertname="HoldfastInstanceFault"}'), 15,
               "the alert")
    assert daemon.running()


def test_the_alert_rules_fire_when_they_must_and_only_then(tmp_path):
    text = (ROOT / "tests/packaging/holdfast.rules.test.yml").read_text(encoding="utf-8")
    test = tmp_path / "test.yml"
    test.write_text(text.replace("RULES", str(RULES)), encoding="utf-8")
    done = subprocess.run(["promtool", "test", "rules", test], capture_output=True, text=True,
                          check=False, timeout=30)
    assert done.returncode == 0, done.stdout + done.stderr
    alerts = set(re.findall(r"alert: (\w+)", RULES.read_text(encoding="utf-8")))
    assert all(name in text for name in alerts)


@pytest.mark.parametrize("file", [RULES, ROOT / "packaging/grafana/holdfast.json"])
def test_what_is_shipped_names_only_metrics_that_there_are(file):
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".json":
        panels = json.loads(text)["panels"]
        assert len({panel["id"] for panel in panels}) == len(panels)
        text = "\n".join(target["expr"] for panel in panels for target in panel["targets"])
    named = set(re.findall(r"\bholdfast_\w+", text))
    listed = documented()
    named = {family_of(name, listed) for name in named}
    assert named and named <= set(listed), named - set(listed)
