"""Two of our customers whom a destination knows as one: neither takes there what the other should have."""

from django.db.models import Case, F, QuerySet, Value, When
from django.db.models.functions import Coalesce, Least, Now

from integrations.connectors.holding import OUT
from integrations.lanes import nudge
from integrations.models import Sync, SyncPriority, SyncStatus
from integrations.work import Work


def others(work: Work) -> QuerySet[Sync]:
    """The syncs of other customers with this run's remote id."""
    return _holders(work, work.remote_id) if work.remote_id else Sync.objects.none()


def is_kept_for_another(work: Work, kind: str, ref: str) -> bool:
    """Whether another customer should have it, or keeps it while their removal is held."""
    name = ref.casefold()
    for other in others(work).only("desired", "observed", "held_plans", "held_refs"):
        if name in {str(each).casefold() for each in other.desired.get(kind, [])}:
            return True
        has_it = other.observed.get(kind, {}).get(ref, OUT) != OUT
        if has_it and (other.held_plans or other.held_refs):
            return True
    return False


def leave_to_another(work: Work, kind: str, ref: str) -> bool:
    """Whether it stays for another customer; then it is not ours any more, and they drop it in their turn."""
    if not is_kept_for_another(work, kind, ref):
        return False
    work.observed.setdefault(kind, {})[ref] = OUT
    work.keep()
    work.did(f"drop_{kind}", ref, outcome="left_to_another")
    return True


def wake_who_moved(work: Work, remote_id: str) -> bool:
    """Make due who holds that id although their address is another one by now; whether there is anybody.

    They repeat every step: what this run wrote there was meant for somebody else.
    """
    moved = _holders(work, remote_id).exclude(customer__email__in=("", work.person.email))
    ids = list(moved.values_list("pk", flat=True))
    if not ids:
        return False
    rows = Sync.objects.filter(pk__in=ids)
    rows.filter(status=SyncStatus.RUNNING).update(suspect=True, wanted_at=Now())
    waiting = (SyncStatus.IN_SYNC, SyncStatus.PENDING, SyncStatus.RETRYING)
    rows.filter(status__in=waiting).update(
        suspect=True,
        wanted_at=Now(),
        due_since=Case(When(status=SyncStatus.IN_SYNC, then=Now()), default=Coalesce(F("due_since"), Now())),
        due_at=Now(),
        status=SyncStatus.PENDING,
        priority=Least(F("priority"), Value(SyncPriority.GRANT)),
        handed_until=None,
    )
    nudge()
    return True


def _holders(work: Work, remote_id: str) -> QuerySet[Sync]:
    same = Sync.objects.filter(connection_id=work.connection.pk, remote_id=remote_id)
    return same.exclude(pk=work.sync_id).order_by("pk")
