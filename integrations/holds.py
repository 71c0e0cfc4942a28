"""Staff hold one person: nothing more is given until they release them; what ended is still taken."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Case, DateTimeField, F, Q, Value, When
from django.db.models.functions import Cast, Coalesce, Now

from integrations import locks
from integrations.lanes import nudge
from integrations.models import WAITING, HoldReason, Sync, SyncPriority, SyncStatus

NOTHING = Cast(Value(None), DateTimeField())
# A removal that is under way goes on (the run sees that it may only take); a dead one stays in sight.
_GOES_ON = Q(status=SyncStatus.RUNNING) | Q(
    status__in=(*WAITING, SyncStatus.DEAD_LETTER), priority=SyncPriority.REVOKE, bulk=False
)


def hold(customer_id: int) -> list[int]:
    """Hold all syncs of a customer, through new desired states, until `release_customer`. Safe to repeat.

    A verified end is never held: it takes access, gives nothing, and then the sync is on hold again.
    Returns the ids that were not held before.
    """
    with transaction.atomic():
        held = _locked(customer_id, staff_hold=False)
        Sync.objects.filter(pk__in=held).update(
            staff_hold=True,
            wanted_at=Now(),  # whoever runs now looks again when it is over
            held_until=None,
            status=Case(When(_GOES_ON, then=F("status")), default=Value(SyncStatus.ON_HOLD)),
            due_at=Case(When(_GOES_ON, then=F("due_at")), default=NOTHING),
            reason=Case(When(_GOES_ON, then=F("reason")), default=Value(HoldReason.HELD_BY_STAFF)),
            explanation=Case(
                When(_GOES_ON, then=F("explanation")), default=Value(HoldReason.HELD_BY_STAFF.label)
            ),
        )
    return held


def held_by_staff(customer_ids: Iterable[int]) -> set[int]:
    """Which of these people staff hold."""
    rows = Sync.objects.filter(customer_id__in=list(customer_ids), staff_hold=True)
    return set(rows.values_list("customer_id", flat=True))


def release_customer(customer_id: int) -> list[int]:
    """Let the customer's syncs go on: each is due now, with fresh tries. Returns the ids that were held."""
    with transaction.atomic():
        held = _locked(customer_id, staff_hold=True)
        running = Q(status=SyncStatus.RUNNING)
        Sync.objects.filter(pk__in=held).update(
            staff_hold=False,
            wanted_at=Now(),
            status=Case(When(running, then=F("status")), default=Value(SyncStatus.PENDING)),
            due_at=Case(When(running, then=F("due_at")), default=Now()),
            due_since=Coalesce("due_since", Now()),
            handed_until=None,
            attempt_count=0,
            crash_count=0,
            first_failed_at=None,
            reason="",
            explanation="",
        )
        transaction.on_commit(nudge)
    return held


def _locked(customer_id: int, *, staff_hold: bool) -> list[int]:
    """Ids of the customer's syncs in that state, locked."""
    locks.customer_first(customer_id)
    rows = Sync.objects.select_for_update().filter(customer_id=customer_id, staff_hold=staff_hold)
    return list(rows.order_by("pk").values_list("pk", flat=True))
