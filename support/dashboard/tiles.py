"""The row of figures at the top: each with its promise, and a way to the rows behind it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from integrations.models import Connection, ConnectionKind
from support.dashboard.outside import Outside
from support.dashboard.waiting import DeadLetters, Oldest
from support.health import quota
from support.models import Measure, Span, Statistic
from support.screen.moments import lasting
from support.screen.naming import place_of
from support.screen.pills import NOTHING

PROMISE_MS = 60_000
OUTSIDE, DEAD = "paid-but-outside", "dead-letters"
ALL_WELL = 0.999


@dataclass(frozen=True)
class Tile:
    """One figure. `tone` is "", "good", "warn" or "bad"; the words say it too."""

    label: str
    value: str
    note: str
    url: str = ""
    tone: str = ""


def paid_to_access(figure: Mapping[str, Any]) -> Tile:
    """Exact, over the last 24 hours; counted by a worker."""
    p50, p95 = figure.get("p50_ms"), figure.get("p95_ms")
    late = figure.get("count", 0) - figure.get("good", 0)
    if p50 is None or p95 is None:
        return Tile("Paid to access, 95 %", NOTHING, "nobody came in within 24 h")
    note = f"half within {lasting(p50 / 1_000)} · promise 60 s"
    note += f" · {late:,} later" if late else ""
    return Tile(
        "Paid to access, 95 %",
        lasting(p95 / 1_000),
        note,
        _rows("integrations_syncattempt"),
        "bad" if p95 > PROMISE_MS else "",
    )


def webhooks(rows: Sequence[Statistic]) -> Tile:
    """The last 24 hours of whole hours and the one that runs."""
    hours = _last_day(rows, Measure.WEBHOOKS)
    count, good = sum(row.count for row in hours), sum(row.good for row in hours)
    slowest = max((row.p95_ms for row in hours if row.p95_ms is not None), default=None)
    if not count:
        return Tile("Webhooks answered well", NOTHING, "none within 24 h")
    return Tile(
        "Webhooks answered well",
        _percent(good, count),
        f"of {count:,} · 95 % within {_upper(slowest)}",
        _rows("billing_stripeevent"),
        "bad" if good < ALL_WELL * count else "",
    )


def syncs(rows: Sequence[Statistic]) -> Tile:
    hours = _last_day(rows, Measure.SYNCS)
    count, good = sum(row.count for row in hours), sum(row.good for row in hours)
    if not count:
        return Tile("Syncs that worked", NOTHING, "none tried within 24 h")
    url = _rows("integrations_sync")
    return Tile("Syncs that worked", _percent(good, count), f"of {count:,} tries in 24 h", url)


def outside(found: Outside, *, now: datetime) -> Tile:
    if found.unchecked and not found.count:
        return Tile("Paid but outside", NOTHING, found.unchecked, _desk(OUTSIDE), "warn")
    if not found.count:
        note = found.unmapped or "everybody who paid is in"
        return Tile("Paid but outside", "0", note, _desk(OUTSIDE), "warn" if found.unmapped else "good")
    since = f"oldest {lasting((now - found.oldest).total_seconds())}" if found.oldest else ""
    note = " · ".join(filter(None, (since, found.money, found.unchecked)))
    return Tile("Paid but outside", found.words, note, _desk(OUTSIDE), "bad")


def dead_letters(found: DeadLetters) -> Tile:
    if not found.count:
        return Tile("Dead letters", "0", "nothing was given up", _desk(DEAD), "good")
    causes = f"{found.causes} cause{'s' if found.causes != 1 else ''}"
    return Tile("Dead letters", found.words, causes, _desk(DEAD), "bad")


def oldest(found: Oldest, *, now: datetime) -> Tile:
    stripe = found.kind == ConnectionKind.STRIPE
    url = _rows("billing_stripeevent" if stripe else "integrations_sync")
    if found.since is None:
        return Tile("Waits longest", NOTHING, "no work waits", url)
    waits = (now - found.since).total_seconds()
    return Tile("Waits longest", lasting(waits), f"work for {found.where}", url, "warn" if waits > 60 else "")


def quotas(connections: Sequence[Connection], *, now: datetime) -> Iterator[Tile]:
    """A tile for each connection whose month is metered."""
    for each in connections:
        month = quota(each, now=now)
        if month is not None:
            yield Tile(
                f"{place_of(each)} calls left",
                f"{month.left:,}",
                f"of {month.limit:,} until {month.until.day} {month.until:%b}",
                reverse("admin:integrations_connection_change", args=[each.pk]),
                {"good": "", "quiet": ""}.get(month.tone.value, month.tone.value),
            )


def _rows(table: str) -> str:
    return reverse(f"admin:{table}_changelist")


def _desk(name: str) -> str:
    return reverse(f"desks:{name}")


def _last_day(rows: Sequence[Statistic], measure: Measure) -> list[Statistic]:
    found = [row for row in rows if row.measure == measure and row.span == Span.HOUR]
    return sorted(found, key=lambda row: row.since)[-24:]


def _percent(good: int, count: int) -> str:
    """Two digits, and never 100 while one failed."""
    if good == count:
        return "100 %"
    return f"{min(99.99, 100 * good / count):.2f} %"


def _upper(milliseconds: float | None) -> str:
    if milliseconds is None:
        return NOTHING
    return "more than 5 s" if milliseconds > 5_000 else f"{milliseconds:,.0f} ms"
