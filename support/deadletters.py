"""Replay what was given up: queue it again and write down who asked, in one transaction."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import Model

from billing import inbox
from billing.models import StripeEvent
from integrations import deadletters
from integrations.models import Sync
from support import audit


@dataclass(frozen=True)
class Outcome:
    """What was queued again, and what was left alone and why, by row id."""

    queued: Sequence[int] = ()
    left: Mapping[int, str] = field(default_factory=dict)

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


def replay(syncs: Iterable[Sync], *, by: AbstractBaseUser | None, reason: str) -> Outcome:
    """Make given-up syncs due again with fresh tries; what is sent is the customer as they are then.

    Replaying twice changes nothing the second time. `by` is None on the command line.
    """
    rows = list(syncs)
    with transaction.atomic():
        revived = deadletters.revive(rows)
        outcome = Outcome(list(revived.queued), dict(revived.left))
        _record("replay_sync", rows, outcome, by=by, reason=reason)
    return outcome


def replay_events(events: Iterable[StripeEvent], *, by: AbstractBaseUser | None, reason: str) -> Outcome:
    """Put given-up Stripe events back in line; a processed one is left alone."""
    rows = list(events)
    with transaction.atomic():
        revived = inbox.revive(rows)
        outcome = Outcome(list(revived.queued), dict(revived.left))
        _record("replay_event", rows, outcome, by=by, reason=reason)
    return outcome


def _record(
    act: str, rows: Sequence[Model], outcome: Outcome, *, by: AbstractBaseUser | None, reason: str
) -> None:
    """One audit entry per row that was asked for, so that each row shows who replayed it."""
    before = {row.pk: getattr(row, "status", "") for row in rows}
    for row in rows:
        left = outcome.left.get(row.pk)
        after = {"outcome": "left alone", "why": left} if left else {"outcome": "queued again"}
        audit.record(act, row, by=by, reason=reason, change=({"status": before[row.pk]}, after))
