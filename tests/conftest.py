# SPDX-License-Identifier: Apache-2.0
"""Tests import the lab by name, wherever pytest was started."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
