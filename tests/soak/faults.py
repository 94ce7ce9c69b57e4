# SPDX-License-Identifier: Apache-2.0
"""What befalls the nodes. Each fault says what it did, and for whom the network does not count."""

import os
import pathlib
import signal
import time
from dataclasses import dataclass, field

from lab import netns
from lab.daemon import to_yaml
from soak.network import INTERVAL, VIP

ROLES = ("supervisor", "vrrp-worker", "check-worker")
CGROUP = pathlib.Path("/sys/fs/cgroup/pids")


@dataclass
class Fault:
    """One that happened. A change of roles is to be expected only if `moves`."""
    kind: str
    node: object
    text: str
    moves: bool = False
    excused: list = field(default_factory=list)  # (name of a node, since, until)


def signal_process(network, dice):
    node, role = dice.choice(network.nodes), dice.choice(ROLES)
    number = dice.choice([signal.SIGKILL, signal.SIGSTOP, signal.SIGABRT])
    pid = node.pid_of(role)
    fault = Fault(f"{number.name} of a {role}", node, f"pid {pid}",
                  moves=role == "supervisor")
    if pid is None:
        return fault
    os.kill(pid, number)
    if number == signal.SIGSTOP:
        time.sleep(dice.uniform(0, 2))
        try:
            os.kill(pid, signal.SIGCONT)
        except ProcessLookupError:
            pass
    return fault


def pause_node(network, dice):
    node, seconds = dice.choice(network.nodes), dice.uniform(0.1, 4)
    node.signal_all(signal.SIGSTOP)
    time.sleep(seconds)
    node.signal_all(signal.SIGCONT)
    return Fault("node paused", node, f"{seconds:.2f} s", moves=seconds > 0.8)


def kill_node(network, dice):
    node = dice.choice(network.nodes)
    node.signal_all(signal.SIGSTOP)  # so that none sees another die
    node.signal_all(signal.SIGKILL)
    node.daemon.wait(10)
    time.sleep(dice.uniform(0, 3))
    return Fault("node's processes killed", node, "", moves=True)


def stop_and_start(network, dice):
    node = dice.choice(network.nodes)
    status = node.daemon.stop()
    assert status == 0, f"{node.name} stopped with {status}"
    node.start()
    return Fault("planned stop", node, "", moves=True)


def reload_valid(network, dice):
    node = dice.choice(network.nodes)
    before = node.daemon.status()["config"]["generation"]
    node.daemon.reload(to_yaml({"node": node.name, **node.config(
        announce={"repeat": dice.randint(1, 9)})}))
    netns.wait_until(lambda: node.daemon.status()["config"]["generation"] > before, 10,
                     "the reload")
    return Fault("reload", node, "")


def reload_invalid(network, dice):
    node = dice.choice(network.nodes)
    before = node.daemon.status()["config"]["generation"]
    text = pathlib.Path(node.daemon.config_file).read_text(encoding="utf-8")
    cut = text[:dice.randrange(20, len(text) - 40)] + "\n  nonsense: [\n"
    node.daemon.reload(cut)
    time.sleep(0.2)
    assert node.daemon.status()["config"]["generation"] == before, "a broken configuration was taken"
    node.daemon.write_config(text)
    return Fault("broken reload", node, "")


def all_hear_again():
    """Who has missed adverts may still take over until the next: of this fault, not of the next."""
    time.sleep(2 * INTERVAL)


def flap_link(network, dice):
    node, seconds = dice.choice(network.nodes), dice.uniform(0.05, 3)
    began = time.monotonic()
    node.host.cable("down")
    time.sleep(seconds)
    node.host.cable("up")
    healed = time.monotonic()
    all_hear_again()
    return Fault("link flap", node, f"{seconds:.2f} s", moves=True,
                 excused=[(node.name, began, healed + 0.5)])


def cut_off(network, dice):
    node, seconds = dice.choice(network.nodes), dice.uniform(0.5, 4)
    began = time.monotonic()
    node.host.cut_off(True)
    time.sleep(seconds)
    node.host.cut_off(False)
    healed = time.monotonic()
    all_hear_again()
    # When it heals there are two masters, until the first advert.
    return Fault("partition", node, f"{seconds:.2f} s", moves=True,
                 excused=[(node.name, began, healed + 2.5)])


def lose_packets(network, dice):
    node, percent = dice.choice(network.nodes), dice.choice([5, 10, 20])
    rules = (f"table netdev soak {{ chain in {{ type filter hook ingress device eth0 priority 0; "
             f"numgen random mod 100 < {percent} drop; }}; }}")
    node.host.run("nft", rules)
    time.sleep(3)
    node.host.run("nft", "delete", "table", "netdev", "soak")
    all_hear_again()
    return Fault("packet loss", node, f"{percent} %", moves=True)


def tamper(network, dice):
    node = network.holder() or network.nodes[0]
    what = dice.choice(["delete", "flush", "shorten"])
    if node.has_address():
        if what == "delete":
            node.host.run("ip", "address", "del", f"{VIP}/24", "dev", "eth0", check=False)
        elif what == "flush":
            node.host.run("ip", "address", "flush", "to", f"{VIP}/32", "dev", "eth0", check=False)
        else:
            node.host.run("ip", "address", "change", f"{VIP}/24", "dev", "eth0", "valid_lft", "1",
                          "preferred_lft", "1", check=False)
    return Fault(f"address tampered with: {what}", node, "")


