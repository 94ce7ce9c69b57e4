# SPDX-License-Identifier: Apache-2.0
"""A client, a pair of directors and real servers (nginx) behind them, all on one switch."""

import json
import re
import socket
import threading
import time

from .daemon import Holdfast, instance
from .netns import in_namespace, wait_until
from .nginx import Nginx

VIP = "192.0.2.10"
VIP6 = "2001:db8::10"
INNER = "10.0.0.254"  # the router of servers behind masquerading, an address of the directors, too
SERVERS = """
  keepalive_timeout 1h;
  keepalive_requests 1000000;
  server {{
    listen 80 backlog=4096;
    listen [::]:80 backlog=4096;
    location / {{ return 200 "{name}\\n"; }}
    location = /health {{ }}
  }}
"""
GUE_PORT = 6080
TUNNELS = {"gre": {"tunnel": "gre"}, "gue": {"tunnel": "gue", "port": GUE_PORT}}
SPEED = {"interval": "500ms", "timeout": "500ms"}
CHECK = {"tcp": {}, **SPEED}
HEALTH = {"http": {"path": "/health"}, **SPEED}  # fails a server that works; see Farm.health


class Farm:
    """Servers s1, s2... of which `forwarding` says how they are reached."""

    def __init__(self, lab, servers=3, directors=1, forwarding="masquerade", backend="ipvs"):
        self.lab = lab
        self.backend = backend
        self.forwarding = forwarding
        self.client = lab.host("client", "192.0.2.100/24")
        self.directors = [self._director(number) for number in range(1, directors + 1)]
        self.servers = [self._server(number) for number in range(1, servers + 1)]
        self.daemons = []
        self.nft_service = f"tcp-{VIP}-80"

    def _director(self, number):
        host = self.lab.host(f"d{number}", f"192.0.2.{number}/24")
        host.plug("eth1", f"10.0.0.{number}/24")
        # Each address on its own interface only: both are on one switch.
        host.run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv4.conf.all.arp_ignore=1",
                 "net.ipv4.conf.all.arp_announce=2", "net.ipv4.conf.all.send_redirects=0",
                 "net.ipv4.conf.eth0.send_redirects=0")
        return host

    def _server(self, number):
        inside = self.forwarding == "masquerade"
        address = f"10.0.0.{10 + number}" if inside else f"192.0.2.{10 + number}"
        host = self.lab.host(f"s{number}", f"{address}/24")
        if inside:
            host.ip("route", "add", "default", "via", INNER)
        else:
            host.run("sysctl", "-qw", "net.ipv4.conf.all.arp_ignore=1",
                     "net.ipv4.conf.all.arp_announce=2", "net.ipv4.conf.all.rp_filter=0",
                     "net.ipv4.conf.default.rp_filter=0")
            self._take_vip(host)
        host.nginx = Nginx(host, SERVERS.format(name=host.name), {"health": "well"})
        return host

    def _take_vip(self, host):
        device = "lo"
        if self.forwarding != "direct":
            device = "tun0"
            if self.forwarding == "gue":
                host.ip("fou", "add", "port", GUE_PORT, "gue")
            kind = "gre" if self.forwarding == "gre" else "ipip"
            host.ip("link", "add", device, "type", kind, "local", host.address)
            host.ip("link", "set", device, "up")
        host.ip("address", "add", f"{VIP}/32", "dev", device)

    @staticmethod
    def health(host, well):
        """What a check of HEALTH finds; requests are answered all the same."""
        if well:
            host.nginx.write("health", "well")
        else:
            (host.nginx.folder / "health").unlink()

    def configuration(self, scheduler="rr", weights=None, check=CHECK, sync=None, **options):
        """The same for every director. What is None is left out."""
        servers = []
        for host in self.servers:
            server = {"address": f"{host.address}:80"}
            if weights:
                server["weight"] = weights[len(servers)]
            servers.append(server)
        entry = {"name": "web", "address": f"{VIP}:80", "scheduler": scheduler,
                 "forwarding": TUNNELS.get(self.forwarding, self.forwarding), "check": check, "real_servers": servers, **options}
        config = {"virtual_servers": [{key: value for key, value in entry.items()
                                       if value is not None}]}
        if sync:
            config["load_balancing"] = {"sync": sync}
        if self.backend != "ipvs":
            config["load_balancing"] = {"backend": self.backend}
        return config

    def start(self, config=None, names=None, **options):
        """Holdfast on every director, the first of them the master."""
        config = config or self.configuration(**options)
        for number, host in enumerate(self.directors):
            self.daemons.append(Holdfast(host, self.of(number, config)))
        self.daemons[0].wait_for_state("web", "MASTER", 20)
        if len(self.daemons) > 1:
            self.daemons[1].wait_for_state("web", "BACKUP", 20)
        for host in self.directors:
            self.wait_for_servers(names or {server.name for server in self.servers}, host)

    def use(self, **options):
        """Another configuration, on every director."""
        config = self.configuration(**options)
        for number, daemon in enumerate(self.daemons):
            generation = daemon.generation()
            daemon.reload(self.of(number, config))
            daemon.wait_for_generation(generation + 1)
            self.wait_for_servers({server.name for server in self.servers}, daemon.host)
            self._wait_for_options(daemon.host, **options)

    def _wait_for_options(self, host, scheduler="rr", persistence=None, **_):
        """Until the kernel has them: a reload is taken up by one worker after the other."""
        wanted = f"-s {scheduler}( |$)"
        if self.backend == "nftables":
            wanted = f" {scheduler}( port)?{' persistence' if persistence else chr(34)}"
        wait_until(lambda: re.search(wanted, "\n".join(self.table(host)), re.MULTILINE), 10,
                   lambda: f"{wanted}: {self.table(host)}")

    def of(self, number, config):
        """The configuration of a director."""
        addresses = [f"{VIP}/24"]
        if self.forwarding == "masquerade":
            addresses.append(f"{{address: {INNER}/24, device: eth1}}")
        router = instance(priority=150 - number * 50, advert_interval="200ms", addresses=addresses)
        return {**config, "vrrp": {"instances": [router]}}

    # ---- What the kernel has, as ipvsadm or nft sees it.

    def table(self, director=None):
        """The lines by which `ipvsadm -R` would restore it; or those of our table, as `nft` shows
        it, without the numbers of what passed and the clients that are known."""
        host = director or self.directors[0]
        if self.backend == "nftables":
            shown = host.run("nft", "list", "table", "inet", NFT_TABLE, check=False).stdout
            shown = re.sub(r"packets \d+ bytes \d+", "counted", shown)
            return re.sub(r"elements = \{[^}]* expires [^}]*\}", "clients", shown).splitlines()
        return sorted(line for line in host.run("ipvsadm", "-Sn").stdout.splitlines() if line)

    def weights(self, director=None):
        """Of each server of the table by its name; others by their address."""
        names = {host.address: host.name for host in self.servers}
        found = {}
        if self.backend == "nftables":
            for address, weight in nft_servers(director or self.directors[0], self.nft_service):
                found[names.get(address, address)] = weight
            return found
        for line in self.table(director):
            if server := re.search(r"-a .* -r (\S+):\d+ .*-w (\d+)", line):
                found[names.get(server[1], server[1])] = int(server[2])
        return found

    def wait_for_servers(self, names, director=None, timeout=20):
        """Until these, and no others, get connections."""

        def serving():
            return {name for name, weight in self.weights(director).items() if weight}

        wait_until(lambda: serving() == set(names), timeout,
                   lambda: f"servers {names}: {self.table(director)}\n"
                           + "".join(daemon.log()[-3000:] for daemon in self.daemons), every=0.05)

    # ---- Requests of the client.

    def connection(self, source=None, port=80, timeout=5):
        return Connection(self.client, source, port, timeout)

    def ask(self, source=None, port=80, timeout=5):
        """The name of the server that answers a connection of its own."""
        with self.connection(source, port, timeout) as one:
            return one.ask()

    def spread(self, count, source=None):
        """How many of so many connections each server answers."""
        answers = [self.ask(source) for _ in range(count)]
        return {name: answers.count(name) for name in sorted(set(answers))}

    def with_ipv6(self):
        """The addresses that take clients to VIP6, and its servers'; for masquerading."""
        director = self.directors[0]
        director.run("sysctl", "-qw", "net.ipv6.conf.all.forwarding=1")
        director.ip("address", "add", f"{VIP6}/64", "dev", "eth0", "nodad")
        director.ip("address", "add", "fd00:1::254/64", "dev", "eth1", "nodad")
        self.client.ip("address", "add", "2001:db8::100/64", "dev", "eth0", "nodad")
        for number, server in enumerate(self.servers, 11):
            server.ip("address", "add", f"fd00:1::{number}/64", "dev", "eth0", "nodad")
            server.ip("route", "add", "2001:db8::/64", "via", "fd00:1::254")
        return [f"fd00:1::{number}" for number, _ in enumerate(self.servers, 11)]

    def ask6(self, port):
        return self.client.run("curl", "-gs", "-m", "5", f"http://[{VIP6}]:{port}/").stdout.strip()

    def load(self):
        return self.lab.closing(Load(self))

    def add_sources(self, count):
        """Addresses of the client, as many clients."""
        sources = [f"192.0.2.{101 + number}" for number in range(count)]
        for source in sources:
            self.client.ip("address", "add", f"{source}/24", "dev", "eth0")
        return sources


