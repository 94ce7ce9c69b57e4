# SPDX-License-Identifier: Apache-2.0
"""The container image as docs/container.md says that it is run, by podman and crun: two nodes share an
address, and one of them dies or is stopped."""

import hashlib
import io
import json
import os
import re
import subprocess
import tarfile
import time

import pytest

from lab.daemon import ROOT
from lab.lab import Lab
from lab.netns import wait_until
from podman import IMAGE, Container, Podman, documented

VIP = "192.0.2.10"
CONFIG = """
version: 1
node: {node}
vrrp:
  instances:
    - name: web
      interface: eth0
      virtual_router_id: 51
      priority: {priority}
      addresses: [192.0.2.10/24]
checks:
  - {{name: app, tcp: 192.0.2.100:9}}
"""
WORKERS = {"vrrp-worker": {"net_admin", "net_raw"}, "check-worker": set()}
CAPABILITIES = {5: "kill", 6: "setgid", 7: "setuid", 8: "setpcap", 12: "net_admin", 13: "net_raw",
                18: "sys_chroot"}


def files_of_image():
    """Its one layer: name -> entry of the archive; and what stands in it of a file."""
    with tarfile.open(IMAGE) as archive:
        def read(name):
            return archive.extractfile(name).read()

        manifest = json.loads(read("manifest.json"))[0]
        layer = tarfile.open(fileobj=io.BytesIO(read(manifest["Layers"][0])))
    return {entry.name: entry for entry in layer}, layer


@pytest.fixture(scope="module")
def podman(tmp_path_factory):
    with Podman(tmp_path_factory.mktemp("podman")) as made:
        yield made


class Site:
    def __init__(self, lab, podman):
        self.node1 = lab.host("node1", "192.0.2.1/24")
        self.node2 = lab.host("node2", "192.0.2.2/24")
        self.client = lab.host("client", "192.0.2.100/24")
        self.wire = lab.capture(self.client)
        self.one = Container(podman, self.node1, CONFIG.format(node="lb1", priority=150))
        self.one.wait_for_state("MASTER", 30)
        self.two = Container(podman, self.node2, CONFIG.format(node="lb2", priority=100))
        self.two.wait_for_state("BACKUP", 30)
        self.wire.wait_for_advert(10, since=time.time(), source="192.0.2.1")

    def holder_answers(self, host):
        """Whose the address is, as the client sees it."""
        self.client.ip("neigh", "flush", "dev", "eth0")
        answered = self.client.run("ping", "-c", "1", "-W", "1", VIP, check=False).returncode == 0
        neighbours = json.loads(self.client.ip("-j", "neigh", "show", VIP).stdout)
        return answered and host.mac in [one.get("lladdr") for one in neighbours]


@pytest.fixture
def site(podman):
    with Lab() as lab:
        yield Site(lab, podman)


def test_one_that_is_killed_is_followed_by_the_other(site):
    assert site.holder_answers(site.node1)
    site.one.podman(*documented("podman kill")[1:2], "--signal", "KILL", site.one.name)
    site.one.wait(20)
    site.two.wait_for_state("MASTER", 20)
    # Whoever is killed cannot take its address away: the kernel does.
    site.node1.wait_without(VIP, timeout=10)
    wait_until(lambda: site.holder_answers(site.node2), 10, "an answer of node2")
    # What it finds of its former life in the volume and in the kernel keeps it from nothing.
    site.one.start()
    site.one.wait_for_state("MASTER", 30)
    site.node2.wait_without(VIP)


def test_a_stop_is_a_planned_hand_over(site):
    echo = site.client.lab.echo(site.client, VIP)
    before = time.time()
    echo.wait_for_answer(10, since=before)
    stop = subprocess.Popen(site.one.podman.words("stop", "--time", "60", site.one.name),
                            stdout=subprocess.DEVNULL)
    site.wire.wait_for_advert(20, since=before, source="192.0.2.1", priority=0)
    first = site.wire.wait_for_advert(20, since=before, source="192.0.2.2")
    assert stop.wait(60) == 0
    site.one.wait(10)
    site.two.wait_for_state("MASTER", 10)
    until = time.time()
    echo.wait_for_answer(10, since=until)
    assert echo.count(before, until).unanswered == 0
    assert first.time - before < 3  # it did not wait for silence
    assert not site.node1.has_address(VIP)


