# SPDX-License-Identifier: Apache-2.0
"""Who is told of a change of state: scripts as keepalived's, a FIFO as keepalived's."""

import fcntl
import os
import signal
import stat
import time

import pytest

from lab.daemon import Holdfast, configuration, instance
from lab.netns import LabTimeout, wait_until
from lab.scripts import Scripts

FAST = {"priority": 150, "advert_interval": "100ms"}


@pytest.fixture
def scripts(pair):
    return Scripts(pair.node1)


def config(notify=None, defaults=None, **options):
    entry = instance(**{**FAST, **options, **({"notify": notify} if notify else {})})
    made = configuration(entry)
    if defaults:
        made["vrrp"]["notify"] = defaults
    return made


def start(pair, state="MASTER", **options):
    pair.one = Holdfast(pair.node1, config(**options))
    pair.one.wait_for_state("web", state, 10)


def wait_for_lines(scripts, name, lines, timeout=5):
    wait_until(lambda: scripts.lines(name) == lines, timeout,
               lambda: f"{lines}; there is {scripts.lines(name)}")


def go_down_and_up(pair):
    """FAULT, and MASTER again."""
    pair.node1.cable("down")
    pair.one.wait_for_state("web", "FAULT", 5)
    pair.node1.cable("up")
    pair.one.wait_for_state("web", "MASTER", 5)


# ---- Scripts.


@pytest.mark.sanitized
def test_scripts_are_told_in_order_with_keepaliveds_words(pair, scripts):
    states = {state: [scripts.write(state, f"echo {state} $# $1 >>OUT/told"), "own"]
              for state in ("master", "backup", "fault", "stop")}
    any_state = scripts.write("any", 'echo any "$@" >>OUT/told')
    start(pair, notify={**states, "any": f"{any_state} extra word"})
    go_down_and_up(pair)
    words = "any extra word INSTANCE web"
    told = ["backup 1 own", f"{words} BACKUP 150", "master 1 own", f"{words} MASTER 150",
            "fault 1 own", f"{words} FAULT 150", "backup 1 own", f"{words} BACKUP 150",
            "master 1 own", f"{words} MASTER 150"]
    wait_for_lines(scripts, "told", told)
    assert pair.one.stop() == 0
    assert scripts.lines("told") == [*told, "stop 1 own", f"{words} STOP 150"]


def test_everything_else_is_in_the_environment(pair, scripts):
    script = scripts.write("any", "env | grep ^HOLDFAST | sort >OUT/new; mv OUT/new OUT/$3")
    start(pair, defaults={"any": script})
    wait_until(lambda: scripts.lines("MASTER"), 5, "the script of MASTER")
    told = dict(line.split("=", 1) for line in scripts.lines("MASTER"))
    assert told.pop("HOLDFAST_REASON").startswith("no advert heard for ")
    assert told == {
        "HOLDFAST_NODE": "node1", "HOLDFAST_KIND": "INSTANCE", "HOLDFAST_NAME": "web",
        "HOLDFAST_INSTANCE": "web", "HOLDFAST_STATE": "MASTER", "HOLDFAST_PREVIOUS": "BACKUP",
        "HOLDFAST_PRIORITY": "150", "HOLDFAST_INTERFACE": "eth0", "HOLDFAST_VRID": "51",
        "HOLDFAST_VERSION": "3", "HOLDFAST_ADDRESSES": "192.0.2.10/24"}
    assert "HOLDFAST_PREVIOUS=INIT" in scripts.lines("BACKUP")


def test_an_instance_has_the_defaults_for_what_it_does_not_say(pair, scripts):
    default = scripts.write("default", 'echo default "$@" >>OUT/told')
    own = scripts.write("own", 'echo own "$@" >>OUT/told')
    start(pair, notify={"master": f"{own} master"}, defaults={
        "master": f"{default} master", "backup": f"{default} backup"})
    wait_for_lines(scripts, "told", ["default backup", "own master"])


