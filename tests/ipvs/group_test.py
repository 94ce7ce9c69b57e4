# SPDX-License-Identifier: Apache-2.0
"""Thousands of addresses that are one service of the kernel, by a mark of nf_tables. Where the
kernel lacks its family inet, as Debian's User-mode Linux does, run it by ./dev test-ipvs --emulated;
tests/netns has the same of the other backend, and group_test.cpp has the service."""

import subprocess

import pytest

from lab import claims
from lab.farm import Farm


def has_inet():
    done = subprocess.run(["unshare", "-n", "nft", "add", "table", "inet", "probe"],
                          capture_output=True, check=False)
    return done.returncode == 0


@pytest.mark.skipif(not has_inet(), reason="nf_tables without the family inet")
def test_thousands_of_addresses_are_one_service(lab):
    claims.thousands_of_addresses_are_one_service(Farm(lab))
