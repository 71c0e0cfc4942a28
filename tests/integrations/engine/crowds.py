"""Crowds and mishaps that the engine's tests begin with."""

from django.db.models.functions import Now

from customers.vocabulary import CauseKind
from integrations.mass_removal import FREE
from integrations.models import Connection, PlanMapping, Sync, SyncStatus
from integrations.sandbox import Sandbox
from integrations.sweeper import drain
from integrations.wanting import want_all
from tests.factories import SyncFactory
from tests.sandbox_world import Buyer, Catalog

BEYOND_THE_GUARD = 24


def given_up(sandbox: Sandbox, buyer: Buyer) -> Sync:
    """The buyer's Circle sync as a dead letter whose cause is gone."""
    sandbox.circle.fail(422, times=1)
    buyer.buys("pro")
    drain()
    sync = buyer.sync("circle")
    assert sync.status == SyncStatus.DEAD_LETTER
    return sync


def holders(plan: str) -> list[Buyer]:
    """More people who bought the plan than the guard lets through; nothing has been sent yet."""
    people = [Buyer(f"crowd{number}@example.com") for number in range(BEYOND_THE_GUARD)]
    for each in people:
        each.buys(plan)
    return people


def mapping_takes_the_group(catalog: Catalog) -> None:
    """Pro gives no group at Circle any more, and everybody who holds it is due."""
    PlanMapping.objects.filter(connection=catalog.circle).update(options={"member_tags": [11]})
    want_all([catalog.circle.pk], ["pro"])


def removed_in_bulk(plan: str, *, also: str = "") -> list[Buyer]:
    """People whom a bulk cause takes the plan from: more than the guard lets through, the last ones held."""
    people = holders(plan)
    if also:
        people[-1].buys(also)
    drain()
    for each in people:
        each.cancels(plan, cause=CauseKind.BULK)
    drain()
    return people


def as_many_as_are_free(connection: Connection, *, less: int = 0) -> None:
    """A bulk change took access from so many people just now that the guard holds the next."""
    SyncFactory.create_batch(FREE - less, connection=connection, bulk_removal_at=Now())
