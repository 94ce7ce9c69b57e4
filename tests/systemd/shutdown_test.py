# SPDX-License-Identifier: Apache-2.0
"""The machine is turned off: the service goes before its network does, and hands over."""

import time


def test_a_shutdown_hands_over_at_once(fresh):
    began = time.time()
    fresh.machine.systemctl("--no-block", "poweroff")
    last = fresh.wire.wait_for_advert(20, since=began, source="192.0.2.1", priority=0)
    heir = fresh.wire.wait_for_advert(5, since=last.time, source="192.0.2.2")
    assert heir.time - last.time < 1.5
    assert fresh.machine.ended(30), "the machine is off"
    assert not fresh.one.host.has_address("192.0.2.10")
