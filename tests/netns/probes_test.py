# SPDX-License-Identifier: Apache-2.0
"""Checks that ask real servers, each started by the test on a host of its own."""

import os
import pathlib
import shutil
import signal
import socket

import pytest

from lab.daemon import Holdfast, configuration, instance
from lab.netns import in_namespace, run, wait_until

SERVER = "192.0.2.20"


class Site:
    """Host node1 with Holdfast, and host server with whatever is asked."""

    def __init__(self, lab):
        self.lab = lab
        self.node = lab.host("node1", "192.0.2.1/24")
        self.server = lab.host("server", f"{SERVER}/24")
        self.daemon = None

    def check(self, **options):
        """Starts Holdfast with one check, called app. A reason stands as long as the state does, so
        the first answer must be the right one, however busy the machine is."""
        entry = {"name": "app", "interval": "2s", "timeout": "2s", **options}
        self.daemon = Holdfast(self.node, configuration(instance(advert_interval="1s"),
                                                        checks=[entry]))

    def state(self):
        status = self.daemon.try_status() or {"checks": [{"up": None, "reason": "no status"}]}
        return status["checks"][0]

    def wait_for(self, up, reason="", timeout=30):
        """Until the check is up or down, for a reason with these words in it."""
        wait_until(lambda: self.state()["up"] is up and reason in self.state()["reason"], timeout,
                   lambda: f"up={up} for {reason!r}; it is {self.state()}, "
                           f"log:\n{self.daemon.log()[-2000:]}")

    def start(self, *command):
        """A server in the foreground; the lab ends it, if the test has not."""
        return self.server.start(*command, log=os.path.join(self.server.directory, "server.log"))

    def folder(self, user):
        """A new one for a server that runs as `user`."""
        path = pathlib.Path(self.server.directory, "data")
        path.mkdir()
        shutil.chown(path, user)
        return path

    def wait_for_port(self, port, timeout=20):
        def open_():
            def connect():
                with socket.create_connection((SERVER, port), 1):
                    return True
            try:
                return in_namespace(self.server.namespace, connect)
            except OSError:
                return False

        wait_until(open_, timeout, lambda: f"a server on port {port}:\n" + pathlib.Path(
            self.server.directory, "server.log").read_text(errors="replace")[-2000:], every=0.05)


def stop(process):
    process.send_signal(signal.SIGTERM)
    process.wait(10)


@pytest.fixture
def site(lab):
    return Site(lab)


def need(program):
    found = shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if not found:
        pytest.fail(f"{program} is not installed: ./dev test installs it")
    return found


# ---- TCP: what is sent, what is expected.

@pytest.fixture
def redis(site):
    need("redis-server")

    def start(*options):
        process = site.start("redis-server", "--bind", SERVER, "--port", 6379, "--save", "",
                             "--protected-mode", "no", "--dir", site.server.directory, *options)
        site.wait_for_port(6379)
        return process

    return start


def test_redis_up_down_and_up(site, redis):
    server = redis()
    site.check(redis=f"{SERVER}:6379")
    site.wait_for(True)
    server.send_signal(signal.SIGSTOP)  # It accepts, by the kernel, and never answers.
    site.wait_for(False, "no answer within 2 s")
    server.send_signal(signal.SIGCONT)
    site.wait_for(True)
    stop(server)
    site.wait_for(False, "connection refused")
    redis()
    site.wait_for(True)


def test_redis_that_wants_a_password_is_down_and_says_why(site, redis):
    redis("--requirepass", "secret")
    site.check(redis=f"{SERVER}:6379")
    site.wait_for(False, "-NOAUTH")


def test_steps_of_a_conversation_as_text_and_hex(site, redis):
    redis("--requirepass", "secret")
    site.check(tcp={"address": f"{SERVER}:6379", "steps": [
        {"send": '"AUTH secret\\r\\n"', "expect_start": "+OK"},
        {"send": {"hex": "50494e470d0a"}, "expect": "PONG"}]})
    site.wait_for(True, "answered as expected")


