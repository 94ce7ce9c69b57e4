# SPDX-License-Identifier: Apache-2.0
"""holdfastctl watch on a terminal of its own: what it shows, and that it leaves all as it was."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

import pytest

from lab.daemon import binaries
from lab.netns import LabTimeout

ROWS, COLUMNS = 40, 60
ESCAPE = re.compile(r"\x1b\[[?0-9;]*[A-Za-z]")


class Terminal:
    """A command on a pseudo-terminal, and all that it has written there."""

    def __init__(self, *command):
        self.ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.before = termios.tcgetattr(theirs)
        self.theirs = theirs
        self.written = ""
        self.process = subprocess.Popen([str(word) for word in command], stdin=theirs, stdout=theirs,
                                        stderr=theirs, env={**os.environ, "NO_COLOR": ""})

    def wait_for(self, text, timeout=10):
        """Until the text is on it, after what was waited for before."""
        deadline = time.monotonic() + timeout
        while text not in ESCAPE.sub("", self.written):
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.ours], [], [], left)[0]:
                raise LabTimeout(f"{text!r} is not on the terminal: {self.written[-2000:]!r}")
            self.written += os.read(self.ours, 65536).decode()
        lines = ESCAPE.sub("", self.written.replace("\x1b[H", "\r\n")).split("\r\n")
        assert max(map(len, lines)) <= COLUMNS
        self.written = ""

    def wait(self, timeout=5):
        status = self.process.wait(timeout)
        while select.select([self.ours], [], [], 0)[0]:
            self.written += os.read(self.ours, 65536).decode()
        assert self.written.endswith("\x1b[?25h\x1b[?1049l"), "the cursor and the page are back"
        assert termios.tcgetattr(self.theirs) == self.before
        return status

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.ours)
        os.close(self.theirs)


@pytest.fixture
def watch(pair):
    pair.start()
    pair.one.wait_for_state("web", "MASTER", 10)
    terminal = Terminal(binaries() / "holdfastctl", "--runtime-dir", pair.one.runtime_dir, "watch",
                        "--every", "0.2")
    yield terminal
    terminal.close()


def test_it_is_live_and_goes_by_a_key(pair, watch):
    watch.wait_for("1 MASTER")
    watch.wait_for("LAST EVENTS")
    pair.node1.cable("down")
    watch.wait_for("1 FAULT")
    os.write(watch.ours, b"x")
    pair.one.signal(signal.SIGKILL)
    watch.wait_for("What was last known")
    os.write(watch.ours, b"q")
    assert watch.wait() == 0


def test_a_signal_leaves_the_terminal_as_it_was(watch):
    watch.wait_for("1 MASTER")
    watch.process.send_signal(signal.SIGTERM)
    assert watch.wait() == 0


def test_without_a_terminal_it_says_what_there_is(pair):
    pair.start()
    refused = pair.one.ctl("watch", check=False)
    assert refused.returncode == 2
    assert "status --json" in refused.stderr
