"""The guard against removing many people by mistake: what it counts, and what it never holds."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from customers.vocabulary import CauseKind
from integrations import engine, mass_removal
from integrations.models import HoldReason, Sync, SyncStatus
from integrations.sandbox import Sandbox
from integrations.sweeper import drain
from integrations.wanting import want_all
from tests.integrations.engine.crowds import (
    BEYOND_THE_GUARD,
    as_many_as_are_free,
    holders,
    mapping_takes_the_group,
)
from tests.integrations.engine.meanwhile import just_before
from tests.sandbox_world import Buyer, Catalog
from tests.waiting import eventually, somebody_waits

pytestmark = pytest.mark.django_db
READS_THE_PERSON, READS_THE_MAPPINGS = "customers_entitlement", "integrations_planmapping"
HELD = (SyncStatus.ON_HOLD, HoldReason.MASS_REMOVAL)


@pytest.mark.parametrize("moment", [READS_THE_PERSON, READS_THE_MAPPINGS])
def test_an_own_end_in_the_middle_of_the_run_of_a_bulk_change_is_not_held(
    sandbox: Sandbox, buyer: Buyer, catalog: Catalog, moment: str
) -> None:
    buyer.buys("pro")
    drain()
    as_many_as_are_free(catalog.circle)
    mapping_takes_the_group(catalog)

    with just_before(moment, lambda: buyer.cancels("pro")):
        engine.run(buyer.sync("circle").pk)
    drain()

    assert sandbox.circle.members_of(101) == set()
    assert buyer.sync("circle").status == SyncStatus.IN_SYNC


@pytest.mark.django_db(transaction=True)
def test_an_own_end_at_the_very_moment_of_being_held_lifts_it(
    sandbox: Sandbox, buyer: Buyer, catalog: Catalog
) -> None:
    buyer.buys("pro")
    drain()
    as_many_as_are_free(catalog.circle)
    mapping_takes_the_group(catalog)

    def cancel() -> None:
        try:
            buyer.cancels("pro")
        finally:
            connections.close_all()

    canceling = threading.Thread(target=cancel)
    with transaction.atomic():
        assert not mass_removal.may_remove(buyer.sync("circle"), {"groups": ["101"]})
        canceling.start()
        assert eventually(somebody_waits)
    canceling.join()
    drain()

    assert sandbox.circle.members_of(101) == set()
    assert buyer.sync("circle").status == SyncStatus.IN_SYNC


@pytest.mark.parametrize("moment", [READS_THE_PERSON, READS_THE_MAPPINGS])
def test_a_bulk_change_in_the_middle_of_another_run_is_for_the_guard(
    sandbox: Sandbox, buyer: Buyer, catalog: Catalog, moment: str
) -> None:
    buyer.buys("pro")
    drain()
    as_many_as_are_free(catalog.circle)
    buyer.touch()

    with just_before(moment, lambda: mapping_takes_the_group(catalog)):
        engine.run(buyer.sync("circle").pk)
    drain()

    assert sandbox.circle.members_of(101) == {buyer.email}
    sync = buyer.sync("circle")
    assert (sync.status, sync.reason) == HELD


@pytest.mark.slow
def test_a_bulk_change_that_waited_for_hours_is_judged_when_it_is_computed(
    sandbox: Sandbox, catalog: Catalog
) -> None:
    holders("pro")
    drain()
    mapping_takes_the_group(catalog)
    Sync.objects.update(wanted_at=F("wanted_at") - timedelta(minutes=61))
    drain()

    assert len(sandbox.circle.members_of(101)) == BEYOND_THE_GUARD - 20


def test_whom_a_bulk_change_removed_counts_whatever_is_wanted_of_them_after(
    sandbox: Sandbox, buyer: Buyer, catalog: Catalog
) -> None:
    buyer.buys("pro")
    gone = Buyer("gone@example.com")
    gone.buys("starter")
    drain()
    as_many_as_are_free(catalog.circle, less=1)
    gone.cancels("starter", cause=CauseKind.BULK)
    drain()
    want_all([catalog.circle.pk, catalog.kit.pk], ["starter"])
    gone.touch()
    drain()

    mapping_takes_the_group(catalog)
    drain()

    assert sandbox.circle.members_of(101) == {buyer.email}


def test_an_hour_later_others_may_go(sandbox: Sandbox, buyer: Buyer, catalog: Catalog) -> None:
    buyer.buys("pro")
    drain()
    as_many_as_are_free(catalog.circle)
    Sync.objects.update(bulk_removal_at=F("bulk_removal_at") - timedelta(minutes=61))
    mapping_takes_the_group(catalog)
    drain()

    assert sandbox.circle.members_of(101) == set()


def looks_without_reading_every_sync(looks: Callable[[], object]) -> str:
    """The plan of what it asks last, where sorting through all rows is out of the question."""
    with connection.cursor() as cursor, CaptureQueriesContext(connection) as asked:
        cursor.execute("SET LOCAL enable_seqscan = off")
        looks()
        cursor.execute("EXPLAIN " + asked[-1]["sql"])
        plan = "\n".join(row[0] for row in cursor.fetchall())
        cursor.execute("SET LOCAL enable_seqscan = on")
    return plan


def test_the_guard_counts_without_reading_every_sync(catalog: Catalog) -> None:
    assert "sync_bulk_removals" in looks_without_reading_every_sync(mass_removal._removed_lately)


def test_the_guard_finds_who_is_held_without_reading_every_sync(catalog: Catalog) -> None:
    held = Sync.objects.filter(mass_removal.HOLDS_BACK, connection=catalog.circle)
    assert "sync_holds_back" in looks_without_reading_every_sync(held.exists)