# ---- Databases.

PG = pathlib.Path("/usr/lib/postgresql/15/bin")


@pytest.fixture
def postgres(site):
    need(str(PG / "postgres"))
    data = site.folder("postgres")
    run("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", PG / "initdb", "-D",
        data, "--no-sync", "--auth=scram-sha-256", "--pwfile=/etc/hostname", timeout=60,
        cwd=site.server.directory)

    def start(hba, *options):
        (data / "pg_hba.conf").write_text(hba)
        process = site.start("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups",
                             PG / "postgres", "-D", data, "-c", f"listen_addresses={SERVER}",
                             "-c", f"unix_socket_directories={data}", "-c", "fsync=off", *options)
        site.wait_for_port(5432)
        return process

    return start


def test_postgresql_up_down_and_up(site, postgres):
    server = postgres("host all all 0.0.0.0/0 scram-sha-256\n")
    site.check(postgresql=f"{SERVER}:5432")
    site.wait_for(True, "answered as expected")
    server.send_signal(signal.SIGSTOP)
    site.wait_for(False, "no answer within 2 s")
    server.send_signal(signal.SIGCONT)
    site.wait_for(True)
    stop(server)
    site.wait_for(False, "connection refused")


def test_postgresql_that_refuses_the_user_is_at_work(site, postgres):
    postgres("host all nobody 0.0.0.0/0 reject\n")
    site.check(postgresql={"address": f"{SERVER}:5432", "user": "stranger", "database": "other"})
    site.wait_for(True, "28000")


def open_session():
    """A session of the user postgres, until it is closed; None while the server still starts."""
    body = b"\0\3\0\0user\0postgres\0\0"
    session = socket.create_connection((SERVER, 5432), 5)
    session.settimeout(5)
    session.sendall((len(body) + 4).to_bytes(4, "big") + body)
    answer = b""
    while not answer.endswith(b"Z\0\0\0\5I"):  # ready for a query
        more = session.recv(4096)
        if not more:
            session.close()
            return None
        answer += more
    return session


def test_postgresql_without_a_free_connection_is_down(site, postgres):
    postgres("host all all 0.0.0.0/0 trust\n", "-c", "max_connections=1", "-c",
             "superuser_reserved_connections=0", "-c", "max_wal_senders=0")
    session = wait_until(lambda: in_namespace(site.server.namespace, open_session), 20, "a session")
    site.check(postgresql={"address": f"{SERVER}:5432", "user": "postgres"})
    site.wait_for(False, "53300")
    session.close()
    site.wait_for(True)


@pytest.fixture
def mariadb(site):
    need("mariadbd")
    data = site.folder("nobody")
    (data / "mysql").mkdir()
    (data / "init.sql").write_text("CREATE USER IF NOT EXISTS checker@'%' IDENTIFIED BY '';\n")
    for path in data.iterdir():
        shutil.chown(path, "nobody")
    program = ("mariadbd", "--no-defaults", "--user=nobody", f"--datadir={data}",
               "--innodb-buffer-pool-size=8M", "--innodb-log-file-size=4M")
    tables = "".join(pathlib.Path("/usr/share/mysql", name).read_text() for name in (
        "mysql_system_tables.sql", "mysql_system_tables_data.sql"))
    run(*program, "--bootstrap", "--skip-networking", input=f"use mysql;\n{tables}", timeout=60)

    def start(*options):
        process = site.start(*program, f"--socket={data}/sock", f"--pid-file={data}/pid",
                             f"--bind-address={SERVER}", "--port=3306",
                             f"--init-file={data}/init.sql", *options)
        site.wait_for_port(3306, 60)
        return process

    return start


