# SPDX-License-Identifier: Apache-2.0
"""The tests of the netlink shell (table_test.cpp and its likes), one process each."""

import subprocess

import pytest

from lab.daemon import binaries


def listed():
    said = subprocess.run([binaries() / "test_ipvs", "--gtest_list_tests"], capture_output=True,
                          text=True, check=True).stdout
    suite = None
    for line in said.splitlines():
        if line.startswith(" "):
            yield f"{suite}{line.split('#')[0].strip()}"
        elif line.endswith("."):
            suite = line.split("#")[0].strip()


@pytest.mark.parametrize("name", listed())
def test_table(name):
    done = subprocess.run([binaries() / "test_ipvs", f"--gtest_filter={name}"],
                          capture_output=True, text=True, timeout=60, check=False)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 test from" in done.stdout and "SKIPPED" not in done.stdout
