# SPDX-License-Identifier: Apache-2.0
"""docs/tutorial.md, every command of it in order, and what it promises that they say."""

import os
import re
import subprocess

from lab.daemon import ROOT, binaries

# Names, processes and /run of its own: what it does is gone with it.
ALONE = ("unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc")


def steps():
    """(commands, the lines that they must print)."""
    text = (ROOT / "docs/tutorial.md").read_text(encoding="utf-8")
    found = []
    for kind, body in re.findall(r"^```(sh|text)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
        if kind == "sh":
            found.append((body, []))
        else:
            found[-1][1].extend(body.split("\n")[:-1])
    return found


def test_the_tutorial_does_what_it_says():
    commands = "mount -t tmpfs tmpfs /run; mkdir /run/netns\n"
    for number, (body, _) in enumerate(steps()):
        commands += f"{body}\necho ==== {number}\n"
    environment = {**os.environ, "PATH": f"{binaries()}:/usr/sbin:/usr/bin:/sbin:/bin"}
    done = subprocess.run([*ALONE, "bash", "-euc", commands], capture_output=True, text=True,
                          timeout=90, env=environment, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    said = re.split(r"^==== \d+\n", done.stdout, flags=re.MULTILINE)
    for (body, promised), answer in zip(steps(), said):
        for line in promised:
            assert line in answer, f"after\n{body}\nno {line!r} in\n{answer}"
