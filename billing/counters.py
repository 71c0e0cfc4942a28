"""Counting how deliveries are answered, off the request's path: in memory first, flushed by a thread."""

import atexit
import logging
import threading
import time
from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import datetime

from django.db import Error, connection
from django.db.models import Sum

from billing.models.delivery_minute import BUCKETS, EDGES_MS, DeliveryMinute

logger = logging.getLogger(__name__)
FLUSH_SECONDS = 3.0
SLOT_SECONDS = 10  # what waits in memory keeps its minute this exactly
MOST = 5_000  # rows in memory; beyond it times become vague, but nothing is lost

Key = tuple[int, int, str]  # slot of this process's monotonic clock, status, code
_pending: dict[Key, list[int]] = {}
_lock = threading.Lock()
_flushing = threading.Lock()
_hurry = threading.Event()

# The minute by the database's clock: ours may be wrong, and then the counters must show it.
_ADD = f"""
INSERT INTO billing_deliveryminute AS kept (minute, status, code, count, {", ".join(BUCKETS)})
SELECT date_trunc('minute', statement_timestamp() - age * interval '1 second', 'UTC'), status, code,
       sum({" + ".join(BUCKETS)}), {", ".join(f"sum({each})" for each in BUCKETS)}
FROM unnest(%s::float8[], %s::int[], %s::text[], {", ".join("%s::bigint[]" for _ in BUCKETS)})
     AS told(age, status, code, {", ".join(BUCKETS)})
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
ON CONFLICT ON CONSTRAINT delivery_minute_once DO UPDATE SET count = kept.count + EXCLUDED.count,
       {", ".join(f"{each} = kept.{each} + EXCLUDED.{each}" for each in BUCKETS)}
"""  # noqa: S608 - column names of ours


def count(status: int, code: str, seconds: float) -> None:
    """Note one answered delivery. Microseconds; never touches the database, never raises.

    `code` comes from our own short list, e.g. "too_old": nothing that a stranger can choose.
    """
    slot = int(time.monotonic()) // SLOT_SECONDS
    place = bisect_left(EDGES_MS, seconds * 1_000)
    with _lock:
        row = _pending.get((slot, status, code)) or _room_for((slot, status, code))
        row[place] += 1
    if status >= 500:
        _hurry.set()


def _room_for(key: Key) -> list[int]:
    """A new row; when too many wait already, the first one of the same status and code."""
    if len(_pending) >= MOST:
        for known, row in _pending.items():
            if known[1:] == key[1:]:
                return row
    return _pending.setdefault(key, [0] * len(BUCKETS))


def flush() -> int:
    """Write what was counted, in one statement; returns how many deliveries.

    Raises: django.db.Error when the database cannot take it; it is kept and tried again with the next flush.
    """
    with _flushing:
        with _lock:
            taken = dict(_pending)
            _pending.clear()
        if not taken:
            return 0
        try:
            _write(taken)
        except BaseException:
            _put_back(taken)
            raise
    return sum(map(sum, taken.values()))


def _write(taken: dict[Key, list[int]]) -> None:
    now = time.monotonic()
    ages = [max(0.0, now - (slot + 1) * SLOT_SECONDS) for slot, _, _ in taken]
    columns = zip(*taken.values(), strict=True)
    statuses, codes = [key[1] for key in taken], [key[2] for key in taken]
    with connection.cursor() as cursor:
        cursor.execute(_ADD, [ages, statuses, codes, *map(list, columns)])


def _put_back(taken: dict[Key, list[int]]) -> None:
    with _lock:
        for key, counts in taken.items():
            row = _pending.get(key) or _room_for(key)
            row[:] = map(sum, zip(row, counts, strict=True))


def start() -> None:
    """Flush every few seconds, at once after a 5xx, and when the process ends. Called by the web process."""
    threading.Thread(target=_loop, name="delivery-counters", daemon=True).start()
    atexit.register(_last_flush)


def _loop() -> None:
    while True:
        _hurry.wait(FLUSH_SECONDS)
        _hurry.clear()
        try:
            flush()
        except Error as error:
            logger.warning("counters_not_written", extra={"error": type(error).__name__})
            connection.close()
            time.sleep(FLUSH_SECONDS)


def _last_flush() -> None:
    try:
        flush()
    except Error as error:
        logger.warning("counters_lost", extra={"error": type(error).__name__})


@dataclass(frozen=True)
class Answers:
    """How often one answer was given for one reason."""

    status: int
    code: str
    count: int


@dataclass(frozen=True)
class Summary:
    """All deliveries since a moment. Times are upper edges in milliseconds: "at most so long"."""

    answers: list[Answers] = field(default_factory=list)
    buckets: list[int] = field(default_factory=lambda: [0] * len(BUCKETS))

    @property
    def total(self) -> int:
        return sum(each.count for each in self.answers)

    def of(self, first: int, last: int) -> int:
        """How many were answered with a status in [first, last]."""
        return sum(each.count for each in self.answers if first <= each.status <= last)

    @property
    def success_rate(self) -> float | None:
        """Share of 2xx; None when nothing was delivered."""
        return self.of(200, 299) / self.total if self.total else None

    def within_ms(self, share: float) -> float | None:
        """In how many ms this share was answered: `inf` above the last edge, None when nothing came."""
        seen, wanted = 0, share * sum(self.buckets)
        for edge, found in zip((*EDGES_MS, float("inf")), self.buckets, strict=True):
            seen += found
            if found and seen >= wanted:
                return float(edge)
        return None


def summary(since: datetime) -> Summary:
    """Deliveries of the minutes from `since` on, those still in some process's memory not included."""
    rows = DeliveryMinute.objects.filter(minute__gte=since).order_by()
    answers = rows.values("status", "code").annotate(total=Sum("count")).order_by("status", "code")
    buckets = rows.aggregate(**{f"all_{each}": Sum(each, default=0) for each in BUCKETS})
    return Summary(
        answers=[Answers(row["status"], row["code"], int(row["total"])) for row in answers],
        buckets=[int(buckets[f"all_{each}"]) for each in BUCKETS],
    )
