# SPDX-License-Identifier: Apache-2.0
"""Debian's Chromium on a host of the lab, without a screen, by the DevTools protocol over pipes."""

import base64
import json
import os
import pathlib
import select
import subprocess
import time

from .netns import LabTimeout


class Browser:
    """One page. What it asks for and complains of is kept in `requests` and `complaints`."""

    def __init__(self, host):
        self.requests, self.complaints = [], []
        self._numbers, self._rest, self._answers = 0, b"", {}
        home = pathlib.Path(host.directory, "chromium")
        home.mkdir(exist_ok=True)
        to_it, self._to = os.pipe()
        self._from, from_it = os.pipe()

        def pipes():  # 3 is what it reads, 4 what it writes
            high = (os.dup2(to_it, 103), os.dup2(from_it, 104))
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        with open(home / "log", "ab") as log:
            self.process = subprocess.Popen(
                host.command("chromium", "--headless", "--no-sandbox", "--disable-gpu",
                             "--disable-dev-shm-usage", "--no-first-run", "--no-proxy-server",
                             "--disable-background-networking", "--disable-component-update",
                             "--remote-debugging-pipe", f"--user-data-dir={home}", "about:blank"),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                close_fds=False, preexec_fn=pipes, env={**os.environ, "HOME": str(home)})
        os.close(to_it)
        os.close(from_it)
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = None
        self._session = self._call("Target.attachToTarget", targetId=target,
                                   flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "Audits"):
            self._call(f"{domain}.enable")

    _session = None

    def _call(self, method, timeout=60, **parameters):
        self._numbers += 1
        message = {"id": self._numbers, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + timeout
        while message["id"] not in self._answers:
            self._read(deadline - time.monotonic(), method)
        answer = self._answers.pop(message["id"])
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def _read(self, timeout, what):
        if timeout <= 0 or not select.select([self._from], [], [], timeout)[0]:
            raise LabTimeout(f"Chromium does not answer {what}")
        part = os.read(self._from, 1 << 20)
        if not part:
            raise RuntimeError(f"Chromium has gone before it answered {what}")
        *messages, self._rest = (self._rest + part).split(b"\0")
        for message in map(json.loads, messages):
            if "id" in message:
                self._answers[message["id"]] = message
            else:
                self._note(message["method"], message["params"])

    def _note(self, method, said):
        if method == "Network.requestWillBeSent":
            self.requests.append(said["request"]["url"])
        elif method == "Log.entryAdded" and said["entry"]["level"] in ("error", "warning"):
            self.complaints.append(said["entry"]["text"])
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(said["exceptionDetails"]))
        elif method == "Audits.issueAdded":
            self.complaints.append(said["issue"]["code"])

    def open(self, url):
        self._call("Page.navigate", url=url)

    def value(self, expression):
        """Of JavaScript, in the page but past its policy."""
        answer = self._call("Runtime.evaluate", expression=expression, returnByValue=True)
        return answer["result"].get("value")

    def wait_for(self, expression, timeout=30):
        deadline = time.monotonic() + timeout
        while not (found := self.value(expression)):
            if time.monotonic() > deadline:
                text = self.value("document.body.innerText")
                raise LabTimeout(f"{expression} is never true; the page: {text!r}")
            time.sleep(0.05)
        return found

    def look(self, width, height, dark=False, phone=False):
        self._call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                   deviceScaleFactor=1, mobile=phone)
        self._call("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def screenshot(self, path):
        shot = self._call("Page.captureScreenshot", format="png")
        pathlib.Path(path).write_bytes(base64.b64decode(shot["data"]))

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self._to)
        os.close(self._from)
