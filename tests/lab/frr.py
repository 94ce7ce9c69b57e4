# SPDX-License-Identifier: Apache-2.0
"""FRR's VRRP daemon of the lab."""

import os
import pathlib
import shutil
import signal

from .daemon import Daemon
from .netns import wait_until
from .processors import for_daemons

FOLDER = pathlib.Path("/usr/lib/frr")


class FrrVrrpd(Daemon):
    """FRR's vrrpd on a host, and the zebra and the macvlan device that it needs.

    `watched`: by FRR's own watchfrr, too, which restarts it as Debian's service does.
    """

    def __init__(self, host, vrid=51, priority=100, addresses=("192.0.2.10",), interval_ms=1000,
                 preempt=True, watched=False):
        super().__init__(host, "vrrpd")
        self._watched = watched
        self._zebra = self._watchfrr = None
        self.folder = pathlib.Path(host.directory, "frr")
        self.folder.mkdir(exist_ok=True)
        six = ":" in addresses[0]
        held = "".join(f" vrrp {vrid} {'ipv6' if six else 'ip'} {one}\n" for one in addresses)
        (self.folder / "zebra.conf").write_text("hostname frr\n", encoding="ascii")
        (self.folder / "vrrpd.conf").write_text(f"""interface eth0
 vrrp {vrid} version 3
 vrrp {vrid} priority {priority}
 vrrp {vrid} advertisement-interval {interval_ms}
 {"" if preempt else "no "}vrrp {vrid} preempt
{held}""", encoding="ascii")
        for path in (self.folder, *self.folder.iterdir()):
            shutil.chown(path, "frr", "frr")  # the user that its daemons become
        self.mac = f"00:00:5e:00:{2 if six else 1:02x}:{vrid:02x}"
        self.device = f"vrrp{6 if six else 4}-{vrid}"
        self._plug(addresses, 64 if six else 24)
        self.start()

    def _plug(self, addresses, length):
        """The device with the addresses is the administrator's to make: vrrpd has its carrier only."""
        self.unplug()
        self.host.ip("link", "add", self.device, "link", "eth0", "type", "macvlan", "mode", "bridge")
        self.host.ip("link", "set", self.device, "address", self.mac)
        for one in addresses:
            self.host.ip("address", "add", f"{one}/{length}", "dev", self.device)
        self.host.ip("link", "set", self.device, "up")

    def start(self):
        if self._zebra is None or self._zebra.poll() is not None:
            (self.folder / "zserv.api").unlink(missing_ok=True)
            self._zebra = self.host.start(*for_daemons(), *self._command("zebra"), log=self.log_file)
            wait_until((self.folder / "zserv.api").exists, 10, "zebra")
        for kind in ("pid", "vty"):  # of a former life
            (self.folder / f"vrrpd.{kind}").unlink(missing_ok=True)
        self._start(*self._command("vrrpd"))
        if self._watched and self._watchfrr is None:
            wait_until((self.folder / "vrrpd.vty").exists, 10, "vrrpd")
            self._watch()

    def _command(self, name):
        return (FOLDER / name, "-f", self.folder / f"{name}.conf", "-i", self.folder / f"{name}.pid",
                "-z", self.folder / "zserv.api", "--vty_socket", self.folder, "--log", "stdout")

    def _watch(self):
        script = self.folder / "restart"
        again = {name: " ".join(str(word) for word in self._command(name))
                 for name in ("zebra", "vrrpd")}
        script.write_text("#!/bin/sh\ncase $1 in\n" + "".join(
            f"{name}) {command} -d ;;\n" for name, command in again.items()) + "esac\n",
            encoding="ascii")
        script.chmod(0o755)
        self._watchfrr = self.host.start(
            *for_daemons(), FOLDER / "watchfrr", "--statedir", self.folder, "--pid-file", self.folder / "watchfrr.pid",
            "--restart", f"{script} %s", "--start-command", f"{script} %s",
            "--kill-command", "true %s", "zebra", "vrrpd", log=self.log_file)

    def stop(self, timeout=10):
        """As its service is stopped: first who would restart it, and zebra last."""
        pid = self.vrrp_process()
        if self._watchfrr is not None:
            _end(self._watchfrr, timeout)
            self._watchfrr = None
        os.kill(pid, signal.SIGTERM)
        wait_until(lambda: self._ended(pid), timeout, f"the end of vrrpd {pid}")
        _end(self._zebra, timeout)

    def _ended(self, pid):
        return not self.running() if pid == self.pid else not os.path.exists(f"/proc/{pid}")

    def unplug(self):
        """A machine that lost its power has no such device."""
        self.host.run("ip", "link", "delete", self.device, check=False)

    def vrrp_process(self):
        """Its pid, whoever started it."""
        file = self.folder / "vrrpd.pid"
        return int(wait_until(lambda: file.exists() and file.read_text(encoding="ascii").strip(), 10,
                              f"{file}"))


def _end(process, timeout):
    process.terminate()
    process.wait(timeout)
