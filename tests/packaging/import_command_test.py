# SPDX-License-Identifier: Apache-2.0
"""holdfastctl import, as scripts meet it: exit statuses, the report, and the file that it writes."""

import json
import stat
import subprocess

import pytest

from lab.daemon import ROOT, binaries

CORPUS = ROOT / "tests/corpus/keepalived"
WHOLE = """vrrp_instance web {
  interface eth0
  virtual_router_id 51
  virtual_ipaddress { 192.0.2.10/24 }
}
"""


def imported(*words):
    return subprocess.run([binaries() / "holdfastctl", "import", *words], capture_output=True,
                          text=True, check=False)


def check(path):
    return subprocess.run([binaries() / "holdfastctl", "check", path], capture_output=True, text=True,
                          check=False)


@pytest.fixture
def original(tmp_path):
    path = tmp_path / "keepalived.conf"
    path.write_text(WHOLE, encoding="ascii")
    return path


def test_all_is_translated(original, tmp_path):
    result = tmp_path / "holdfast.yaml"
    answer = imported(original, "-o", result)
    assert (answer.returncode, answer.stdout) == (0, "")
    assert answer.stderr == "4 directives translated, 0 reported, 0 unknown\n"
    assert stat.S_IMODE(result.stat().st_mode) == 0o600
    assert check(result).returncode == 0
    before = result.read_text(encoding="ascii")
    assert imported(original, "-o", result).returncode == 1  # never over a file
    assert result.read_text(encoding="ascii") == before


def test_something_is_reported(original):
    original.write_text(WHOLE.replace("eth0", "eth0\n  dont_track_primary\n  prority 5"),
                        encoding="ascii")
    answer = imported(original)
    assert answer.returncode == 3 and answer.stdout.startswith("# Made of ")
    assert f"{original}:3: reported: dont_track_primary: " in answer.stderr
    assert f"{original}:4: unknown: prority: " in answer.stderr
    strict = imported(original, "--strict", "--json")
    assert (strict.returncode, strict.stdout) == (1, "")


def test_a_report_for_programs(original):
    original.write_text(WHOLE.replace("eth0", "eth0\n  dont_track_primary"), encoding="ascii")
    report = json.loads(imported(original, "--json").stderr)
    assert (report["translated"], report["reported"], report["unknown"]) == (4, 1, 0)
    assert [(one["line"], one["kind"], one["directive"]) for one in report["findings"]] == [
        (3, "reported", "dont_track_primary")]


def test_nothing_can_be_made_of_it(original):
    original.write_text(WHOLE[:-2], encoding="ascii")
    answer = imported(original)
    assert (answer.returncode, answer.stdout) == (1, "")
    assert answer.stderr == f"{original}:1: the block of 'vrrp_instance' is not closed\n"
    assert imported(original.parent / "gone").returncode == 1


def test_holdfastd_would_refuse_it(original):
    second = WHOLE.replace("web", "other").replace("51", "52")
    original.write_text(WHOLE + second, encoding="ascii")
    answer = imported(original)
    assert answer.returncode == 4 and "is given already" in answer.stderr


def test_files_are_included_by_pattern():
    answer = imported(CORPUS / "generated.conf", "--config-id", "lb1")
    assert answer.returncode == 0 and "node: lb1" in answer.stdout
    assert answer.stdout.count("interface: eth0.") == 3
