"""What a sync counts as when several things ask for it: its urgency, and whether the guard looks at it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db.models.functions import Now

from integrations import deadletters, wanting
from integrations.engine.claim import database_now
from integrations.models import Connection, Sync, SyncPriority, SyncStatus
from integrations.sandbox import Sandbox
from integrations.sweeper import drain
from tests.integrations.engine.crowds import BEYOND_THE_GUARD, holders, mapping_takes_the_group
from tests.sandbox_world import Buyer, Catalog, later

pytestmark = pytest.mark.django_db
REMOVE = "DELETE /access_groups/{access_group_id}/community_members"


def refused_removal(sandbox: Sandbox, buyer: Buyer) -> Sync:
    buyer.buys("pro")
    drain()
    sandbox.circle.fail(422, route=REMOVE, times=1)
    buyer.cancels("pro")
    drain()
    sync = buyer.sync("circle")
    assert sync.status == SyncStatus.DEAD_LETTER
    return sync


def nearly_used_up(catalog: Catalog) -> None:
    """Of Circle's month only the part is left that is kept for removals."""
    month = datetime.now(UTC).date().replace(day=1)
    Connection.objects.filter(pk=catalog.circle.pk).update(quota_limit=100, quota_used=96, quota_month=month)


@pytest.mark.parametrize("put_off", [False, True])
def test_a_refused_removal_is_still_one_when_something_small_changes(
    sandbox: Sandbox, buyer: Buyer, catalog: Catalog, put_off: bool
) -> None:
    dead = refused_removal(sandbox, buyer)
    if put_off:
        deadletters.snooze([dead], until=None)
    nearly_used_up(catalog)

    buyer.touch()
    assert buyer.sync("circle").priority == SyncPriority.REVOKE
    drain()

    assert sandbox.circle.members_of(101) == set()


def test_whatever_takes_access_may_use_what_is_kept_for_removals(
    sandbox: Sandbox, buyer: Buyer, catalog: Catalog
) -> None:
    refused_removal(sandbox, buyer)
    nearly_used_up(catalog)

    wanting.want_all([catalog.circle.pk])
    assert buyer.sync("circle").priority == SyncPriority.PROFILE
    drain()

    assert sandbox.circle.members_of(101) == set()


def test_what_only_gives_may_not(sandbox: Sandbox, buyer: Buyer, catalog: Catalog) -> None:
    nearly_used_up(catalog)
    buyer.buys("pro")
    drain()

    assert buyer.sync("circle").reason == "monthly_quota"
    assert sandbox.journal.calls("circle") == []


def test_a_used_up_month_takes_no_probe_from_a_removal(sandbox: Sandbox, catalog: Catalog) -> None:
    leaver, *newcomers = [Buyer(f"p{number}@example.com") for number in range(6)]
    leaver.buys("pro")
    drain()
    nearly_used_up(catalog)
    # Down: of three probes one is a grant's, and it is that one's turn.
    Connection.objects.filter(pk=catalog.circle.pk).update(
        failures_in_row=11, open_until=Now() - timedelta(seconds=1)
    )
    for each in newcomers:
        each.buys("pro")
    leaver.cancels("pro")

    drain()
    later(seconds=31)

    assert sandbox.circle.members_of(101) == set()
    assert {each.sync("circle").reason for each in newcomers} == {"monthly_quota"}


@pytest.mark.slow
def test_an_ordinary_event_in_between_does_not_hide_a_bulk_removal_from_the_guard(
    sandbox: Sandbox, catalog: Catalog
) -> None:
    people = holders("pro")
    drain()
    mapping_takes_the_group(catalog)
    for each in people:
        each.touch()
    drain()

    assert len(sandbox.circle.members_of(101)) == BEYOND_THE_GUARD - 20


def test_who_waits_since_a_bulk_change_waits_since_then(
    sandbox: Sandbox, buyer: Buyer, catalog: Catalog
) -> None:
    buyer.buys("pro")
    drain()
    wanting.want_all([catalog.circle.pk])
    since = buyer.sync("circle").due_since

    buyer.touch()

    assert buyer.sync("circle").due_since == since


@pytest.mark.parametrize("plan", ["starter", None])
def test_access_that_changes_meanwhile_waits_since_its_own_moment(
    sandbox: Sandbox, buyer: Buyer, catalog: Catalog, plan: str | None
) -> None:
    buyer.buys("pro")
    drain()
    wanting.want_all([catalog.circle.pk])
    long_ago = database_now() - timedelta(minutes=10)
    Sync.objects.filter(pk=buyer.sync("circle").pk).update(due_since=long_ago)

    if plan:
        buyer.buys(plan)
    else:
        buyer.cancels("pro")

    since = buyer.sync("circle").due_since
    assert since
    assert since > long_ago + timedelta(minutes=9)
