# SPDX-License-Identifier: Apache-2.0
"""A short soak; `./dev soak` is the long one."""

import os
import random

import pytest

from soak.network import Network
from soak.soak import Soak, text_of


@pytest.mark.alone
def test_faults_of_half_a_minute(lab):
    seed = int(os.environ.get("SOAK_SEED", random.randrange(1 << 32)))
    print(f"seed {seed}: ./dev soak --minutes 0.5 --seed {seed} replays it")
    report = Soak(Network(lab), seed).run(25)
    print(text_of(report))
    assert report["violations"] == []
