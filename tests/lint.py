#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The rules of the house that no compiler checks, one finding a line: FILE:LINE: message.

Layering of the folders, third-party libraries kept in one place, sizes, bans, and documents that
name what is there. Without arguments it looks at the whole tree.
"""

import ast
import os
import pathlib
import re
import sys

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70

# A folder is a binary. None of these includes another.
BINARIES = ("supervisor", "vrrp-worker", "check-worker", "balance-worker", "monitor-worker",
            "alert-worker", "witness-worker", "ctl")
NAMES_USERS = ("check-worker", "alert-worker", "witness-worker")
CORE_MAY_INCLUDE = ("common/core/", "config/config.h", "config/has_routing.h", "config/heartbeat.h",
                    "config/names.h", "config/nearest.h")

STANDARD_HEADER = re.compile(r"[a-z_]+$|c(assert|ctype|errno|math|std\w+|string|time)$")
SYSTEM_HEADER = re.compile(
    r"(sys|linux|net|netinet|netpacket|arpa|asm|bits)/|"
    r"(dirent|errno|fcntl|grp|ifaddrs|limits|net|poll|pwd|sched|signal|stdint|stdlib|string|"
    r"syslog|termios|time|unistd)\.h$")
# Kept in one .cpp by everyone else's; a vocabulary type and the test framework are meant to spread.
SPREADS = {"tl/expected.hpp": ("common/core/result.h",), "gtest": ("tests/",), "gmock": ("tests/",),
           "fuzzer": ("tests/fuzz/",), "benchmark": ("bench/micro/",),
           # A command is a file, and each has options and reads a document. None has privileges.
           "CLI": ("ctl/",), "nlohmann": ("ctl/", "status/")}
# Of the system's headers a core may have these: inet_pton and inet_ntop are pure.
PURE = {"arpa/inet.h": ("common/core/ip.cpp",), "tl/expected.hpp": ("common/core/result.h",)}

BANNED_WORDS = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "X" * 3]) + r")\b")
SLEEP = re.compile(r"\b(u|nano)?sleep(_for|_until)?\s*\(")
SKIPPED_FOLDERS = {".git", "build", "__pycache__", ".pytest_cache"}


class Source:
    """A file of the tree, its text, and for C++ the text without comments and literals."""

    def __init__(self, root, path, text):
        self.root = root
        self.path = path
        self.text = text
        self.lines = text.splitlines()
        self.is_cpp = path.endswith((".cpp", ".h"))
        self.is_python = path.endswith(".py") or bool(
            self.lines and re.match(r"#!.*\bpython3$", self.lines[0]))
        self.is_shell = bool(self.lines and re.match(r"#!.*\b(ba)?sh$", self.lines[0]))
        self.code = blank_comments_and_literals(text) if self.is_cpp else text
        self.includes = [
            (number, match[2], match[1] == "<") for number, line in enumerate(self.lines, 1)
            if self.is_cpp and (match := re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line))]


def blank_comments_and_literals(text):
    """The same text, line for line, with spaces where comments and literals were."""
    pattern = re.compile(
        r'//[^\n]*|/\*.*?\*/|R"(?P<mark>[^(\s]*)\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*"|'
        r"(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'", re.DOTALL)
    return pattern.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)


def line_of(text, position):
    return text.count("\n", 0, position) + 1


# ---- One check a rule: (source) -> (line, message)...


def check_layers(source):
    top = source.path.split("/")[0]
    if not source.is_cpp or top in ("tests", "bench") or "/" not in source.path:
        return
    in_core = source.path.startswith(f"{top}/core/")
    for line, header, angled in source.includes:
        if angled:
            known = STANDARD_HEADER.match(header) or source.path in PURE.get(header, ())
            if in_core and not known:
                yield line, f"<{header}> in a core: only the standard library is allowed there"
            continue
        allowed = allowed_includes(top, in_core)
        if not header.startswith(allowed):
            yield line, f'"{header}" does not belong here: {" ".join(allowed)} do'


def allowed_includes(top, in_core):
    if top == "common":
        return ("common/core/",) if in_core else ("common/",)
    if top == "config":
        return ("common/", "config/")
    names = ("names/core/",) if top in NAMES_USERS else ()
    if top == "import":  # as pure as a core
        return ("common/core/", "config/nearest.h", "import/")
    if top == "foresee":  # as pure as a core, and made of one
        return (*CORE_MAY_INCLUDE, "vrrp-worker/core/", "foresee/")
    if top == "ctl":
        return ("common/", "config/", "foresee/", "import/", "ctl/")
    if in_core:
        return (*CORE_MAY_INCLUDE, *names, f"{top}/core/")
    if top in ("supervisor", "monitor-worker"):
        return ("common/", "config/", "status/", f"{top}/")
    return ("common/", "config/", *names, *("names/" for _ in names), f"{top}/")


def check_size(source):
    drawn = source.path.endswith(".svg")  # by a program, which nobody reads
    if len(source.lines) > FILE_LINES_MAX and not drawn:
        yield FILE_LINES_MAX, f"{len(source.lines)} lines; a file has at most {FILE_LINES_MAX}"
    for line, name, length in functions(source):
        if length > FUNCTION_LINES_MAX:
            yield line, f"{name} has {length} lines; a function has at most {FUNCTION_LINES_MAX}"


def functions(source):
    if source.is_python:
        for node in ast.walk(ast.parse(source.text)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield node.lineno, node.name, node.end_lineno - node.lineno + 1
    elif source.is_cpp:
        yield from cpp_functions(source.code)


def cpp_functions(code):
    """Line, name and length of each function: a block after a parameter list, in no function."""
    blocks = []  # of (kind, line, name)
    head_start = 0
    code = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda m: re.sub(r"[^\n]", " ", m[0]), code,
                  flags=re.MULTILINE)
    for found in re.finditer(r"[{};]", code):
        position = found.start()
        head = code[head_start:position]
        if found[0] == "{":
            line = line_of(code, head_start + len(head) - len(head.lstrip()))
            inside = any(kind == "function" for kind, _, _ in blocks)
            blocks.append((block_kind(head, inside), line, function_name(head)))
        elif found[0] == "}" and blocks:
            kind, line, name = blocks.pop()
            if kind == "function":
                yield line, name, line_of(code, position) - line + 1
        head_start = position + 1


def block_kind(head, inside_function):
    if inside_function:
        return "inner"
    if re.search(r"\b(namespace|class|struct|enum|union|extern)\b[^()]*$", head):
        return "scope"
    return "function" if re.search(r"\)[^=]*$", head) else "other"


def function_name(head):
    named = re.search(r"([\w:~]+|operator\S+)\s*\(", head)
    return named[1] if named else "a function"


def check_opening(source):
    if not (source.is_cpp or source.is_python or source.is_shell):
        return
    if not any("SPDX-License-Identifier: Apache-2.0" in line for line in source.lines[:2]):
        yield 1, "no line SPDX-License-Identifier: Apache-2.0 at the top"
    if source.path.endswith(".h") and "#pragma once" not in source.lines[:3]:
        yield 1, "a header without #pragma once at the top"


def check_own_header_first(source):
    own = source.path.removesuffix(".cpp") + ".h"
    if source.path.endswith(".cpp") and (source.root / own).exists():
        if not source.includes or source.includes[0][1] != own:
            yield source.includes[0][0] if source.includes else 1, f'"{own}" must come first'


def check_bans(source):
    for number, line in enumerate(source.lines, 1):
        if found := BANNED_WORDS.search(line):
            yield number, f"{found[1]}: do it now, or file it"
    if not source.is_cpp:
        return
    for number, line in enumerate(source.code.splitlines(), 1):
        if re.search(r"\bthrow\b", line):
            yield number, "throw: an error is a Result, a bug an HF_CHECK"
        if source.path.startswith("tests/") and SLEEP.search(line):
            yield number, "a sleep in a test: await the event instead"


def check_links(source):
    """Relative links and the verbs of ./dev, in documents."""
    if not source.path.endswith(".md"):
        return
    folder = (source.root / source.path).parent
    dev = source.root / "dev"
    verbs = re.findall(r"^verb_([\w-]+)\(\)", dev.read_text(), re.MULTILINE) if dev.exists() else []
    for number, line in enumerate(source.lines, 1):
        for target in re.findall(r"\]\(([^)\s]+)\)", line):
            local = not re.match(r"[a-z]+:|#", target)
            if local and not (folder / target.split("#")[0]).exists():
                yield number, f"the link to {target} leads nowhere"
        for verb in re.findall(r"\./dev ([a-z][a-z-]*)", line):
            if verb not in verbs:
                yield number, f"./dev has no verb {verb}"
    if source.path == "README.md":
        for command in ("sudo ./dev demo", "sudo ./dev test"):
            if command not in source.text:
                yield 1, f"does not name {command}"


FILE_CHECKS = (check_layers, check_size, check_opening, check_own_header_first, check_bans,
               check_links)


def check_third_party(sources):
    """Each library in one .cpp of a folder, so of a binary, and in no header."""
    places = {}  # (folder, library) -> its .cpp files
    for source in sources:
        for line, header, angled in source.includes:
            if not angled or STANDARD_HEADER.match(header) or SYSTEM_HEADER.match(header):
                continue
            library = header.split("/")[0]
            if source.path.startswith(SPREADS.get(header, SPREADS.get(library, ("\0",)))):
                continue
            if source.path.endswith(".h"):
                yield source.path, line, f"<{header}> in a header: a library belongs in one .cpp"
                continue
            files = places.setdefault((source.path.split("/")[0], library), [])
            if source.path not in files:
                files.append(source.path)
            if len(files) > 1 and source.path != files[0]:
                yield source.path, line, f"<{header}>: {library} already belongs to {files[0]}"


def findings(sources):
    for source in sources:
        for check in FILE_CHECKS:
            for line, message in check(source):
                yield source.path, line, message
    yield from check_third_party(sources)


def load_tree(root):
    sources = []
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(set(folders) - SKIPPED_FOLDERS)
        for name in sorted(files):
            path = pathlib.Path(folder, name)
            try:
                text = path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue  # no text: a picture, an entry of a fuzz corpus
            sources.append(Source(root, path.relative_to(root).as_posix(), text))
    return sources


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    sources = load_tree(root)
    found = sorted(set(findings(sources)))
    for path, line, message in found:
        print(f"{path}:{line}: {message}")
    print(f"lint: {len(sources)} files, {len(found) or 'no'} findings", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
