# SPDX-License-Identifier: Apache-2.0
"""What every test in network namespaces needs of the machine."""

import os

import pytest

from .daemon import binaries


def require():
    if os.geteuid() != 0:
        raise pytest.UsageError("these tests make network namespaces: run them as root")
    if not (binaries() / "holdfastd").exists():
        raise pytest.UsageError(f"no holdfastd in {binaries()}: run ./dev build")
