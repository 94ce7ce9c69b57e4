# SPDX-License-Identifier: Apache-2.0
"""Every command tells what it has to tell to programs, too."""

import json
import re

from lab.daemon import binaries
from lab.netns import run

# With the arguments that each needs; FILE: the daemon's configuration, or one for a fleet.
TELL = [
    ("status",), ("why", "web"), ("explain",), ("explain", "web"), ("history",), ("checks",),
    ("checks", "run", "app"), ("servers",), ("doctor",), ("check", "FILE"), ("plan", "FILE"),
    ("fleet", "check", "FLEET"), ("import", "KEEPALIVED"), ("maintenance", "on"),
    ("maintenance", "off"), ("reload",), ("confirm",), ("server", "drain", "none", "none"),
]
# What is of one form by its nature, or stands above verbs of its own.
OTHERS = {"watch", "alert", "version", "render", "schema", "completion"}
FLEET = """
version: 1
vrrp:
  instances: [{name: web, interface: eth0, virtual_router_id: 1, addresses: [192.0.2.10/24]}]
nodes:
  a: {vrrp: {instances: [{name: web, priority: 150}]}}
  b: {vrrp: {instances: [{name: web, priority: 100}]}}
"""


def verbs():
    """The first words of all commands, from the help."""
    text = run(binaries() / "holdfastctl", "--help").stdout
    return set(re.findall(r"^  ([a-z]+) ", text[text.lower().index("subcommands"):], re.MULTILINE))


def test_every_command_is_known_here_or_has_json():
    for verb in verbs() - {command[0] for command in TELL} - OTHERS:
        assert "--json" in run(binaries() / "holdfastctl", verb, "--help").stdout, verb


def test_a_word_that_is_no_command_is_named_with_the_nearest():
    for words, said in ((("chek", "x"), "'chek', did you mean 'check'?"),
                        (("--runtime-dir", "/x", "reolad"), "'reolad', did you mean 'reload'?"),
                        (("server", "drian", "web", "a:1"), "'drian', did you mean 'drain'?"),
                        (("zzzzzz",), "'zzzzzz'\n")):
        answer = run(binaries() / "holdfastctl", *words, check=False)
        assert answer.returncode == 2 and f"unknown command {said}" in answer.stderr, answer


def test_every_command_that_tells_something_has_json(pair, tmp_path):
    service = pair.lab.listener(pair.node1, 8080)
    check = {"name": "app", "tcp": "127.0.0.1:8080", "interval": "100ms", "timeout": "50ms"}
    pair.start_one({"track": [{"check": "app", "weight": -10}]}, checks=[check])
    fleet = tmp_path / "fleet.yaml"
    fleet.write_text(FLEET, encoding="ascii")
    other = tmp_path / "keepalived.conf"
    other.write_text("vrrp_instance a {\n interface eth0\n virtual_router_id 1\n"
                     " virtual_ipaddress { 192.0.2.10/24 }\n}\n", encoding="ascii")
    files = {"FILE": pair.one.config_file, "FLEET": fleet, "KEEPALIVED": other}
    for command in TELL:
        words = [str(files.get(word, word)) for word in command]
        answer = pair.one.ctl(*words, "--json", check=False)
        # The standard output of an import is the result.
        text = answer.stderr if command[0] == "import" else answer.stdout
        assert isinstance(json.loads(text), dict), (command, answer)
    service.close()
