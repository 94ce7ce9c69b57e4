# SPDX-License-Identifier: Apache-2.0
"""Every command and option that --help names is completed, and described in the man pages."""

import pathlib
import re
import shutil
import subprocess

import pytest

from lab.daemon import ROOT, binaries

CTL = binaries() / "holdfastctl"
MAN = ROOT / "packaging/man"


def output(*command, **options):
    return subprocess.run([str(word) for word in command], check=True, capture_output=True,
                          text=True, **options).stdout


def help_of(program, path=()):
    """The options and verbs that --help shows, as it is read by a person."""
    section, options, verbs = "", [], []
    for line in output(program, *path, "--help").splitlines():
        if not line.startswith(" "):
            section = line.rstrip(":")
        elif found := re.match(r"  (\S+)", line):
            if section == "Options":
                options += found[1].split(",")
            elif section == "Subcommands":
                verbs.append(found[1])
    return options, verbs


def tree(path=()):
    options, verbs = help_of(CTL, path)
    yield path, options, verbs
    for verb in verbs:
        yield from tree((*path, verb))


TREE = list(tree())


def completed_by_bash(script, *words):
    """What bash would offer for the last word."""
    line = f"source {script}; COMP_WORDS=(holdfastctl \"$@\"); COMP_CWORD=$#; compopt() {{ :; }}; " \
           "_holdfastctl; printf '%s\\n' \"${COMPREPLY[@]}\""
    return set(output("bash", "-c", line, "bash", *words).split())


@pytest.fixture(scope="module")
def scripts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("completion")
    made = {}
    for shell in ("bash", "fish", "zsh"):
        made[shell] = folder / shell
        made[shell].write_text(output(CTL, "completion", shell), encoding="utf-8")
    return made


def test_help_is_understood_here():
    paths = [path for path, _, _ in TREE]
    assert ("status",) in paths and ("server", "drain") in paths
    assert "--until" in dict((path, options) for path, options, _ in TREE)[("server", "drain")]


@pytest.mark.parametrize("path, options, verbs", TREE, ids=lambda one: " ".join(one) or "-")
def test_bash_completes(scripts, path, options, verbs):
    assert completed_by_bash(scripts["bash"], *path, "") >= {*options, *verbs}
    for word in (*options, *verbs):
        offered = completed_by_bash(scripts["bash"], *path, word[:-1])
        assert word in offered and all(one.startswith(word[:-1]) for one in offered)


def test_bash_completes_values(scripts, tmp_path):
    (tmp_path / "one.yaml").touch()
    begin = f"{tmp_path}/o"
    assert completed_by_bash(scripts["bash"], "check", begin) == {f"{tmp_path}/one.yaml"}
    assert completed_by_bash(scripts["bash"], "--runtime-dir", begin) == set()
    assert completed_by_bash(scripts["bash"], "--runtime-dir", "/ru", ) == {"/run"}
    # After an option's value the command goes on.
    assert "drain" in completed_by_bash(scripts["bash"], "--runtime-dir", "/run", "server", "d")


@pytest.mark.skipif(shutil.which("fish") is None, reason="no fish")
def test_fish_completes(scripts):
    for path, options, verbs in TREE:
        for words, begin in ((verbs, ""), (options, "-")):
            line = " ".join(("holdfastctl", *path, begin))
            offered = output("fish", "--no-config", "-c",
                             f"source {scripts['fish']}; complete -C '{line}'")
            names = {one.split("\t")[0] for one in offered.splitlines()}
            assert names >= {word for word in words if begin == "" or word.startswith("--")}, line


@pytest.mark.skipif(shutil.which("zsh") is None, reason="no zsh")
def test_zsh_completes(scripts):
    # What it would offer, as it is told to the functions of its completion system.
    line = ("_describe() { print -l -- ${(P)@[-1]} }; _files() { }; words=(holdfastctl \"$@\"); "
            f"CURRENT=$#words; source {scripts['zsh']}")
    for path, options, verbs in TREE:
        offered = output("zsh", "-f", "-c", line, "zsh", *path, "")
        names = {one.split(":")[0] for one in offered.splitlines()}
        assert names >= {*options, *verbs}, path


def test_the_man_page_describes_every_command_and_option():
    text = output(CTL, "completion", "markdown").replace("\\", "")
    entries = re.split(r"^\*\*(?=[a-z])", text, flags=re.MULTILINE)
    said = {entry.split("**")[0]: entry for entry in entries}
    for path, options, _ in TREE:
        entry = said[" ".join(path)] if path else text
        for option in options:
            assert option in ("-h", "--help") or f"**{option}**" in entry, (path, option)


def test_the_man_page_of_the_daemon_describes_every_option():
    text = (MAN / "holdfastd.8.md").read_text(encoding="utf-8").replace("\\", "")
    options, _ = help_of(binaries() / "holdfastd")
    assert "--config" in options
    assert [option for option in options if f"**{option}**" not in text] == []


@pytest.mark.skipif(shutil.which("pandoc") is None, reason="no pandoc")
def test_the_man_pages_are_made_and_well_formed(tmp_path):
    subprocess.run([MAN / "build", binaries(), tmp_path], check=True)
    pages = sorted(path.name for path in tmp_path.glob("*.[58]"))
    assert pages == ["holdfast.yaml.5", "holdfastctl.8", "holdfastd.8"]
    for page in pages:
        done = subprocess.run(["man", "--warnings", "--encoding=utf8", "--local-file",
                               tmp_path / page], check=True, capture_output=True, text=True,
                              env={"MANWIDTH": "80", "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"})
        assert done.stderr == ""
        assert "@" not in pathlib.Path(tmp_path / page).read_text(encoding="utf-8").split(".SH")[1]
    assert "virtual_router_id" in (tmp_path / "holdfast.yaml.5").read_text(encoding="utf-8")
