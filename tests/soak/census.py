# SPDX-License-Identifier: Apache-2.0
"""What a node has: counted before and after a fault, so that nothing is leaked and nothing lost."""

import json
import os
import pathlib
from collections import Counter

# While a socket of the control or of a probe is open.
DESCRIPTORS_MORE = 4


def take(node):
    """Of a node at rest."""
    status = node.daemon.status()
    descriptors = {}
    for pid in node.pids():
        name = pathlib.Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip()
        descriptors[name] = len(os.listdir(f"/proc/{pid}/fd"))
    shown = json.loads(node.host.ip("-j", "address", "show").stdout)
    return {
        "processes": Counter(pathlib.Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip()
                             for pid in node.pids()),
        "descriptors": descriptors,
        "addresses": sorted(f"{entry['local']} on {link['ifname']}" for link in shown if link
                            for entry in link["addr_info"] if entry["local"] != "192.0.2.10"),
        "rules": node.host.ip("rule", "show").stdout,
        "tables": node.host.run("nft", "list", "tables", check=False).stdout,
        "retained": {check["name"]: check["up"] for check in status["checks"]},
        "instances": [router["name"] for router in status["vrrp"]],
    }


def differences(before, now):
    """What is wrong, in words."""
    wrong = [f"{what}: {before[what]} became {now[what]}"
             for what in ("processes", "addresses", "rules", "tables", "retained", "instances")
             if before[what] != now[what]]
    for name, count in now["descriptors"].items():
        if count > before["descriptors"].get(name, count) + DESCRIPTORS_MORE:
            wrong.append(f"{name} has {count} descriptors, and had {before['descriptors'][name]}")
    return wrong


def scripts_of(node):
    """Processes of scripts, the hung one's at most for its timeout and grace."""
    return len(node.pids("hang")) + len(node.pids("sleep"))
