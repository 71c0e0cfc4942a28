"""Making syncs due when a customer changed; what to send is computed later, in the worker."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection as database
from django.db import transaction
from django.db.models import Case, DateTimeField, F, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Coalesce, Greatest, Now
from django.dispatch import receiver

from customers.models import Customer
from customers.signals import customer_changed
from customers.vocabulary import CauseKind
from integrations import holds, mass_removal
from integrations.connectors import CONNECTORS
from integrations.lanes import nudge
from integrations.models import WAITING, Connection, Mode, Sync, SyncPriority, SyncStatus
from integrations.models.sync import STUCK

AT_ONCE = 1_000
NOTHING = Cast(Value(None), DateTimeField())
RUNNING = Q(status=SyncStatus.RUNNING)
NOBODY = Q(pk__in=[])
HELD_BY_STAFF = Q(status=SyncStatus.ON_HOLD, staff_hold=True)


@dataclass(frozen=True)
class Want:
    """How urgently. `bulk`: the guard counts it. `ends`: a verified end, which no hold of staff stops."""

    priority: SyncPriority
    bulk: bool = False
    ends: bool = False


@receiver(customer_changed)
def on_customer_changed(
    *, customer_id: int, version: int, gained: frozenset[str], lost: frozenset[str], cause: Any, **_: Any
) -> None:
    """One due sync for each destination, in the transaction of the change. Safe to repeat."""
    priority = SyncPriority.REVOKE if lost else SyncPriority.GRANT if gained else SyncPriority.PROFILE
    connections = list(destinations())
    _add_missing([(customer_id, version)], connections)
    rows = Sync.objects.filter(customer_id=customer_id, connection__in=connections)
    bulk = cause.kind == CauseKind.BULK
    ends = not bulk and mass_removal.release_ended(customer_id, lost=lost, cause=cause)
    if ends:
        priority = SyncPriority.REVOKE
    _want(rows, Want(priority, bulk=bulk and bool(lost), ends=ends), version=Value(version))
    if bulk and lost:
        mass_removal.hold_if_too_many(customer_id, connections, lost=lost)
    transaction.on_commit(nudge)


def want_all(connection_ids: Iterable[int], plan_slugs: Iterable[str] | None = None) -> int:
    """Make customers due after a change of catalogue or mode, as profile work. Returns how many syncs.

    `plan_slugs`: only those who hold such a plan, or whose leading plan it is; None is everybody.
    """
    connections = list(destinations().filter(pk__in=list(connection_ids)))
    people = Customer.objects.order_by("pk")
    if plan_slugs is not None:
        slugs = list(plan_slugs)
        people = people.filter(Q(grants__overlap=slugs) | Q(plan__slug__in=slugs))
    ids = list(people.values_list("pk", flat=True))
    count = sum(_want_these(list(some), connections) for some in _in_batches(ids))
    transaction.on_commit(nudge)
    return count


def destinations() -> QuerySet[Connection]:
    """The connections that customers are kept equal at."""
    return Connection.objects.filter(kind__in=list(CONNECTORS), mode__in=(Mode.LIVE, Mode.SHADOW))


def _in_batches(ids: list[int]) -> Iterable[list[int]]:
    return (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE))


def _want_these(ids: list[int], connections: list[Connection]) -> int:
    """Lock order as everywhere: the customers, then their syncs, each by id."""
    with transaction.atomic():
        with database.cursor() as cursor:
            cursor.execute(
                "SELECT id, version FROM customers_customer WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE",
                [ids],
            )
            people = cursor.fetchall()
        _add_missing(people, connections)
        rows = Sync.objects.filter(connection__in=connections, customer__in=ids)
        locked = list(rows.select_for_update().order_by("pk").values_list("pk", flat=True))
        want = Want(SyncPriority.PROFILE, bulk=True)
        return _want(Sync.objects.filter(pk__in=locked), want, version=F("desired_version"))


def _add_missing(people: Sequence[tuple[int, int]], connections: list[Connection]) -> None:
    """`people`: ids and versions; their rows are locked. A new sync of somebody held by staff is held too."""
    held = holds.held_by_staff(customer_id for customer_id, _ in people)
    Sync.objects.bulk_create(
        [
            Sync(
                customer_id=customer_id,
                connection=each,
                desired_version=version,
                due_at=Now(),
                staff_hold=customer_id in held,
            )
            for customer_id, version in people
            for each in connections
        ],
        ignore_conflicts=True,
    )


def _want(rows: QuerySet[Sync], want: Want, *, version: Any) -> int:
    """Due now, with fresh tries; a running one runs again after; urgency never falls while it waits."""
    waits = Q(status__in=WAITING)  # also who was wanted in bulk, which raises no version
    # Access that is given or taken now waits since now, though a bulk change of the same row waited longer.
    behind = waits & (Q(applied_version__lt=F("desired_version")) | Q(priority__lte=want.priority))
    # What was refused or put off is as urgent as before; a bulk change of it is for the guard to judge anew.
    stuck = NOBODY if want.bulk else Q(status__in=STUCK, applied_version__lt=F("desired_version"))
    stays = NOBODY if want.ends else HELD_BY_STAFF
    taken_in_bulk = want.bulk and want.priority == SyncPriority.REVOKE
    return rows.update(
        desired_version=Greatest(F("desired_version"), version),
        wanted_at=Now(),
        status=Case(When(RUNNING | stays, then=F("status")), default=Value(SyncStatus.PENDING)),
        due_at=Case(When(RUNNING, then=F("due_at")), When(stays, then=NOTHING), default=Now()),
        due_since=Case(When(behind, then=Coalesce(F("due_since"), Now())), default=Now()),
        priority=Case(
            When((waits | stuck) & Q(priority__lt=want.priority), then=F("priority")),
            default=Value(want.priority),
        ),
        bulk=Case(When(waits & Q(bulk=True), then=Value(True)), default=Value(want.bulk)),
        bulk_removal_at=Now() if taken_in_bulk else F("bulk_removal_at"),
        reason=Case(When(stays, then=F("reason")), default=Value("")),
        explanation=Case(When(stays, then=F("explanation")), default=Value("")),
        held_until=None,
        attempt_count=0,
        crash_count=0,
        first_failed_at=None,
        handed_until=None,
    )
