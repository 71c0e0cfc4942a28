"""Asking the pages of two databases in turn, and judging what was seen.

Work is processor time, ours and the database's, where Linux tells it. Growth is always judged by it. While
the machine is busy a page's time is as well: then the clock tells of the others, and one page takes three
times as long a second later, but hardly ever more work.
"""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

import config.middleware  # noqa: F401  (it dates sessions; a client loads it with its first request only)
from tests.bench.admin.databases import Databases
from tests.bench.admin.desks import FOUNDER
from tests.bench.admin.pages import Page, pages

GROWTH_GOAL = 1.5
CONTROL = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE SAVEPOINT")
DOOR = "django.contrib.auth.backends.ModelBackend"


@dataclass
class Size:
    """One database, its signed-in founder and what it is asked."""

    name: str
    client: Client
    pages: dict[str, Page]


@dataclass(frozen=True)
class Cost:
    """Milliseconds of one page: by the clock, and of work on a processor."""

    clock: float
    work: float


@dataclass
class Seen:
    """One page: what each round cost and the number of queries, beside few and many customers."""

    page: Page
    few: list[Cost] = field(default_factory=list)
    many: list[Cost] = field(default_factory=list)
    queries: list[int] = field(default_factory=list)

    @property
    def growth(self) -> float:
        return median(large.work / small.work for small, large in zip(self.few, self.many, strict=True))

    def missed(self, *, busy: bool) -> str:
        """Which goals, in words; empty when none."""
        most = self.page.most_queries
        times = median(each.work if busy else each.clock for each in self.many)
        found = {
            "time": times > self.page.goal_ms,
            "growth": self.growth > GROWTH_GOAL,
            "queries": most is not None and max(self.queries) > most,
        }
        return ", ".join(word for word, is_missed in found.items() if is_missed)


def compare(*names: str, rounds: int, only: str = "") -> int:
    """Ask both, the small one first, and print a line for each page; 1 when a goal is missed.

    `only`: pages with this in their name.
    """
    with Databases(*names) as databases:
        sizes = []
        for name in names:
            with databases.using(name):
                sizes.append(_signed_in(name))
        both = [name for name in sizes[1].pages if name in sizes[0].pages and only in name]
        seen = {name: Seen(sizes[1].pages[name]) for name in both}
        for number in range(rounds):
            for name, found in seen.items():
                for size, costs in zip(sizes, (found.few, found.many), strict=True):
                    with databases.using(size.name):
                        if not number:
                            found.queries.append(_queries(size, size.pages[name]))
                        costs.append(_cost(size, size.pages[name], number))
    return _told(list(seen.values()), rounds)


def _signed_in(name: str) -> Size:
    founder = User.objects.get(username=FOUNDER)
    client = Client()
    client.force_login(founder, DOOR)
    return Size(name, client, {each.name: each for each in pages(founder)})


def _ask(size: Size, page: Page, number: int) -> None:
    path = page.paths[number % len(page.paths)]
    if page.data is None:
        answer = size.client.get(path, follow=True)
    else:
        answer = size.client.post(path, page.data, follow=True)
    assert answer.status_code == 200, f"{path} answered {answer.status_code}"


def _queries(size: Size, page: Page) -> int:
    with CaptureQueriesContext(connection) as asked:
        _ask(size, page, 0)
    return sum(not each["sql"].startswith(CONTROL) for each in asked.captured_queries)


def _cost(size: Size, page: Page, number: int) -> Cost:
    """Each round asks for somebody else where it can; counting the queries of the first has warmed up."""
    began, worked = time.perf_counter(), _worked()
    _ask(size, page, number + 1)
    return Cost(1_000 * (time.perf_counter() - began), 1_000 * (_worked() - worked))


def _worked() -> float:
    """Seconds of processor time, ours and our database process's; without Linux the clock stands in."""
    raw: Any = connection.connection
    try:
        nanoseconds = Path(f"/proc/{raw.info.backend_pid}/schedstat").read_text().split()[0]
    except OSError:
        return time.perf_counter()
    return time.process_time() + int(nanoseconds) / 1e9


def _told(seen: Sequence[Seen], rounds: int) -> int:
    load, processors = os.getloadavg()[0], os.cpu_count() or 1
    busy = load > processors
    judged_by = "busy, so judged by work" if busy else "judged by the clock"
    print(
        f"\nAs a founder, medians of {rounds} rounds; load {load:.0f}, {processors} processors: {judged_by}"
    )
    missed = 0
    print(f"{'':<52} queries    few ms (work)   many ms (work)  growth  goal")
    for each in seen:
        failed = each.missed(busy=busy)
        missed += bool(failed)
        judged = f"FAIL {failed}" if failed else "PASS"
        costs = "  ".join(
            f"{median(cost.clock for cost in costs):>7.0f} ({median(cost.work for cost in costs):>4.0f})"
            for costs in (each.few, each.many)
        )
        line = f"{each.page.name:<52} {max(each.queries):>7} {costs}  {each.growth:>6.2f}"
        print(f"{line} {each.page.goal_ms:>5} {judged}")
    print(f"\n{len(seen)} pages, {missed} of them miss a goal (time, growth of {GROWTH_GOAL} times, queries)")
    return 1 if missed else 0
