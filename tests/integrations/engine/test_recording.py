"""What a run writes down: tries and since when, what was sent, and the attempt's own words."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from integrations.engine import record
from integrations.engine.claim import Claim, claim, database_now
from integrations.engine.record import Report
from integrations.models import HoldReason, Outcome, Sync, SyncStatus
from integrations.retry import Decision
from integrations.sandbox import Sandbox
from tests.sandbox_world import Buyer

pytestmark = pytest.mark.django_db


@pytest.fixture
def taken(sandbox: Sandbox, buyer: Buyer) -> Callable[[], Claim]:
    """Take the buyer's Circle sync for a run, whatever came of the one before."""
    buyer.buys("pro")

    def take() -> Claim:
        waiting = Sync.objects.filter(pk=buyer.sync("circle").pk)
        waiting.update(status=SyncStatus.PENDING, due_at=Now(), lease_until=None)
        got = claim(waiting.get().pk)
        assert got
        return got

    return take


def report(claim: Claim, *, http_status: int = 0) -> Report:
    now = database_now()
    return Report(claim.sync.desired_version, now, now, http_status=http_status)


def later(*, spend: bool) -> Decision:
    return Decision(
        SyncStatus.RETRYING, 60.0, Outcome.RETRY, code="http_500", words="It failed.", spend=spend
    )


def test_a_try_that_is_spent_is_counted_and_dated_from_the_first(
    taken: Callable[[], Claim], buyer: Buyer
) -> None:
    one = taken()
    assert record.failed(one, report(one), later(spend=True))
    first = buyer.sync("circle")
    assert first.attempt_count == 1
    assert first.first_failed_at is not None

    Sync.objects.filter(pk=first.pk).update(first_failed_at="2026-01-01T00:00Z")
    two = taken()
    assert record.failed(two, report(two), later(spend=True))

    second = buyer.sync("circle")
    assert second.attempt_count == 2
    assert f"{second.first_failed_at:%Y-%m-%d}" == "2026-01-01"


def test_a_failure_that_is_nobodys_stops_the_clock_and_counts_nothing(
    taken: Callable[[], Claim], buyer: Buyer
) -> None:
    one = taken()
    record.failed(one, report(one), later(spend=True))
    two = taken()
    assert record.failed(two, report(two), later(spend=False))

    sync = buyer.sync("circle")
    assert (sync.attempt_count, sync.first_failed_at) == (1, None)
    assert (sync.status, sync.reason, sync.explanation) == (SyncStatus.RETRYING, "http_500", "It failed.")


def test_a_failure_of_what_was_wanted_again_meanwhile_counts_nothing(
    taken: Callable[[], Claim], buyer: Buyer
) -> None:
    one = taken()
    buyer.touch()
    assert record.failed(one, report(one), later(spend=True))

    sync = buyer.sync("circle")
    assert (sync.status, sync.attempt_count, sync.first_failed_at) == (SyncStatus.PENDING, 0, None)


def applied(claim: Claim) -> bool:
    return record.applied(claim, report(claim), digest="of it all")


def held(claim: Claim) -> bool:
    return record.held(claim, report(claim), HoldReason.MASS_REMOVAL)


@pytest.mark.parametrize("done", [applied, held])
def test_after_a_run_that_did_its_work_failures_are_counted_from_one(
    taken: Callable[[], Claim], buyer: Buyer, done: Callable[[Claim], bool]
) -> None:
    for _ in range(2):
        failing = taken()
        record.failed(failing, report(failing), later(spend=True))
    assert buyer.sync("circle").attempt_count == 2
    assert done(taken())
    well = buyer.sync("circle")
    assert (well.attempt_count, well.first_failed_at, well.crash_count) == (0, None, 0)

    failing = taken()
    record.failed(failing, report(failing), later(spend=True))

    assert buyer.sync("circle").attempt_count == 1


@pytest.mark.parametrize(
    ("reason", "outcome"),
    [
        (HoldReason.SHADOW, Outcome.SHADOW),
        (HoldReason.MASS_REMOVAL, Outcome.HELD),
        (HoldReason.HELD_BY_STAFF, Outcome.HELD),
    ],
)
def test_what_is_held_says_so_and_shadow_is_not_a_hold(
    taken: Callable[[], Claim], buyer: Buyer, reason: HoldReason, outcome: Outcome
) -> None:
    sync = buyer.sync("circle")
    Sync.objects.filter(pk=sync.pk).update(staff_hold=reason == HoldReason.HELD_BY_STAFF)
    one = taken()
    assert record.held(one, report(one), reason)

    sync = buyer.sync("circle")
    assert (sync.status, sync.reason, sync.explanation) == (SyncStatus.ON_HOLD, reason, reason.label)
    attempt = sync.attempts.get()
    assert (attempt.outcome, attempt.code, attempt.error) == (outcome, reason, "")
    assert sync.due_at is None


def test_a_hold_keeps_the_digest_unless_a_part_was_sent(taken: Callable[[], Claim], buyer: Buyer) -> None:
    Sync.objects.filter(pk=buyer.sync("circle").pk).update(desired_digest="of before")
    one = taken()
    record.held(one, report(one), HoldReason.MASS_REMOVAL)
    assert buyer.sync("circle").desired_digest == "of before"

    two = taken()
    record.held(two, report(two), HoldReason.MASS_REMOVAL, digest="of the part")
    assert buyer.sync("circle").desired_digest == "of the part"


@pytest.mark.parametrize(("answered", "kept"), [(0, None), (503, 503)])
def test_an_attempt_names_the_status_only_when_a_call_was_answered(
    taken: Callable[[], Claim], buyer: Buyer, answered: int, kept: int | None
) -> None:
    one = taken()
    record.failed(one, report(one, http_status=answered), later(spend=True))

    attempt = buyer.sync("circle").attempts.get()
    assert (attempt.http_status, attempt.code, attempt.error) == (kept, "http_500", "It failed.")


def test_nobody_records_what_another_run_owns(taken: Callable[[], Claim], buyer: Buyer) -> None:
    stale = taken()
    taken()
    assert not record.applied(stale, report(stale), digest="of it all")
    assert not record.failed(stale, report(stale), later(spend=True))
    assert not record.held(stale, report(stale), HoldReason.MASS_REMOVAL)

    sync = buyer.sync("circle")
    assert (sync.status, sync.attempts.count()) == (SyncStatus.RUNNING, 0)


def test_a_run_is_written_down_once_with_its_length(taken: Callable[[], Claim], buyer: Buyer) -> None:
    one = taken()
    at = database_now()
    long = Report(one.sync.desired_version, at, at + timedelta(milliseconds=1_500))
    assert record.applied(one, long, digest="of it all")
    assert not record.failed(one, long, later(spend=True))

    assert [each.duration_ms for each in buyer.sync("circle").attempts.all()] == [1_500]
    assert buyer.sync("circle").status == SyncStatus.IN_SYNC


def test_a_clock_that_was_set_back_makes_no_run_shorter_than_nothing(
    taken: Callable[[], Claim], buyer: Buyer
) -> None:
    one = taken()
    at = database_now()

    assert record.applied(one, Report(one.sync.desired_version, at, at - timedelta(hours=1)), digest="all")

    assert buyer.sync("circle").attempts.get().duration_ms == 0
