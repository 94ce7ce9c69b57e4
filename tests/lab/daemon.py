# SPDX-License-Identifier: Apache-2.0
"""The daemons of the lab: Holdfast, and the keepalived it is compared with."""

import json
import os
import pathlib
import signal
import subprocess

from .netns import LabTimeout, run, wait_until
from .processors import for_daemons

ROOT = pathlib.Path(__file__).resolve().parents[2]


def binaries():
    """The folder of the binaries under test."""
    return pathlib.Path(os.environ.get("HOLDFAST_BIN", ROOT / "build/release/bin"))


def to_yaml(value, indent=0):
    """Plain block-style YAML of dicts, lists and scalars."""
    pad = "  " * indent
    if isinstance(value, dict):
        lines = []
        for key, inner in value.items():
            if isinstance(inner, (dict, list)) and inner:
                lines.append(f"{pad}{key}:\n{to_yaml(inner, indent + 1)}")
            else:
                lines.append(f"{pad}{key}: {_scalar(inner)}\n")
        return "".join(lines)
    lines = []
    for inner in value:
        text = to_yaml(inner, indent + 1) if isinstance(inner, (dict, list)) else _scalar(inner)
        lines.append(f"{pad}- {text.strip()}\n")
    return "".join(lines)


def _scalar(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    return "[]" if value == [] else str(value)


def instance(name="web", vrid=51, address="192.0.2.10/24", **options):
    """One entry of vrrp.instances, as a dict."""
    entry = {"name": name, "interface": "eth0", "virtual_router_id": vrid}
    entry.update(options)
    entry.setdefault("addresses", [address])
    return entry


def configuration(*instances, checks=(), vrrp=None, **top):
    """`vrrp` is what stands under that key beside the instances."""
    config = {"version": 1, **top, "vrrp": {**(vrrp or {}), "instances": list(instances)}}
    if checks:
        config["checks"] = list(checks)
    return config


# One that is always up: a check-worker runs only where there is something to check.
LOCAL_CHECK = {"name": "local", "ping": "127.0.0.1"}


class Daemon:
    """A process on a host, with its log in a file."""

    def __init__(self, host, name):
        self.host = host
        self.log_file = os.path.join(host.directory, f"{name}.log")
        self.process = None

    def _start(self, *command):
        self.process = self.host.start(*for_daemons(), *command, log=self.log_file)

    @property
    def pid(self):
        return self.process.pid

    def log(self):
        with open(self.log_file, encoding="utf-8", errors="replace") as file:
            return file.read()

    def running(self):
        return self.process is not None and self.process.poll() is None

    def signal(self, number):
        os.kill(self.process.pid, number)

    def wait(self, timeout):
        """The exit status; minus the signal's number if one ended it."""
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise LabTimeout(f"pid {self.pid} on {self.host.name} still runs after {timeout:g} s"
                             ) from None

    def stop(self, timeout=10):
        """Asks it to end, waits for that, and returns the exit status."""
        self.signal(signal.SIGTERM)
        return self.wait(timeout)


class Holdfast(Daemon):
    """holdfastd on a host. `config` is a dict (see configuration) or the text of the file."""

    def __init__(self, host, config, start=True, options=()):
        super().__init__(host, "holdfastd")
        self.options = options
        self.config_file = os.path.join(host.directory, "holdfast.yaml")
        self.runtime_dir = os.path.join(host.directory, "run")
        self.write_config(config)
        if start:
            self.start()

    def write_config(self, config):
        """Puts the file in place as an editor does: whole, by renaming."""
        if isinstance(config, dict):
            config = to_yaml({"version": 1, "node": self.host.name, **config})
        with open(self.config_file + ".new", "w", encoding="utf-8") as file:
            file.write(config)
        os.replace(self.config_file + ".new", self.config_file)

    def start(self):
        self._start(binaries() / "holdfastd", "--config", self.config_file,
                    "--runtime-dir", self.runtime_dir,
                    "--state-dir", os.path.join(self.host.directory, "state"), *self.options)

    def ctl(self, *words, check=True):
        return run(binaries() / "holdfastctl", "--runtime-dir", self.runtime_dir, *words,
                   check=check)

    def status(self):
        return json.loads(self.ctl("status", "--json").stdout)

    def try_status(self):
        """The status, or None while the daemon does not answer."""
        answer = self.ctl("status", "--json", check=False)
        return json.loads(answer.stdout) if answer.returncode == 0 else None

    def router(self, name="web"):
        return next((router for router in (self.try_status() or {}).get("vrrp", [])
                     if router["name"] == name), None)

    def state(self, name="web"):
        return (self.router(name) or {}).get("state")

    def wait_for_state(self, name, state, timeout):
        wait_until(lambda: self.state(name) == state, timeout,
                   lambda: f"{name} {state} on {self.host.name}; it is {self.router(name)}, "
                           f"log:\n{self.log()[-2000:]}")

    def worker(self, role):
        return next((worker for worker in (self.try_status() or {}).get("workers", [])
                     if worker["name"] == role), None)

    def worker_pid(self, role, timeout=5):
        """The pid of "vrrp-worker" or "check-worker", once it has one."""

        def pid():
            worker = self.worker(role)
            return worker and worker["pid"]

        return wait_until(pid, timeout, f"a {role} on {self.host.name}")

    def wait_for_new_worker(self, role, old_pid, timeout):
        """The pid of the worker that took the place of `old_pid`, once it is at work."""

        def pid():
            worker = self.worker(role)
            ready = worker and worker["state"] == "running" and worker["pid"] != old_pid
            return ready and worker["pid"]

        return wait_until(pid, timeout, lambda: f"a new {role} on {self.host.name}; "
                          f"it is {self.worker(role)}, log:\n{self.log()[-2000:]}", every=0.005)

    def reload(self, config=None):
        """SIGHUP, after putting `config` in place; see wait_for_generation."""
        if config is not None:
            self.write_config(config)
        self.signal(signal.SIGHUP)

    def generation(self):
        return self.status()["config"]["generation"]

    def wait_for_generation(self, generation, timeout=5):
        wait_until(lambda: self.generation() == generation, timeout,
                   lambda: f"generation {generation} on {self.host.name}; log:\n{self.log()[-2000:]}")


# Its log is what it prints: each line that no syslog takes it writes to the machine's console, too, which may be
# a serial one and then costs it half a millisecond. Nor has Debian's service of it the details.
KEEPALIVED = ("keepalived", "--dont-fork", "--log-console", "--no-syslog")


class Keepalived(Daemon):
    """Debian's keepalived on a host."""

    def __init__(self, host, config, options=()):
        super().__init__(host, "keepalived")
        self._options = options
        self.config_file = os.path.join(host.directory, "keepalived.conf")
        with open(self.config_file, "w", encoding="utf-8") as file:
            file.write(config)
        self.start()

    def start(self):
        # Files that a killed predecessor left would keep it from starting.
        for kind in ("pid", "vrrp_pid"):
            pathlib.Path(self.host.directory, kind).unlink(missing_ok=True)
        self._start(*KEEPALIVED, "--vrrp", "--use-file", self.config_file, f"--pid={self.host.directory}/pid",
                    f"--vrrp_pid={self.host.directory}/vrrp_pid", *self._options)

    @staticmethod
    def config(vrid=51, priority=100, addresses=("192.0.2.10/24",), interval=1, version=3,
               preempt=True, name="web", lines=(), globals=()):
        """A keepalived.conf with one virtual router that starts as backup; `lines` are more of it,
        `globals` of global_defs."""
        held = "\n    ".join(addresses)  # one a line: of more it takes the first
        separator = "\n  "
        return f"""
global_defs {{
  vrrp_version {version}
  vrrp_garp_master_refresh 0
  {separator.join(globals)}
}}
vrrp_instance {name} {{
  state BACKUP
  interface eth0
  virtual_router_id {vrid}
  priority {priority}
  advert_int {interval}
  {"" if preempt else "nopreempt"}
  {separator.join(lines)}
  virtual_ipaddress {{
    {held}
  }}
}}
"""
