"""Charts as SVG geometry: curves over time, each slot with its words, and the same figures as a table."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from support.models import Measure, Span, Statistic
from support.screen.moments import lasting
from support.screen.pills import NOTHING

WIDTH, HEIGHT = 240.0, 60.0  # stretched to the card; text stands beside it and is not stretched
STEP = {Span.HOUR: timedelta(hours=1), Span.DAY: timedelta(days=1)}
SLOTS = {Span.HOUR: 24, Span.DAY: 30}

Value = Callable[[Statistic], float | None]


@dataclass(frozen=True)
class Curve:
    """What one line of a chart shows; `name` is its CSS class."""

    name: str
    label: str
    value: Value


@dataclass(frozen=True)
class Kind:
    """One chart: what is measured, its curves, how their values are written, and where its scale ends."""

    measure: Measure
    title: str
    curves: tuple[Curve, ...]
    write: Callable[[float], str]
    top: Callable[[float], float]


@dataclass(frozen=True)
class Slot:
    """One hour or day: where it stands in the picture, and its figures in words."""

    x: float
    width: float
    label: str
    values: list[str]

    @property
    def words(self) -> str:
        return f"{self.label}: {', '.join(self.values)}"


@dataclass(frozen=True)
class Line:
    """One curve as drawn: a gap where nothing was measured splits it into parts."""

    name: str
    label: str
    parts: list[str]


@dataclass(frozen=True)
class Chart:
    title: str
    head: list[str]
    slots: list[Slot]
    lines: list[Line]
    scale: list[str]  # written beside the picture, from the top down
    ends: list[str]  # below it, from left to right
    empty: bool


def _milliseconds(value: float) -> str:
    return f"{value:,.0f} ms" if value < 1_000 else lasting(value / 1_000)


def _number(value: float) -> str:
    return f"{value:,.0f}"


def _round_up(value: float) -> float:
    """The next 1, 2 or 5 times a power of ten: a scale that can be read."""
    step = 1.0
    while True:
        for nice in (1, 2, 5):
            if value <= nice * step:
                return nice * step
        step *= 10


def _time_up(milliseconds: float) -> float:
    """The same for times: above ten seconds the next one that can be read whole and halved."""
    if milliseconds > 10_000:
        for seconds in _READABLE:
            if milliseconds <= seconds * 1_000:
                return seconds * 1_000.0
    return _round_up(milliseconds)


_READABLE = (20, 60, 120, 240, 600, 1_200, 3_600, 7_200, 14_400, 43_200, 86_400)  # seconds
_TIMES = (
    Curve("p95", "95 % within", lambda row: row.p95_ms),
    Curve("p50", "half within", lambda row: row.p50_ms),
)
_COUNTS = (
    Curve("all", "all", lambda row: float(row.count)),
    Curve("failed", "not well", lambda row: float(row.count - row.good)),
)
KINDS = (
    Kind(Measure.PAID_TO_ACCESS, "Paid to access", _TIMES, _milliseconds, _time_up),
    Kind(Measure.WEBHOOKS, "Webhooks answered", _COUNTS, _number, _round_up),
    Kind(Measure.SYNCS, "Syncs tried", _COUNTS, _number, _round_up),
)


def chart(kind: Kind, rows: Sequence[Statistic], *, span: Span, now: datetime) -> Chart:
    """The last 24 hours or 30 days of one measure; `rows` may hold others too."""
    known = {row.since: row for row in rows if row.measure == kind.measure and row.span == span}
    starts = _starts(span, now)
    found = [known.get(start) for start in starts]
    values = {curve.name: [curve.value(row) if row else None for row in found] for curve in kind.curves}
    top = kind.top(max((each for line in values.values() for each in line if each is not None), default=0))
    return Chart(
        title=kind.title,
        head=["When", "Number", *(curve.label.capitalize() for curve in kind.curves if curve.name != "all")],
        slots=[
            _slot(kind, span, start, row, place)
            for place, (start, row) in enumerate(zip(starts, found, strict=True))
        ],
        lines=[
            Line(curve.name, curve.label, _parts(values[curve.name], top=top, of=len(starts)))
            for curve in kind.curves
        ],
        scale=[kind.write(top), kind.write(top / 2), "0"],
        ends=[_label(span, starts[place]) for place in (0, len(starts) // 2, -1)],
        empty=not any(row and row.count for row in found),
    )


def _starts(span: Span, now: datetime) -> list[datetime]:
    whole = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    newest = whole if span == Span.HOUR else whole.replace(hour=0)
    return [newest - index * STEP[span] for index in reversed(range(SLOTS[span]))]


def _slot(kind: Kind, span: Span, start: datetime, row: Statistic | None, place: int) -> Slot:
    width = WIDTH / SLOTS[span]
    numbers = [_number(row.count if row else 0)]
    for curve in kind.curves:
        value = curve.value(row) if row else None
        if curve.name != "all":
            numbers.append(NOTHING if value is None else kind.write(value))
    return Slot(round(place * width, 2), round(width, 2), _label(span, start), numbers)


def _label(span: Span, start: datetime) -> str:
    return f"{start:%H:%M}" if span == Span.HOUR else f"{start.day} {start:%b}"


def _parts(values: Sequence[float | None], *, top: float, of: int) -> list[str]:
    """Polylines in the picture's units; a lone value becomes a short dash."""
    parts: list[list[str]] = [[]]
    width = WIDTH / of
    for place, value in enumerate(values):
        if value is None:
            parts.append([])
            continue
        x, y = (place + 0.5) * width, HEIGHT - (HEIGHT - 2) * min(value / top, 1.0) - 1
        parts[-1].append(f"{x:.1f},{y:.1f}")
    return [" ".join(_dash(part, width) if len(part) == 1 else part) for part in parts if part]


def _dash(part: list[str], width: float) -> list[str]:
    x, _, y = part[0].partition(",")
    return [f"{float(x) - width / 3:.1f},{y}", f"{float(x) + width / 3:.1f},{y}"]
