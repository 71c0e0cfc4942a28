"""The breaker: a provider that is down is left alone, and welcomed back gently."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from integrations import breaker, engine, slots
from integrations.limits import limit_of
from integrations.models import Connection, Sync, SyncPriority, SyncStatus
from integrations.sandbox import Sandbox
from integrations.sweeper import drain
from tests.sandbox_world import Buyer, Catalog, later

pytestmark = pytest.mark.django_db


@pytest.fixture
def crowd(sandbox: Sandbox, catalog: Catalog) -> list[Buyer]:
    """More buyers than calls that open the breaker, while Circle is down."""
    people = [Buyer(f"p{number}@example.com") for number in range(14)]
    sandbox.circle.fail(kind="down")
    for each in people:
        each.buys("pro")
    drain()
    return people


def test_ten_straight_failures_open_it(sandbox: Sandbox, crowd: list[Buyer], catalog: Catalog) -> None:
    assert len(sandbox.journal.calls("circle")) == 10
    catalog.circle.refresh_from_db()
    assert catalog.circle.open_until is not None
    assert all(each.sync("kit").status == SyncStatus.IN_SYNC for each in crowd)


def test_an_open_breaker_lets_one_probe_through_each_half_minute(
    sandbox: Sandbox, crowd: list[Buyer]
) -> None:
    for _ in range(20):
        later(seconds=10)

    assert 10 + 5 <= len(sandbox.journal.calls("circle")) <= 10 + 8


@pytest.mark.slow
def test_an_hour_of_outage_makes_no_dead_letter_and_everybody_gets_in(
    sandbox: Sandbox, crowd: list[Buyer]
) -> None:
    for _ in range(120):
        later(seconds=31)
    calls = len(sandbox.journal.calls("circle"))
    assert calls <= 150
    assert {each.sync("circle").status for each in crowd} <= {SyncStatus.PENDING, SyncStatus.RETRYING}
    assert max(each.sync("circle").attempt_count for each in crowd) <= 1

    sandbox.circle.heal()
    for _ in range(6):
        later(minutes=16)

    assert sandbox.circle.members_of(101) == {each.email for each in crowd}
    assert len(sandbox.circle.invitations) == len(crowd)


def test_after_the_first_success_it_rests_before_it_goes_on(
    sandbox: Sandbox, crowd: list[Buyer], catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert breaker.GENTLE_SECONDS >= 8
    # Longer than this test can take on any machine: the rest is real time.
    monkeypatch.setattr(breaker, "GENTLE_SECONDS", 120.0)
    sandbox.circle.heal()
    before = len(sandbox.journal.calls("circle"))

    later(seconds=31)
    assert len(sandbox.journal.calls("circle")) == before + 1
    catalog.circle.refresh_from_db()
    assert catalog.circle.tokens <= -119 * limit_of(catalog.circle).rate

    later(seconds=121)
    assert len(sandbox.journal.calls("circle")) > before + 1


def test_whoever_sat_out_a_long_wait_is_due_within_seconds_when_it_works_again(
    sandbox: Sandbox, crowd: list[Buyer], catalog: Catalog
) -> None:
    mine = Sync.objects.filter(connection=catalog.circle)
    far = Now() + timedelta(minutes=15)
    mine.update(status=SyncStatus.RETRYING, reason="http_503", due_at=far)
    other, probe, leaver = (crowd[number].sync("circle").pk for number in range(3))
    mine.filter(pk=other).update(reason="member_lag")
    mine.filter(pk=probe).update(due_at=Now())
    mine.filter(pk=leaver).update(priority=SyncPriority.REVOKE)
    sandbox.circle.heal()
    Connection.objects.filter(pk=catalog.circle.pk).update(open_until=Now())

    engine.run(probe)

    soon = mine.filter(due_at__lte=Now() + timedelta(seconds=15)).exclude(pk=probe)
    assert soon.count() == len(crowd) - 2
    assert mine.filter(pk=leaver, due_at__lte=Now() + timedelta(seconds=5)).exists()
    assert mine.filter(pk=other, due_at__gt=Now() + timedelta(minutes=14)).exists()


def test_three_failing_probes_keep_it_open_and_the_fourth_closes_it(
    sandbox: Sandbox, crowd: list[Buyer], catalog: Catalog
) -> None:
    sandbox.circle.heal()
    sandbox.circle.fail(503, times=3)
    for _ in range(3):
        later(seconds=31)
        catalog.circle.refresh_from_db()
        assert catalog.circle.failures_in_row >= 10

    later(seconds=31)

    catalog.circle.refresh_from_db()
    assert (catalog.circle.failures_in_row, catalog.circle.open_until) == (0, None)
    assert len(sandbox.journal.calls("circle")) == 10 + 4


def test_revokes_that_always_fail_do_not_keep_others_out(sandbox: Sandbox, catalog: Catalog) -> None:
    leavers = [Buyer(f"leaver{number}@example.com") for number in range(11)]
    for each in leavers:
        each.buys("pro")
    drain()
    sandbox.circle.fail(500, route="DELETE /access_groups/{access_group_id}/community_members")
    for each in leavers:
        each.cancels("pro")
    drain()
    catalog.circle.refresh_from_db()
    assert catalog.circle.failures_in_row >= 10
    fresh = Buyer("fresh@example.com")
    fresh.buys("pro")

    for _ in range(6):
        later(seconds=31)

    assert fresh.email in sandbox.circle.members_of(101)


def test_grants_and_profiles_that_always_fail_do_not_keep_a_profile_or_a_revoke_out(
    sandbox: Sandbox, crowd: list[Buyer], catalog: Catalog
) -> None:
    mine = Sync.objects.filter(connection=catalog.circle)
    mine.update(status=SyncStatus.RETRYING)
    profile = crowd[0].sync("circle").pk
    mine.filter(pk=profile).update(priority=SyncPriority.PROFILE)
    probed: list[int] = []
    for failures in range(10, 16):
        Connection.objects.filter(pk=catalog.circle.pk).update(failures_in_row=failures, open_until=Now())
        mine.update(due_at=Now(), handed_until=None)
        probed += mine.filter(pk__in=slots.hand_out(9)).values_list("priority", flat=True)

    assert probed == [1, 1, 1, 1, 2, 1]
