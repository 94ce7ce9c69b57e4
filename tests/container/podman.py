# SPDX-License-Identifier: Apache-2.0
"""podman beside the machine's own: with a store of its own, and containers in the namespaces of the lab."""

import json
import os
import re
import shlex
import subprocess

from lab.daemon import ROOT, Daemon
from lab.netns import run, wait_until

IMAGE = ROOT / "build/package/holdfast-image.tar"
# This machine may have no controllers of version 2; a container needs none of them.
ENTER = """
umount --recursive /sys/fs/cgroup
mount -t cgroup2 none /sys/fs/cgroup
echo ready
exec sleep infinity
"""


def documented(first_words):
    """The words of a command of docs/container.md that begins so."""
    text = (ROOT / "docs/container.md").read_text(encoding="utf-8").replace("\\\n", " ")
    return shlex.split(re.search(rf"^{first_words}.*$", text, re.MULTILINE)[0], comments=True)


# As podman has them, a root without CAP_SYS_RESOURCE could not set them.
LIMITS = ("--ulimit", "nofile=4096:4096", "--ulimit", "nproc=4096:4096")


class Podman:
    """A context; the image is loaded into it."""

    def __init__(self, folder):
        self.folder = str(folder)
        self._place = None

    def __enter__(self):
        self._place = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "slave", "sh", "-euc", ENTER],
            stdout=subprocess.PIPE, text=True)
        assert self._place.stdout.readline() == "ready\n"
        self(*documented("podman load")[1:-1], IMAGE, timeout=120)
        return self

    def __exit__(self, *_):
        self("rm", "--all", "--force", "--volumes", "--time", "0", check=False)
        self._place.kill()
        self._place.wait()
        self._place.stdout.close()

    def words(self, *words):
        return ["nsenter", "--target", str(self._place.pid), "--mount", "podman",
                "--root", f"{self.folder}/store", "--runroot", f"{self.folder}/run",
                "--tmpdir", f"{self.folder}/tmp", "--storage-driver", "vfs",
                "--cgroup-manager", "cgroupfs", "--events-backend", "file",
                "--runtime", "crun", *(str(word) for word in words)]

    def __call__(self, *words, check=True, timeout=60):
        return run(*self.words(*words), check=check, timeout=timeout)


class Container(Daemon):
    """What the documented command starts, in the network of a host."""

    def __init__(self, podman, host, config):
        super().__init__(host, "container")
        self.podman = podman
        self.name = host.name
        self.folder = os.path.join(host.directory, "etc")
        os.mkdir(self.folder)
        with open(os.path.join(self.folder, "holdfast.yaml"), "w", encoding="utf-8") as file:
            file.write(config)
        self.start()

    def start(self):
        put = {"--detach": "--rm", "holdfast": self.name, "host": f"ns:/run/netns/{self.host.namespace}",
               "/etc/holdfast:/etc/holdfast:ro": f"{self.folder}:/etc/holdfast:ro",
               "holdfast-state:/var/lib/holdfast": f"{self.name}-state:/var/lib/holdfast"}
        words = [put.get(word, word) for word in documented("podman run")[1:]]
        command = self.podman.words(words[0], "--cgroups", "disabled", *LIMITS, *words[1:])
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log)
        self.host.lab.closing(self)

    def close(self):
        self.podman("rm", "--force", "--time", "0", self.name, check=False)
        self.process.wait(20)

    def ctl(self, *words, check=True):
        return self.podman("exec", self.name, "holdfastctl", *words, check=check)

    def router(self):
        answer = self.ctl("status", "--json", check=False)
        return json.loads(answer.stdout)["vrrp"][0] if answer.returncode == 0 else {}

    def wait_for_state(self, state, timeout):
        wait_until(lambda: self.router().get("state") == state, timeout,
                   lambda: f"{state} on {self.name}; it is {self.router()}, log:\n{self.log()}",
                   every=0.1)
