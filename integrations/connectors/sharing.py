"""Two of our customers whom a destination knows as one: neither takes there what the other should have."""

from collections.abc import Callable

from django.db.models import Case, F, QuerySet, Value, When
from django.db.models.functions import Coalesce, Least, Now

from integrations.connectors import holding
from integrations.connectors.holding import IN, OUT
from integrations.errors import Rejected
from integrations.lanes import nudge
from integrations.models import Sync, SyncPriority, SyncStatus
from integrations.work import Work


def others(work: Work) -> QuerySet[Sync]:
    """The syncs of other customers with this run's remote id."""
    return _holders(work, work.remote_id) if work.remote_id else Sync.objects.none()


def is_of_another(work: Work, email: str) -> bool:
    """Whether one of the `others` has that address: then what was shared is theirs alone."""
    return others(work).filter(customer__email__iexact=email).exists()


def wake_others(work: Work) -> None:
    """Make due who holds this run's remote id too; they repeat every step."""
    _wake(list(others(work).values_list("pk", flat=True)))


def is_kept_for_another(work: Work, kind: str, ref: str) -> bool:
    """Whether another customer has it and should, or keeps it while their removal is held.

    Who should have it and was not given it yet adds it in a run of their own, or never.
    """
    name = ref.casefold()
    for other in others(work).only("desired", "observed", "held_plans", "held_refs"):
        has = (each.casefold() for each, state in other.observed.get(kind, {}).items() if state != OUT)
        if name in has and (_wants(other, kind, name) or other.held_plans or other.held_refs):
            return True
    return False


def change(work: Work, kind: str, ref: str, *, call: Callable[[], None], to: str) -> None:
    """`holding.change`, which leaves to another customer what is theirs.

    A refusal is put off, so that it stops no other step.
    """
    if to == OUT and _leave_to_another(work, kind, ref):
        return
    try:
        holding.change(work, kind, ref, call=call, to=to)
    except Rejected as problem:
        work.later(problem, what=f"{'add' if to == IN else 'drop'}_{kind}", ref=ref)
        return
    if to == OUT:
        _wake_who_wants(work, kind, ref)


def _leave_to_another(work: Work, kind: str, ref: str) -> bool:
    """Whether it stays for another customer; then it is not ours any more, and they drop it in their turn."""
    if not is_kept_for_another(work, kind, ref):
        return False
    work.observed.setdefault(kind, {})[ref] = OUT
    work.keep()
    work.did(f"drop_{kind}", ref, outcome="left_to_another")
    return True


def _wake_who_wants(work: Work, kind: str, ref: str) -> None:
    """After it was taken: whoever should have it does every step again, for it may have come in between."""
    wanting = [each.pk for each in others(work).only("desired") if _wants(each, kind, ref.casefold())]
    if wanting:
        _wake(wanting)


def wake_who_moved(work: Work, remote_id: str) -> bool:
    """Make due who holds that id although their address is another one by now; whether there is anybody.

    They repeat every step: what this run wrote there was meant for somebody else.
    """
    moved = _holders(work, remote_id).exclude(customer__email__in=("", work.person.email))
    ids = list(moved.values_list("pk", flat=True))
    if ids:
        _wake(ids)
    return bool(ids)


def _wake(ids: list[int]) -> None:
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


def _wants(sync: Sync, kind: str, name: str) -> bool:
    return name in {str(each).casefold() for each in sync.desired.get(kind, [])}


def _holders(work: Work, remote_id: str) -> QuerySet[Sync]:
    same = Sync.objects.filter(connection_id=work.connection.pk, remote_id=remote_id)
    return same.exclude(pk=work.sync_id).order_by("pk")
