"""Answers that are no word about the person: of something on the way, of a bill, and keys that are none."""

from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import Settings

from integrations.models import Connection, Outcome, SyncAttempt, SyncStatus
from integrations.sandbox import Sandbox
from integrations.sweeper import drain
from tests.sandbox_world import Buyer, later

pytestmark = pytest.mark.django_db
SIDES = ("circle", "kit")
KEYS = {"circle": "CIRCLE_API_TOKEN", "kit": "KIT_API_KEY"}
PAGE = "<html>Attention Required! | Cloudflare</html>"


def failures_in_row(side: str) -> int:
    return Connection.objects.values_list("failures_in_row", flat=True).get(slug=side)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize(("status", "body"), [(408, PAGE), (425, None), (403, PAGE), (403, "")])
def test_what_stops_a_call_on_the_way_is_tried_again_and_counts_for_the_breaker(
    sandbox: Sandbox, buyer: Buyer, side: str, status: int, body: str | None
) -> None:
    getattr(sandbox, side).fail(status, body=body, times=2)
    buyer.buys("pro")
    drain()
    assert buyer.sync(side).status == SyncStatus.RETRYING
    assert failures_in_row(side) == 1

    later(seconds=5)
    later(seconds=13)

    assert buyer.sync(side).status == SyncStatus.IN_SYNC
    assert failures_in_row(side) == 0


@pytest.mark.parametrize("side", SIDES)
def test_a_bill_that_is_not_paid_pauses_the_connection_and_is_nobodys_fault(
    sandbox: Sandbox, buyer: Buyer, side: str
) -> None:
    getattr(sandbox, side).fail(402)
    buyer.buys("pro")

    drain()

    assert Connection.objects.get(slug=side).pause_reason == "payment_required"
    assert (buyer.sync(side).status, buyer.sync(side).attempt_count) == (SyncStatus.RETRYING, 0)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("key", ["secret-key\u200b", "secret key", "secret-kéy", "secret\nkey", " "])
def test_a_key_that_can_be_none_pauses_the_connection_without_a_call_and_is_told_to_nobody(
    sandbox: Sandbox, buyer: Buyer, side: str, key: str, settings: Settings
) -> None:
    setattr(settings, KEYS[side], key)
    buyer.buys("pro")

    drain()

    row = Connection.objects.get(slug=side)
    assert row.pause_reason == ("credential_unusable" if key.strip() else "credential_missing")
    assert sandbox.journal.calls(side) == []
    attempt = SyncAttempt.objects.get(sync=buyer.sync(side))
    assert attempt.outcome == Outcome.CREDENTIALS
    assert "secret" not in attempt.error
    assert buyer.sync(side).attempt_count == 0


@pytest.mark.parametrize("side", SIDES)
def test_a_failure_that_says_for_how_long_is_waited_for(sandbox: Sandbox, buyer: Buyer, side: str) -> None:
    getattr(sandbox, side).fail(503, headers={"Retry-After": "120"}, times=1)
    buyer.buys("pro")
    drain()

    due = buyer.sync(side).due_at
    assert due
    assert timedelta(seconds=110) < due - datetime.now(UTC) <= timedelta(seconds=120)
    later(seconds=121)
    assert buyer.sync(side).status == SyncStatus.IN_SYNC


@pytest.mark.parametrize("side", SIDES)
def test_a_short_wish_repeated_through_an_outage_gives_nobody_up_within_minutes(
    sandbox: Sandbox, buyer: Buyer, side: str
) -> None:
    getattr(sandbox, side).fail(503, headers={"Retry-After": "1"})
    buyer.buys("pro")
    drain()
    for _ in range(30):
        later(seconds=2)

    assert buyer.sync(side).status == SyncStatus.RETRYING
    assert buyer.sync(side).attempt_count < 5


@pytest.mark.parametrize("side", SIDES)
def test_a_wait_in_a_zone_that_no_clock_has_is_an_ordinary_429(
    sandbox: Sandbox, buyer: Buyer, side: str
) -> None:
    absurd = {"Retry-After": "Mon, 01 Jan 2024 00:00:00 -9999999999999"}
    getattr(sandbox, side).fail(429, headers=absurd, times=1)
    buyer.buys("pro")

    drain()

    assert (buyer.sync(side).reason, buyer.sync(side).attempt_count) == ("rate_limited", 0)
