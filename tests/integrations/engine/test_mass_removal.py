"""The guard against removing many people by mistake: what it counts, and what it never holds."""

import threading

import pytest
from django.db import connections, transaction

from integrations import engine, mass_removal
from integrations.models import HoldReason, PlanMapping, SyncStatus
from integrations.sandbox import Sandbox
from integrations.sweeper import drain
from integrations.wanting import want_all
from tests.integrations.engine.crowds import as_many_as_are_free
from tests.integrations.engine.meanwhile import just_before
from tests.sandbox_world import Buyer, Catalog
from tests.waiting import eventually, somebody_waits

pytestmark = pytest.mark.django_db
READS_THE_PERSON, READS_THE_MAPPINGS = "customers_entitlement", "integrations_planmapping"
HELD = (SyncStatus.ON_HOLD, HoldReason.MASS_REMOVAL)


def mapping_takes_the_group(catalog: Catalog) -> None:
    PlanMapping.objects.filter(connection=catalog.circle).update(options={"member_tags": [11]})
    want_all([catalog.circle.pk], ["pro"])


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
