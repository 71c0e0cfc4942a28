"""Replay what was given up: queue it again and write down who asked, in one transaction."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, TypeVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import Model, Q
from django.db.models.functions import Now

from billing import inbox
from billing.models import StripeEvent
from integrations import deadletters
from integrations.models import Sync
from integrations.redaction import redact_text
from support import audit
from support.models import ItemOutcome, ReplayItem, ReplayRun

AnyRow = TypeVar("AnyRow", bound=Model)
Revive = Callable[[Iterable[Any]], Any]
ON_ITS_WAY = ("already queued", "running now", "already received", "already failed, tried again")
HEALED = ("already in sync", "already processed")
LATELY = timedelta(minutes=10)


@dataclass(frozen=True)
class Outcome:
    """What was queued again, and what was left alone and why, by row id. `run_id` names the kept run."""

    queued: Sequence[int] = ()
    left: Mapping[int, str] = field(default_factory=dict)
    run_id: int | None = None

    def sentence(self) -> str:
        """E.g. "4 queued again, 1 left alone: already in sync." """
        if not self.queued and not self.left:
            return "There was nothing to replay."
        done = f"{len(self.queued)} queued again" if self.queued else "Nothing queued again"
        return f"{done}, {len(self.left)} left alone: {self._reasons()}." if self.left else f"{done}."

    def _reasons(self) -> str:
        reasons = Counter(each.replace("_", " ") for each in self.left.values()).most_common()
        if len(reasons) == 1:
            return reasons[0][0]
        return ", ".join(f"{count} {reason}" for reason, count in reasons)


def replay(
    syncs: Iterable[Sync], *, by: AbstractBaseUser | None, reason: str, what: str = "Chosen syncs"
) -> Outcome:
    """Make given-up syncs due again with fresh tries; what is sent is the customer as they are then.

    Replaying twice changes nothing the second time, and says who was first. `by` is None on the command line.
    """
    rows = list(syncs)
    with transaction.atomic():
        return _kept("sync", queue_syncs(rows, by=by, reason=reason), by=by, reason=reason, what=what)


def replay_events(
    events: Iterable[StripeEvent],
    *,
    by: AbstractBaseUser | None,
    reason: str,
    what: str = "Chosen Stripe events",
) -> Outcome:
    """Put given-up Stripe events back in line; a processed one is left alone."""
    rows = list(events)
    with transaction.atomic():
        return _kept("event", queue_events(rows, by=by, reason=reason), by=by, reason=reason, what=what)


def queue_syncs(rows: Sequence[Sync], *, by: AbstractBaseUser | None, reason: str) -> Outcome:
    """Queue and record, without keeping a run; the caller holds the transaction."""
    return _queue("replay_sync", rows, deadletters.revive, by=by, reason=reason)


def queue_events(rows: Sequence[StripeEvent], *, by: AbstractBaseUser | None, reason: str) -> Outcome:
    """The same for events."""
    return _queue("replay_event", rows, inbox.revive, by=by, reason=reason)


def _queue(
    act: str, rows: Sequence[AnyRow], revive: Revive, *, by: AbstractBaseUser | None, reason: str
) -> Outcome:
    """One audit entry per row that was asked for, so that each row shows who replayed it."""
    revived = revive(rows)
    for row in rows:
        left = revived.left.get(row.pk)
        after = {"outcome": "left alone", "why": left} if left else {"outcome": "queued again"}
        before = {"status": getattr(row, "status", "")}
        audit.record(act, row, by=by, reason=reason, change=(before, after))
    return Outcome(list(revived.queued), dict(revived.left))


def _kept(kind: str, outcome: Outcome, *, by: AbstractBaseUser | None, reason: str, what: str) -> Outcome:
    """Keep what was queued as a finished run; what somebody else had replayed before says whom."""
    first = _who_was_first(kind, outcome.left)
    left = {pk: first.get(pk, why) for pk, why in outcome.left.items()}
    if not outcome.queued:
        return replace(outcome, left=left)
    run = new_run(by=by, reason=reason, what=what, due=False)
    made = [(pk, ItemOutcome.QUEUED, "") for pk in outcome.queued]
    made += [(pk, ItemOutcome.LEFT, why[:64]) for pk, why in outcome.left.items()]
    ReplayItem.objects.bulk_create(
        [ReplayItem(run=run, outcome=came, why=why, **{f"{kind}_id": pk}) for pk, came, why in made],
        batch_size=1_000,
    )
    return Outcome(outcome.queued, left, run.pk)


def _who_was_first(kind: str, left: Mapping[int, str]) -> dict[int, str]:
    """Of rows that are on their way again, or healed a moment ago: whose replay it was."""
    waits = [pk for pk, why in left.items() if why in ON_ITS_WAY or why in HEALED]
    rows = ReplayItem.objects.filter(**{f"{kind}__in": waits}).exclude(outcome=ItemOutcome.LEFT)
    lately = Q(run__started_at__gte=Now() - LATELY)
    healed = [pk for pk in waits if left[pk] in HEALED]
    rows = rows.exclude(Q(**{f"{kind}__in": healed}) & ~lately).select_related("run__staff").order_by("pk")
    return {getattr(row, f"{kind}_id"): f"already replayed by {name_of(row.run)}" for row in rows}


def new_run(*, by: AbstractBaseUser | None, reason: str, what: str, due: bool) -> ReplayRun:
    """A run that is due now, or that is already over."""
    moment = {"due_at": Now()} if due else {"finished_at": Now()}
    return ReplayRun.objects.create(
        staff_id=by.pk if by else None, what=what[:255], reason=redact_text(reason), **moment
    )


def name_of(run: ReplayRun) -> str:
    """Who pressed the button."""
    return run.staff.get_username() if run.staff else "the command line"
