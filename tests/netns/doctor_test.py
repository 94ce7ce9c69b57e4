# SPDX-License-Identifier: Apache-2.0
"""holdfastctl doctor, with each fault really made."""

import json

from lab.daemon import Holdfast, binaries, configuration, instance, to_yaml
from lab.netns import wait_until

SETTINGS = "net.ipv4.conf."


def look(host, daemon, status):
    """What is found, by id; the exit status says whether anything is."""
    answer = host.run(binaries() / "holdfastctl", "--runtime-dir", daemon.runtime_dir, "doctor",
                      "--json", check=False)
    assert answer.returncode == status, answer.stdout + answer.stderr
    return {one["id"]: one for one in json.loads(answer.stdout)["findings"]}


def test_each_fault_of_a_host_is_found_and_none_after_it_is_mended(pair):
    host = pair.node1
    pair.start_one()
    assert look(host, pair.one, 0) == {}

    host.run("nft", "add table inet filter; add chain inet filter input "
             "{ type filter hook input priority 0; policy drop; }")
    found = look(host, pair.one, 1)
    assert set(found) == {"firewall"} and "inet filter input" in found["firewall"]["what"]
    assert "nft insert rule inet filter input meta l4proto 112 accept" in found["firewall"]["mend"]
    host.run("nft", "insert rule inet filter input meta l4proto 112 accept")
    assert look(host, pair.one, 0) == {}
    host.run("nft", "insert rule inet filter input ip protocol 112 drop")
    assert set(look(host, pair.one, 1)) == {"firewall"}
    host.run("nft", "flush ruleset")

    host.plug("eth1", "192.0.2.77/24")
    assert set(look(host, pair.one, 1)) == {"arp_ignore"}
    host.run("sysctl", "-qw", SETTINGS + "eth1.arp_ignore=1")
    assert look(host, pair.one, 0) == {}

    host.ip("link", "set", "eth0", "multicast", "off")
    assert set(look(host, pair.one, 1)) == {"multicast"}
    host.ip("link", "set", "eth0", "multicast", "on")
    assert look(host, pair.one, 0) == {}


def test_what_our_own_table_drops_is_no_fault(pair):
    pair.start_one(firewall="peers", allowed_sources=["192.0.2.0/29"], accept=False)
    shown = pair.node1.run("nft", "list", "table", "inet", "holdfast").stdout
    assert "@vrrp4_sources" in shown and "192.0.2.0/29" in shown
    assert look(pair.node1, pair.one, 0) == {}


def test_faults_between_configuration_and_host(pair):
    many = [f"192.0.2.{number}/24" for number in range(10, 110)]
    web = instance(priority=150, advert_interval="100ms", addresses=[*many, "198.51.100.1/24"])
    db = instance("db", 52, "192.0.2.200/24", advert_interval="100ms",
                  unicast={"peers": [{"address": "203.0.113.9"}]})
    pair.one = Holdfast(pair.node1, configuration(web, db))
    pair.one.wait_for_state("web", "MASTER", 10)
    host = pair.node1
    host.run("sysctl", "-qw", SETTINGS + "eth0.rp_filter=1")
    host.ip("link", "set", "eth0", "mtu", "400")
    found = look(host, pair.one, 1)
    assert set(found) == {"network", "mtu", "rp_filter"}
    assert "198.51.100.1" in found["network"]["what"]
    host.ip("link", "set", "eth0", "down")
    assert "link" in look(host, pair.one, 1)


def test_a_stranger_with_our_vrid_and_a_daemon_that_is_not_there(pair):
    pair.start_one()
    pair.start_two({"addresses": ["192.0.2.99/24"], "priority": 50})
    pair.two.wait_for_state("web", "MASTER", 10)

    def stranger():
        answer = pair.one.ctl("doctor", check=False)
        return answer.returncode == 1 \
            and "another node with our VRID" in " ".join(answer.stdout.split())

    # Its counters are told some time after.
    wait_until(stranger, 10, lambda: pair.one.ctl("doctor", check=False).stdout, every=0.2)
    assert pair.one.stop() == 0
    answer = pair.one.ctl("doctor", "--config", pair.one.config_file, check=False)
    assert answer.returncode == 1 and "holdfastd is not running" in answer.stdout


def test_a_script_that_others_may_write(pair, tmp_path):
    script = tmp_path / "check.sh"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o777)
    file = tmp_path / "holdfast.yaml"
    check = {"name": "app", "script": {"command": [str(script)]}}
    file.write_text(to_yaml({"version": 1, "node": "n", **configuration(instance(), checks=[check])}))
    answer = pair.node1.run(binaries() / "holdfastctl", "--runtime-dir", str(tmp_path), "doctor",
                            "--config", str(file), check=False)
    assert answer.returncode == 1 and str(script) in answer.stdout.replace("\n", "")


def test_the_file_of_a_fleet_is_read_as_the_node_that_runs_by_it(lab):
    host = lab.host("node1", "192.0.2.1/24")
    daemon = Holdfast(host, to_yaml({
        "version": 1, **configuration(instance(advert_interval="100ms")),
        "nodes": {"lb1": {"labels": ["here"]}, "lb2": {"labels": ["there"]}}}),
        options=("--node", "lb1"))
    daemon.wait_for_state("web", "MASTER", 10)
    assert look(host, daemon, 0) == {}
    stranger = daemon.ctl("doctor", "--json", "--node", "lb3", check=False)
    assert stranger.returncode == 1 and "'lb3', did you mean 'lb" in stranger.stdout
