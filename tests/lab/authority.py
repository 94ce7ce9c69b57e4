# SPDX-License-Identifier: Apache-2.0
"""Certificates for the servers and clients of the lab, by openssl."""

import os
import pathlib

from .netns import run


class Authority:
    """Certificates in a folder, signed by one of ours."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(exist_ok=True)
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                      "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "3650",
                      "-subj", "/CN=lab authority")

    def sign(self, name, subject, days, alternatives=""):
        self._openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                      "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", subject)
        extensions = self.folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName={alternatives}\n" if alternatives else "",
                              encoding="ascii")
        self._openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                      "-CAcreateserial", "-days", str(days), "-out", f"{name}.pem",
                      "-extfile", extensions)
        os.chmod(self.folder / f"{name}.key", 0o600)

    def path(self, name):
        return str(self.folder / name)

    def _openssl(self, *words):
        run("openssl", *words, cwd=self.folder)
