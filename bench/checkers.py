# SPDX-License-Identifier: Apache-2.0
"""Who makes health checks, and the servers that all of them check: one nginx that answers at every
address of 10.64.0.0/16.

keepalived checks nothing in a kernel without IPVS. Where there is none, a preloaded library grants it
what it asks of IPVS (ipvs_granted.cpp), which spares it that work and leaves its checks as they are.
"""

import json
import pathlib
import re
import socket
import sys

from rivals import PATIENCE

from lab.daemon import KEEPALIVED, Daemon, Holdfast, binaries, configuration, instance
from lab.netns import wait_until

SERVERS = "10.64.0.0/16"
INTERVAL = 2
KINDS = {"tcp": 8001, "http": 8002, "https": 8004}


def address(number):
    return f"10.64.{number // 250}.{number % 250 + 1}"


class Servers(Daemon):
    """nginx at every address of SERVERS, which says how often it was asked."""

    def __init__(self, host):
        super().__init__(host, "nginx")
        host.run("ip", "route", "add", "local", SERVERS, "dev", "lo")
        host.run("sysctl", "-qw", "net.core.somaxconn=65535", "net.ipv4.tcp_max_syn_backlog=65535")
        self.folder = pathlib.Path(host.directory)
        host.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                 "-nodes", "-subj", "/CN=server", "-days", "30", "-keyout", self.folder / "key.pem",
                 "-out", self.folder / "certificate.pem")
        config = self.folder / "nginx.conf"
        config.write_text(f"""
daemon off; master_process off; pid {self.folder}/nginx.pid; error_log stderr crit;
worker_rlimit_nofile 65536;
events {{ worker_connections 40000; }}
http {{
  access_log off; client_body_temp_path {self.folder}/b; proxy_temp_path {self.folder}/p;
  fastcgi_temp_path {self.folder}/f; uwsgi_temp_path {self.folder}/u;
  scgi_temp_path {self.folder}/s;
  ssl_certificate {self.folder}/certificate.pem; ssl_certificate_key {self.folder}/key.pem;
  server {{ listen {KINDS['tcp']} backlog=65535; listen {KINDS['http']} backlog=65535;
            listen {KINDS['https']} ssl backlog=65535;
            location / {{ return 200 "well\\n"; }} }}
  server {{ listen 8003; location / {{ stub_status; }} }}
}}
""", encoding="ascii")
        self._start("nginx", "-p", str(self.folder), "-c", str(config))
        wait_until(lambda: self.counts() is not None, PATIENCE, "nginx")

    def counts(self):
        """(connections, requests) so far."""
        page = self.host.run("curl", "-s", "--max-time", "5", "http://127.0.0.1:8003/",
                             check=False).stdout
        found = re.search(r"requests\s+(\d+)\s+\d+\s+(\d+)", page)
        return found and (int(found.group(1)), int(found.group(2)))


def two_hosts(lab):
    """Who checks, and on a host of their own the servers."""
    host = lab.host("node1", "192.0.2.1/24")
    servers = lab.host("servers", "192.0.2.2/24")
    host.ip("route", "add", SERVERS, "via", servers.address)
    return host, Servers(servers)


class HoldfastChecks:
    name = "holdfast"

    def __init__(self, host, kind, number, interval=INTERVAL):
        checks = [{"name": f"c{one}", kind: f"{address(one)}:{KINDS[kind]}",
                   "interval": f"{interval * 1000:.0f}ms",
                   "timeout": f"{min(interval, 1) * 1000:.0f}ms"} for one in range(number)]
        self.daemon = Holdfast(host, configuration(instance(), checks=checks))
        self.daemon.worker_pid("check-worker", PATIENCE)

    def pids(self):
        return [self.daemon.worker_pid("check-worker", PATIENCE)]

    def up(self):
        status = self.daemon.try_status() or {"checks": []}
        return sum(check["up"] is True for check in status["checks"])

    def good(self):
        told = json.loads(self.daemon.ctl("checks", "--json").stdout)
        return {check["name"]: check["attempts"]["good"] for check in told["checks"]}

    @staticmethod
    def missed(before, after, seconds, interval=INTERVAL):
        """One that ended just before the time may have its next just behind it."""
        due = int((seconds - 0.1) / interval)
        return sum(max(0, due - (after[name] - before[name])) for name in before)