class Connection:
    """To the virtual server, for one request after the other."""

    def __init__(self, client, source, port, timeout):
        self._socket = in_namespace(client.namespace, socket.socket)
        self._socket.settimeout(timeout)
        if source:
            self._socket.bind((source, 0))
        try:
            self._socket.connect((VIP, port))
        except OSError:
            self._socket.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._socket.close()

    def send(self, path="/"):
        self._socket.sendall(f"GET {path} HTTP/1.1\r\nHost: web\r\n\r\n".encode())

    def read(self):
        """The body of the answer."""
        got = b""
        while True:
            head, separator, body = got.partition(b"\r\n\r\n")
            length = re.search(rb"Content-Length: (\d+)", head) if separator else None
            if length and len(body) >= int(length[1]):
                assert head.startswith(b"HTTP/1.1 200 "), head
                return body[:int(length[1])].decode().strip()
            more = self._socket.recv(65536)
            if not more:
                raise ConnectionResetError("closed before the answer was whole")
            got += more

    def ask(self):
        self.send()
        return self.read()


class Load:
    """Connections without end, one after the other, from a thread of its own."""

    def __init__(self, farm):
        self.answers = []  # (when it began, name of the server, or None)
        self.errors = []   # (when it began, what)
        self._farm = farm
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while not self._ending.is_set():
            began = time.monotonic()
            try:
                self.answers.append((began, self._farm.ask(timeout=2)))
            except OSError as error:
                self.errors.append((began, repr(error)))

    def wait_for(self, count, timeout=20):
        """So many more answers."""
        goal = len(self.answers) + count
        wait_until(lambda: len(self.answers) >= goal, timeout,
                   lambda: f"{count} answers; {self.errors[-3:]}")

    def servers_since(self, when):
        return {name for began, name in self.answers if began > when}

    def close(self):
        self._ending.set()
        self._thread.join(10)


