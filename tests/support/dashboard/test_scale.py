"""The scale beside a chart of times can be read, and says where the curve really is."""

from datetime import UTC, datetime

import pytest

from support.dashboard.charts import KINDS, chart
from support.models import Measure, Span, Statistic

NOW = datetime(2026, 11, 28, 14, 30, tzinfo=UTC)
HOUR = NOW.replace(minute=0)


@pytest.mark.parametrize(
    ("p95_ms", "scale"),
    [
        (900, ["1.0 s", "500 ms", "0"]),
        (9_000, ["10 s", "5.0 s", "0"]),
        (50_000, ["1 min", "30 s", "0"]),
        (61_000, ["2 min", "1 min", "0"]),
        (3_000_000, ["1 h", "30 min", "0"]),
    ],
)
def test_top_and_middle_are_whole_and_halves(p95_ms: int, scale: list[str]) -> None:
    row = Statistic(
        measure=Measure.PAID_TO_ACCESS, span=Span.HOUR, since=HOUR, count=2, good=2, p50_ms=10, p95_ms=p95_ms
    )

    assert chart(KINDS[0], [row], span=Span.HOUR, now=NOW).scale == scale