@pytest.mark.sanitized
def test_a_script_that_hangs_or_fails_holds_up_neither_the_next_nor_vrrp(pair, scripts):
    mark = str(300000 + os.getpid() % 100000)
    hangs = scripts.write("hangs", "trap '' TERM\necho began >>OUT/told\n"
                          f"(trap '' TERM; sleep {mark}) &\nwait\nsleep {mark}; sleep {mark}")
    fails = scripts.write("fails", "echo failed >>OUT/told; echo no such table >&2; exit 7")
    any_state = scripts.write("any", 'echo "$3" >>OUT/told')
    start(pair, notify={"backup": hangs, "master": fails, "any": any_state},
          defaults={"timeout": "1s"})
    # VRRP went on while the script of BACKUP hung, and those after it came in their order.
    assert scripts.lines("told") == ["began"]
    wait_for_lines(scripts, "told", ["began", "BACKUP", "failed", "MASTER"], timeout=8)
    log = pair.one.log()
    assert "hangs of INSTANCE web BACKUP did not end within 1 s" in log
    assert "fails of INSTANCE web MASTER exited with status 7: no such table" in log

    def left():
        return [pid for pid in filter(str.isdigit, os.listdir("/proc"))
                if mark in _command_line(pid)]

    wait_until(lambda: not left(), 2, "the whole group is killed")


def _command_line(pid):
    try:
        with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def test_subjects_do_not_wait_for_each_other(pair, scripts):
    script = scripts.write("any", '[ "$2" = slow ] && sleep 20\necho "$2 $3" >>OUT/told')
    made = configuration(instance(name="slow", vrid=1, address="192.0.2.11/24", **FAST),
                         instance(name="fast", vrid=2, address="192.0.2.12/24", **FAST))
    made["vrrp"]["notify"] = {"any": script, "timeout": "30s"}
    pair.one = Holdfast(pair.node1, made)
    wait_for_lines(scripts, "told", ["fast BACKUP", "fast MASTER"])


def test_the_end_is_told_and_bounded_even_if_a_script_hangs(pair, scripts):
    hangs = scripts.write("hangs", "exec sleep 1000")
    any_state = scripts.write("any", 'echo "$3" >>OUT/told')
    start(pair, notify={"master": hangs, "any": any_state, "stop": hangs})
    wait_for_lines(scripts, "told", ["BACKUP"])
    began = time.monotonic()
    assert pair.one.stop(15) == 0
    assert time.monotonic() - began < 9
    assert scripts.lines("told")[-1] == "STOP"


def test_a_restarted_worker_that_resumes_tells_nobody(pair, scripts):
    any_state = scripts.write("any", 'echo "$3" >>OUT/told')
    start(pair, notify={"any": any_state})
    wait_for_lines(scripts, "told", ["BACKUP", "MASTER"])
    pid = pair.one.worker_pid("vrrp-worker")
    os.kill(pid, signal.SIGKILL)
    pair.one.wait_for_new_worker("vrrp-worker", pid, 5)
    pair.one.reload(config(notify={"any": any_state}, priority=160))
    wait_until(lambda: pair.one.router()["priority"] == 160, 5, "the reload")
    pair.node1.cable("down")  # A later change, so that what was told before it is all there is.
    wait_for_lines(scripts, "told", ["BACKUP", "MASTER", "FAULT"])


def test_the_winner_of_a_healed_split_is_told_again(pair, scripts):
    any_state = scripts.write("any", 'echo "$3" >>OUT/told; echo "$HOLDFAST_REASON" >>OUT/why')
    start(pair, notify={"any": any_state})
    pair.start_two()
    pair.two.wait_for_state("web", "BACKUP", 5)
    pair.wait_quiet()
    assert scripts.lines("told") == ["BACKUP", "MASTER"], "an ordinary start is no conflict"
    # The switch forgets node1, but node1's link stays up: each of them hears nobody.
    port = pair.node1.name
    pair.lab.ip("link", "set", port, "nomaster", namespace=pair.lab.switch)
    pair.two.wait_for_state("web", "MASTER", 5)
    pair.lab.ip("link", "set", port, "master", "br0", namespace=pair.lab.switch)
    pair.two.wait_for_state("web", "BACKUP", 5)
    wait_for_lines(scripts, "told", ["BACKUP", "MASTER", "MASTER"])
    assert scripts.lines("why")[-1].startswith("still master")


