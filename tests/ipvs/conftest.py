# SPDX-License-Identifier: Apache-2.0
"""Tests of a kernel that has IPVS: run them by ./dev test-ipvs."""

from lab import needs


def pytest_configure():
    needs.require()
