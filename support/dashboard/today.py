"""The front page: every figure that this person may see, in a constant number of queries.

Counted by a worker and up to half a minute old (more, where counting takes long): paid to access, webhooks,
syncs, the funnel, customers by status, the charts. Read as they are now: who is outside, dead letters, the
oldest due, alerts, connections and their quota. Nothing here reads a whole table.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse

from customers.vocabulary import Status
from integrations.models import Connection
from support.dashboard import charts, tiles, waiting
from support.dashboard.charts import Chart
from support.dashboard.outside import Outside, outside
from support.dashboard.tiles import Tile
from support.health import Health, health
from support.models import Alert, Figure, Measure, Span, Statistic
from support.screen.naming import place_of
from support.screen.pills import CUSTOMER, Tone

LISTED = 5
OLD = timedelta(minutes=5)
FIRST = timedelta(days=32)


@dataclass(frozen=True)
class Bar:
    """One line of a bar list; `share` of 100."""

    label: str
    count: int
    share: float
    tone: str
    url: str = ""
    causes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Headline:
    words: str
    tone: Tone


@dataclass(frozen=True)
class Today:
    """What the page shows; a part that may not be seen is empty."""

    headline: Headline | None
    tiles: list[Tile]
    funnel: list[Bar]
    customers: list[Bar]
    sees_customers: bool
    connections: list[tuple[str, Connection, Health]]
    alerts: list[Alert]
    sees_alerts: bool
    charts: list[Chart]
    span: Span
    counted_at: datetime | None
    old: bool


@dataclass(frozen=True)
class _Rights:
    """What of the page this person may see: the rows behind a figure decide."""

    customers: bool
    syncs: bool
    events: bool
    connections: bool
    alerts: bool

    @classmethod
    def of(cls, user: Any) -> "_Rights":
        return cls(
            customers=user.has_perm("customers.view_customer"),
            syncs=user.has_perm("integrations.view_sync"),
            events=user.has_perm("billing.view_stripeevent"),
            connections=user.has_perm("integrations.view_connection"),
            alerts=user.has_perm("support.view_alert"),
        )

    def measure(self, measure: Measure) -> bool:
        rows = {Measure.PAID_TO_ACCESS: self.customers, Measure.WEBHOOKS: self.events}
        return rows.get(measure, self.syncs)


def load(user: Any, *, now: datetime, span: Span = Span.HOUR) -> Today:
    """At most thirteen queries, seven of them for who is outside."""
    may = _Rights.of(user)
    figures = {each.name: each for each in Figure.objects.all()}
    rows = list(Statistic.objects.filter(span__in={span, Span.HOUR}, since__gt=now - FIRST))
    connections = list(Connection.objects.all()) if may.connections else []
    alerts = list(Alert.objects.filter(closed_at__isnull=True).order_by("-id")[:LISTED]) if may.alerts else []
    waits = outside() if may.customers and may.syncs else None
    counted_at = min((each.measured_at for each in figures.values()), default=None)
    top = [
        *_of_people(may, figures, waits, now),
        *_of_work(may, rows, now),
        *tiles.quotas(connections, now=now),
    ]
    return Today(
        headline=_headline(waits) if waits else None,
        tiles=top,
        funnel=_funnel(_value(figures, "funnel").get("steps", [])) if may.customers else [],
        customers=_statuses(_value(figures, "customers")) if may.customers else [],
        sees_customers=may.customers,
        connections=[(place_of(each), each, health(each, now=now)) for each in connections],
        alerts=alerts,
        sees_alerts=may.alerts,
        charts=[
            charts.chart(kind, rows, span=span, now=now) for kind in charts.KINDS if may.measure(kind.measure)
        ],
        span=span,
        counted_at=counted_at,
        old=counted_at is None or now - counted_at > OLD,
    )


def _value(figures: Mapping[str, Figure], name: str) -> dict[str, Any]:
    return figures[name].value if name in figures else {}


def _headline(waits: Outside) -> Headline:
    if waits.unchecked:
        outside = f"Paid but outside: {waits.words}. " if waits.count else ""
        return Headline(outside + waits.unchecked, Tone.WARN)
    if waits.unmapped:
        but = f", but {waits.words}" if waits.count else ""
        return Headline(f"All who paid for a plan are in{but}; {waits.unmapped}", Tone.WARN)
    if not waits.count:
        return Headline("All who paid are in", Tone.GOOD)
    return Headline(f"All who paid are in, but {waits.words}", Tone.WARN)


def _of_people(
    may: _Rights, figures: Mapping[str, Figure], waits: Outside | None, now: datetime
) -> Iterator[Tile]:
    if may.customers:
        yield tiles.paid_to_access(_value(figures, "paid_to_access"))
    if waits is not None:
        yield tiles.outside(waits, now=now)


def _of_work(may: _Rights, rows: Sequence[Statistic], now: datetime) -> Iterator[Tile]:
    if may.events:
        yield tiles.webhooks(rows)
    if may.syncs or may.events:
        yield tiles.dead_letters(waiting.dead_letters(syncs=may.syncs, events=may.events))
        yield tiles.oldest(waiting.oldest(syncs=may.syncs, events=may.events), now=now)
    if may.syncs:
        yield tiles.syncs(rows)


def _funnel(steps: Sequence[Mapping[str, Any]]) -> list[Bar]:
    """Shares of the first step."""
    first = steps[0]["count"] if steps else 0
    return [
        Bar(
            step["label"],
            step["count"],
            _share(step["count"], first),
            "blue",
            url=reverse("desks:funnel", args=[number]) if step.get("who") else "",
            causes=[f"{count:,}: {words}" for words, count in step["causes"]],
        )
        for number, step in enumerate(steps)
    ]


def _statuses(counts: Mapping[str, int]) -> list[Bar]:
    """In the order of the vocabulary, those that nobody has left out."""
    total = sum(counts.values())
    page = reverse("admin:customers_customer_changelist")
    return [
        Bar(
            status.label,
            counts[status],
            _share(counts[status], total),
            CUSTOMER.get(status, Tone.QUIET).value,
            url=f"{page}?status__exact={status.value}",
        )
        for status in Status
        if counts.get(status)
    ]


def _share(count: int, of: int) -> float:
    """Of 100; a few are never drawn as nobody."""
    return max(0.6, round(100 * count / of, 1)) if count and of else 0.0
