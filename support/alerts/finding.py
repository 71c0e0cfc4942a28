"""What a rule says is wrong now, and the SQL that all rules ask with."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from support.models import AlertKind, Severity

DEADLINE = timedelta(seconds=60)  # paid to access, ended to removed, due to done
COUNTED = 10_000  # people are counted so far; more says "10,000 or more"
NAMED = 1_000  # people and cases that an alert remembers
EVERYTHING = "*"  # the subject of a cause that stops all work


@dataclass(frozen=True)
class Finding:
    """One cause that exists now. Ids, codes and counts only: the words leave the house.

    `cases`: what it is about, in an order that lasts; one that was not there at the look before is news worth
    another message. `absorbs`: keys of open alerts that turn into this one when they are not found any more
    and were about one of its cases, e.g. failing syncs into a provider that is down.
    """

    key: str
    what: str
    next_step: str
    path: str
    subject: str = ""
    severity: Severity = Severity.CRITICAL
    people: Sequence[int] = ()
    cases: Sequence[object] = ()
    absorbs: tuple[str, ...] = ()

    @property
    def people_count(self) -> int:
        return len(self.people)

    @property
    def named_cases(self) -> list[str]:
        return [str(each) for each in self.cases[:NAMED]]


@dataclass(frozen=True)
class Rule:
    """One kind of alert. A consequence is not reported while a cause of the same subject explains it."""

    kind: AlertKind
    find: Callable[[datetime], Iterable[Finding]]
    consequence: bool = False


def rows(statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
    """Ask the database; parameters by name."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters or None)
        return list(cursor.fetchall())


def people(count: int) -> str:
    """ "1 person", "12 people", "10,000 people or more"."""
    if count == 1:
        return "1 person"
    return f"{count:,} people{' or more' if count >= COUNTED else ''}"


def words(code: str) -> str:
    """A code as staff read it."""
    return code.replace("_", " ")
