# SPDX-License-Identifier: Apache-2.0
"""A client that asks an address for echoes, in a process of its own (asking.py)."""

import os
import pathlib
import sys

from .netns import wait_until

PROGRAM = pathlib.Path(__file__).with_name("asking.py")


class Asker:
    """Asks from a host so often, in seconds."""

    def __init__(self, host, address, every):
        self._address = address
        self._file = os.path.join(host.directory, f"answers-{address}.log")
        self._process = host.start(sys.executable, PROGRAM, address, every, log=self._file)

    def wait_for_answer(self, timeout, since=0.0):
        """When the first came at or after `since` (time.time())."""
        def first():
            with open(self._file, encoding="ascii") as lines:
                stamps = [float(line) for line in lines if line.endswith("\n")]
            return next((stamp for stamp in stamps if stamp >= since), None)

        return wait_until(first, timeout, f"an answer of {self._address}")

    def close(self):
        self._process.kill()
        self._process.wait()
        os.remove(self._file)