def test_mysql_with_a_user_up_down_and_up(site, mariadb):
    server = mariadb("--max-connect-errors=3")
    site.check(mysql={"address": f"{SERVER}:3306", "user": "checker"})
    site.wait_for(True, "logged in")
    server.send_signal(signal.SIGSTOP)
    site.wait_for(False, "no greeting")
    server.send_signal(signal.SIGCONT)
    site.wait_for(True)
    stop(server)
    site.wait_for(False, "connection refused")


def test_mysql_that_refuses_the_user_is_down_and_without_one_the_greeting_will_do(site, mariadb):
    mariadb()
    site.check(mysql={"address": f"{SERVER}:3306", "user": "stranger"})
    site.wait_for(False, "1045")
    site.daemon.reload(configuration(instance(advert_interval="1s"), checks=[
        {"name": "app", "mysql": f"{SERVER}:3306", "interval": "2s", "timeout": "2s"}]))
    site.wait_for(True, "greeted by")


# ---- DNS.

ZONE = """$ORIGIN example.
$TTL 60
@ SOA ns admin 1 3600 600 86400 60
@ NS ns
@ MX 10 mx
ns A 192.0.2.20
www A 192.0.2.80
www A 192.0.2.81
www AAAA 2001:db8::80
alias CNAME www
text TXT "hello world"
""" + "".join(f'big TXT "{number:03d}{"x" * 200}"\n' for number in range(20))


@pytest.fixture
def nsd(site):
    need("nsd")
    folder = site.server.directory
    pathlib.Path(folder, "example.zone").write_text(ZONE)
    pathlib.Path(folder, "nsd.conf").write_text(f"""
server:
  ip-address: {SERVER}@53
  username: ""
  zonesdir: "{folder}"
  database: ""
  zonelistfile: "{folder}/zone.list"
  xfrdfile: "{folder}/xfrd.state"
  pidfile: "{folder}/nsd.pid"
  server-count: 1
  ipv4-edns-size: 1232
remote-control:
  control-enable: no
zone:
  name: example
  zonefile: example.zone
""")

    def start():
        process = site.start(need("nsd"), "-d", "-c", f"{folder}/nsd.conf")
        site.wait_for_port(53)
        return process

    return start


def dns(**options):
    return {"address": f"{SERVER}:53", **options}


def test_dns_up_down_and_up(site, nsd):
    server = nsd()
    site.check(dns=dns(name="www.example", type="A", answers=["192.0.2.81"]))
    site.wait_for(True, "192.0.2.81")
    stop(server)
    site.wait_for(False, "port unreachable")
    nsd()
    site.wait_for(True)


@pytest.mark.parametrize("options, up, reason", [
    ({"name": "example", "type": "SOA"}, True, "1 answers"),
    ({"name": "example", "type": "MX", "answers": ["10 mx.example."]}, True, "mx.example"),
    ({"name": "www.example", "type": "AAAA", "answers": ["'2001:db8::80'"]}, True, "2001:db8::80"),
    ({"name": "alias.example", "type": "A"}, True, "2 answers"),
    ({"name": "text.example", "type": "TXT", "answers": ["hello world"]}, True, "hello world"),
    ({"name": "text.example", "type": "TXT", "answers": ["'\"hello \" \"world\"'"]}, True,
     "hello world"),
    ({"name": "www.example", "type": "A", "answers": ["192.0.2.9"]}, False, "and 1 more, expected"),
    ({"name": "none.example", "type": "A"}, False, "NXDOMAIN, expected NOERROR"),
    ({"name": "none.example", "type": "A", "rcode": "NXDOMAIN"}, True, "NXDOMAIN"),
    ({"name": "www.other", "type": "A"}, False, "REFUSED, expected NOERROR"),
    ({"name": "www.example", "type": "A", "transport": "tcp"}, True, "2 answers"),
    # 4 kB do not fit into a datagram: the server cuts the reply, and the check asks over TCP.
    ({"name": "big.example", "type": "TXT"}, True, "20 answers"),
], ids=lambda value: "-".join(map(str, value.values())) if isinstance(value, dict) else "")
def test_dns_answers(site, nsd, options, up, reason):
    nsd()
    site.check(dns=dns(**options))
    site.wait_for(up, reason)


