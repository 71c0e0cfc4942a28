"""What one piece of work costs with a backlog of a thousand rows, and with one of hundreds of thousands.

Run by `make bench` (BENCH_BACKLOG rows) with two databases prepared alike, named on the command line.
The destinations are in shadow mode: a sync is claimed, computed and recorded as always, and nothing is sent.
"""

import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from statistics import median
from typing import TypeVar

import django

FEW, MANY = 1_000, int(os.environ.get("BENCH_BACKLOG", "300000"))
ROUNDS, PIECES = 8, 12
GOAL = 1.5
Costs = dict[str, list[float]]
Answer = TypeVar("Answer")


def main(few: str, many: str) -> int:
    """Print one line per kind of work; 1 when one costs more than GOAL times as much beside many rows."""
    django.setup()
    from tests.bench.filling import fill

    for name, rows in ((few, FEW), (many, MANY)):
        with using(name):
            fill(rows)
    rounds: list[tuple[Costs, Costs]] = []
    for number in range(ROUNDS + 1):
        short, long = (_round(name, f"{name}{number}") for name in (few, many))
        if number:  # the first one warms up
            rounds.append((short, long))
    with using(many):
        _tell_rules()
    return 0 if _told(rounds) <= GOAL else 1


def _told(rounds: list[tuple[Costs, Costs]]) -> float:
    print(f"\nOne piece of work beside {FEW:,} and beside {MANY:,} rows, half of them due; goal {GOAL} times")
    print(f"{'':<32} {'few ms':>8} {'many ms':>8} {'ratio':>7}")
    worst = 0.0
    for kind in rounds[0][0]:
        few = [median(short[kind]) for short, _ in rounds]
        many = [median(long[kind]) for _, long in rounds]
        ratio = median(large / small for small, large in zip(few, many, strict=True))
        worst = max(worst, ratio)
        print(f"{kind:<32} {median(few) * 1000:>8.2f} {median(many) * 1000:>8.2f} {ratio:>7.2f}")
    return worst


def _tell_rules() -> None:
    """All rules, as `verify_invariants` asks them each hour."""
    from support import invariants

    started = time.perf_counter()
    found = invariants.broken(datetime.now(UTC))
    took = time.perf_counter() - started
    print(f"\nAll rules beside {MANY:,} syncs and as many events: {took:.1f} s, {len(found)} broken")


@contextmanager
def using(name: str) -> Iterator[None]:
    """Django's one connection goes to this database."""
    from django.db import connection

    connection.close()
    connection.settings_dict["NAME"] = name
    yield
    connection.close()


def _round(name: str, token: str) -> Costs:
    from billing import claiming, lanes
    from billing.delivery import parse, utc_now
    from billing.webhooks import store
    from integrations import engine
    from integrations.slots import hand_out
    from tests.bench import load

    costs: Costs = defaultdict(list)

    def timed(kind: str, do: Callable[[], Answer]) -> Answer:
        started = time.perf_counter()
        answer = do()
        costs[kind].append(time.perf_counter() - started)
        return answer

    with using(name):
        for _ in range(PIECES):
            delivery = parse(load.event().decode(), now=utc_now())
            timed("ingest: store an event", partial(store, delivery))
            for event in timed("inbox: find four due events", partial(lanes.claim_events, 4)):
                timed("inbox: claim an event", partial(claiming.claim, event))
                lanes._events.done(event)
            for sync in timed("engine: hand out due syncs", partial(hand_out, 50)):
                timed("engine: run a sync in shadow", partial(engine.run, sync))
    return costs


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
