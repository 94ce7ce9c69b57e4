# SPDX-License-Identifier: Apache-2.0
"""Every process, as /proc shows it, is as the table in docs/security.md says."""

import os
import pathlib
import pwd
import re

from lab.daemon import Holdfast, configuration, instance
from lab.netns import wait_until
from lab.scripts import Scripts

DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / "docs/security.md"
CAPABILITIES = """chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap
linux_immutable net_bind_service net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio
sys_chroot sys_ptrace sys_pacct sys_admin sys_boot sys_nice sys_resource sys_time sys_tty_config mknod
lease audit_write audit_control setfcap mac_override mac_admin syslog wake_alarm block_suspend audit_read
perfmon bpf checkpoint_restore""".split()
LIMITS = {"processes": "Max processes", "data": "Max data size", "msgqueue": "Max msgqueue size",
          "realtime": "Max realtime priority", "files": "Max open files"}
SERVICE = {"name": "shop", "address": "192.0.2.10:80", "real_servers": ["10.0.0.1:80"]}


def table():
    """The rows of the table that says all, by process, each a dict by column."""
    rows, header = {}, None
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
        if cells and "Seccomp" in cells:
            header = cells
        elif not cells:
            header = None
        elif header and not set(line) <= set("|- "):
            rows[cells[0].strip("`")] = dict(zip(header, cells, strict=True))
    return rows


def capabilities_of(mask):
    names = {CAPABILITIES[bit] for bit in range(64) if int(mask, 16) >> bit & 1}
    return " ".join(sorted(names)) or "none"


def status_of(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return {name: value.strip() for name, _, value in (line.partition(":")
                                                       for line in text.splitlines())}


def descriptors_of(pid, log):
    """What a process has open, by kind."""
    kinds = set()
    for number in os.listdir(f"/proc/{pid}/fd"):
        target = os.readlink(f"/proc/{pid}/fd/{number}")
        kind = re.match(r"anon_inode:\[?(\w+)|(socket|pipe):|/(memfd):", target)
        if target == "/dev/null":
            kinds.add("null")
        elif target == log:
            kinds.add("log")
        elif kind:
            kinds.add(next(name for name in kind.groups() if name))
        elif target.endswith("/lock"):
            kinds.add("lock")
        elif "/holdfast-" in target and target.split(" ")[0].endswith("-worker"):
            kinds.add("program")
        else:
            kinds.add(target)
    return kinds


def limits_of(pid):
    text = pathlib.Path(f"/proc/{pid}/limits").read_text(encoding="ascii")
    return {line[:26].strip(): line[26:].split()[1] for line in text.splitlines()[1:]}  # the hard ones


def compare(row, pid, log, supervisor):
    """Every cell that does not fit, as a text."""
    status = status_of(pid)
    account = pwd.getpwnam(row["User"])
    found = {"NoNewPrivs": status["NoNewPrivs"], "Seccomp": status["Seccomp"],
             "Capabilities": capabilities_of(status["CapEff"])}
    wanted = {"NoNewPrivs": row["NoNewPrivs"], "Seccomp": row["Seccomp"],
              "Capabilities": " ".join(sorted(row["Capabilities"].split()))}
    if row["Threads"] != "any":
        found["Threads"], wanted["Threads"] = status["Threads"], row["Threads"]
    for kind in ("CapPrm", "CapBnd"):
        found[kind] = capabilities_of(status[kind])
    wanted["CapPrm"] = wanted["Capabilities"]
    bounding = {"none": "none", "the same": wanted["Capabilities"]}
    wanted["CapBnd"] = bounding.get(row["Bounding set"], supervisor)
    for kind in ("CapInh", "CapAmb"):
        found[kind], wanted[kind] = capabilities_of(status[kind]), "none"
    found["Uid"], wanted["Uid"] = set(status["Uid"].split()), {str(account.pw_uid)}
    found["Gid"], wanted["Gid"] = set(status["Gid"].split()), {str(account.pw_gid)}
    if row["Groups"] != "as started":
        found["Groups"] = set(status["Groups"].split())
        own = set(map(str, os.getgrouplist(account.pw_name, account.pw_gid)))
        wanted["Groups"] = own if row["Groups"] == "its own" else set()
    root = os.readlink(f"/proc/{pid}/root")
    found["Root"] = "empty" if root != "/" and not os.listdir(f"/proc/{pid}/root") else root
    wanted["Root"] = row["Root"]
    strange = descriptors_of(pid, log) - set(row["Descriptors"].split())
    found["Descriptors"], wanted["Descriptors"] = strange, set()
    limits = limits_of(pid)
    for name, number, unit in re.findall(r"(\w+) (\d+)( MiB)?", row["Limits"]):
        found[name] = limits[LIMITS[name]]
        wanted[name] = str(int(number) * (1 << 20 if unit else 1))
    return [f"{name}: {found[name]}, not {wanted[name]}" for name in found
            if found[name] != wanted[name]]


def test_every_process_is_as_the_document_says(pair):
    rows = table()
    assert set(rows) == {"holdfastd", "vrrp-worker", "check-worker", "balance-worker",
                         "monitor-worker", "alert-worker", "witness-worker", "script"}
    scripts = Scripts(pair.node1)
    # It says who it is, and stays to be looked at.
    slow = scripts.write("slow", "echo $$ >OUT/pid; exec sleep 30")
    pair.one = Holdfast(pair.node1, configuration(
        instance(priority=150, advert_interval="100ms"),
        instance("asks", 52, "192.0.2.20/24", witness={"when_unreachable": "hold"}),
        witness={"endpoints": ["http://127.0.0.1:1"]},
        checks=[{"name": "slow", "script": slow, "interval": "60s", "timeout": "50s"},
                {"name": "ping", "ping": "127.0.0.1"}], virtual_servers=[SERVICE],
        monitoring={"listen": ["127.0.0.1:9112"]},
        alerts={"receivers": [{"name": "log", "syslog": {"server": "127.0.0.1:514"}}]}))
    pair.one.wait_for_state("web", "MASTER", 10)
    wait_until(lambda: scripts.lines("pid"), 5, "the script")
    script = int(scripts.lines("pid")[0])
    wait_until(lambda: b"sleep" in pathlib.Path(f"/proc/{script}/cmdline").read_bytes(), 5, "sleep")
    pids = {"holdfastd": pair.one.pid, "script": script}
    for role in ("vrrp-worker", "check-worker", "balance-worker", "monitor-worker",
                 "alert-worker", "witness-worker"):
        pids[role] = pair.one.worker_pid(role)
    # As far as it was started with them.
    own = set(capabilities_of(status_of("self")["CapBnd"]).split())
    supervisor = " ".join(sorted(set(rows["holdfastd"]["Capabilities"].split()) & own))
    rows["holdfastd"]["Capabilities"] = supervisor
    wrong = {name: compare(rows[name], pid, pair.one.log_file, supervisor)
             for name, pid in pids.items()}
    assert not any(wrong.values()), wrong
    environment = pathlib.Path(f"/proc/{script}/environ").read_bytes().split(b"\0")
    names = {one.partition(b"=")[0].decode() for one in environment if one}
    assert names == {"PATH", "HOME", "USER", "LOGNAME", "LC_ALL", "HOLDFAST_NODE", "HOLDFAST_CHECK",
                     "PWD"}, names
