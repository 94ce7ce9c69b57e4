# SPDX-License-Identifier: Apache-2.0
"""Those who are told of alerts: servers of HTTP(S) and SMTP on a host of the lab."""

import asyncio
import http.server
import json
import socket
import threading

from aiosmtpd.smtp import SMTP, AuthResult

from .netns import in_namespace


def _listen(host, port):
    def make():
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host.address, port))
        listener.listen(16)
        return listener

    return in_namespace(host.namespace, make)


class Webhook:
    """Records what is posted. `status` is what it answers, and `held` what it waits for first."""

    def __init__(self, host, port, context=None):
        self.posts = []  # (headers, body), in order
        self.status = 200
        self.held = None
        webhook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):  # the library's name
                body = self.rfile.read(int(self.headers["Content-Length"]))
                webhook.posts.append((self.headers, body))
                if webhook.held is not None:
                    webhook.held.wait(60)
                self.send_response(webhook.status)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer((host.address, port), Handler,
                                                       bind_and_activate=False)
        self._server.daemon_threads = True
        self._server.socket.close()
        self._server.socket = _listen(host, port)
        if context:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def bodies(self):
        return [json.loads(body) for _, body in list(self.posts)]

    def alerts(self):
        """The alerts of every message of our own format."""
        return [alert for body in self.bodies() for alert in body["alerts"]]

    def close(self):
        if self.held is not None:
            self.held.set()
        self._server.shutdown()
        self._server.server_close()


class MailServer:
    """aiosmtpd, which takes mail only under TLS and from who knows the password, if one is given."""

    def __init__(self, host, port, context=None, password=None):
        self.mails = []  # (sender, recipients, text)
        self.logins = []
        self._password = password
        options = {}
        if context:
            options = {"tls_context": context, "require_starttls": True}
        if password:
            options |= {"authenticator": self._authenticate, "auth_required": True}
        self._loop = asyncio.new_event_loop()
        listener = _listen(host, port)

        async def serve():
            return await self._loop.create_server(
                lambda: SMTP(self, hostname="mx.example", loop=self._loop, **options),
                sock=listener)

        self._server = self._loop.run_until_complete(serve())
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def _authenticate(self, _server, _session, _envelope, _mechanism, data):
        self.logins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=data.password.decode() == self._password, handled=False)

    async def handle_DATA(self, _server, _session, envelope):  # the library's name
        self.mails.append((envelope.mail_from, envelope.rcpt_tos, envelope.content.decode()))
        return "250 taken"

    def close(self):
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