def test_a_reload_is_a_signal(site):
    path = os.path.join(site.two.folder, "holdfast.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(CONFIG.format(node="lb2", priority=120))
    words = [site.two.name if word == "holdfast" else word for word in documented("podman kill")]
    site.two.podman(*words[1:])
    wait_until(lambda: site.two.router().get("priority") == 120, 20, site.two.log)
    assert site.two.router()["state"] == "BACKUP"


def status_of(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


def capabilities(mask):
    bits = {bit for bit in range(64) if int(mask, 16) >> bit & 1}
    return {CAPABILITIES.get(bit, bit) for bit in bits}


def test_processes_are_their_users_with_no_more_than_is_documented(site):
    words = documented("podman run")
    granted = {name.lower() for name in words[words.index("--cap-add") + 1].split(",")}
    entries, layer = files_of_image()
    users = {line.split(":")[0]: line.split(":")[2] for line in
             layer.extractfile(entries["etc/passwd"]).read().decode().splitlines()}
    seen = {}
    for pid in site.node1.pids():
        status = status_of(pid)
        seen[status["Name"]] = pid
        held = [capabilities(status[kind]) for kind in ("CapPrm", "CapEff", "CapBnd")]
        uids = set(status["Uid"].split())
        assert status["NoNewPrivs"] == "1" and status["Seccomp"] == "2", status
        if status["Name"] == "holdfastd":
            assert uids == {"0"} and held == [granted] * 3
            continue
        role = next(role for role in WORKERS  # of which 15 characters are in the name
                    if f"holdfast-{role}".startswith(status["Name"]))
        assert uids == {users[f"holdfast-{role.split('-')[0]}"]}, status
        assert held == [WORKERS[role], WORKERS[role], set()], status
    assert len(seen) == 1 + len(WORKERS), seen
    with open(f"/proc/{seen['holdfastd']}/mounts", encoding="utf-8") as file:
        root = next(line.split() for line in file if line.split()[1] == "/")
    assert "ro" in root[3].split(",")


def test_there_is_nothing_in_it_to_become_more_with():
    entries, _ = files_of_image()
    programs = {name for name, entry in entries.items() if entry.isfile() and entry.mode & 0o111
                and not re.search(r"\.so(\.|$)", name)}
    assert {"usr/sbin/holdfastd", "usr/bin/holdfastctl",
            "usr/libexec/holdfast/holdfast-vrrp-worker"} <= programs
    assert all("holdfast" in os.path.basename(name) for name in programs), programs
    assert not [name for name, entry in entries.items() if entry.mode & 0o6000]
    assert not [name for name, entry in entries.items() if entry.uid or entry.gid]
    written = [name for name, entry in entries.items() if not entry.issym() and entry.mode & 0o022]
    assert written == ["tmp"]


def test_scanners_find_the_packages_and_readers_their_licences():
    entries, layer = files_of_image()
    named = [name for name in entries if name.startswith("var/lib/dpkg/status.d/")]
    packages = {os.path.basename(name) for name in named}
    assert {"holdfast", "holdfast-ctl", "libc6", "libssl3", "ca-certificates"} <= packages
    assert "perl-base" not in packages and "dpkg" not in packages
    for package in packages:
        assert f"usr/share/doc/{package}/copyright" in entries, package
        text = layer.extractfile(entries[f"var/lib/dpkg/status.d/{package}"]).read().decode()
        assert re.search(r"^Version: \S+$", text, re.MULTILINE)
    bundle = layer.extractfile(entries["etc/ssl/certs/ca-certificates.crt"]).read().decode()
    assert bundle.count("BEGIN CERTIFICATE") > 100


def test_two_images_of_the_same_packages_are_the_same():
    before = hashlib.sha256(IMAGE.read_bytes()).hexdigest()
    subprocess.run([ROOT / "packaging/container/image"], check=True, capture_output=True, timeout=300)
    assert hashlib.sha256(IMAGE.read_bytes()).hexdigest() == before
