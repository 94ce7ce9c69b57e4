# SPDX-License-Identifier: Apache-2.0
"""A real etcd of three members, each on a host of its own, and how it is hurt."""

import json
import os
import signal
import urllib.error
import urllib.request

from .netns import in_namespace, wait_until

CLIENTS = 2379
PEERS = 2380


class Member:
    def __init__(self, host, cluster):
        self.host = host
        self.cluster = cluster
        self.url = f"http://{host.address}:{CLIENTS}"
        self.process = None

    def start(self):
        peer = f"http://{self.host.address}:{PEERS}"
        self.process = self.host.start(
            "etcd", "--name", self.host.name,
            "--data-dir", os.path.join(self.host.directory, "etcd"),
            "--listen-client-urls", self.url, "--advertise-client-urls", self.url,
            "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
            "--initial-cluster", self.cluster, "--initial-cluster-state", "new",
            # Half of what it has by default, so that an election is over before a lease is.
            "--heartbeat-interval", "50", "--election-timeout", "500",
            "--logger", "zap", "--log-level", "error",
            log=os.path.join(self.host.directory, "etcd.log"))

    def post(self, path, body):
        """The answer of its JSON gateway, or None."""

        def ask():
            request = urllib.request.Request(self.url + path, json.dumps(body).encode(),
                                             {"Content-Type": "application/json"})
            # No proxy of this machine is one of the lab.
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with opener.open(request, timeout=1) as answer:
                return json.load(answer)

        try:
            return in_namespace(self.host.namespace, ask)
        except (OSError, ValueError):
            return None

    def leads(self):
        status = self.post("/v3/maintenance/status", {})
        return bool(status) and status.get("leader") == status["header"]["member_id"]

    def kill(self):
        """SIGKILL; `start` begins another life."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait(5)

    def pause(self, state):
        os.kill(self.process.pid, signal.SIGSTOP if state else signal.SIGCONT)


class Etcd:
    """lab: of which it takes the hosts etcd1.. at FIRST, FIRST+1.. of 192.0.2.0/24."""

    def __init__(self, lab, first=21, members=3):
        hosts = [lab.host(f"etcd{number + 1}", f"192.0.2.{first + number}/24")
                 for number in range(members)]
        cluster = ",".join(f"{host.name}=http://{host.address}:{PEERS}" for host in hosts)
        self.members = [Member(host, cluster) for host in hosts]
        for member in self.members:
            member.start()
        self.wait()

    @property
    def endpoints(self):
        return [member.url for member in self.members]

    def leader(self):
        return wait_until(lambda: next((one for one in self.members if one.leads()), None), 20,
                          "a leader of etcd", every=0.05)

    def wait(self):
        """Until a quorum writes."""
        wait_until(lambda: any(one.post("/v3/kv/put", {"key": "eA==", "value": "eA=="})
                               for one in self.members), 30, "etcd", every=0.05)
