# SPDX-License-Identifier: Apache-2.0
"""`vrrp: process:`, as the kernel tells it."""

import os
import pathlib
import resource
import signal

from lab.daemon import LOCAL_CHECK, Holdfast, configuration, instance
from lab.netns import wait_until

CAP_SYS_RESOURCE = 24
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


def check(pid):
    assert os.sched_getscheduler(pid) & ~os.SCHED_RESET_ON_FORK == os.SCHED_RR
    assert os.sched_getparam(pid).sched_priority == 7
    assert os.sched_getaffinity(pid) == {0}
    proc = pathlib.Path("/proc", str(pid))
    assert (proc / "oom_score_adj").read_text(encoding="ascii").strip() == "321"
    limits = (proc / "limits").read_text(encoding="ascii")
    assert ["250000", "1250000", "us"] in [line.split()[-3:] for line in limits.splitlines()], limits
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
    new = pair.one.wait_for_new_worker("vrrp-worker", pid, 5)
    assert pathlib.Path(f"/proc/{new}/oom_score_adj").read_text(encoding="ascii") == "5\n"
    assert pair.one.state() == "MASTER"
