# SPDX-License-Identifier: Apache-2.0
"""Tests of a kernel that has IPVS: run them by ./dev test-ipvs."""

import os

import pytest

from lab.daemon import binaries
from lab.lab import Lab


def pytest_configure():
    if os.geteuid() != 0:
        raise pytest.UsageError("these tests make network namespaces: run them as root")
    if not (binaries() / "holdfastd").exists():
        raise pytest.UsageError(f"no holdfastd in {binaries()}: run ./dev build")


@pytest.fixture
def lab():
    with Lab() as made:
        yield made
