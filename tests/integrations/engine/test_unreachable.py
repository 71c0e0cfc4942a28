"""A provider that takes no connection, or whose word cannot be trusted: bounded, told apart, healed alone."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest
from pytest_django import Settings

from integrations.models import SyncAttempt, SyncStatus
from integrations.sandbox import Sandbox
from integrations.sweeper import drain
from support.alerts.evaluation import evaluate
from support.models import Alert
from tests.sandbox_world import Buyer, later

pytestmark = pytest.mark.django_db
CONNECT_SECONDS = 5.0


@pytest.fixture
def full_port() -> Iterator[int]:
    """A port whose queue is full and never served: the kernel drops whoever knocks, without a word."""
    with ExitStack() as stack:
        listener = stack.enter_context(closing(socket.socket()))
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(closing(socket.socket()))
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


@pytest.mark.slow
def test_a_dropped_connection_is_given_up_after_five_seconds_and_tried_again(
    sandbox: Sandbox, buyer: Buyer, settings: Settings, full_port: int
) -> None:
    works = settings.CIRCLE_API_BASE
    settings.CIRCLE_API_BASE = f"http://127.0.0.1:{full_port}/api/admin/v2"
    buyer.buys("pro")
    started = time.monotonic()
    drain()
    took = time.monotonic() - started

    attempt = SyncAttempt.objects.get(sync=buyer.sync("circle"))
    assert (attempt.outcome, attempt.code) == ("retry", "connect_timeout")
    assert CONNECT_SECONDS - 0.5 < attempt.duration_ms / 1_000 < 2 * CONNECT_SECONDS
    assert took < CONNECT_SECONDS + 20
    assert buyer.sync("kit").status == SyncStatus.IN_SYNC

    settings.CIRCLE_API_BASE = works
    later(seconds=5)
    assert sandbox.circle.members_of(101) == {buyer.email}
    assert sandbox.circle.invitations == [buyer.email]


def test_encryption_that_is_wrong_is_tried_three_times_told_and_costs_nobody_else(
    sandbox: Sandbox, buyer: Buyer, settings: Settings
) -> None:
    settings.CIRCLE_API_BASE = settings.CIRCLE_API_BASE.replace("http://", "https://")
    buyer.buys("pro")
    drain()
    for _ in range(5):
        later(minutes=16)

    sync = buyer.sync("circle")
    assert list(sync.attempts.values_list("code", flat=True)) == ["tls"] * 3
    assert (sync.status, sync.reason) == (SyncStatus.DEAD_LETTER, "tls")
    assert buyer.sync("kit").status == SyncStatus.IN_SYNC
    assert evaluate()
    alert = Alert.objects.get(key="sync_dead:circle:tls", closed_at=None)
    assert alert.customer_ids == [buyer.row.pk]
