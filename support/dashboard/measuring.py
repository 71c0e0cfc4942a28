"""Counting one measure in one stretch of time: bounded by the stretch, never by the size of a table."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, Sum

from billing.counters import Summary
from billing.models.delivery_minute import BUCKETS, DeliveryMinute
from integrations.models import Outcome
from integrations.models.sync_attempt import FAILURES
from support.alerts.finding import rows
from support.models import Measure

PROMISE_SECONDS = 60
TOO_SLOW_MS = 10_000.0  # stands for "longer than the last bucket"

# Let in: the first run after the event that gave access which put the person into a group or space.
# Bulk causes and the clock are not counted: nobody waited in front of a checkout for them.
_LET_IN = """
SELECT extract(epoch FROM tried.finished_at - began.happened_at) AS seconds
FROM integrations_syncattempt tried CROSS JOIN LATERAL (
    SELECT happened_at FROM customers_lifecycleevent
    WHERE customer_id = tried.customer_id AND happened_at <= tried.finished_at
      AND access_after AND NOT access_before AND cause = 'event'
    ORDER BY happened_at DESC LIMIT 1
) AS began
WHERE tried.finished_at >= %(since)s AND tried.finished_at < %(until)s AND <let in>
  AND NOT EXISTS (
    SELECT FROM integrations_syncattempt tried_before
    WHERE tried_before.customer_id = tried.customer_id AND tried_before.finished_at >= began.happened_at
      AND tried_before.finished_at < tried.finished_at AND <let in before>
  )
"""
LET_IN = """({0}.steps @> '[{{"do": "add_groups", "outcome": "done"}}]'
    OR {0}.steps @> '[{{"do": "add_spaces", "outcome": "done"}}]')"""
_PAID_TO_ACCESS = f"""
SELECT count(*), count(*) FILTER (WHERE seconds <= %(promise)s),
       1000 * percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds),
       1000 * percentile_cont(0.95) WITHIN GROUP (ORDER BY seconds)
FROM ({_LET_IN}) AS let_in
""".replace("<let in>", LET_IN.format("tried")).replace("<let in before>", LET_IN.format("tried_before"))  # noqa: S608
_SYNCS = """
SELECT count(*), count(*) FILTER (WHERE outcome = %(applied)s),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY duration_ms),
       percentile_cont(0.95) WITHIN GROUP (ORDER BY duration_ms)
FROM integrations_syncattempt
WHERE finished_at >= %(since)s AND finished_at < %(until)s AND outcome = ANY(%(counted)s)
"""


@dataclass(frozen=True)
class Counted:
    """How many, how many of them well, and the times in milliseconds; None where nothing happened."""

    count: int = 0
    good: int = 0
    p50_ms: float | None = None
    p95_ms: float | None = None

    @property
    def rate(self) -> float | None:
        return self.good / self.count if self.count else None


def measure(what: Measure, *, since: datetime, until: datetime) -> Counted:
    """Count it in [since, until)."""
    return _COUNT[what](since, until)


def _paid_to_access(since: datetime, until: datetime) -> Counted:
    return Counted(*rows(_PAID_TO_ACCESS, since=since, until=until, promise=PROMISE_SECONDS)[0])


def _syncs(since: datetime, until: datetime) -> Counted:
    counted = [each.value for each in (Outcome.APPLIED, *FAILURES)]
    return Counted(*rows(_SYNCS, since=since, until=until, applied=Outcome.APPLIED.value, counted=counted)[0])


def _webhooks(since: datetime, until: datetime) -> Counted:
    """By the minutes that were counted; times are upper edges."""
    found: dict[str, Any] = DeliveryMinute.objects.filter(minute__gte=since, minute__lt=until).aggregate(
        all=Sum("count", default=0),
        good=Sum("count", filter=Q(status__gte=200, status__lt=300), default=0),
        **{f"all_{each}": Sum(each, default=0) for each in BUCKETS},
    )
    times = Summary(buckets=[int(found[f"all_{each}"]) for each in BUCKETS])
    p50, p95 = (times.within_ms(share) for share in (0.5, 0.95))
    return Counted(int(found["all"]), int(found["good"]), _bounded(p50), _bounded(p95))


def _bounded(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else min(milliseconds, TOO_SLOW_MS)


_COUNT = {Measure.PAID_TO_ACCESS: _paid_to_access, Measure.WEBHOOKS: _webhooks, Measure.SYNCS: _syncs}
