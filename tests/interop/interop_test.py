# SPDX-License-Identifier: Apache-2.0
"""Both roles, with and without a farewell, with and without preemption, beside each peer."""

import time

from lab.netns import wait_until


def test_we_stop_and_the_peer_takes_over_and_we_return(mixed):
    mixed.start_ours(150)
    mixed.master_is(mixed.ours, 0)
    mixed.start_theirs(100)
    mixed.holdfast.wait_for_state("web", "MASTER", 5)
    mixed.master_is(mixed.ours, time.time())

    assert mixed.holdfast.stop() == 0
    release = mixed.wire.wait_for_advert(5, source=mixed.sources[mixed.ours], priority=0)
    heir = mixed.master_is(mixed.theirs, release.time)
    assert heir.time - release.time < mixed.skew(100) + 0.3
    assert not mixed.we_hold()

    mixed.holdfast.start()
    mixed.master_is(mixed.ours, time.time())
    mixed.holdfast.wait_for_state("web", "MASTER", 5)


def test_we_die_and_the_peer_takes_over(mixed):
    mixed.start_ours(150)
    mixed.master_is(mixed.ours, 0)
    mixed.start_theirs(100)
    mixed.master_is(mixed.ours, time.time())
    mixed.ours.die()
    last = mixed.wire.adverts(source=mixed.sources[mixed.ours])[-1]
    heir = mixed.master_is(mixed.theirs, last.time)
    assert mixed.active_down(100) - 0.02 < heir.time - last.time < mixed.active_down(100) + 0.5


def test_the_peer_stops_and_we_take_over_and_it_returns(mixed):
    mixed.start_theirs(150)
    mixed.master_is(mixed.theirs, 0)
    mixed.start_ours(100)
    mixed.holdfast.wait_for_state("web", "BACKUP", 5)
    mixed.master_is(mixed.theirs, time.time())
    wait_until(lambda: mixed.holdfast.router()["adverts"]["received"] > 0, 10, "adverts counted")

    mixed.peer.stop()
    release = mixed.wire.wait_for_advert(5, source=mixed.sources[mixed.theirs], priority=0)
    heir = mixed.master_is(mixed.ours, release.time)
    assert heir.time - release.time < mixed.skew(100) + 0.3
    mixed.holdfast.wait_for_state("web", "MASTER", 5)
    assert mixed.we_hold()

    mixed.peer.start()
    mixed.master_is(mixed.theirs, time.time())
    mixed.holdfast.wait_for_state("web", "BACKUP", 5)
    wait_until(lambda: not mixed.we_hold(), 3, "we let go")


def test_the_peer_dies_and_we_take_over(mixed):
    mixed.start_theirs(150)
    mixed.master_is(mixed.theirs, 0)
    mixed.start_ours(100)
    mixed.holdfast.wait_for_state("web", "BACKUP", 5)
    mixed.master_is(mixed.theirs, time.time())
    mixed.theirs.die()
    last = mixed.wire.adverts(source=mixed.sources[mixed.theirs])[-1]
    heir = mixed.master_is(mixed.ours, last.time)
    assert mixed.active_down(100) - 0.02 < heir.time - last.time < mixed.active_down(100) + 0.5


def test_without_preemption_we_leave_the_peer_alone(mixed):
    mixed.start_theirs(100)
    mixed.master_is(mixed.theirs, 0)
    mixed.start_ours(150, preempt=False)
    mixed.holdfast.wait_for_state("web", "BACKUP", 5)
    mixed.master_is(mixed.theirs, time.time() + mixed.active_down(150))
    assert mixed.wire.adverts(source=mixed.sources[mixed.ours]) == []


def test_without_preemption_the_peer_leaves_us_alone(mixed):
    mixed.start_ours(100)
    mixed.master_is(mixed.ours, 0)
    mixed.start_theirs(150, preempt=False)
    mixed.master_is(mixed.ours, time.time() + mixed.active_down(150) + 1)
    assert mixed.wire.adverts(source=mixed.sources[mixed.theirs]) == []
