"""What fails for the person of a ticket now, and what failed and is healed, in plain words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from customers.models import Customer
from integrations.models import ConnectionKind, HoldReason, Outcome, Sync, SyncAttempt, SyncStatus
from support.desks.causes import NEXT_STEP
from support.desks.next_steps import step_on_hold
from support.desks.outside import Step
from support.screen.destinations import goes_on, reason_in_words, stopped
from support.screen.naming import place_of

FAILED = (SyncStatus.DEAD_LETTER, SyncStatus.RETRYING, SyncStatus.ON_HOLD)
WENT_WRONG = (Outcome.RETRY, Outcome.IN_DOUBT, Outcome.REJECTED, Outcome.CREDENTIALS)


@dataclass(frozen=True)
class Failure:
    """One destination that is not as it should be, and what happens next."""

    sync: Sync
    why: str
    next_step: str
    step: Step | None = None  # where a person ends the hold

    @property
    def place(self) -> str:
        return place_of(self.sync.connection)

    @property
    def next_try(self) -> datetime | None:
        """Where it goes on by itself."""
        return self.sync.due_at if goes_on(self.sync) else None

    @property
    def replayable(self) -> bool:
        return self.sync.status == SyncStatus.DEAD_LETTER


@dataclass(frozen=True)
class Healing:
    """A destination that failed and is right since."""

    connection: str
    at: datetime
    was: str
    now: str


def failures(syncs: Iterable[Sync]) -> list[Failure]:
    """Each destination that failed; shadow mode is no failure. Pure."""
    failed = [each for each in syncs if each.status in FAILED and each.reason != HoldReason.SHADOW]
    return [
        Failure(each, _sentence(reason_in_words(each) or "no reason was recorded"), _next(each), _step(each))
        for each in failed
    ]


def healings(
    attempts: Sequence[SyncAttempt], syncs: Iterable[Sync], *, customer: Customer, since: datetime
) -> list[Healing]:
    """Where a failure was followed by success after `since`. Pure; `attempts` newest first."""
    by_id = {each.pk: each for each in syncs}
    wrong: dict[int, str] = {}
    found = []
    for attempt in sorted(attempts, key=lambda each: each.pk):
        sync = by_id.get(attempt.sync_id)
        if attempt.outcome in WENT_WRONG:
            wrong[attempt.sync_id] = attempt.error or attempt.code.replace("_", " ")
        elif attempt.outcome == Outcome.APPLIED and attempt.sync_id in wrong and sync:
            was = wrong.pop(attempt.sync_id)
            if attempt.finished_at >= since:
                now = _now(sync, has_access=customer.has_access)
                found.append(Healing(place_of(sync.connection), attempt.finished_at, was, now))
    return found


def _sentence(words: str) -> str:
    return words if words.endswith((".", "!", "?")) else f"{words}."


def _next(sync: Sync) -> str:
    if sync.status == SyncStatus.DEAD_LETTER:
        known = NEXT_STEP.get(sync.reason, "")
        return f"It was given up. {known}" if known else "It was given up: mend the cause, then replay it."
    if sync.status == SyncStatus.ON_HOLD:
        return "It waits for a person."
    if halted := stopped(sync.connection):
        return f"It waits, as {halted}; it goes on when somebody changes that."
    return "It is tried again by itself."


def _step(sync: Sync) -> Step | None:
    return step_on_hold(sync) if sync.status == SyncStatus.ON_HOLD else None


def _now(sync: Sync, *, has_access: bool) -> str:
    if sync.connection.kind == ConnectionKind.CIRCLE:
        return "now in Circle" if has_access else "no longer in Circle"
    return "now up to date in Kit"
