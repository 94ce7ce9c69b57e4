# SPDX-License-Identifier: Apache-2.0
"""A host of the lab that systemd has booted, with Holdfast installed and its unit as it is shipped."""

import os
import pathlib
import re
import shutil
import subprocess

from .daemon import ROOT, Holdfast, binaries, to_yaml
from .netns import run, wait_until

BOOT = ROOT / "tests/systemd/boot"
UNIT = "holdfast.service"
PACKAGING = {"systemd/holdfast.service": "usr/lib/systemd/system",
             "sysusers.d/holdfast.conf": "usr/lib/sysusers.d",
             "tmpfiles.d/holdfast.conf": "usr/lib/tmpfiles.d"}


class Machine:
    """Starts with `config` in /etc/holdfast. Paths are the machine's own; so are process ids."""

    def __init__(self, host, config):
        self.host = host
        self.folder = pathlib.Path(host.directory, "machine")
        self.cgroup = host.namespace  # unique, and names its maker
        self._install(config)
        log = self.folder / "console"
        self._unshare = host.start(BOOT, self.cgroup, self.folder, log=log)
        host.lab.closing(self)
        self._first = wait_until(self._first_process, 20, lambda: log.read_text(encoding="utf-8"))
        wait_until(lambda: self.systemctl("is-system-running", check=False).stdout.strip()
                   in ("running", "degraded"), 60,
                   lambda: self.systemctl("list-jobs", check=False).stdout)

    def _install(self, config):
        install = self.folder / "install"
        run("cmake", "--install", binaries().parent, "--prefix", "/usr", "--strip", timeout=60,
            env={**os.environ, "DESTDIR": str(install)})
        # A build for another prefix looks for its workers there.
        prefix = re.search(r"^CMAKE_INSTALL_PREFIX:PATH=/(.*)$",
                           (binaries().parent / "CMakeCache.txt").read_text(encoding="utf-8"),
                           re.MULTILINE).group(1)
        if prefix != "usr":
            (install / prefix / "libexec").mkdir(parents=True)
            (install / prefix / "libexec/holdfast").symlink_to("/usr/libexec/holdfast")
        for file, folder in PACKAGING.items():
            (install / folder).mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / "packaging" / file, install / folder)
        (install / "etc/holdfast").mkdir(parents=True)
        os.chmod(install / "etc", 0o755)
        (install / "etc/holdfast/holdfast.yaml").write_text(config, encoding="utf-8")

    def _first_process(self):
        """The pid of the machine's first process here, once that is systemd itself."""
        if self._unshare.poll() is not None:
            raise RuntimeError((self.folder / "console").read_text(encoding="utf-8"))
        children = pathlib.Path(f"/proc/{self._unshare.pid}/task/{self._unshare.pid}/children")
        for pid in children.read_text(encoding="ascii").split():
            try:
                if os.path.basename(os.readlink(f"/proc/{pid}/exe")) == "systemd":
                    return pid
            except FileNotFoundError:
                pass
        return None

    def ended(self, timeout):
        """Waits until it is off, and says whether it is."""
        try:
            self._unshare.wait(timeout)
        except subprocess.TimeoutExpired:
            return False
        return True

    def close(self):
        """Off at once, and the cgroup it was in removed."""
        self._unshare.kill()
        self._unshare.wait()
        run("unshare", "--mount", BOOT, self.cgroup, self.folder, "--remove")

    def command(self, *command):
        return ["nsenter", "--all", f"--target={self._first}", "--wd=/", *map(str, command)]

    def run(self, *command, **options):
        return run(*self.command(*command), env={"PATH": os.environ["PATH"]}, **options)

    def systemctl(self, *words, **options):
        return self.run("systemctl", "--no-pager", *words, **{"timeout": 60, **options})

    def show(self, *properties, unit=UNIT):
        """What systemd says of the unit: a dict, or the value of a single property."""
        shown = self.systemctl("show", unit, f"--property={','.join(properties)}").stdout
        values = dict(line.split("=", 1) for line in shown.splitlines())
        return values if len(properties) > 1 else values[properties[0]]

    def path(self, path):
        """Where this test finds a path of the machine."""
        return pathlib.Path(f"/proc/{self._first}/root", str(path).lstrip("/"))

    def write(self, path, text, mode=0o644):
        """Puts a file in place whole, by renaming."""
        file = self.path(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        new = file.with_name(file.name + ".new")
        new.write_text(text, encoding="utf-8")
        os.chmod(new, mode)
        os.rename(new, file)
        return path

    def drop_in(self, name, text):
        """A drop-in of the unit, as `systemctl edit` makes it; without a text none."""
        path = f"/etc/systemd/system/{UNIT}.d/{name}.conf"
        if text:
            self.write(path, text)
        else:
            self.path(path).unlink(missing_ok=True)
        self.systemctl("daemon-reload")

    def kill(self, number, pid):
        self.run("kill", f"-{int(number)}", str(pid))

    def process(self, pid):
        """/proc/PID/status as a dict."""
        lines = self.run("cat", f"/proc/{pid}/status").stdout.splitlines()
        return {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}

    def journal(self, *words):
        return self.run("journalctl", "--no-pager", "--quiet", f"--unit={UNIT}", *words).stdout

    def cursor(self):
        """The journal's end, for journal(f"--after-cursor=...")."""
        shown = self.run("journalctl", "--no-pager", "--lines=0", "--show-cursor").stdout
        return shown.split("-- cursor:")[1].strip()


class Service(Holdfast):
    """Holdfast on a Machine: what the lab asks of a daemon, by the machine's own means."""

    def __init__(self, host, config):
        self.machine = None
        self._config = {"version": 1, "node": host.name, **config}
        self.host = host
        self.machine = Machine(host, to_yaml(self._config))

    @property
    def pid(self):
        return int(self.machine.show("MainPID"))

    def log(self):
        return self.machine.journal("--output=cat", "--lines=200")

    def write_config(self, config):
        if isinstance(config, dict):
            config = to_yaml({"version": 1, "node": self.host.name, **config})
        self.machine.write("/etc/holdfast/holdfast.yaml", config)

    def ctl(self, *words, check=True):
        return self.machine.run("holdfastctl", *words, check=check, timeout=60)

    def signal(self, number):
        self.machine.kill(number, self.pid)

    def start(self):
        self.machine.systemctl("start", UNIT)

    def stop(self, timeout=60):
        self.machine.systemctl("stop", UNIT, timeout=timeout)

    def restart(self):
        self.machine.systemctl("restart", UNIT)

    def active(self):
        return self.machine.show("ActiveState", "SubState") == {
            "ActiveState": "active", "SubState": "running"}
