"""Making syncs due when a customer changed; what to send is computed later, in the worker."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Greatest, Now
from django.dispatch import receiver

from customers.models import Customer
from customers.signals import customer_changed
from customers.vocabulary import CauseKind
from integrations import mass_removal
from integrations.connectors import CONNECTORS
from integrations.lanes import nudge
from integrations.models import WAITING, Connection, HoldReason, Mode, Sync, SyncPriority, SyncStatus

RUNNING = Q(status=SyncStatus.RUNNING)


@receiver(customer_changed)
def on_customer_changed(
    *, customer_id: int, version: int, gained: frozenset[str], lost: frozenset[str], cause: Any, **_: Any
) -> None:
    """One due sync for each destination, in the transaction of the change. Safe to repeat."""
    priority = SyncPriority.REVOKE if lost else SyncPriority.GRANT if gained else SyncPriority.PROFILE
    connections = list(destinations())
    _add_missing(customer_id, connections, version=version)
    rows = Sync.objects.filter(customer_id=customer_id, connection__in=connections)
    if priority == SyncPriority.PROFILE:
        rows = rows.exclude(status=SyncStatus.ON_HOLD, reason=HoldReason.MASS_REMOVAL)
    bulk = cause.kind == CauseKind.BULK and bool(lost)
    _want(rows, priority=priority, version=Value(version), bulk=bulk)
    if bulk:
        mass_removal.hold_if_too_many(customer_id, connections)
    transaction.on_commit(nudge)


def want_all(connection_ids: Iterable[int], plan_slugs: Iterable[str] | None = None) -> int:
    """Make customers due after a change of catalogue or mode, as profile work. Returns how many syncs.

    `plan_slugs`: only those who hold such a plan, or whose leading plan it is; None is everybody.
    """
    connections = list(destinations().filter(pk__in=list(connection_ids)))
    people = Customer.objects.all()
    if plan_slugs is not None:
        slugs = list(plan_slugs)
        people = people.filter(Q(grants__overlap=slugs) | Q(plan__slug__in=slugs))
    _add_missing_all(people, connections)
    rows = Sync.objects.filter(connection__in=connections, customer__in=people)
    rows = rows.exclude(status=SyncStatus.ON_HOLD, reason=HoldReason.MASS_REMOVAL)
    count = _want(rows, priority=SyncPriority.PROFILE, version=F("desired_version"), bulk=True)
    transaction.on_commit(nudge)
    return count


def destinations() -> QuerySet[Connection]:
    """The connections that customers are kept equal at."""
    return Connection.objects.filter(kind__in=list(CONNECTORS), mode__in=(Mode.LIVE, Mode.SHADOW))


def _add_missing(customer_id: int, connections: list[Connection], *, version: int) -> None:
    Sync.objects.bulk_create(
        [
            Sync(customer_id=customer_id, connection=each, desired_version=version, due_at=Now())
            for each in connections
        ],
        ignore_conflicts=True,
    )


def _add_missing_all(people: QuerySet[Customer], connections: list[Connection]) -> None:
    for connection in connections:
        missing = people.exclude(syncs__connection=connection).values_list("pk", "version")
        Sync.objects.bulk_create(
            [
                Sync(customer_id=customer_id, connection=connection, desired_version=version, due_at=Now())
                for customer_id, version in missing
            ],
            batch_size=1_000,
            ignore_conflicts=True,
        )


def _want(rows: QuerySet[Sync], *, priority: SyncPriority, version: Any, bulk: bool) -> int:
    """Due now, with fresh tries; a running one runs again after; urgency never falls while it waits."""
    waits = Q(status__in=WAITING, applied_version__lt=F("desired_version"))
    return rows.update(
        desired_version=Greatest(F("desired_version"), version),
        wanted_at=Now(),
        status=Case(When(RUNNING, then=Value(SyncStatus.RUNNING)), default=Value(SyncStatus.PENDING)),
        due_at=Case(When(RUNNING, then=F("due_at")), default=Now()),
        due_since=Case(When(waits, then=Coalesce(F("due_since"), Now())), default=Now()),
        priority=Case(When(waits & Q(priority__lt=priority), then=F("priority")), default=Value(priority)),
        bulk=Case(When(waits & Q(bulk=True), then=Value(True)), default=Value(bulk)),
        reason=Value(""),
        explanation=Value(""),
        attempt_count=0,
        crash_count=0,
        first_failed_at=None,
        handed_until=None,
    )