UDP_SERVER = """
import socket, sys
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("", 53))
while True:
    asked, client = server.recvfrom(2048)
    server.sendto(sys.argv[1].encode(), client)
"""


class UdpClient:
    """A flow to the virtual server: every datagram is from the same port."""

    def __init__(self, client, port=53):
        self._socket = in_namespace(client.namespace,
                                    lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        self._socket.settimeout(1)
        self._socket.connect((VIP, port))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def ask(self):
        """The name of the server that answers, or None."""
        try:
            self._socket.send(b"who?")
            return self._socket.recv(2048).decode()
        except OSError:
            return None


NFT_TABLE = "holdfast-balance"


def nft_servers(host, service=f"tcp-{VIP}-80"):
    """(address, weight) of every server of a service that nf_tables has."""
    done = host.run("nft", "-j", "list", "set", "inet", NFT_TABLE, service, check=False)
    if done.returncode != 0:
        return
    for entry in json.loads(done.stdout)["nftables"]:
        for element in entry.get("set", {}).get("elem", []):
            one = element["elem"]
            yield one["val"]["concat"][0], int(one["comment"].removeprefix("weight "))


def kernel_daemons(host):
    """The synchronization daemons of a host's kernel: {"master"}, {"backup"}, both or none."""
    said = host.run("ipvsadm", "-L", "--daemon").stdout
    return set(re.findall(r"^(master|backup) sync daemon", said, re.MULTILINE))

