# SPDX-License-Identifier: Apache-2.0
"""The schema refuses nothing that the parser takes, and what it can refuse, it does."""

import collections
import copy
import fnmatch
import json
import os
import random
import re
import subprocess

import jsonschema
import pytest
import yaml

import documents

PARSER = os.environ["SCHEMA_PARSER"]
SCHEMA = json.loads(subprocess.run([PARSER, "schema"], check=True, capture_output=True).stdout)
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
MUTANTS = 1000


def answers(lines):
    """What the parser says of each: a list of one document, or of two to compare."""
    done = subprocess.run([PARSER], input="".join(json.dumps(line) + "\n" for line in lines),
                          check=True, capture_output=True, text=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def good():
    """Every document of ours that the parser takes, as a value."""
    texts = sorted(set(documents.every(os.environ["SCHEMA_TESTS"])))
    found = [text for text, said in zip(texts, answers([text] for text in texts))
             if not said["faults"]]
    assert len(found) > 200
    return [documents.parsed(text) for text in found]


def faults(value):
    return [f"{'/'.join(str(part) for part in error.absolute_path)}: {error.message[:200]}"
            for error in VALIDATOR.iter_errors(value)]


def test_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_a_text_in_the_place_of_another_kind_is_told_what_is_expected():
    """By editors that know the word, as yaml-language-server does: else they would say the pattern."""
    unicast = SCHEMA["$defs"]["unicast"]["properties"]
    assert unicast["peers"]["patternErrorMessage"] == \
        "expected a list: put it in brackets, or a variable: ${NAME}"
    assert unicast["ttl"]["patternErrorMessage"].startswith("expected a whole number from 1 to 255")
    unsaid = [key for shape in SCHEMA["$defs"].values()
              for key, one in shape.get("properties", {}).items()
              if "pattern" in one and "patternErrorMessage" not in one]
    assert unsaid == []


def test_takes_every_document_that_the_parser_takes(good):
    for value in good:
        assert faults(value) == [], json.dumps(value)


# ---- Walking a document along the schema.


def alternatives(schema):
    if schema is True:
        yield {}
    elif "$ref" in schema:
        name = schema["$ref"].removeprefix("#/$defs/")
        yield from alternatives(SCHEMA["$defs"][name])
    elif "anyOf" in schema:
        for one in schema["anyOf"]:
            yield from alternatives(one)
    else:
        yield schema


def sites(value, schema, path=()):
    """(path of a map or list, key or index, schema of what is there) of every value; a map itself
    is there with the key None."""
    for one in alternatives(schema):
        if isinstance(value, dict):
            if one.get("additionalProperties") is False:
                yield path, None, one
            more = one.get("additionalProperties")
            for key, inside in value.items():
                known = one.get("properties", {}).get(key, more if "properties" not in one else None)
                if known:
                    yield path, key, known
                    yield from sites(inside, known, (*path, key))
        elif isinstance(value, list) and "items" in one:
            for index, inside in enumerate(value):
                yield path, index, one["items"]
                yield from sites(inside, one["items"], (*path, index))


def at(value, path):
    for part in path:
        value = value[part]
    return value


def types_of(schema):
    types = set()
    for one in alternatives(schema):
        if "enum" in one:
            types.add("enum")
        elif one.get("type"):
            types.update([one["type"]] if isinstance(one["type"], str) else one["type"])
            types.update({"text"} if "$" in one.get("pattern", "")[:-4] else set())
        else:
            return {"any"}
    return types


def wrong_types(schema):
    """Values that are of another kind than any that may stand there."""
    types = types_of(schema)
    if "any" in types:
        return
    yield from [] if "null" in types else [None]
    yield from [] if "object" in types else [{}, {"zzz": 1}]
    yield from [] if "array" in types else [[], ["zzz"], [[1]]]
    if types & {"object", "array"} and not types & {"text", "enum", "integer", "boolean"}:
        yield from ["zzz", 7, True]
    if types <= {"boolean", "string"}:
        yield from ["true", "yes", 1]
    if types <= {"integer", "string"}:
        yield from ["7", True, 1.5]
    if types <= {"enum", "string"}:
        yield from ["zzz", 7, True]
    if [one.get("pattern", "")[:12] for one in alternatives(schema)] == ["(^(0|[1-9][0"]:
        yield from [7, True, "7", "soon", "-1s"]


def mutants_of(value, chance):
    """(what was done, whether the schema must see it, the value); of one thing changed each."""
    places = list(sites(value, SCHEMA))
    chance.shuffle(places)
    for path, key, schema in places[:12]:
        changed = copy.deepcopy(value)
        place = at(changed, path)
        if key is None:
            word = chance.choice([*place, "zzz"] or ["zzz"])
            place[word[:-1] + "_" + word[-1:]] = 1
            yield f"unknown key at {path}", True, changed
            continue
        changes = [("type", True, wrong) for wrong in wrong_types(schema)]
        for one in alternatives(schema):
            if "minimum" in one and len(list(alternatives(schema))) == 1:
                changes += [("range", True, one["minimum"] - 1), ("range", True, one["maximum"] + 1)]
        changes += [("swap", False, scalar) for scalar in ("zzz", 7, True, "", "x y", "10.0.0.1", 1.5)]
        changes.append(("drop", False, None))
        what, must, new = chance.choice(changes)
        if what == "drop":
            del place[key]
        else:
            place[key] = new
        yield f"{what} at {path}/{key}: {new!r}", must, changed


def is_read_whole(value):
    """What stands under a label that no node has, the parser warns of and reads for nobody."""
    nodes = value.get("nodes") or {}
    if not isinstance(nodes, dict):
        return True
    listed = [one["labels"] for one in nodes.values() if isinstance(one, dict) and "labels" in one]
    labels = {label for one in listed if isinstance(one, list)
              for label in one if isinstance(label, str)}
    return all(not name.startswith("@") or
               any(fnmatch.fnmatchcase(label, name[1:]) for label in labels) for name in nodes)


def test_mutants(good):
    seed = int(os.environ.get("SEED", random.randrange(1 << 32)))
    print("SEED", seed)
    chance = random.Random(seed)
    mutants = []
    while len(mutants) < MUTANTS:
        mutants += mutants_of(chance.choice(good), chance)
    refused = {True: 0, False: 0}
    said = answers([json.dumps(value)] for _, _, value in mutants)
    for (what, must, value), answer in zip(mutants, said):
        by_schema = not VALIDATOR.is_valid(value)
        by_parser = bool(answer["faults"])
        if is_read_whole(value):
            assert by_parser or not by_schema, (what, faults(value), json.dumps(value))
        if must:
            assert by_schema or not by_parser, (what, answer["faults"], json.dumps(value))
        refused[by_schema] += 1
    assert min(refused.values()) > MUTANTS // 20, refused


# ---- What the tables say beside what values may be.


def test_defaults_are_what_is_meant_without_them(good):
    lines, said = [], collections.Counter()
    for value in good:
        if "nodes" in value or "include" in value:
            continue
        for path, key, schema in sites(value, SCHEMA):
            for name, one in schema.get("properties", {}).items() if key is None else ():
                if "default" not in one or name in at(value, path) or said[name] >= 20:
                    continue
                changed = copy.deepcopy(value)
                at(changed, path)[name] = one["default"]
                said[name] += 1
                lines.append([json.dumps(value), json.dumps(changed)])
    answered = answers(lines)
    for line, answer in zip(lines, answered):
        assert answer["faults"] or answer["same"], line
    assert len(said) > 60


def keys():
    return {name for shape in SCHEMA["$defs"].values() for name in shape.get("properties", {})}


def documented(text):
    """What stands in backticks in the first column of the tables."""
    for row in re.findall(r"^\| *(`[^|]*) \|", text, re.MULTILINE):
        yield from re.findall(r"`([a-z_0-9]+)`", row)


def test_every_key_is_documented():
    text = "".join(path.read_text() for path in (documents.ROOT / "docs").glob("*.md"))
    words = set(re.findall(r"[a-z_0-9]+", "".join(re.findall(r"`[^`\n]+`|^ *.*:.*$", text,
                                                             re.MULTILINE))))
    assert keys() - words == set()


def test_every_documented_key_exists():
    names = ["configuration", "configuration-checks", "configuration-routing"]
    for name in names:
        text = (documents.ROOT / f"docs/{name}.md").read_text()
        for table in re.findall(r"^\| Key(?: of `\w+`)? \|[\s\S]*?\n(?!\|)", text, re.MULTILINE):
            unknown = set(documented(table)) - keys()
            assert unknown == set(), name


def test_help_is_one_sentence():
    for name, shape in SCHEMA["$defs"].items():
        for key, schema in shape.get("properties", {}).items():
            if not name.endswith(".whole"):
                assert schema["description"].endswith("."), (name, key)


def test_yaml_of_the_examples_names_the_schema():
    for path in (documents.ROOT / "config/examples").glob("*.yaml"):
        assert re.search(r"^# yaml-language-server: \$schema=\S+$", path.read_text(), re.MULTILINE), path
        assert yaml.safe_load(path.read_text())