class HaproxyChecks(Daemon):
    name = "haproxy"

    def __init__(self, host, kind, number):
        super().__init__(host, "haproxy")
        self.socket = f"{host.directory}/haproxy.sock"
        lines = ["global", "  nbthread 1", f"  stats socket {self.socket} level admin",
                 "  maxconn 1000", "  fd-hard-limit 100000", "defaults", "  mode tcp",
                 "  timeout connect 1s", "  timeout check 1s", "  timeout client 1s",
                 "  timeout server 1s"]
        for first in range(0, number, 1000):
            lines += [f"backend b{first}"]
            if kind != "tcp":
                lines += ["  option httpchk GET /", "  http-check send hdr Host server"]
            tls = "check-ssl verify none " if kind == "https" else ""
            lines += [f"  server s{one} {address(one)}:{KINDS[kind]} check {tls}inter {INTERVAL}s "
                      "rise 1 fall 1" for one in range(first, min(first + 1000, number))]
        config = pathlib.Path(host.directory) / "haproxy.cfg"
        config.write_text("\n".join(lines) + "\n", encoding="ascii")
        self._start("haproxy", "-db", "-f", str(config))

    def pids(self):
        return [self.pid]

    def up(self):
        try:
            with socket.socket(socket.AF_UNIX) as admin:
                admin.connect(self.socket)
                admin.sendall(b"show stat -1 4 -1\n")
                text = b"".join(iter(lambda: admin.recv(1 << 16), b"")).decode()
        except OSError:
            return 0
        # Until it was asked a server is "UP" with the check state INI.
        return len(re.findall(r",UP,(?!.*,INI,)[^\n]*", text))


class KeepalivedChecks(Daemon):
    name = "keepalived"

    def __init__(self, host, kind, number):
        super().__init__(host, "keepalived")
        asks = " url {\n path /\n status_code 200\n }\n"
        check = {"tcp": "TCP_CHECK {\n", "http": "HTTP_GET {\n" + asks,
                 "https": "SSL_GET {\n" + asks}[kind] + " connect_timeout 1\n retry 0 }"
        lines = []
        for first in range(0, number, 100):
            lines += [f"virtual_server 192.0.2.10 {1000 + first // 100} {{",
                      f"  delay_loop {INTERVAL}", "  lvs_sched wlc", "  lvs_method NAT",
                      "  protocol TCP", "  alpha"]
            lines += [f"  real_server {address(one)} {KINDS[kind]} {{\n weight 1\n {check}\n }}"
                      for one in range(first, min(first + 100, number))]
            lines.append("}")
        config = pathlib.Path(host.directory) / "keepalived.conf"
        config.write_text("\n".join(lines) + "\n", encoding="ascii")
        self._checkers = pathlib.Path(host.directory) / "checkers"
        self._added = pathlib.Path(host.directory) / "real_servers"
        self._start("env", f"LD_PRELOAD={binaries()}/libipvs-granted.so",
                    f"IPVS_GRANTED_COUNT={self._added}", *KEEPALIVED, "--check", "--use-file", config,
                    f"--pid={host.directory}/pid", f"--checkers_pid={self._checkers}")
        wait_until(self._checkers.exists, PATIENCE, "keepalived's checkers")

    def pids(self):
        return [int(self._checkers.read_text(encoding="ascii"))]

    def up(self):
        counted = self._added.exists() and self._added.read_bytes()
        return int.from_bytes(counted or b"", sys.byteorder)


class BareChecks(Daemon):
    """A bare loop that makes the same connections: what it takes is the kernel's (floor_checks.cpp)."""
    name = "a bare program"

    def __init__(self, host, kind, number):
        super().__init__(host, "bare")
        self._up = pathlib.Path(host.directory) / "bare"
        self._start(binaries() / "holdfast-floor-checks", kind, KINDS[kind], number,
                    INTERVAL * 1000, self._up)
        wait_until(self._up.exists, PATIENCE, "holdfast-floor-checks")

    def pids(self):
        return [self.pid]

    def up(self):
        return int.from_bytes(self._up.read_bytes(), sys.byteorder)
