# SPDX-License-Identifier: Apache-2.0
"""The demonstration itself: it holds, and it leaves nothing behind."""

import os
import signal
import subprocess
import sys

from lab.daemon import ROOT
from lab.netns import PREFIX, run

DEMO = [sys.executable, ROOT / "tests/lab/demo.py"]


def traces(pid):
    return [name for folder in ("/run/netns", "/tmp") for name in os.listdir(folder)
            if name.startswith(f"{PREFIX}{pid}-")]


def test_the_demo_holds():
    done = run(*DEMO, timeout=120, check=False)
    assert done.returncode == 0, done.stdout
    assert "everything held" in done.stdout and "\033" not in done.stdout


def test_an_interrupted_demo_leaves_nothing():
    demo = subprocess.Popen(DEMO, stdout=subprocess.PIPE, text=True)
    for line in demo.stdout:
        if line.startswith("2. "):
            break
    assert traces(demo.pid)
    demo.send_signal(signal.SIGINT)
    said = demo.stdout.read()
    assert demo.wait(20) == 130 and "interrupted" in said
    assert traces(demo.pid) == []
