# SPDX-License-Identifier: Apache-2.0
"""Scripts of an operator on a host, and a folder that they may write to."""

import os
import pwd

SCRIPT_USER = "holdfast-script"


class Scripts:
    """Scripts in a folder of root's; what they write lands in `out`, a file a name."""

    def __init__(self, host):
        self.folder = os.path.join(host.directory, "scripts")
        self.out = os.path.join(host.directory, "out")
        for folder in (self.folder, self.out):
            os.mkdir(folder)
            os.chmod(folder, 0o755)
        account = pwd.getpwnam(SCRIPT_USER)
        os.chown(self.out, account.pw_uid, account.pw_gid)

    def write(self, name, body, mode=0o755):
        """Puts a shell script in place and returns its path. OUT in it is the folder to write to."""
        path = os.path.join(self.folder, name)
        with open(path + ".new", "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\n" + body.replace("OUT", self.out) + "\n")
        os.chmod(path + ".new", mode)
        os.replace(path + ".new", path)
        return path

    def lines(self, name):
        """What a script has written to OUT/name so far, whole lines only."""
        try:
            with open(os.path.join(self.out, name), encoding="utf-8") as file:
                text = file.read()
        except FileNotFoundError:
            return []
        return text[:text.rfind("\n") + 1].splitlines()

    def touch(self, name):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8"):
            pass

    def remove(self, name):
        os.remove(os.path.join(self.folder, name))
