#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Which of the system calls that a worker is allowed are really made: strace on the namespace tests.

    tests/seccomp_trace.py [vrrp|check|balance|monitor|alert|witness] [PYTEST ARGUMENTS]

Without arguments for pytest it runs those tests that drive the role hardest. What is made before the
filter is in place does not count. A call that no test makes may still be needed: on another kernel
or library, or where something goes wrong; the list says what to look at, not what to remove.
"""

import collections
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
FILTER = ROOT / "common/syscall_filter.cpp"
TESTS = {
    "vrrp": ["failover", "crash", "ipv6", "virtual_mac", "accept", "addresses", "track_route", "reload",
             "authentication"],
    "check": ["probes", "https_check", "http_check", "grpc_check", "starttls_check", "checks_command",
              "check_changes"],
    "balance": ["servers", "hostile_worker"],
    "monitor": ["monitoring"],
    "alert": ["alerts"],
    "witness": ["witness"],
}
WRAPPER = """#!/bin/sh
exec strace -D -ff -qq -e signal=none -o {traces}/trace {real}/holdfastd "$@"
"""


def allowed(role):
    """The names in the lists of syscall_filter.cpp, by where they stand."""
    text = FILTER.read_text(encoding="utf-8")
    everyones = text[text.index("rules_of_all()"):text.index("std::vector<Rule> rules_of(")]
    of_role = text[text.index(f"case Role::k{role.title()}:"):]
    of_role = of_role[:of_role.index("};")]
    names = re.compile(r"\{SCMP_SYS\((\w+)\)")
    return names.findall(everyones), names.findall(of_role)


def calls_of(trace, role):
    """What a process did after its filter was in place, if it is a worker of this role."""
    ours = filtered = False
    counts = collections.Counter()
    with open(trace, encoding="utf-8", errors="replace") as file:
        for line in file:
            ours = ours or f'["holdfast-{role}-worker"' in line
            # A library tries before it asks in earnest.
            if ours and line.startswith(("seccomp(SECCOMP_SET_MODE_FILTER", "prctl(PR_SET_SECCOMP")):
                filtered = True
                counts.clear()
            elif filtered and (found := re.match(r"(\w+)\(", line)):
                counts[found[1]] += 1
    return counts


def run_traced(real, tests):
    """The counters' raw material: a folder of traces, one a process. Failing tests do not matter."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="seccomp-trace-"))
    os.chmod(folder, 0o755)
    binaries = folder / "bin"
    binaries.mkdir()
    for program in real.glob("holdfast*"):
        (binaries / program.name).symlink_to(program)
    (binaries / "holdfastd").unlink()
    (binaries / "holdfastd").write_text(WRAPPER.format(traces=folder, real=real), encoding="ascii")
    os.chmod(binaries / "holdfastd", 0o755)
    subprocess.run(["/usr/bin/python3", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=no",
                    *tests], cwd=ROOT, env={**os.environ, "HOLDFAST_BIN": str(binaries)}, check=False)
    return folder


def report(role, counts):
    everyones, of_role = allowed(role)
    print(f"\n{role}-worker: {sum(counts.values())} system calls behind its filter")
    for title, names in (("all workers", everyones), ("this role", of_role)):
        names = list(dict.fromkeys(names))
        used = [f"{name} {counts[name]}" for name in names if counts[name]]
        print(f"  allowed to {title} and made: {', '.join(used)}")
        print(f"  allowed to {title} and never made: "
              f"{', '.join(name for name in names if not counts[name]) or 'none'}")
    strange = set(counts) - set(everyones) - set(of_role)
    print(f"  made and not allowed: {', '.join(sorted(strange)) or 'none'}")


def main(words):
    names = [word.removeprefix("holdfast-").removesuffix("-worker") for word in words]
    roles = [name for name in names if name in TESTS] or list(TESTS)
    arguments = [word for word, name in zip(words, names) if name not in TESTS]
    if words and re.fullmatch(r"\w[\w-]*", words[0]) and names[0] not in TESTS:
        sys.exit(f"seccomp-trace: no role is called '{words[0]}', expected one of {', '.join(TESTS)}")
    real = pathlib.Path(os.environ.get("HOLDFAST_BIN", ROOT / "build/release/bin")).resolve()
    for role in roles:
        tests = arguments or [f"tests/netns/{name}_test.py" for name in TESTS[role]]
        folder = run_traced(real, tests)
        counts = collections.Counter()
        for trace in folder.glob("trace.*"):
            counts += calls_of(trace, role)
        report(role, counts)
        subprocess.run(["rm", "-r", folder], check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
