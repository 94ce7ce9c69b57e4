# SPDX-License-Identifier: Apache-2.0
"""The bill of materials names what is in a package, what it needs, and nothing twice."""

import hashlib
import json
import subprocess

import pytest

from lab.daemon import ROOT


@pytest.fixture
def deb(tmp_path):
    """A package that needs the C library by an alternative, and something by another's name."""
    control = tmp_path / "tree/DEBIAN/control"
    control.parent.mkdir(parents=True)
    control.write_text("Package: tried\nVersion: 1:2.0+x\nArchitecture: all\n"
                       "Maintainer: Nobody <nobody@example.org>\nDescription: tried\n"
                       "Depends: nowhere-to-be-found | libc6 (>= 2.0), libuv1\n", encoding="ascii")
    made = tmp_path / "tried.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "--build", tmp_path / "tree", made],
                   check=True, capture_output=True)
    return made


def bill(*debs):
    done = subprocess.run([ROOT / "packaging/sbom", *debs], cwd=ROOT, capture_output=True,
                          text=True, check=True)
    return done.stdout


def test_the_bill_is_complete_and_the_same_each_time(deb):
    text = bill(deb)
    assert text == bill(deb)
    made = json.loads(text)
    assert (made["bomFormat"], made["specVersion"]) == ("CycloneDX", "1.5")
    by_name = {one["name"]: one for one in made["components"]}
    assert len(by_name) == len(made["components"])
    ours = by_name["tried"]
    assert ours["purl"].startswith("pkg:deb/debian/tried@1%3A2.0%2Bx?")
    assert ours["hashes"][0]["content"] == hashlib.sha256(deb.read_bytes()).hexdigest()
    # What what it needs needs, with the version that is here; headers that are compiled in.
    version = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", "libgcc-s1"], check=True,
                             capture_output=True, text=True).stdout
    assert by_name["libgcc-s1"]["version"] == version
    assert by_name["libexpected-dev"]["properties"][0]["value"] == "compiled in"
    links = {one["ref"]: one["dependsOn"] for one in made["dependencies"]}
    assert set(links) == {one["bom-ref"] for one in made["components"]}
    assert {by_name[name]["bom-ref"] for name in ("libc6", "libuv1")} == set(links[ours["bom-ref"]])


def test_what_is_not_here_is_an_error(deb):
    control = deb.parent / "tree/DEBIAN/control"
    control.write_text(control.read_text(encoding="ascii").replace("libuv1", "nowhere-either"),
                       encoding="ascii")
    subprocess.run(["dpkg-deb", "--root-owner-group", "--build", deb.parent / "tree", deb],
                   check=True, capture_output=True)
    done = subprocess.run([ROOT / "packaging/sbom", deb], cwd=ROOT, capture_output=True, text=True,
                          check=False)
    assert done.returncode != 0 and "nowhere-either" in done.stderr
