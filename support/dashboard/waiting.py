"""What was given up and what waits longest: live, each a bounded look at an index."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Value

from billing.models import EventStatus, StripeEvent
from integrations.models import Sync, SyncStatus
from support.alerts.finding import rows
from support.screen.naming import place

MOST = 1_000

_OLDEST = """
SELECT min(due_at) AS since, 'stripe' AS kind, 'stripe' AS slug FROM billing_stripeevent
WHERE due_at <= statement_timestamp() AND %(events)s
UNION ALL
SELECT first.due_since, link.kind, link.slug FROM integrations_connection link CROSS JOIN LATERAL (
    SELECT due_since FROM integrations_sync
    WHERE connection_id = link.id AND due_since IS NOT NULL
      AND status IN ('pending', 'running', 'retrying', 'dead_letter') AND status <> 'dead_letter'
    ORDER BY due_since LIMIT 1
) AS first WHERE %(syncs)s
ORDER BY 1 LIMIT 1
"""


@dataclass(frozen=True)
class DeadLetters:
    """Given-up syncs and events, and how many causes they have."""

    count: int = 0
    causes: int = 0
    capped: bool = False

    @property
    def words(self) -> str:
        return f"{self.count:,}{' or more' if self.capped else ''}"


@dataclass(frozen=True)
class Oldest:
    """What is due or tried again, and waits longest."""

    since: datetime | None = None
    kind: str = ""
    where: str = ""


def dead_letters(*, syncs: bool, events: bool) -> DeadLetters:
    """Of the kinds that may be seen; the newest thousand of each are looked at. One query."""
    dead_syncs = Sync.objects.filter(status=SyncStatus.DEAD_LETTER).order_by("-id")
    dead_events = StripeEvent.objects.filter(status=EventStatus.DEAD_LETTER).order_by("-id")
    of_syncs = dead_syncs.values_list(Value("sync"), "connection_id", "reason")[: MOST + 1]
    of_events = dead_events.values_list(Value("event"), Value(0), "reason")[: MOST + 1]
    if syncs and events:
        return _counted(of_syncs.union(of_events, all=True))
    return _counted(of_syncs if syncs else of_events)


def oldest(*, syncs: bool, events: bool) -> Oldest:
    """One query."""
    found = rows(_OLDEST, syncs=syncs, events=events)
    if not found or found[0][0] is None:
        return Oldest()
    since, kind, slug = found[0]
    return Oldest(since, kind, place(kind, slug))


def _counted(found: Iterable[tuple[object, ...]]) -> DeadLetters:
    letters = list(found)
    return DeadLetters(min(len(letters), MOST), len(set(letters)), capped=len(letters) > MOST)
