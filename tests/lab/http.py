# SPDX-License-Identifier: Apache-2.0
"""Plain HTTP from inside a namespace, as good and bad clients speak it."""

import http.client
import socket

from .netns import in_namespace


def connect(host, address, port, timeout=10):
    """A TCP connection that is made on a host of the lab."""
    return in_namespace(host.namespace, lambda: socket.create_connection((address, port), timeout))


class Reply:
    def __init__(self, answer):
        self.status = answer.status
        self.headers = {name.lower(): value for name, value in answer.getheaders()}
        self.body = answer.read()


def ask(host, path, address="127.0.0.1", port=9112, method="GET", timeout=10):
    connection = http.client.HTTPConnection(address, port, timeout=timeout)
    connection.sock = connect(host, address, port, timeout)
    try:
        connection.request(method, path)
        return Reply(connection.getresponse())
    finally:
        connection.close()


def try_ask(host, path, **options):
    """None while nobody answers."""
    try:
        return ask(host, path, **options)
    except (OSError, http.client.HTTPException):
        return None
