# SPDX-License-Identifier: Apache-2.0
"""gRPC health checks against the server of gRPC's own library."""

import os
import pathlib
import sys

from lab.authority import Authority
from lab.daemon import Holdfast
from lab.netns import wait_until

SERVER = "192.0.2.2"

# A process of its own: gRPC's threads and forks do not go together. The messages are written by
# hand, since grpc_health is in no Debian package: the first argument is a file of SERVICE STATUS.
PROGRAM = """
import sys, concurrent.futures, grpc
def check(request, context):
    service = request[2:].decode()
    statuses = dict(line.split() for line in open(sys.argv[1]))
    if service not in statuses:
        context.abort(grpc.StatusCode.NOT_FOUND, "unknown service")
    return bytes([8, int(statuses[service])])
server = grpc.server(concurrent.futures.ThreadPoolExecutor(4))
handler = grpc.unary_unary_rpc_method_handler(check)
server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(
    "grpc.health.v1.Health", {"Check": handler}),))
server.add_insecure_port("0.0.0.0:50051")
credentials = grpc.ssl_server_credentials([(open(sys.argv[3], "rb").read(),
                                            open(sys.argv[2], "rb").read())])
server.add_secure_port("0.0.0.0:50052", credentials)
server.start()
server.wait_for_termination()
"""


def states(daemon):
    return {one["name"]: one for one in (daemon.try_status() or {}).get("checks", [])}


def grpc(name, service, port=50051, **options):
    return {"name": name, "interval": "500ms", "timeout": "500ms", "grpc":
            {"address": f"{SERVER}:{port}", "service": service, **options}}


def test_a_health_service_is_believed(lab):
    node = lab.host("node1", "192.0.2.1/24")
    server = lab.host("server", f"{SERVER}/24")
    authority = Authority(os.path.join(server.directory, "pki"))
    authority.sign("server", "/CN=shop.example", 5, "DNS:shop.example")
    statuses = pathlib.Path(server.directory, "statuses")
    statuses.write_text("orders 1\nstock 2\n", encoding="ascii")
    log = os.path.join(server.directory, "grpc.log")
    server.start(sys.executable, "-c", PROGRAM, statuses, authority.path("server.pem"),
                 authority.path("server.key"), log=log)
    wait_until(lambda: server.run("ss", "-Hltn", "sport", "=", ":50052").stdout.strip(), 20,
               lambda: f"gRPC listens; {pathlib.Path(log).read_text()}")
    ca = authority.path("ca.pem")
    daemon = Holdfast(node, {"checks": [
        grpc("orders", "orders"),
        grpc("stock", "stock"),
        grpc("unknown", "unknown"),
        grpc("secure", "orders", port=50052, tls=True, server_name="shop.example", ca=ca),
        grpc("other", "orders", port=50052, tls=True, server_name="other.example", ca=ca),
    ]})

    def all_known():
        found = states(daemon)
        return found and all(one["up"] is not None for one in found.values()) and found

    found = wait_until(all_known, 20, lambda: f"results, not {states(daemon)}")
    assert found["orders"]["up"] and found["orders"]["reason"].startswith("SERVING in "), found
    assert found["secure"]["up"], found
    assert (found["stock"]["up"], found["stock"]["reason"]) == (False, "NOT_SERVING")
    assert found["unknown"]["reason"].startswith("no health status: it does not know the service")
    assert found["other"]["reason"] == "the certificate is refused: hostname mismatch"
    statuses.write_text("orders 2\nstock 1\n", encoding="ascii")
    wait_until(lambda: states(daemon)["orders"]["up"] is False and states(daemon)["stock"]["up"],
               20, lambda: f"the other way round: {states(daemon)}")
