"""Who has to follow when the catalogue changed, and how they are told; always as a bulk cause.

What follows is committed with the change, and done after it in small transactions, each under the same locks
as an event's: nobody waits for a long one, and what a dying process left over is found due by the next.
"""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q
from django.db.models.functions import Now

from billing import locks, rederiving
from billing.models import CatalogueChange, ChangeKind
from billing.reading import database_now
from customers.lifecycle import recompute
from customers.models import Customer, Entitlement
from integrations.lanes import Lane, nudge, register
from integrations.wanting import want_all
from support.catalog.changes import Changes

AT_ONCE = 100  # people in one step
LEASE = timedelta(seconds=60)

_DUE = """
UPDATE billing_cataloguechange SET due_at = clock_timestamp() + make_interval(secs => %s) WHERE id IN (
    SELECT id FROM billing_cataloguechange WHERE due_at <= clock_timestamp()
     ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)
RETURNING id
"""


def owe(changes: Changes) -> list[int]:
    """Write down what follows, in the transaction of the change; returns the ids for `follow`."""
    alone = [(one, plan) for one, plan in changes.targets if one not in changes.opened]
    owed = [
        *((ChangeKind.PRICE, price) for price in sorted(changes.prices)),
        *((ChangeKind.PLAN, plan) for plan in sorted(changes.plans)),
        *((ChangeKind.MAPPING, f"{one}:{plan}") for one, plan in sorted(alone)),
        *((ChangeKind.CONNECTION, str(one)) for one in sorted(changes.opened)),
    ]
    due_at = Now() + LEASE  # we follow ourselves; later it is anybody's
    rows = [CatalogueChange(kind=kind, subject=subject, due_at=due_at) for kind, subject in owed]
    return [row.pk for row in CatalogueChange.objects.bulk_create(rows)]


def hand_over(owed: list[int]) -> None:
    """Leave it to a worker, at once: what a page asked for is not done while somebody waits for the page."""
    CatalogueChange.objects.filter(pk__in=owed).update(due_at=Now())
    transaction.on_commit(nudge)


def follow(change_id: int) -> None:
    """Let everybody follow one change, here and now."""
    while not step(change_id, now=database_now()):
        CatalogueChange.objects.filter(pk=change_id).update(due_at=Now() + LEASE)


def step(change_id: int, *, now: datetime, most: int = AT_ONCE) -> bool:
    """Let the next people follow one change; True when it is done. Safe to repeat and to race."""
    change = CatalogueChange.objects.filter(pk=change_id).first()
    if change is None:
        return True
    if change.kind in (ChangeKind.MAPPING, ChangeKind.CONNECTION):
        number, _, plan = change.subject.partition(":")
        want_all([int(number)], [plan] if plan else None)
        CatalogueChange.objects.filter(pk=change_id).delete()
        return True
    people = [each for each in _people_of(change) if each > change.reached][:most]
    for customer_id in people:
        _follow(change, customer_id, now=now)
    if not people:
        rederiving.settle([change.subject] if change.kind == ChangeKind.PRICE else [], now=now)
        CatalogueChange.objects.filter(pk=change_id).delete()
        return True
    CatalogueChange.objects.filter(pk=change_id, reached__lt=people[-1]).update(reached=people[-1])
    return False


def claim(most: int) -> list[int]:
    """Up to `most` changes that nobody follows up: whoever began it is gone."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [LEASE.total_seconds(), most])
        return [row[0] for row in cursor.fetchall()]


def run(change_id: int) -> None:
    """One step of what was left over; the next one is due at once."""
    if not step(change_id, now=database_now()):
        CatalogueChange.objects.filter(pk=change_id).update(due_at=Now())


def register_lane() -> None:
    """Called once when the app is ready."""
    register(Lane("catalogue", claim, run, task="support.tasks.run_catalogue_change", slots=1))


def _people_of(change: CatalogueChange) -> list[int]:
    """Who holds the price or plan, or for whom the plan is the headline; in order."""
    if change.kind == ChangeKind.PRICE:
        return rederiving.holders([change.subject])
    holders = Entitlement.objects.filter(plan__slug=change.subject).values("customer_id")
    people = Customer.objects.filter(Q(pk__in=holders) | Q(plan__slug=change.subject))
    return list(people.order_by("pk").values_list("pk", flat=True))


def _follow(change: CatalogueChange, customer_id: int, *, now: datetime) -> None:
    if change.kind == ChangeKind.PRICE:
        rederiving.of_person(customer_id, [change.subject], now=now)
        return
    with transaction.atomic():
        locks.people([customer_id])
        recompute(customer_id, now=now, cause=rederiving.CAUSE)
