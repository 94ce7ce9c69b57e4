# SPDX-License-Identifier: Apache-2.0
"""Servers that mean no good: each takes a connection and treats it as `behave` says."""

import socket
import struct
import threading

from .netns import in_namespace


class Hostile:
    """Calls behave(connection, stop) in a thread of its own for every connection."""

    def __init__(self, host, port, behave):
        self._socket = in_namespace(host.namespace, lambda: socket.create_server(("", port)))
        self._stop = threading.Event()
        self._behave = behave
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self):
        self._socket.settimeout(0.05)
        while not self._stop.is_set():
            try:
                connection, _ = self._socket.accept()
            except TimeoutError:
                continue
            connection.settimeout(5)
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection):
        with connection:
            try:
                self._behave(connection, self._stop)
            except OSError:
                pass  # whom it attacks has hung up

    def close(self):
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self._socket.close()


def silent(connection, stop):
    """Takes what comes and never answers."""
    while not stop.is_set() and connection.recv(4096):
        pass


def repeated(first, again):
    """Says `first`, then `again` for ever."""

    def behave(connection, stop):
        connection.recv(4096)
        connection.sendall(first)
        while not stop.is_set():
            connection.sendall(again)

    return behave


def dripping(text):
    """Says `text` byte by byte, ten a second."""

    def behave(connection, stop):
        connection.recv(4096)
        for byte in text:
            connection.sendall(bytes([byte]))
            if stop.wait(0.1):
                return

    return behave


def resetting(connection, _):
    """Reads the request and resets the connection."""
    connection.recv(4096)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def saying(text):
    """Says `text` and closes."""

    def behave(connection, _):
        connection.recv(4096)
        connection.sendall(text)

    return behave
