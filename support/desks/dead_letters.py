"""The dead letters by cause: what failed, for how many, since when, and what a replay would do."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from django.db.models import Count, Max, Min, Q, QuerySet

from billing.models import EventStatus, StripeEvent
from customers.models import Customer
from integrations.models import Sync, SyncAttempt, SyncStatus
from support.desks import causes
from support.desks.money import at_stake, total
from support.desks.sums import Sums, sums
from support.money import Money
from support.screen.naming import place
from support.screen.preview import invited_before

COUNTED: Final = 10_000  # the latest ones; a wave of more is told as "10,000 or more"
SUMMED: Final = 200  # a cause of more people is previewed on a page of its own
MONEY_OF: Final = 1_000
NAMED: Final = 4  # of each cause, on the page of all causes
SINCE: Final = {
    "1h": ("last hour", timedelta(hours=1)),
    "24h": ("last 24 h", timedelta(hours=24)),
    "7d": ("last 7 days", timedelta(days=7)),
}
KINDS: Final = {"syncs": "Syncs", "events": "Stripe events"}


@dataclass(frozen=True)
class Filters:
    """What of the dead letters is meant; it stands in the address, so it can be shared."""

    kind: str = ""
    connection: str = ""
    cause: str = ""
    since: str = ""

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> "Filters":
        """From a query string; what makes no sense is left out."""
        kind, since = str(given.get("kind", "")), str(given.get("since", ""))
        return cls(
            kind=kind if kind in KINDS else "",
            connection=str(given.get("connection", ""))[:64].replace("\0", ""),
            cause=str(given.get("cause", ""))[:120].replace("\0", ""),
            since=since if since in SINCE else "",
        )

    def query(self, **changed: str) -> str:
        """The query string of these filters, with some of them changed."""
        parts = {name: getattr(self, name) for name in ("kind", "connection", "cause", "since")} | changed
        return urlencode({name: value for name, value in parts.items() if value})

    def syncs(self, *, now: datetime) -> QuerySet[Sync]:
        rows = Sync.objects.filter(status=SyncStatus.DEAD_LETTER).order_by("-pk")
        if self.kind == "events":
            return rows.none()
        if self.connection:
            rows = rows.filter(connection__slug=self.connection)
        if self.cause:
            rows = rows.filter(reason=self.cause)
        return rows.filter(due_since__gte=now - SINCE[self.since][1]) if self.since else rows

    def events(self, *, now: datetime) -> QuerySet[StripeEvent]:
        rows = StripeEvent.objects.filter(status=EventStatus.DEAD_LETTER).order_by("-pk").defer("body")
        if self.kind == "syncs" or self.connection not in ("", "stripe"):
            return rows.none()
        if self.cause:
            rows = rows.filter(reason=self.cause)
        return rows.filter(received_at__gte=now - SINCE[self.since][1]) if self.since else rows


class Waiting(NamedTuple):
    """One failed sync: where, why, whose."""

    connection: str
    cause: str
    customer_id: int


@dataclass
class Group:
    """All dead letters of one cause."""

    kind: str
    connection: str
    cause: str
    title: str
    next_step: str
    rows: int
    people: int
    oldest: datetime | None
    query: str
    release: str = ""
    place: str = "Stripe"
    access: bool = True
    who: Sequence[Customer] = ()
    preview: Sums | None = None
    money: Money = field(default_factory=Money)
    money_of_some: bool = False

    @property
    def label(self) -> str:
        """What a run of it is called: words and codes, nobody's name."""
        return causes.at(self.place, self.title)

    @property
    def mended_in_stripe(self) -> bool:
        """A replay before somebody mends it there fails again."""
        return self.cause in causes.IN_STRIPE

    @property
    def count_in_words(self) -> str:
        if self.kind == "events":
            return f"{self.rows:,} event{'' if self.rows == 1 else 's'}"
        return f"{self.people:,} {'person' if self.people == 1 else 'people'}"


def groups(filters: Filters, *, now: datetime, syncs: bool = True, events: bool = True) -> list[Group]:
    """The largest first; `syncs`, `events`: what the person who asks may see. Five queries at most."""
    found = _of_syncs(filters, now=now) if syncs and filters.kind != "events" else []
    if events and filters.kind != "syncs":
        found += _of_events(filters, now=now)
    return sorted(found, key=lambda each: (-each.people, -each.rows, each.label))


