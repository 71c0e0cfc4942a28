"""How a replay stands: what was queued and left alone, and what of it is right, failed or held by now."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Max, QuerySet

from billing.models import EventStatus
from integrations.models import OneTimeEffect, SyncStatus
from support.deadletters import name_of
from support.desks import causes
from support.models import ItemOutcome, ReplayItem, ReplayRun
from support.screen.moments import lasting
from support.screen.naming import place
from support.screen.pills import Tone

SHOWN = 10
PAGE = 20
DONE = (SyncStatus.IN_SYNC, EventStatus.PROCESSED, EventStatus.IGNORED)
FAILED = (SyncStatus.DEAD_LETTER, EventStatus.DEAD_LETTER)
HELD = (SyncStatus.ON_HOLD,)
UNMATCHED = (EventStatus.UNMATCHED,)


@dataclass
class Progress:
    """One run, counted as of now."""

    run: ReplayRun
    waiting: int = 0
    queued: int = 0
    left: Counter[str] = field(default_factory=Counter)
    healed: int = 0
    failed: int = 0
    held: int = 0
    unmatched: int = 0  # events that were read again without finding a customer; nothing waits for staff

    @property
    def by(self) -> str:
        return name_of(self.run)

    @property
    def total(self) -> int:
        return self.waiting + self.queued + self.left.total()

    @property
    def moving(self) -> int:
        """Queued, and neither healed, given up, held nor unmatched yet; what is held waits for a person."""
        return self.waiting + self.queued - self.healed - self.failed - self.held - self.unmatched

    @property
    def done(self) -> int:
        return self.total - self.moving

    @property
    def word(self) -> str:
        return f"{self.healed:,} of {self.waiting + self.queued:,} healed"

    @property
    def tone(self) -> Tone:
        if self.moving:
            return Tone.BUSY
        if self.failed:
            return Tone.BAD
        return Tone.WARN if self.held or self.unmatched else Tone.GOOD

    @property
    def left_in_words(self) -> list[str]:
        return [f"{count:,} {why}" for why, count in self.left.most_common()]


def latest() -> list[Progress]:
    """The last replays, newest first: two queries."""
    return of(list(ReplayRun.objects.select_related("staff").order_by("-pk")[:SHOWN]))


def listed(*, before: int | None = None) -> tuple[list[Progress], int | None]:
    """One page of all replays, newest first, and where the next begins: two queries, however far back."""
    runs = ReplayRun.objects.select_related("staff").order_by("-pk")
    found = list((runs.filter(pk__lt=before) if before is not None else runs)[: PAGE + 1])
    shown = found[:PAGE]
    return of(shown), shown[-1].pk if len(found) > PAGE else None


def of(runs: Sequence[ReplayRun]) -> list[Progress]:
    """How these runs stand: one query."""
    counted = ReplayItem.objects.filter(run__in=runs).order_by()
    rows = counted.values_list("run_id", "outcome", "why", "sync__status", "event__status")
    found: dict[int, Progress] = {run.pk: Progress(run) for run in runs}
    for run_id, outcome, why, sync_status, event_status, count in rows.annotate(count=Count("pk")):
        _add(found[run_id], (outcome, why, sync_status or event_status), count)
    return list(found.values())


def mails_since(run: ReplayRun) -> Counter[str]:
    """Mails that people of this run got since it began, by connection."""
    effects = OneTimeEffect.objects.filter(customer__in=people_of(run), done_at__gte=run.started_at)
    rows = effects.order_by().values_list("connection__kind", "connection__slug")
    counts = rows.annotate(count=Count("pk"))
    return Counter({place(kind, slug): count for kind, slug, count in counts})


def lasted(run: ReplayRun) -> str:
    """From the press to the last sync that became right; "" while none has."""
    newest: datetime | None = run.items.filter(sync__applied_at__gte=run.started_at).aggregate(
        at=Max("sync__applied_at")
    )["at"]
    return lasting((newest - run.started_at).total_seconds()) if newest else ""


def next_step(run: ReplayRun) -> str:
    """What to do about what failed again, when all of it has one cause; else empty."""
    failed = run.items.filter(sync__status=SyncStatus.DEAD_LETTER).order_by()
    reasons = list(failed.values_list("sync__reason", flat=True).distinct()[:2])
    return causes.next_step(reasons[0]) if len(reasons) == 1 else ""


def people_of(run: ReplayRun) -> "QuerySet[ReplayItem, int]":
    return run.items.filter(sync__isnull=False, outcome=ItemOutcome.QUEUED).values_list(
        "sync__customer_id", flat=True
    )


def _add(progress: Progress, of_item: tuple[str, str, str], count: int) -> None:
    outcome, why, status = of_item
    if outcome == ItemOutcome.LEFT:
        progress.left[why] += count
    elif outcome == ItemOutcome.WAITING:
        progress.waiting += count
    else:
        progress.queued += count
        progress.healed += count if status in DONE else 0
        progress.failed += count if status in FAILED else 0
        progress.held += count if status in HELD else 0
        progress.unmatched += count if status in UNMATCHED else 0
