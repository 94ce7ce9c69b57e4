# SPDX-License-Identifier: Apache-2.0
"""Network namespaces: made, entered and removed."""

import ctypes
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time

CLONE_NEWNET = 0x40000000
PREFIX = "holdfast-"

_libc = ctypes.CDLL(None, use_errno=True)


class LabTimeout(AssertionError):
    """What was awaited did not come in time."""


def wait_until(condition, timeout, what, every=0.01):
    """Polls `condition` until it answers something true, and returns that."""
    deadline = time.monotonic() + timeout
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() >= deadline:
            what = what() if callable(what) else what
            raise LabTimeout(f"waited {timeout:g} s in vain: {what}")
        time.sleep(every)


def run(*command, timeout=10, check=True, **options):
    """Runs a command to its end and returns it with its output; a failure shows what it said."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          timeout=timeout, check=False, **options)
    if check and done.returncode != 0:
        raise RuntimeError(f"{' '.join(done.args)}: exit {done.returncode}: "
                           f"{done.stderr.strip() or done.stdout.strip()}")
    return done


def ip(*words, **options):
    """`ip`, which waits for the kernel's lock of all networks: long, beside thousands of routers."""
    return run("ip", *words, timeout=60, **options)


def in_namespace(name, function):
    """Calls `function` inside a namespace. A socket that it makes stays there for its life."""
    outcome = []

    def work():
        try:
            descriptor = os.open(f"/run/netns/{name}", os.O_RDONLY | os.O_CLOEXEC)
            try:
                # os.setns arrived with Python 3.12. It moves the calling thread only.
                if _libc.setns(descriptor, CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), f"setns {name}")
            finally:
                os.close(descriptor)
            outcome.append((function(), None))
        except BaseException as error:  # handed to the caller, whatever it is
            outcome.append((None, error))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    answer, error = outcome[0]
    if error:
        raise error
    return answer


def pids_in(name):
    listed = ip("netns", "pids", name, check=False).stdout
    return [int(pid) for pid in listed.split()]


def kill_all_in(name, timeout=5):
    """SIGKILLs every process of a namespace until none is left."""

    def none_left():
        pids = pids_in(name)
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        return not pids

    wait_until(none_left, timeout, f"processes in {name} survive SIGKILL")


def remove(name):
    kill_all_in(name)
    ip("netns", "delete", name)


def sweep():
    """Removes what killed runs left behind: namespaces and folders whose maker is no more."""
    for name in _orphans("/run/netns"):
        remove(name)
    for name in _orphans(tempfile.gettempdir()):
        shutil.rmtree(os.path.join(tempfile.gettempdir(), name), ignore_errors=True)


def _orphans(folder):
    for name in os.listdir(folder) if os.path.isdir(folder) else []:
        maker = name.removeprefix(PREFIX).split("-")[0]
        if name.startswith(PREFIX) and maker.isdigit() and not os.path.exists(f"/proc/{maker}"):
            yield name
