# SPDX-License-Identifier: Apache-2.0
"""Which processors daemons run on, and which those who watch them, where that shows in what is measured."""

import contextlib
import os

_all = sorted(os.sched_getaffinity(0))
_daemons = []


@contextlib.contextmanager
def watching_aside():
    """This program, which asks and watches, keeps to the last processor, and daemons that are started
    meanwhile to the others. Who watches is woken on the processor of who sent a packet, and would
    take it from there for a while, as no third machine does."""
    if len(_all) > 1:
        os.sched_setaffinity(0, _all[-1:])
        _daemons[:] = ["taskset", "--cpu-list", ",".join(str(one) for one in _all[:-1])]
    try:
        yield
    finally:
        os.sched_setaffinity(0, _all)
        _daemons.clear()


def for_daemons():
    """What stands before a daemon's command."""
    return list(_daemons)