def test_preemption_is_no_conflict(pair, scripts):
    any_state = scripts.write("any", 'echo "$3" >>OUT/told')
    pair.start_two()
    pair.two.wait_for_state("web", "MASTER", 5)
    start(pair, notify={"any": any_state})
    pair.two.wait_for_state("web", "BACKUP", 5)
    pair.wait_quiet()
    wait_for_lines(scripts, "told", ["BACKUP", "MASTER"])
    pair.one.stop()
    assert scripts.lines("told") == ["BACKUP", "MASTER", "STOP"]


def test_a_reload_of_scripts_touches_no_router(pair, scripts):
    old = scripts.write("old", 'echo "old $3" >>OUT/told')
    new = scripts.write("new", 'echo "new $3" >>OUT/told')
    start(pair, notify={"any": old})
    since = pair.one.router()["since"]
    pair.one.reload(config(notify={"any": new}))
    pair.one.wait_for_generation(2)
    assert pair.one.router()["since"] == since
    pair.node1.cable("down")
    wait_for_lines(scripts, "told", ["old BACKUP", "old MASTER", "new FAULT"])


def test_an_instance_that_a_reload_removes_is_told_as_keepalived_tells_it(pair, scripts):
    any_state = scripts.write("any", 'echo "$2 $3" >>OUT/told')
    start(pair, defaults={"any": any_state})
    wait_for_lines(scripts, "told", ["web BACKUP", "web MASTER"])
    made = config(defaults={"any": any_state}, name="other", vrid=52, address="192.0.2.20/24")
    pair.one.reload(made)
    wait_until(lambda: "web FAULT" in scripts.lines("told"), 5, "the end of web")
    assert pair.one.stop() == 0
    assert [line for line in scripts.lines("told") if line.startswith("web")] == [
        "web BACKUP", "web MASTER", "web FAULT"]


def test_an_instance_that_a_reload_removes_is_told_by_its_own_script(pair, scripts):
    own = scripts.write("own", 'echo "$HOLDFAST_NAME $HOLDFAST_STATE $HOLDFAST_VRID" >>OUT/told')
    start(pair, notify={"fault": own})
    pair.one.wait_for_state("web", "MASTER", 5)
    pair.one.reload(config(name="other", vrid=52, address="192.0.2.20/24"))
    wait_for_lines(scripts, "told", ["web FAULT 51"])


def test_a_sync_group_is_told_when_all_of_its_members_are_there(pair, scripts):
    group = scripts.write("group", 'echo "$@ $HOLDFAST_GROUP" >>OUT/group')
    made = configuration(instance(name="a", vrid=1, address="192.0.2.11/24", **FAST),
                         instance(name="b", vrid=2, address="192.0.2.12/24", **FAST))
    fifo = os.path.join(scripts.folder, "fifo")
    made["vrrp"]["sync_groups"] = [
        {"name": "both", "instances": ["a", "b"], "notify": {"any": group}}]
    made["vrrp"]["notify"] = {"fifo": fifo}
    pair.one = Holdfast(pair.node1, made)
    wait_for_lines(scripts, "group", ["GROUP both BACKUP 0 both", "GROUP both MASTER 0 both"])
    pair.node1.cable("down")
    told = [f"GROUP both {state} 0 both" for state in ("BACKUP", "MASTER", "FAULT")]
    wait_for_lines(scripts, "group", told)
    assert pair.one.stop() == 0
    assert scripts.lines("group") == [*told, "GROUP both STOP 0 both"]


# ---- The FIFO.


class Reader:
    """Reads a FIFO as a program does that waits for lines."""

    def __init__(self, path):
        self.fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self.text = ""

    def wait_for(self, lines, timeout=5):
        def all_read():
            try:
                self.text += os.read(self.fd, 65536).decode()
            except BlockingIOError:
                pass
            return self.text.splitlines() == lines

        try:
            wait_until(all_read, timeout, lambda: f"{lines}; there is {self.text!r}")
        finally:
            self.lines = self.text.splitlines()

    def close(self):
        os.close(self.fd)


