# SPDX-License-Identifier: Apache-2.0
"""Tests import the lab by name, wherever pytest was started, and each is given a new one."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
# So that what is claimed there is explained when it fails, as in a test.
pytest.register_assert_rewrite("lab.claims")

from lab.lab import Lab  # pylint: disable=wrong-import-position


@pytest.fixture
def lab():
    with Lab() as made:
        yield made
