# SPDX-License-Identifier: Apache-2.0
"""`vrrp: process:`, as the kernel tells it."""

import os
import pathlib
import resource
import signal

import pytest

from lab.daemon import LOCAL_CHECK, Holdfast, binaries, configuration, instance
from lab.netns import wait_until
from lab.scripts import Scripts

CAP_SYS_RESOURCE = 24
IN_REAL_TIME = (os.SCHED_RR | os.SCHED_RESET_ON_FORK, 1)
ORDINARY = (os.SCHED_OTHER, 0)
SERVICE = {"name": "shop", "address": "192.0.2.10:80", "real_servers": ["10.0.0.1:80"]}
PROCESS = {"memory_locked": True, "real_time": {"priority": 7, "limit": "250ms"},
           "cpu_affinity": [0], "oom_score": 321}


def status_of(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return {name: value.strip() for name, _, value in (line.partition(":")
                                                       for line in text.splitlines())}


def may_lock():
    """Whether this machine lets root go beyond the limit of locked memory, or has none."""
    beyond = int(status_of("self")["CapEff"], 16) >> CAP_SYS_RESOURCE & 1
    return bool(beyond) or resource.getrlimit(resource.RLIMIT_MEMLOCK)[1] == resource.RLIM_INFINITY


def scheduling(pid):
    return os.sched_getscheduler(pid), os.sched_getparam(pid).sched_priority


def limit_of_real_time(pid):
    """Soft and hard, in microseconds."""
    lines = pathlib.Path(f"/proc/{pid}/limits").read_text(encoding="ascii").splitlines()
    return next(line.split()[-3:] for line in lines if line.startswith("Max realtime timeout"))


def check(pid):
    assert os.sched_getscheduler(pid) & ~os.SCHED_RESET_ON_FORK == os.SCHED_RR
    assert os.sched_getparam(pid).sched_priority == 7
    assert os.sched_getaffinity(pid) == {0}
    proc = pathlib.Path("/proc", str(pid))
    assert (proc / "oom_score_adj").read_text(encoding="ascii").strip() == "321"
    # At the soft one comes SIGXCPU, which says what it is for; at the hard one SIGKILL.
    assert limit_of_real_time(pid) == ["250000", "1250000", "us"]
    assert (int(status_of(pid)["VmLck"].split()[0]) > 0) == may_lock()


def test_the_vrrp_worker_stands_as_configured_in_every_life(pair):
    pair.one = Holdfast(pair.node1, configuration(
        instance(priority=150, advert_interval="100ms"), checks=[LOCAL_CHECK],
        vrrp={"process": PROCESS}))
    pair.one.wait_for_state("web", "MASTER", 10)
    pid = pair.one.worker_pid("vrrp-worker")
    check(pid)
    os.kill(pid, signal.SIGKILL)
    check(pair.one.wait_for_new_worker("vrrp-worker", pid, 10))
    assert pair.one.state() == "MASTER"
    assert os.sched_getscheduler(pair.one.worker_pid("check-worker")) == os.SCHED_OTHER
    assert ("cannot lock memory: there is a limit" in pair.one.log()) != may_lock()
    assert pair.one.log().count("cannot") == pair.one.log().count("cannot lock memory")


def test_a_reload_says_when_it_will_count(pair):
    pair.start_one()
    pid = pair.one.worker_pid("vrrp-worker")
    pair.one.write_config(configuration(instance(priority=150, advert_interval="100ms"),
                                        vrrp={"process": {"oom_score": 5}}))
    pair.one.signal(signal.SIGHUP)
    wait_until(lambda: "counts from the next start" in pair.one.log(), 5, "the word")
    pair.one.ctl("upgrade")
    new = pair.one.worker_pid("vrrp-worker")
    assert new != pid
    assert pathlib.Path(f"/proc/{new}/oom_score_adj").read_text(encoding="ascii") == "5\n"
    assert pair.one.state() == "MASTER"


class Unprivileged(Holdfast):
    """holdfastd without the right to real time."""

    def start(self):
        self._start("prlimit", "--rtprio=0:0", "setpriv", "--bounding-set", "-sys_nice",
                    binaries() / "holdfastd", "--config", self.config_file,
                    "--runtime-dir", self.runtime_dir)


def web(**process):
    return configuration(instance(priority=150, advert_interval="100ms"),
                         vrrp={"process": process} if process else None)


def test_the_vrrp_worker_alone_is_in_real_time_by_default(pair):
    scripts = Scripts(pair.node1)
    slow = scripts.write("slow", "echo $$ >OUT/pid; exec sleep 30")
    pair.one = Holdfast(pair.node1, configuration(
        instance(priority=150, advert_interval="100ms"),
        instance("asks", 52, "192.0.2.20/24", witness={"when_unreachable": "hold"}),
        witness={"endpoints": ["http://127.0.0.1:1"]},
        checks=[{"name": "slow", "script": slow, "interval": "60s", "timeout": "50s"}],
        virtual_servers=[SERVICE], monitoring={"listen": ["127.0.0.1:9112"]},
        alerts={"receivers": [{"name": "log", "syslog": {"server": "127.0.0.1:514"}}]}))
    pair.one.wait_for_state("web", "MASTER", 10)
    wait_until(lambda: scripts.lines("pid"), 5, "the script")
    workers = {one["name"]: one["pid"] for one in pair.one.status()["workers"]}
    assert len(workers) == 6, workers
    vrrp = workers.pop("vrrp-worker")
    assert scheduling(vrrp) == IN_REAL_TIME
    assert limit_of_real_time(vrrp) == ["10000000", "11000000", "us"]
    others = {**workers, "holdfastd": pair.one.pid, "script": int(scripts.lines("pid")[0])}
    assert {name: scheduling(pid) for name, pid in others.items()} == dict.fromkeys(others, ORDINARY)
    # In its next life, too, and in that of another holdfastd.
    os.kill(vrrp, signal.SIGKILL)
    vrrp = pair.one.wait_for_new_worker("vrrp-worker", vrrp, 10)
    assert scheduling(vrrp) == IN_REAL_TIME
    pair.one.ctl("upgrade")
    new = pair.one.worker_pid("vrrp-worker")
    assert new != vrrp and scheduling(new) == IN_REAL_TIME
    assert scheduling(pair.one.pid) == ORDINARY
    assert "ordinary process" not in pair.one.log()


@pytest.mark.parametrize("real_time, expected", [
    (False, ORDINARY), (True, IN_REAL_TIME), ({"limit": "2s"}, IN_REAL_TIME)])
def test_real_time_is_as_the_file_says(pair, real_time, expected):
    pair.one = Holdfast(pair.node1, web(real_time=real_time))
    pair.one.wait_for_state("web", "MASTER", 10)
    assert scheduling(pair.one.worker_pid("vrrp-worker")) == expected
    assert "ordinary process" not in pair.one.log()


@pytest.mark.parametrize("process, level", [({}, " info "), ({"real_time": True}, " error ")])
def test_where_the_kernel_refuses_real_time_it_goes_on_without(pair, process, level):
    pair.one = Unprivileged(pair.node1, web(**process))
    pair.one.wait_for_state("web", "MASTER", 10)
    assert scheduling(pair.one.worker_pid("vrrp-worker")) == ORDINARY
    said = [line for line in pair.one.log().splitlines() if "real-time" in line]
    assert len(said) == 1 and level in said[0] and "CAP_SYS_NICE is missing" in said[0], said
    assert "it goes on as an ordinary process" in said[0]
    answer = pair.one.ctl("doctor", check=False)
    assert "real" not in answer.stdout, answer.stdout
