"""A provider that asks us to wait (429) again and again holds work back without end: that is told."""

import pytest

from integrations.models import Connection, Sync, SyncStatus
from tests.factories import ConnectionFactory, StripeEventFactory, SyncFactory
from tests.support.alerts.world import ago, broken, in_sync, open_now, the_alert, waiting_sync


def put_off(*, minutes: float, reason: str, slug: str = "kit") -> Sync:
    """A profile that was put off for so long; it is tried again in half a minute."""
    sync = waiting_sync(
        slug, seconds=60 * minutes, status=SyncStatus.RETRYING, due_at=ago(seconds=-30), priority=2,
        reason=reason,
    )  # fmt: skip
    Connection.objects.filter(slug=slug).update(wait_until=ago(seconds=-30))
    return sync


@pytest.mark.parametrize(("minutes", "keys"), [(9, []), (11, ["oldest_due:kit"])])
def test_it_is_told_after_ten_minutes(minutes: float, keys: list[str]) -> None:
    put_off(minutes=minutes, reason="rate_limited")
    SyncFactory.create(connection=ConnectionFactory.create(slug="kit"))

    assert open_now() == keys
    if keys:
        alert = the_alert("oldest_due:kit")
        assert alert.what == (
            "Kit: the oldest work that is due has waited for 11 minutes. "
            "The provider asks us to wait, again and again."
        )
        assert "uses the same key" in alert.next_step


def test_who_fails_for_a_reason_of_their_own_is_no_sign_of_it() -> None:
    put_off(minutes=30, reason="http_503")

    assert open_now() == []


def test_an_outage_says_it_already() -> None:
    sync = put_off(minutes=11, reason="told_to_wait")
    broken(sync.connection)

    assert open_now() == ["breaker_open:kit"]


def test_it_is_over_when_the_work_is_done() -> None:
    sync = put_off(minutes=11, reason="told_to_wait")
    assert open_now() == ["oldest_due:kit"]

    in_sync(sync)

    assert open_now() == []


def test_events_that_stripe_puts_off_are_told_too() -> None:
    ConnectionFactory.create(slug="stripe", wait_until=ago(seconds=-30))
    StripeEventFactory.create(
        status="failed", reason="rate_limited", processed_at=None, due_at=ago(seconds=-30),
        received_at=ago(minutes=11),
    )  # fmt: skip

    assert open_now() == ["oldest_due:inbox"]
    assert "asks us to wait, again and again" in the_alert("oldest_due:inbox").what
