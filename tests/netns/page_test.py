# SPDX-License-Identifier: Apache-2.0
"""The status page in a real browser: what it shows, live, and that it asks for nothing else."""

import os
import pathlib
import socket

import pytest

from lab.browser import Browser
from lab.daemon import Holdfast, configuration, instance
from lab.http import try_ask
from lab.netns import in_namespace, wait_until

PAGE = "http://127.0.0.1:9112/"
PORT = 8081  # of a server
SERVICE = {"name": "shop", "address": "192.0.2.80:80", "real_servers": ["10.0.0.1:80"]}


@pytest.fixture
def browser(pair):
    made = Browser(pair.node2)
    yield made
    made.close()


def text(browser, part):
    return browser.value(f"document.getElementById('{part}').innerText") or ""


def wait_for_text(browser, part, words, timeout=30):
    wait_until(lambda: words in text(browser, part), timeout,
               lambda: f"{words!r} in #{part}: {text(browser, part)!r}")


def overflow(browser):
    """Whatever stands out at the right of the page."""
    return browser.value(
        "[...document.querySelectorAll('body *')].filter(one => one.getBoundingClientRect().right >"
        " document.documentElement.clientWidth + 1).map(one => one.outerHTML.slice(0, 200))")


def test_the_page_lives_and_keeps_to_itself(pair, browser):
    one = Holdfast(pair.node1, configuration(instance(priority=150, advert_interval="200ms")))
    one.wait_for_state("web", "MASTER", 20)
    two = Holdfast(pair.node2, configuration(
        instance(priority=100, advert_interval="100ms"), monitoring={"listen": ["127.0.0.1:9112"]},
        checks=[{"name": "app", "tcp": "127.0.0.1:1", "interval": "1s"}],
        virtual_servers=[SERVICE]))
    two.wait_for_state("web", "BACKUP", 20)
    wait_until(lambda: try_ask(pair.node2, "/readyz"), 20, "an answer")
    browser.look(1000, 900)
    browser.open(PAGE)
    wait_for_text(browser, "vrrp", "BACKUP")
    wait_for_text(browser, "vrrp", "MASTER")  # the peer
    wait_for_text(browser, "vrrp", "Does not fit: interval")
    wait_for_text(browser, "checks", "refused")
    wait_for_text(browser, "servers", "10.0.0.1:80")
    wait_for_text(browser, "live", "live")
    # Live: the other node goes, and the page says so without being asked to.
    pair.node1.ip("link", "set", "eth0", "down")
    wait_for_text(browser, "history", "BACKUP \u2192 MASTER")
    assert f"no advert from {pair.node1.address}" in text(browser, "history")
    wait_for_text(browser, "vrrp", "SILENT")
    for shape in ({"width": 390, "height": 844, "phone": True}, {"width": 1000, "height": 900}):
        for dark in (False, True):
            browser.look(**shape, dark=dark)
            width = browser.value("document.documentElement.clientWidth")
            assert width == shape["width"] or not shape.get("phone"), "it keeps to the width"
            assert browser.value("document.documentElement.scrollWidth") <= width
            assert overflow(browser) == []
            background = browser.value("getComputedStyle(document.body).backgroundColor")
            assert background == ("rgb(13, 17, 23)" if dark else "rgb(255, 255, 255)")
    assert browser.complaints == []
    assert browser.requests and all(url.startswith(PAGE) for url in browser.requests
                                    if url != "about:blank"), browser.requests
    if folder := os.environ.get("HOLDFAST_SCREENSHOTS"):
        for name, shape in (("page-light", {"width": 1000, "height": 900}),
                            ("page-dark", {"width": 1000, "height": 900, "dark": True}),
                            ("page-phone", {"width": 390, "height": 844, "phone": True})):
            browser.look(**shape)
            browser.screenshot(pathlib.Path(folder) / f"{name}.png")


def test_it_asks_again_and_again_where_there_are_no_events(pair, browser):
    """With so few connections nobody may read events: the page is refused, and polls."""
    two = Holdfast(pair.node2, configuration(
        instance(priority=100, advert_interval="100ms"),
        monitoring={"listen": ["127.0.0.1:9112"], "connections": 2}))
    two.wait_for_state("web", "MASTER", 20)
    wait_until(lambda: try_ask(pair.node2, "/readyz"), 20, "an answer")
    browser.open(PAGE)
    wait_for_text(browser, "vrrp", "MASTER")
    wait_for_text(browser, "live", "asks every 2 s")
    pair.node2.ip("link", "set", "eth0", "down")
    wait_for_text(browser, "vrrp", "FAULT")


def test_it_says_who_serves_without_a_quorum(pair, browser):
    # Up once, and then not: only of those it is said that they serve all the same.
    listener = in_namespace(pair.node2.namespace, lambda: socket.create_server(("", PORT)))
    check = {"tcp": {}, "port": PORT, "interval": "100ms"}
    services = [{**SERVICE, "check": check, "sorry_server": "127.0.0.1:80"},
                {"name": "desk", "address": "192.0.2.81:80", "check": check,
                 "panic_threshold": "50%", "real_servers": ["127.0.0.1", "127.0.0.2"]}]
    services[0]["real_servers"] = ["127.0.0.1"]
    two = Holdfast(pair.node2, configuration(
        instance(priority=100, advert_interval="100ms"), monitoring={"listen": ["127.0.0.1:9112"]},
        load_balancing={"backend": "nftables"}, virtual_servers=services))
    two.wait_for_state("web", "MASTER", 20)
    wait_until(lambda: try_ask(pair.node2, "/readyz"), 20, "an answer")
    browser.open(PAGE)
    wait_for_text(browser, "servers", "2 of 2 healthy")
    listener.close()
    wait_for_text(browser, "servers", "its sorry server serves")
    wait_for_text(browser, "servers", "servers that have failed serve")
    # The headline of the command says the same.
    headline = two.ctl("status").stdout.splitlines()[0]
    assert headline.endswith("0 of 2 virtual servers up, 1 on its sorry server, "
                             "1 on servers that have failed"), headline