# ---- SMTP.

@pytest.fixture
def smtpd(site):
    need("smtpd")
    folder = site.server.directory

    pathlib.Path(folder, "smtpd.conf").write_text(
        f"listen on {SERVER} port 25 hostname mx.example\nmatch from any for any reject\n")
    os.chmod(os.path.join(folder, "smtpd.conf"), 0o600)

    def start():
        # Its spool and its socket have fixed places: it gets them in a mount namespace of its own.
        process = site.start("sh", "-c", "mount -t tmpfs tmpfs /var/spool && mount -t tmpfs tmpfs "
                             f"/run && exec smtpd -d -f {folder}/smtpd.conf")
        site.wait_for_port(25)
        return process

    return start


def test_smtp_up_down_and_up(site, smtpd):
    server = smtpd()
    site.check(smtp={"address": f"{SERVER}:25", "helo": "lb1.example"})
    site.wait_for(True, "answered as expected")
    log = pathlib.Path(site.server.directory, "server.log")
    wait_until(lambda: "reason=quit" in log.read_text(), 5, "QUIT, as the server saw it")
    stop(server)
    site.wait_for(False, "connection refused")
    smtpd()
    site.wait_for(True)


def test_smtp_without_tls_where_it_is_wanted(site, smtpd):
    smtpd()
    site.check(smtp={"address": f"{SERVER}:25", "starttls": True})
    site.wait_for(False, "does not offer STARTTLS")


def test_smtp_of_something_else_is_down(site, redis):
    redis()
    site.check(smtp=f"{SERVER}:6379")
    site.wait_for(False, "no greeting")


# ---- UDP. A DNS server is one that answers.

QUERY = "abcd 0100 0001 0000 0000 0000 03 777777 07 6578616d706c65 00 0001 0001"


@pytest.mark.parametrize("options, up, reason", [
    ({"reply": {"hex": "abcd 8xxx 0001 0002"}}, True, "answered as expected"),
    ({"reply": {"hex": "abcd 8xxx 0001 0003"}}, False, "expected another"),
    ({"require_reply": True, "min_length": 40}, True, "answered as expected"),
    ({"require_reply": True, "max_length": 40}, False, "bytes, expected 0 to 40"),
], ids=str)
def test_udp_replies(site, nsd, options, up, reason):
    nsd()
    site.check(udp={"address": f"{SERVER}:53", "payload": {"hex": QUERY}, **options})
    site.wait_for(up, reason)


def test_udp_asks_with_an_empty_datagram_unless_told_otherwise(site):
    site.check(udp=f"{SERVER}:9")
    site.wait_for(False, "port unreachable")


def test_udp_silence_and_icmp_errors(site, nsd):
    server = nsd()
    site.check(udp={"address": f"{SERVER}:53", "payload": "x"})
    site.wait_for(True, "no ICMP error")
    stop(server)
    site.wait_for(False, "port unreachable")
    nsd()
    site.wait_for(True)
    site.daemon.reload(configuration(instance(advert_interval="1s"), checks=[
        {"name": "app", "udp": {"address": f"{SERVER}:53", "payload": "x", "require_reply": True},
         "interval": "2s", "timeout": "2s"}]))
    site.wait_for(False, "no reply within 2 s")


# ---- HAProxy's agent-check: what a server says of itself.

def test_agent_says_up_drain_and_down(site):
    words = pathlib.Path(site.server.directory, "words")
    agent = ("import os, socket\n"
             f"server = socket.create_server(('{SERVER}', 8081))\n"
             "while True:\n"
             "    client = server.accept()[0]\n"
             f"    client.sendall(open({str(words)!r}, 'rb').read())\n"
             "    client.close()\n")

    def say(text):
        words.with_suffix(".new").write_text(text)
        os.replace(words.with_suffix(".new"), words)

    say("up 75%\n")
    site.start("python3", "-c", agent)
    site.wait_for_port(8081)
    site.check(agent=f"{SERVER}:8081")
    site.wait_for(True, "agent: up")
    say("down # disk full\n")
    site.wait_for(False, "agent: down: 'disk full'")
    say("drain\n")
    site.wait_for(True, "agent: drain")
    say("nonsense\n")
    site.wait_for(False, "'nonsense'")


