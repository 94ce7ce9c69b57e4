# SPDX-License-Identifier: Apache-2.0
"""The documents that the repository has, as their readers see them: editors read YAML 1.2."""

import os
import pathlib
import re
import subprocess
import tempfile

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Of the unit tests of config/: all that read a document, but those of any bytes and any size, and
# those of any shape: what no node reads, since its overlay has another, the parser does not judge.
FILTER = "-LoadRandom.*:Readers.*:*Huge*:*Many*:*Large*"


def of_tests(tests):
    with tempfile.NamedTemporaryFile() as record:
        subprocess.run([tests, f"--gtest_filter={FILTER}"], check=True, capture_output=True,
                       env={**os.environ, "SCHEMA_RECORD": record.name})
        for size in record:
            yield record.read(int(size)).decode(errors="replace")


def every(tests):
    for path in (ROOT / "config/examples").glob("*.yaml"):
        yield path.read_text()
    for path in (ROOT / "tests/fuzz/corpus/config").iterdir():
        yield path.read_text(errors="replace")
    for path in [*(ROOT / "docs").glob("*.md"), ROOT / "README.md"]:
        yield from re.findall(r"^```yaml\n([\s\S]*?)^```", path.read_text(), re.MULTILINE)
    yield from of_tests(tests)


PLAIN = {"true": True, "false": False, "null": None, "~": None, "": None}
NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


def value_of(node):
    """By the core schema of YAML 1.2, where `no` is a text and 010 is 10."""
    if isinstance(node, yaml.MappingNode):
        return {key.value: value_of(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [value_of(one) for one in node.value]
    if node.style:
        return node.value
    if node.value in PLAIN:
        return PLAIN[node.value]
    if re.fullmatch(r"[-+]?[0-9]+", node.value):
        return int(node.value)
    return float(node.value) if NUMBER.fullmatch(node.value) else node.value


def parsed(text):
    return value_of(yaml.compose(text))
