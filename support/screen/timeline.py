"""Everything that happened to one person, in one order, a page at a time: one query over five records."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any, Self

from django.db.models import CharField, F, IntegerField, Model, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat, JSONObject
from django.utils.dateparse import parse_datetime

from billing.models import StripeEvent
from customers.models import LifecycleEvent, ReviewItem
from integrations.models import SyncAttempt
from support.ids import number_in
from support.models import AuditEntry, Ticket

PAGE = 50
OPENED = "open_ticket"  # the ticket itself is a row of its own


class Kind(IntEnum):
    """The five records; where two share a moment, the higher is shown as the later."""

    STRIPE = 1
    LIFECYCLE = 2
    SYNC = 3
    STAFF = 4
    TICKET = 5


@dataclass(frozen=True)
class Row:
    """One row of any of the records."""

    kind: Kind
    at: datetime
    pk: int
    data: dict[str, Any]


@dataclass(frozen=True)
class Cursor:
    """The last row of a page: the next page begins below it."""

    at: datetime
    kind: Kind
    pk: int

    @classmethod
    def read(cls, text: str) -> Self | None:
        """From an address; None when it is not one of ours."""
        try:
            at, kind, pk = text.split("~")
            moment = parse_datetime(at)
            if moment is None or moment.tzinfo is None or (number := number_in(pk)) is None:
                return None
            # PostgreSQL knows no zone that is 16 hours or more away.
            return cls(moment.astimezone(UTC), Kind(int(kind)), number)
        except (ValueError, OverflowError):
            return None

    def written(self) -> str:
        return f"{self.at.isoformat()}~{self.kind.value}~{self.pk}"

    def below(self, kind: Kind, moment: str) -> Q:
        """Rows of a record that come after this one on the screen."""
        earlier = Q(**{f"{moment}__lt": self.at})
        same = Q(**{moment: self.at})
        if kind < self.kind:
            return earlier | same
        return (earlier | same & Q(pk__lt=self.pk)) if kind == self.kind else earlier


@dataclass(frozen=True)
class Whose:
    """Whose timeline, and whether the reader may see tickets. `subjects`: whose staff acts are theirs."""

    customer_id: int
    subjects: list[str]
    tickets: bool = True


@dataclass(frozen=True)
class Page:
    rows: list[Row]
    older: str


@dataclass(frozen=True)
class _Record:
    rows: QuerySet[Any]
    moment: str
    data: dict[str, str]


def page(whose: Whose, *, kind: Kind | None = None, before: Cursor | None = None) -> Page:
    """The newest rows below the cursor."""
    records = _records(whose)
    wanted = [_of(record, each, before) for each, record in records if kind in (None, each)]
    if not wanted:
        return Page([], "")
    first, *rest = wanted
    found = first.union(*rest, all=True).order_by("-moment", "-rank", "-row_id") if rest else first
    rows = [
        Row(Kind(each["rank"]), each["moment"], each["row_id"], each["row_data"])
        for each in found[: PAGE + 1]
    ]
    shown = rows[:PAGE]
    more = len(rows) > PAGE
    return Page(shown, Cursor(shown[-1].at, shown[-1].kind, shown[-1].pk).written() if more else "")


def _of(record: _Record, kind: Kind, before: Cursor | None) -> QuerySet[Any]:
    rows: QuerySet[Any] = record.rows
    if before:
        rows = rows.filter(before.below(kind, record.moment))
    return rows.order_by(f"-{record.moment}", "-pk").values(
        moment=F(record.moment),
        rank=Value(kind.value, output_field=IntegerField()),
        row_id=F("pk"),
        row_data=JSONObject(**record.data),
    )[: PAGE + 1]


def _records(whose: Whose) -> list[tuple[Kind, _Record]]:
    def of_person(model: type[Model]) -> QuerySet[Any]:
        return model._default_manager.filter(customer_id=whose.customer_id)

    def acts_on(model: type[Model]) -> tuple[Kind, _Record]:
        """One index scan for each row of theirs; an OR over all of them would read the whole record."""
        prefix = Value(f"{model._meta.model_name}:")
        names = of_person(model).values(name=Concat(prefix, Cast("pk", CharField())))
        acts = AuditEntry.objects.filter(subject__in=names).exclude(act=OPENED)
        return Kind.STAFF, _Record(acts, "happened_at", _ACT)

    by_name = AuditEntry.objects.filter(subject__in=whose.subjects)
    found = [
        (Kind.STRIPE, _Record(of_person(StripeEvent), "received_at", _EVENT)),
        (Kind.LIFECYCLE, _Record(of_person(LifecycleEvent), "happened_at", _CHANGE)),
        (Kind.SYNC, _Record(of_person(SyncAttempt), "finished_at", _ATTEMPT)),
        (Kind.STAFF, _Record(by_name, "happened_at", _ACT)),
        acts_on(StripeEvent),
        acts_on(ReviewItem),
    ]
    if whose.tickets:
        found += [(Kind.TICKET, _Record(of_person(Ticket), "opened_at", _TICKET)), acts_on(Ticket)]
    return found


def _named(*columns: str) -> dict[str, str]:
    return {column: column for column in columns}


_EVENT = _named("event_id", "type", "status", "reason", "processed_at")
_CHANGE = _named(
    "type", "from_status", "to_status", "access_before", "access_after", "cause", "cause_ref", "release"
)
_ATTEMPT = _named("outcome", "error", "http_status", "steps", "duration_ms", "release", "version") | {
    "connection": "sync__connection__slug",
    "kind": "sync__connection__kind",
}
_ACT = _named("act", "subject", "reason", "release", "after") | {"actor": "actor__username"}
_TICKET = _named("subject", "status", "source")