@pytest.mark.sanitized
def test_a_fifo_gets_keepaliveds_lines(pair, scripts):
    path = os.path.join(scripts.folder, "fifo")
    start(pair, defaults={"fifo": path})
    entry = os.stat(path)
    assert stat.S_ISFIFO(entry.st_mode) and stat.S_IMODE(entry.st_mode) == 0o600
    # What was written before a reader came has waited for it.
    reader = Reader(path)
    reader.wait_for(['INSTANCE "web" BACKUP 150', 'INSTANCE "web" MASTER 150'])
    pair.node1.cable("down")
    reader.wait_for([*reader.lines, 'INSTANCE "web" FAULT 150'])
    assert pair.one.stop() == 0
    reader.wait_for([*reader.lines, 'INSTANCE "web" STOP 150'])
    reader.close()
    assert not os.path.exists(path), "who made it takes it away"


def test_a_fifo_that_nobody_reads_blocks_nothing(pair, scripts):
    path = os.path.join(scripts.folder, "fifo")
    os.mkfifo(path, 0o640)
    # Filled to the brim: every further line is one too many.
    brim = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    try:
        while True:
            os.write(brim, b"x" * 4096)
    except BlockingIOError:
        pass
    any_state = scripts.write("any", 'echo "$3" >>OUT/told')
    start(pair, notify={"any": any_state}, defaults={"fifo": path})
    go_down_and_up(pair)
    assert pair.one.log().count("nobody reads the FIFO") == 1
    size = fcntl.fcntl(brim, 1032)  # F_GETPIPE_SZ
    while os.read(brim, size):
        try:
            fcntl.fcntl(brim, fcntl.F_SETFL, os.O_NONBLOCK)
            os.read(brim, size)
        except BlockingIOError:
            break
    os.close(brim)
    reader = Reader(path)
    pair.node1.cable("down")
    reader.wait_for(['INSTANCE "web" FAULT 150'])
    assert "5 lines for the FIFO" in pair.one.log()
    reader.close()
    pair.one.stop()
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o640, "it was there before, and stays"


def test_a_fifo_that_is_removed_is_made_again(pair, scripts):
    path = os.path.join(scripts.folder, "fifo")
    start(pair, defaults={"fifo": path})
    os.remove(path)
    pair.node1.cable("down")
    wait_until(lambda: os.path.exists(path), 5, "the FIFO again")
    reader = Reader(path)
    reader.wait_for(['INSTANCE "web" FAULT 150'])
    reader.close()


def test_what_is_no_fifo_is_left_alone(pair, scripts):
    path = os.path.join(scripts.folder, "fifo")
    with open(path, "w", encoding="ascii") as file:
        file.write("precious\n")
    start(pair, defaults={"fifo": path})
    with open(path, encoding="ascii") as file:
        assert file.read() == "precious\n"
    assert f"{path} is no FIFO" in pair.one.log()


def test_a_worker_that_cannot_start_is_no_longer_master_for_the_scripts(pair, scripts):
    """While nobody of ours runs, the addresses are removed and a peer may take them."""
    any_state = scripts.write("any", 'echo "$3" >>OUT/told')
    start(pair, notify={"any": any_state})
    wait_for_lines(scripts, "told", ["BACKUP", "MASTER"])

    def crash():
        pid = pair.one.worker_pid("vrrp-worker")
        os.kill(pid, signal.SIGSEGV)
        return pid

    # By its own fault again and again: sooner or later it is started with a delay, before which it
    # hands over; if it could not even do that, they hear of a fault.
    def told_so():
        try:
            crash()
        except (LabTimeout, ProcessLookupError):
            pass
        return scripts.lines("told")[-1] in ("BACKUP", "FAULT")

    wait_until(told_so, 15, lambda: f"no MASTER any more; {scripts.lines('told')}", every=0.3)
