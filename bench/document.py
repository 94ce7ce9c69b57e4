# SPDX-License-Identifier: Apache-2.0
"""The page of the benchmarks, whose tables and pictures are those of the last run.

What stands between `<!-- measured: WHAT -->` and `<!-- end -->` is written anew. WHAT is "aims"; or a
pattern of scenarios and, after "; ", names of pictures that are of no single scenario.
"""

import datetime
import os
import platform
import re
import subprocess

import aims
from plots import file_name

PART = re.compile(r"<!-- measured: (.*?) -->\n.*?<!-- end -->", re.DOTALL)
HEAD = ("", "", "Holdfast", "keepalived", "FRR", "beside", "ratio")


def renew(page, pictures, rows, lines):
    """`pictures`: the folder that they were drawn into; `lines`: cells of the aims."""

    def measured(found):
        what, _, drawn = found[1].partition("; ")
        if what == "aims":
            body = f"{circumstances()}\n\n{markdown(aims.HEAD, lines)}"
        else:
            shown = [row for row in rows if re.match(what, row.scenario)]
            if not shown:
                return found[0]  # what was not measured this time stays
            names = [*drawn.split(), *dict.fromkeys(file_name(row.scenario) for row in shown)]
            drawings = " ".join(f"![{name}]({os.path.relpath(pictures, page.parent)}/{name}.svg)"
                                for name in names if (pictures / f"{name}.svg").exists())
            body = markdown(*without_empty(HEAD, [row.cells() for row in shown])) + f"\n{drawings}\n"
        return f"<!-- measured: {found[1]} -->\n{body}<!-- end -->"

    page.write_text(PART.sub(measured, page.read_text(encoding="utf-8")), encoding="utf-8")


def markdown(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(str(cell) for cell in line) + " |\n" for line in lines)


def without_empty(head, rows):
    """Columns in which somebody has a figure."""
    kept = [at for at in range(len(head)) if any(row[at] not in ("", "-") for row in rows)]
    return [head[at] for at in kept], [[row[at] for at in kept] for row in rows]


def circumstances():
    versions = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${Version}, ", "keepalived", "frr",
                               "haproxy"], capture_output=True, text=True, check=False).stdout
    return (f"Measured {datetime.date.today():%Y-%m-%d} on Linux {platform.release()} with "
            f"{os.cpu_count()} processors; {versions.rstrip(', ')}.")