def overrun_netlink(network, dice):
    node = dice.choice(network.nodes)
    pids = node.pids("holdfast-vrrp")
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)  # for a moment: it cannot keep up
    lines = "".join(f"address {verb} 10.9.{i // 250}.{i % 250}/32 dev lo\n"
                    for i in range(700) for verb in ("add", "del"))
    netns.run(*node.host.command("ip", "-batch", "-"), input=lines)
    for pid in pids:
        try:
            os.kill(pid, signal.SIGCONT)
        except ProcessLookupError:
            pass
    return Fault("netlink overrun", node, "1400 events")


def _soft_limit(pid, what, value=None):
    """Reads or sets one, as the user whose process it is, which needs no capability."""
    words = [f"--{what}={value}:"] if value is not None else [
        f"--{what}", "--raw", "--noheadings", "--output", "SOFT"]
    uid, gid = (int(line.split()[1]) for line in pathlib.Path(f"/proc/{pid}/status").read_text(
        encoding="utf-8").splitlines() if line.startswith(("Uid:", "Gid:")))
    return netns.run("setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups", "prlimit",
                     f"--pid={pid}", *words).stdout.strip()


def _limited(network, dice, kind, limit_of, what):
    """A limit on a process for two seconds, during which it has work to do."""
    node, role = dice.choice(network.nodes), dice.choice(ROLES)
    pid = node.pid_of(role)
    fault = Fault(f"{kind} of a {role}", node, "", moves=role == "supervisor")
    if pid is None:
        return fault
    before = _soft_limit(pid, what)
    _soft_limit(pid, what, limit_of(pid))
    node.daemon.reload()
    for _ in range(10):
        node.daemon.try_status()
        time.sleep(0.2)
    if pathlib.Path(f"/proc/{pid}").exists():
        _soft_limit(pid, what, before)
    return fault


def exhaust_descriptors(network, dice):
    """From none to some free numbers."""
    def lowest(pid):
        used = set(map(int, os.listdir(f"/proc/{pid}/fd")))
        return [number for number in range(1024) if number not in used][dice.randrange(8)]

    return _limited(network, dice, "no descriptors", lowest, "nofile")


def exhaust_memory(network, dice):
    def size(pid):
        pages = int(pathlib.Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[0])
        return pages * os.sysconf("SC_PAGE_SIZE") + dice.randrange(1 << 18)

    return _limited(network, dice, "no memory", size, "as")


def block_log(network, dice):
    node = dice.choice(network.nodes)
    node.reading.clear()
    for _ in range(60):
        node.daemon.reload()  # which says so: more than the pipe holds
        time.sleep(0.05)
    node.reading.set()
    return Fault("log not read", node, "3 s")


def full_disk(network, dice):
    node = dice.choice(network.nodes)
    node.daemon.stop()
    with open("/dev/full", "wb") as full:
        node.start(full)
    return Fault("disk full of logs", node, "from the start", moves=True)


def _emptied(group):
    """Moves out who is in it; meanwhile these may have had children."""
    members = (group / "cgroup.procs").read_text(encoding="ascii").split()
    for pid in members:
        try:
            (CGROUP / "cgroup.procs").write_text(pid, encoding="ascii")
        except OSError:
            pass  # it has ended
    return not members


def fail_forks(network, dice):
    """A cgroup that has as many processes as it may have: then a worker and scripts are to start."""
    node = dice.choice(network.nodes)
    group = CGROUP / f"holdfast-soak-{os.getpid()}"
    fault = Fault("forks fail", node, "")
    if not (CGROUP / "cgroup.procs").exists():
        fault.text = "this kernel has no cgroup of that kind"
        return fault
    group.mkdir(exist_ok=True)
    pids = node.pids()
    try:
        for pid in pids:
            (group / "cgroup.procs").write_text(str(pid), encoding="ascii")
        (group / "pids.max").write_text("1", encoding="ascii")
        role = dice.choice(["check-worker", "vrrp-worker"])
        victim = node.pid_of(role)
        if victim:
            os.kill(victim, signal.SIGKILL)
        time.sleep(dice.uniform(0.05, 0.3))
        fault.text, fault.moves = f"a {role} killed meanwhile", role == "vrrp-worker"
    finally:
        (group / "pids.max").write_text("max", encoding="ascii")
        netns.wait_until(lambda: _emptied(group), 5, "an empty cgroup")
        group.rmdir()
    return fault


def upgrade(network, dice):
    node = dice.choice(network.nodes)
    node.daemon.ctl("upgrade", check=False)
    return Fault("upgrade", node, "")


# Not among them: delayed and reordered packets, which need a kernel with sch_netem, and steps of
# CLOCK_REALTIME, which no namespace has of its own: tests/ipvs/weather_test.py has both.
ALL = (signal_process, signal_process, signal_process, pause_node, kill_node, stop_and_start,
       reload_valid, reload_invalid, flap_link, cut_off, lose_packets, tamper, overrun_netlink,
       exhaust_descriptors, exhaust_memory, block_log, full_disk, fail_forks, upgrade)
