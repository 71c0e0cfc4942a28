"""Keeping the counted figures fresh: each worker looks every few seconds, one of them counts.

Nothing here is on a page's way. Each thing is counted again when it is older than 200 times what counting it
took, at least 20 s, so that counting never takes more than a two-hundredth of the database's time.
"""

import logging
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import DatabaseError, connection
from django.db.models import Count

from customers.models import Customer
from integrations.engine.claim import database_now
from integrations.lanes import Lane, register
from integrations.timer import Timer
from support.alerts.finding import rows
from support.dashboard import funnel, measuring
from support.models import Figure, Measure, Span, Statistic

logger = logging.getLogger(__name__)
TIMER = Timer("statistics", seconds=5, first_after=3)
BUDGET_SECONDS = 5.0  # per turn; what is left is counted in the next one
YOUNGEST = timedelta(seconds=20)
SHARE = 200
STEP = {Span.HOUR: timedelta(hours=1), Span.DAY: timedelta(days=1)}
KEPT = {Span.HOUR: 25, Span.DAY: 31}
LATE = timedelta(minutes=2)  # rows of an hour may be committed a little after it
FORGOTTEN = timedelta(days=60)
DAY = timedelta(hours=24)

_TURN = """
INSERT INTO integrations_heartbeat AS last (name, beat_at) VALUES ('statistics', statement_timestamp())
ON CONFLICT (name) DO UPDATE SET beat_at = statement_timestamp()
WHERE last.beat_at <= statement_timestamp() - interval '4 seconds' RETURNING 1
"""


def register_lane() -> None:
    """Have every worker keep the figures fresh."""
    register(
        Lane(
            "statistics",
            claim=lambda most: [0] if most and TIMER.is_due() else [],
            run=lambda _id: count_in_turn(),
            task="support.tasks.count_statistics",
            slots=1,
        )
    )


def count_in_turn() -> None:
    """Count what is old, unless another worker did so a moment ago."""
    if rows(_TURN):
        count(database_now(), seconds=BUDGET_SECONDS)


def count(now: datetime, *, seconds: float = float("inf")) -> None:
    """Count all that is older than it may be, the newest hours first; begin nothing after `seconds`."""
    ends_at = time.monotonic() + seconds
    for what, work in _due(now):
        try:
            work()
        except DatabaseError as error:
            if connection.connection is None or connection.connection.closed:
                raise
            logger.warning("not_counted", extra={"what": what, "error": type(error).__name__})
        if time.monotonic() > ends_at:
            return
    Statistic.objects.filter(since__lt=now - FORGOTTEN).delete()


def _due(now: datetime) -> Iterator[tuple[str, Callable[[], None]]]:
    known = {figure.name: figure for figure in Figure.objects.all()}
    for name in FIGURES:
        held = known.get(name)
        if held is None or now - held.measured_at >= _age(held.cost_ms):
            yield name, partial(_count_figure, name, now)
    measured = {(row.measure, row.span, row.since): row.measured_at for row in Statistic.objects.all()}
    for span, step in STEP.items():
        for since in _windows(span, now):
            for what in Measure:
                at = measured.get((what.value, span.value, since))
                final = at is not None and at >= since + step + LATE
                if not final and (at is None or now - at >= _pause(span)):
                    yield what.value, partial(_count_window, what, span=span, since=since, now=now)


def _windows(span: Span, now: datetime) -> list[datetime]:
    """The starts of the last hours or days, newest first."""
    whole = now.replace(minute=0, second=0, microsecond=0)
    newest = whole if span == Span.HOUR else whole.replace(hour=0)
    return [newest - index * STEP[span] for index in range(KEPT[span])]


def _age(cost_ms: int) -> timedelta:
    return max(YOUNGEST, timedelta(milliseconds=SHARE * cost_ms))


def _pause(span: Span) -> timedelta:
    """A day is long to count, and its point in the chart moves slowly."""
    return YOUNGEST if span == Span.HOUR else timedelta(minutes=5)


def _count_window(what: Measure, *, span: Span, since: datetime, now: datetime) -> None:
    counted = measuring.measure(what, since=since, until=since + STEP[span])
    values = {
        "count": counted.count,
        "good": counted.good,
        "p50_ms": counted.p50_ms,
        "p95_ms": counted.p95_ms,
        "measured_at": now,
    }
    Statistic.objects.update_or_create(measure=what, span=span, since=since, defaults=values)


def _count_figure(name: str, now: datetime) -> None:
    began = time.monotonic()
    value = FIGURES[name](now)
    cost = int(1_000 * (time.monotonic() - began))
    Figure.objects.update_or_create(name=name, defaults={"value": value, "measured_at": now, "cost_ms": cost})


def _statuses(_now: datetime) -> dict[str, Any]:
    """How many people stand how: all of them, so seldom when they are many."""
    return dict(Customer.objects.order_by().values_list("status").annotate(Count("pk")))


def _access(now: datetime) -> dict[str, Any]:
    """Paid to access over the last 24 hours, exactly."""
    day = measuring.measure(Measure.PAID_TO_ACCESS, since=now - DAY, until=now + LATE)
    return {"count": day.count, "good": day.good, "p50_ms": day.p50_ms, "p95_ms": day.p95_ms}


FIGURES: dict[str, Callable[[datetime], dict[str, Any]]] = {
    "paid_to_access": _access,
    "funnel": funnel.count,
    "customers": _statuses,
}