# ---- Ping: the kernel of the other host answers.

SERVER6 = "2001:db8::20"


@pytest.mark.parametrize("target, prefix", [(SERVER, 24), (SERVER6, 64)], ids=["IPv4", "IPv6"])
def test_ping_up_down_and_up(site, target, prefix):
    for host, address in ((site.node, "2001:db8::1/64"), (site.server, f"{SERVER6}/64")):
        host.ip("address", "add", address, "dev", "eth0", "nodad")
    site.check(ping=f"'{target}'")
    site.wait_for(True, "answered")
    # By default the kernel's own unprivileged kind of socket is for nobody.
    assert site.node.run("cat", "/proc/sys/net/ipv4/ping_group_range").stdout.split() == ["1", "0"]
    site.server.ip("address", "del", f"{target}/{prefix}", "dev", "eth0")
    site.wait_for(False, "no answer within 2 s")
    words = ("nodad",) if ":" in target else ()
    site.server.ip("address", "add", f"{target}/{prefix}", "dev", "eth0", *words)
    site.wait_for(True, "answered")


def test_a_new_check_worker_and_a_reload_can_ping(site):
    tcp = {"name": "app", "tcp": f"{SERVER}:9", "interval": "1s"}
    ping = {"name": "app", "ping": SERVER, "interval": "1s"}
    vrrp = instance(advert_interval="1s")
    site.daemon = Holdfast(site.node, configuration(vrrp, checks=[tcp]))
    site.wait_for(False, "connection refused")
    site.daemon.reload(configuration(vrrp, checks=[ping]))
    site.wait_for(True, "answered")
    worker = site.daemon.worker_pid("check-worker")
    os.kill(worker, signal.SIGKILL)
    site.daemon.wait_for_new_worker("check-worker", worker, 10)
    site.server.cable("down")
    site.wait_for(False, "no answer within")
    site.server.cable("up")
    site.wait_for(True, "answered")


def test_pings_from_a_source_and_by_an_interface(site):
    site.node.ip("address", "add", "192.0.2.7/24", "dev", "eth0")
    site.check(ping=SERVER, source="192.0.2.7", interface="eth0")
    site.wait_for(True, "answered")
    # Who answers has asked for the address of who asked.
    assert "192.0.2.7 " in site.server.ip("neigh").stdout
    site.node.ip("address", "del", "192.0.2.7/24", "dev", "eth0")
    wait_until(lambda: "cannot be probed and stays as it is" in site.daemon.log(), 20, lambda: site.daemon.log()[-1500:])
    assert site.state()["up"] is True


def test_two_hundred_pings_each_get_their_own_answer(site):
    site.server.ip("address", "add", "198.51.100.0/24", "dev", "lo")
    for number in range(100):
        site.server.ip("address", "add", f"198.51.100.{number + 1}/32", "dev", "lo")
    site.server.ip("route", "add", "unreachable", "203.0.113.0/24")
    site.node.ip("route", "add", "default", "via", SERVER)
    targets = [f"198.51.100.{number + 1}" for number in range(100)]
    targets += [f"203.0.113.{number + 1}" for number in range(100)]
    checks = [{"name": target, "ping": target, "interval": "2s", "timeout": "2s"} for target in targets]
    site.daemon = Holdfast(site.node, configuration(instance(advert_interval="1s"), checks=checks))

    def states():
        status = site.daemon.try_status() or {"checks": []}
        return {check["name"]: check["up"] for check in status["checks"]}

    expected = {target: target.startswith("198") for target in targets}
    wait_until(lambda: states() == expected, 40, lambda: str(states()))
