"""The guard against removing many people by mistake: bulk causes only, never a verified fact of Stripe.

What is held back is written on the sync: plans that count as still granted there, and groups or spaces that a
new mapping would take. Runs go on beside it, so a grant arrives; only staff or the person's own end lift it.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from customers import review
from customers.models import Customer, LifecycleEvent
from customers.vocabulary import LifecycleType, ReviewKind
from integrations import locks
from integrations.models import Connection, HoldReason, Sync, SyncPriority, SyncStatus

FREE = 20
SHARE = 0.05
WINDOW = timedelta(hours=1)
HOLDS_BACK = ~Q(held_plans=[]) | ~Q(held_refs={})
ENDS = (
    *(LifecycleType.CANCELED_USER_REQUESTED, LifecycleType.CANCELED_PAYMENT_FAILED),
    *(LifecycleType.CANCELED_DISPUTE, LifecycleType.ACCESS_EXPIRED, LifecycleType.REFUNDED),
    *(LifecycleType.OVERRIDE_ENDED, LifecycleType.DISPUTE_CLOSED),
)


def hold_if_too_many(customer_id: int, connections: list[Connection], *, lost: Iterable[str]) -> None:
    """Hold this person's bulk removal when the hour had too many; ask somebody once per connection."""
    if not _too_many():
        return
    waiting = Sync.objects.select_for_update(of=("self",)).filter(
        customer_id=customer_id, connection__in=connections, bulk=True
    )
    for sync in waiting.select_related("connection").order_by("pk"):
        rows = Sync.objects.filter(pk=sync.pk)
        rows.update(held_plans=sorted({*sync.held_plans, *lost}))
        # One that runs meets the new plans to keep when it runs again; staff's own hold stays as it is.
        rows.exclude(status=SyncStatus.RUNNING).exclude(staff_hold=True).update(
            status=SyncStatus.ON_HOLD,
            due_at=None,
            reason=HoldReason.MASS_REMOVAL,
            explanation=HoldReason.MASS_REMOVAL.label,
        )
        _ask(sync)


def release_ended(customer_id: int, *, lost: frozenset[str], cause: Any) -> bool:
    """Lift what this person's own end covers: the plans lost now, and everything when nothing is left.

    Returns whether this cause ended anything, now or for a plan whose removal was held before.
    """
    holding = Sync.objects.select_for_update().filter(HOLDS_BACK, customer_id=customer_id)
    held = list(holding.order_by("pk").only("held_plans", "held_refs"))
    if not held:
        return bool(lost)
    ended = bool(lost) or _ended_by(customer_id, cause)
    if ended:
        nothing_left = Customer.objects.filter(pk=customer_id, has_access=False).exists()
        for sync in held:
            plans = [] if nothing_left else [each for each in sync.held_plans if each not in lost]
            refs = {} if nothing_left else sync.held_refs
            Sync.objects.filter(pk=sync.pk).update(held_plans=plans, held_refs=refs)
    return ended


def may_remove(sync: Sync, refs: Mapping[str, list[str]]) -> bool:
    """Whether a run that a bulk change made due may take these, counting it; when not, `sync` holds them.

    What a change of the catalogue takes is seen only when it is computed, so it is asked here. Who was wanted
    again meanwhile keeps them for this run only: it may be their own end, and the next run knows.
    """
    if not sync.bulk or sync.priority == SyncPriority.REVOKE:
        return True
    kinds = {*sync.held_refs, *refs}
    held = {kind: sorted({*sync.held_refs.get(kind, []), *refs.get(kind, [])}) for kind in kinds}
    with transaction.atomic():
        locks.customer_first(sync.customer_id)
        rows = Sync.objects.filter(pk=sync.pk)
        if rows.select_for_update().values_list("wanted_at", flat=True).get() == sync.wanted_at:
            rows.update(priority=SyncPriority.REVOKE, bulk_removal_at=Now())
            if not _too_many():
                return True
            rows.update(held_refs=held)
            _ask(sync)
    sync.held_refs = held
    return False


def _ended_by(customer_id: int, cause: Any) -> bool:
    """Whether this very cause recorded an end, of something whose removal may be held since long."""
    events = LifecycleEvent.objects.filter(customer_id=customer_id, cause=cause.kind, cause_ref=cause.ref)
    return bool(cause.ref) and events.filter(type__in=ENDS).exists()


def _too_many() -> bool:
    removed = _removed_lately()
    if removed <= FREE:
        return False
    return removed > SHARE * (Customer.objects.filter(has_access=True).count() + removed)


def _removed_lately() -> int:
    """People whose bulk removal was judged within the hour, let through or held, this one included."""
    rows = Sync.objects.filter(bulk_removal_at__gt=Now() - WINDOW)
    return rows.values("customer_id").distinct().count()


def _ask(sync: Sync) -> None:
    """One open item for each wave; an item of a wave that is over is settled first."""
    subject = f"connection:{sync.connection.slug}"
    held = Sync.objects.filter(HOLDS_BACK, connection=sync.connection).exclude(pk=sync.pk)
    if not held.exists():
        review.settle(ReviewKind.HELD_REMOVAL, subject, now=Now())
    review.ask(ReviewKind.HELD_REMOVAL, subject, evidence={"connection": sync.connection.slug})
