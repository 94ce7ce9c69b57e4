# SPDX-License-Identifier: Apache-2.0
"""Checks by script, by file and by process: what they move, and what a script may do."""

import os
import pwd
import shutil
import signal
import time

import pytest

from lab.daemon import Holdfast, binaries, configuration, instance, to_yaml
from lab.netns import run, wait_until
from lab.scripts import SCRIPT_USER, Scripts

VIP = "192.0.2.10"


@pytest.fixture
def scripts(pair):
    return Scripts(pair.node1)


def check(pair, name="app"):
    return next(one for one in pair.one.status()["checks"] if one["name"] == name)


def wait_for_check(pair, up, timeout=5, name="app"):
    wait_until(lambda: check(pair, name)["up"] is up, timeout,
               lambda: f"the check is {'up' if up else 'down'}; it is {check(pair, name)}")


def wait_for_priority(pair, priority, timeout=5):
    wait_until(lambda: pair.one.router()["priority"] == priority, timeout,
               lambda: f"priority {priority}; it is {pair.one.router()}, {pair.one.log()[-1500:]}")


def processes(words):
    """The pids whose command line is these words."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                if file.read().rstrip(b"\0").split(b"\0") == [word.encode() for word in words]:
                    found.append(int(pid))
        except OSError:
            pass
    return found


# ---- Scripts.


@pytest.mark.sanitized
def test_a_failing_script_lowers_the_priority_and_says_why(pair, scripts):
    flag = os.path.join(scripts.folder, "healthy")
    scripts.touch("healthy")
    path = scripts.write("app", f"[ -e {flag} ] && exit 0\necho; echo no replica answers\necho x\n"
                         "exit 3")
    entry = {"name": "app", "script": path, "interval": "100ms"}
    pair.start({"track": [{"check": "app", "weight": -80}]}, checks=[entry])
    assert check(pair)["target"] == f"script {path}" and check(pair)["up"]
    scripts.remove("healthy")
    pair.two.wait_for_state("web", "MASTER", 5)
    pair.one.wait_for_state("web", "BACKUP", 5)
    assert check(pair)["reason"] == "exited with status 3: no replica answers"
    assert pair.one.router()["priority"] == 70
    assert pair.one.router()["priority_reason"] == "check app is down: -80"
    assert "check app is down: -80" in pair.one.ctl("status").stdout
    scripts.touch("healthy")
    pair.one.wait_for_state("web", "MASTER", 5)
    assert pair.one.router()["priority"] == 150


def test_rise_and_fall_count_runs_of_a_script(pair, scripts):
    flag = os.path.join(scripts.folder, "healthy")
    scripts.touch("healthy")
    path = scripts.write("app", f"[ -e {flag} ] && s=good || s=bad\necho $s >>OUT/runs\n[ $s = good ]")
    entry = {"name": "app", "script": path, "interval": "100ms", "rise": 3, "fall": 4}
    pair.start_one({"track": [{"check": "app", "weight": -80}]}, checks=[entry])
    scripts.remove("healthy")
    wait_for_check(pair, False)
    assert scripts.lines("runs").count("bad") >= 4
    bad = scripts.lines("runs").count("bad")
    scripts.touch("healthy")
    wait_for_check(pair, True)
    after = scripts.lines("runs")[-(len(scripts.lines("runs")) -
                                    scripts.lines("runs").index("bad") - bad):]
    assert after.count("good") >= 3


def test_a_script_gets_what_it_needs_and_no_more(pair, scripts):
    path = scripts.write("app", "[ -e OUT/done ] && exit 0\nenv | sort >OUT/env\nls -l /proc/self/fd >OUT/fds\n"
                         "cat /proc/self/status >OUT/status\npwd >OUT/cwd\n"
                         "cat /proc/self/oom_score_adj >OUT/oom\n"
                         "cut -d' ' -f1,5,6 /proc/$$/stat >OUT/ids\n"
                         "printf '%s|' \"$@\" >OUT/words; echo >>OUT/words\n"
                         "echo >OUT/done")
    entry = {"name": "app", "script": {"command": [path, "'a b'", "'$HOME;'", "'*'"]},
             "interval": "100ms"}
    pair.start_one({"track": [{"check": "app", "weight": 10}]}, checks=[entry])
    wait_until(lambda: scripts.lines("done"), 5, "a run of the script")
    account = pwd.getpwnam(SCRIPT_USER)
    variables = dict(line.split("=", 1) for line in scripts.lines("env"))
    variables.pop("PWD")  # the shell's own
    variables.pop("_", None)
    variables.pop("SHLVL", None)
    assert variables == {
        "HOLDFAST_NODE": "node1", "HOLDFAST_CHECK": "app", "HOME": account.pw_dir,
        "USER": SCRIPT_USER, "LOGNAME": SCRIPT_USER, "LC_ALL": "C.UTF-8",
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
    status = dict(line.split(":", 1) for line in scripts.lines("status"))
    assert set(status["Uid"].split()) == {str(account.pw_uid)}
    assert set(status["Gid"].split()) == {str(account.pw_gid)}
    assert status["Groups"].split() == [str(account.pw_gid)]
    assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 0
    assert status["NoNewPrivs"].strip() == "1"
    assert int(status["SigIgn"], 16) == 0 and int(status["SigBlk"], 16) == 0
    targets = {line.split()[-3]: line.split()[-1] for line in scripts.lines("fds")[1:]}
    # 3 is ls itself, looking; 1 is the redirection.
    assert set(targets) == {"0", "1", "2", "3"} and targets["0"] == "/dev/null"
    assert targets["2"].startswith("pipe:")
    assert scripts.lines("cwd") == ["/"] and scripts.lines("oom") == ["0"]
    pid, group, session = scripts.lines("ids")[0].split()
    assert pid == group == session
    assert scripts.lines("words") == ["a b|$HOME;|*|"]


@pytest.mark.sanitized
def test_a_script_that_hangs_is_killed_with_all_it_started(pair, scripts):
    mark = str(100000 + os.getpid() % 100000)
    path = scripts.write("app", f"trap '' TERM\n(trap '' TERM; sleep {mark}.1; sleep {mark}.2) &\n"
                         f"sleep {mark}.3\nsleep {mark}.4\nsleep {mark}.5")
    entry = {"name": "app", "script": path, "interval": "1s", "timeout": "300ms"}
    pair.start_one({"track": [{"check": "app", "weight": -20}]}, checks=[entry])
    wait_for_check(pair, False)
    assert check(pair)["reason"] in ("no answer within 300 ms", "did not end within 300 ms")
    since = pair.one.router()["since"]

    def left():
        return [pid for part in "12345" for pid in processes(["sleep", f"{mark}.{part}"])]

    wait_until(left, 5, "a run of the script")
    # One run at a time: whatever happens, never more than what one of them starts.
    most, end = 0, time.monotonic() + 3
    while time.monotonic() < end:
        most = max(most, len(left()))
    assert 1 <= most <= 2
    assert pair.one.state() == "MASTER" and pair.one.router()["since"] == since
    pair.one.reload(configuration(instance(priority=150, advert_interval="100ms")))
    pair.one.wait_for_generation(2)
    wait_until(lambda: not left(), 3, lambda: f"nothing of the script is left: {left()}")


def test_what_a_check_leaves_running_ends_with_it(pair, scripts):
    mark = str(200000 + os.getpid() % 100000)
    path = scripts.write("app", f"sleep {mark} &\nexit 0")
    entry = {"name": "app", "script": path, "interval": "200ms"}
    pair.start_one({"track": [{"check": "app", "weight": 10}]}, checks=[entry])
    wait_for_check(pair, True)
    wait_until(lambda: not processes(["sleep", mark]), 3, "none is left behind")


def test_a_script_that_talks_without_end_is_cut(pair, scripts):
    path = scripts.write("app", "echo first words\nexec yes")
    entry = {"name": "app", "script": path, "interval": "1s", "timeout": "500ms"}
    pair.start_one({"track": [{"check": "app", "weight": -20}]}, checks=[entry])
    wait_for_check(pair, False)
    assert pair.one.state() == "MASTER"
    with open(f"/proc/{pair.one.pid}/status", encoding="ascii") as file:
        size = next(int(line.split()[1]) for line in file if line.startswith("VmRSS:"))
    assert size < 400_000, "kB: nothing of the output is kept"


@pytest.mark.parametrize("spoil, why", [
    (lambda path, folder: os.chmod(path, 0o757), "may be written by everyone"),
    (lambda path, folder: os.chmod(folder, 0o777), "may be written by everyone"),
    (lambda path, folder: os.chown(path, 65534, -1), "belongs to uid 65534"),
    (lambda path, folder: os.chmod(path, 0o644), "may not be executed"),
    (lambda path, folder: os.remove(path), "No such file"),
])
def test_a_script_that_others_could_change_is_refused_where_it_stands(pair, scripts, spoil, why):
    path = scripts.write("app", "exit 0")
    with_script = configuration(instance(priority=150, advert_interval="100ms"),
                                checks=[{"name": "app", "script": path, "interval": "100ms"}])
    pair.start_one()
    spoil(path, scripts.folder)
    pair.one.reload(with_script)
    error = wait_until(lambda: pair.one.status()["config"]["last_error"], 5, "the refusal")
    text = to_yaml({"version": 1, "node": "node1", **with_script})
    line = next(number for number, line in enumerate(text.splitlines(), 1) if path in line)
    assert error["message"].startswith(f"{pair.one.config_file}:{line}:") and why in error["message"]
    assert pair.one.generation() == 1 and pair.one.state() == "MASTER"
    said = pair.one.ctl("check", pair.one.config_file, check=False)
    assert said.returncode == 1 and error["message"] in said.stdout
    two = Holdfast(pair.node2, with_script)
    assert two.wait(5) == 1 and why in two.log()


def test_a_missing_user_of_a_script_is_named_with_the_remedy(pair, scripts):
    path = scripts.write("app", "exit 0")
    entry = {"name": "app", "script": {"command": path, "user": "nobody-of-that-name"}}
    one = Holdfast(pair.node1, configuration(instance(), checks=[entry]))
    assert one.wait(5) == 1
    assert "nobody-of-that-name does not exist; create it with: useradd" in one.log()


# ---- Files.


def write_in_place(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def write_by_rename(path, text):
    write_in_place(path + ".new", text)
    os.replace(path + ".new", path)


@pytest.mark.sanitized
@pytest.mark.parametrize("write", [write_in_place, write_by_rename])
def test_a_files_number_moves_the_priority_within_a_second(pair, scripts, write):
    path = os.path.join(scripts.folder, "load")
    write(path, "0\n")
    entry = {"name": "load", "file": path}
    pair.start({"track": [{"check": "load", "weight": -10}]}, checks=[entry])
    write(path, "3\n")
    wait_for_priority(pair, 120, timeout=1)
    assert pair.one.router()["priority_reason"] == "check load: 3 x -10 = -30"
    assert check(pair, "load")["value"] == 3 and check(pair, "load")["reason"] == "holds 3"
    assert "check load: 3 x -10 = -30" in pair.one.log()
    write(path, "-4")
    wait_for_priority(pair, 190, timeout=1)
    write(path, "8\n")
    wait_for_priority(pair, 70, timeout=1)
    pair.two.wait_for_state("web", "MASTER", 5)
    write(path, "nonsense")
    wait_until(lambda: check(pair, "load")["up"] is False, 1, "a file without a number is down")
    assert check(pair, "load")["reason"] == f"{path} holds no whole number"
    assert pair.one.router()["priority"] == 150
    pair.one.wait_for_state("web", "MASTER", 5)
    os.remove(path)
    wait_until(lambda: check(pair, "load")["reason"] == f"{path} does not exist", 1, "it is missed")


def test_a_number_far_below_is_a_fault_and_one_far_above_counts_as_most(pair, scripts):
    path = os.path.join(scripts.folder, "load")
    write_by_rename(path, "0")
    entry = {"name": "load", "file": path}
    pair.start_one({"track": [{"check": "load", "weight": 10}]}, checks=[entry])
    write_by_rename(path, "1000")
    wait_for_priority(pair, 254)
    write_by_rename(path, "-26")
    pair.one.wait_for_state("web", "FAULT", 5)
    assert pair.one.router()["reason"] == "check load: -26 x 10 = -260, below -253"
    write_by_rename(path, "0")
    pair.one.wait_for_state("web", "MASTER", 5)


def test_without_a_weight_a_file_must_hold_zero(pair, scripts):
    path = os.path.join(scripts.folder, "down")
    write_by_rename(path, "0")
    pair.start_one({"track": [{"check": "down"}]}, checks=[{"name": "down", "file": path}])
    write_by_rename(path, "1")
    pair.one.wait_for_state("web", "FAULT", 5)
    assert pair.one.router()["reason"] == "check down holds 1, not 0"
    write_by_rename(path, "0")
    pair.one.wait_for_state("web", "MASTER", 5)
    os.remove(path)
    pair.one.wait_for_state("web", "FAULT", 5)


def test_a_path_that_no_message_has_room_for_is_missed_like_any_other(pair, scripts):
    path = os.path.join(scripts.folder, *["x" * 200] * 4)
    pair.start_one({"track": [{"check": "load", "weight": 1}]},
                   checks=[{"name": "load", "file": path}])
    wait_until(lambda: check(pair, "load")["up"] is False, 5, "it is missed")
    assert check(pair, "load")["reason"] == f"{path} does not exist"[:512]
    assert all(one["restarts"] == 0 for one in pair.one.status()["workers"])


def test_a_file_whose_folder_comes_later_is_found(pair, scripts):
    folder = os.path.join(scripts.folder, "late")
    path = os.path.join(folder, "load")
    pair.start_one({"track": [{"check": "load", "weight": 1}]},
                   checks=[{"name": "load", "file": {"path": path}}])
    wait_until(lambda: check(pair, "load")["up"] is False, 5, "it is missed")
    os.mkdir(folder)
    write_in_place(path, "5")
    wait_for_priority(pair, 155)
    shutil.rmtree(folder)
    wait_for_priority(pair, 150)
    os.mkdir(folder)
    write_in_place(path, "6")
    wait_for_priority(pair, 156)


# ---- Processes.


@pytest.fixture
def program(pair, scripts):
    path = os.path.join(scripts.folder, f"hf{os.getpid() % 1000000}")
    shutil.copy("/bin/sleep", path)
    os.chmod(path, 0o755)
    return path


def test_a_process_killed_and_started_moves_the_priority(pair, program):
    entry = {"name": "app", "process": os.path.basename(program), "interval": "200ms"}
    pair.start({"track": [{"check": "app", "weight": -80}]}, checks=[entry])
    wait_for_priority(pair, 70)
    assert check(pair)["reason"] == "0 running, expected at least 1"
    for _ in range(2):
        process = pair.node1.start(program, "1000", log=os.devnull)
        wait_for_priority(pair, 150, timeout=2)
        assert check(pair)["reason"] == "1 running"
        pair.one.wait_for_state("web", "MASTER", 5)
        [pid] = processes([program, "1000"])
        os.kill(pid, signal.SIGKILL)
        wait_for_priority(pair, 70, timeout=1)
        process.wait(5)
        pair.two.wait_for_state("web", "MASTER", 5)


def test_the_number_and_the_command_line_of_processes_count(pair, program):
    entry = {"name": "app", "interval": "100ms",
             "process": {"command": [program, "1000"], "min": 2, "max": 2}}
    pair.start_one({"track": [{"check": "app", "weight": 10}]}, checks=[entry])
    running = [pair.node1.start(program, "1000", log=os.devnull) for _ in range(2)]
    pair.node1.start(program, "1001", log=os.devnull)
    wait_for_priority(pair, 160)
    running.append(pair.node1.start(program, "1000", log=os.devnull))
    wait_for_priority(pair, 150)
    assert check(pair)["reason"] == "3 running, expected at most 2"
    os.kill(processes([program, "1000"])[0], signal.SIGKILL)
    wait_for_priority(pair, 160)


def test_a_process_that_is_back_in_time_was_never_away(pair, program):
    entry = {"name": "app", "interval": "100ms",
             "process": {"name": os.path.basename(program), "terminate_delay": "1s"}}
    pair.node1.start(program, "1000", log=os.devnull)
    pair.start_one({"track": [{"check": "app", "weight": -80}]}, checks=[entry])
    wait_for_check(pair, True)
    since = check(pair)["since"]
    os.kill(processes([program, "1000"])[0], signal.SIGKILL)
    pair.node1.start(program, "2000", log=os.devnull)
    wait_until(lambda: processes([program, "2000"]), 5, "its successor")
    killed = time.monotonic()
    wait_until(lambda: time.monotonic() - killed > 1.5 or check(pair)["up"] is False, 5, "a verdict")
    assert check(pair)["up"] is True and check(pair)["since"] == since
    os.kill(processes([program, "2000"])[0], signal.SIGKILL)
    gone = time.monotonic()
    wait_for_check(pair, False)
    assert 0.9 < time.monotonic() - gone < 2


# ---- All of them.


def test_no_kind_of_check_forgets_at_a_worker_restart(pair, scripts, program):
    path = os.path.join(scripts.folder, "load")
    write_in_place(path, "2")
    pair.node1.start(program, "1000", log=os.devnull)
    checks = [{"name": "script", "script": scripts.write("ok", "exit 0"), "interval": "100ms"},
              {"name": "file", "file": path},
              {"name": "process", "process": os.path.basename(program)}]
    track = [{"check": "script", "weight": 1}, {"check": "file", "weight": 2},
             {"check": "process", "weight": 8}]
    pair.start_one({"track": track}, checks=checks)
    wait_for_priority(pair, 163)
    before = [(one["name"], one["up"], one["value"], one["since"])
              for one in pair.one.status()["checks"]]
    for role in ("check-worker", "vrrp-worker"):
        pid = pair.one.worker_pid(role)
        os.kill(pid, signal.SIGKILL)
        pair.one.wait_for_new_worker(role, pid, 5)
    assert [(one["name"], one["up"], one["value"], one["since"])
            for one in pair.one.status()["checks"]] == before
    assert pair.one.router()["priority"] == 163
    write_in_place(path, "4")
    wait_for_priority(pair, 167, timeout=2)


def test_ctl_check_finds_nothing_wrong_with_a_sound_script(pair, scripts):
    config = os.path.join(pair.node1.directory, "sound.yaml")
    with open(config, "w", encoding="utf-8") as file:
        file.write(to_yaml(configuration(instance(), checks=[
            {"name": "app", "script": scripts.write("app", "exit 0")}])))
    assert "valid" in run(binaries() / "holdfastctl", "check", config).stdout


def test_an_exit_status_may_be_a_weight(pair, scripts):
    answer = os.path.join(pair.node1.directory, "answer")
    write_in_place(answer, "52")
    script = scripts.write("app", f"exit $(cat {answer})")
    pair.start_one(checks=[{"name": "app", "interval": "100ms", "timeout": "100ms",
                            "script": {"command": script, "dynamic_weight": True}}])

    def wait_for(up, weight):
        wait_until(lambda: [(check["up"], check["weight"]) for check in pair.one.status()["checks"]]
                   == [(up, weight)], 5, lambda: str(pair.one.status()["checks"]))

    wait_for(True, 50)
    write_in_place(answer, "12")
    wait_for(True, 10)
    write_in_place(answer, "1")
    wait_for(False, 0)
    write_in_place(answer, "0")
    wait_for(True, 100)
    write_in_place(answer, "255")
    wait_for(True, 100)
    write_in_place(answer, "2")
    wait_for(True, 0)
