# SPDX-License-Identifier: Apache-2.0
"""A real nginx on a host, in the foreground and in a folder of its own."""

import pathlib

from .daemon import Daemon
from .netns import wait_until


class Nginx(Daemon):
    """`servers` is what stands in its http block; FOLDER in it is the folder that it may read."""

    def __init__(self, host, servers, files=None):
        super().__init__(host, "nginx")
        self.folder = pathlib.Path(host.directory, "nginx")
        self.folder.mkdir(exist_ok=True)
        for name, text in (files or {}).items():
            self.write(name, text)
        (self.folder / "nginx.conf").write_text(f"""
daemon off;
master_process off;
user root;
pid {self.folder}/nginx.pid;
error_log stderr info;
events {{ worker_connections 512; }}
http {{
  access_log {self.folder}/access.log;
  client_body_temp_path {self.folder}/body;
  proxy_temp_path {self.folder}/proxy;
  fastcgi_temp_path {self.folder}/fastcgi;
  uwsgi_temp_path {self.folder}/uwsgi;
  scgi_temp_path {self.folder}/scgi;
  root {self.folder};
  default_type text/plain;
{servers.replace("FOLDER", str(self.folder))}
}}
""", encoding="utf-8")
        self.start()

    def write(self, name, text):
        path = self.folder / name
        path.with_suffix(".new").write_text(text, encoding="utf-8")
        path.with_suffix(".new").rename(path)

    def requests(self):
        """The lines of its access log."""
        log = self.folder / "access.log"
        return log.read_text(encoding="utf-8").splitlines() if log.exists() else []

    def start(self):
        self._start("nginx", "-p", self.folder, "-c", self.folder / "nginx.conf", "-e", "stderr")
        wait_until(self._listens, 10, lambda: f"nginx listens; log:\n{self.log()[-2000:]}")

    def _listens(self):
        return self.host.run("ss", "-Hltn").stdout.strip() and (self.folder / "nginx.pid").exists()