def who_waits(filters: Filters, *, now: datetime) -> list[Waiting]:
    """Whose syncs failed, and of what; more than MONEY_OF are too many to add up their money."""
    rows = filters.syncs(now=now).order_by().values_list("connection__slug", "reason", "customer_id")
    return [Waiting(*each) for each in rows[: MONEY_OF + 1]]


def give_money(found: Iterable[Group], waiting: Sequence[Waiting]) -> Money:
    """What each cause puts at stake, and all of it together, where a person counts once: three queries."""
    waiting = waiting[:MONEY_OF]
    stakes = at_stake({each.customer_id for each in waiting})
    of_cause: dict[tuple[str, str], list[int]] = defaultdict(list)
    for each in waiting:
        of_cause[each.connection, each.cause].append(each.customer_id)
    for group in found:
        people = of_cause.get((group.connection, group.cause), []) if group.kind == "syncs" else []
        group.money = total({pk: stakes[pk] for pk in people if pk in stakes})
        group.money_of_some = 0 < len(people) < group.rows
    return total(stakes)


def _of_syncs(filters: Filters, *, now: datetime) -> list[Group]:
    latest = filters.syncs(now=now).values("pk")[:COUNTED]
    counted = (
        Sync.objects.filter(pk__in=latest)
        .order_by()
        .values("connection__slug", "connection__kind", "reason")
        .annotate(
            rows=Count("pk"), oldest=Min("due_since"), explanation=Max("explanation"), example=Max("pk")
        )
    )
    rows = list(counted)
    attempts = _last_attempts(each["example"] for each in rows)
    members = _members(filters, now=now) if rows else {}
    invited = invited_before(chain.from_iterable(members.values()))
    found = []
    for each in rows:
        slug, cause = each["connection__slug"], each["reason"]
        attempt = attempts.get(each["example"])
        mine = members.get((slug, cause), [])
        found.append(
            Group(
                kind="syncs",
                connection=slug,
                cause=cause,
                title=causes.title(
                    cause, each["explanation"], http_status=attempt.http_status if attempt else None
                ),
                next_step=causes.next_step(cause),
                rows=each["rows"],
                people=each["rows"],
                oldest=each["oldest"],
                query=filters.query(kind="syncs", connection=slug, cause=cause),
                release=attempt.release if attempt else "",
                place=place(each["connection__kind"], slug),
                who=[sync.customer for sync in mine[:NAMED]],
                access=each["connection__kind"] == "circle",
                preview=sums(mine, invited=invited) if len(mine) == each["rows"] else None,
            )
        )
    return found


def _of_events(filters: Filters, *, now: datetime) -> list[Group]:
    latest = filters.events(now=now).values("pk")[:COUNTED]
    counted = (
        StripeEvent.objects.filter(pk__in=latest)
        .order_by()
        .values("reason")
        .annotate(
            rows=Count("pk"),
            people=Count("customer", distinct=True),
            nobody=Count("pk", filter=Q(customer__isnull=True)),
            oldest=Min("received_at"),
        )
    )
    return [
        Group(
            kind="events",
            connection="stripe",
            cause=each["reason"],
            title=causes.event_title(each["reason"]),
            next_step=causes.next_step(each["reason"]),
            rows=each["rows"],
            people=each["people"] + each["nobody"],
            oldest=each["oldest"],
            query=filters.query(kind="events", connection="stripe", cause=each["reason"]),
            access=False,
        )
        for each in counted
    ]


def _members(filters: Filters, *, now: datetime) -> dict[tuple[str, str], list[Sync]]:
    """The latest rows by cause, to sum up what a replay would do."""
    found: dict[tuple[str, str], list[Sync]] = defaultdict(list)
    for sync in filters.syncs(now=now).select_related("customer", "connection")[:SUMMED]:
        found[sync.connection.slug, sync.reason].append(sync)
    return found


def _last_attempts(sync_ids: Iterable[int]) -> dict[int, SyncAttempt]:
    rows = SyncAttempt.objects.filter(sync__in=list(sync_ids)).order_by("sync_id", "-pk").distinct("sync_id")
    return {each.sync_id: each for each in rows}
