"""The rows of a selection as staff read them: who, where, why, and what a replay would do to each."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from billing.models import StripeEvent
from billing.models.stripe_event import REVIVABLE
from customers.models import Customer
from integrations.models import Sync
from support.desks import causes
from support.desks.selection import Selection
from support.desks.sums import Sums, sums
from support.models import ReplayRun
from support.screen import pills
from support.screen.destinations import reason_in_words
from support.screen.naming import give_names, place_of
from support.screen.preview import Preview as Would
from support.screen.preview import invited_before, preview_one

SUMMED = 300


@dataclass(frozen=True)
class Row:
    """One sync or event. `name` is the form field of its checkbox."""

    name: str
    pk: int
    person: str
    customer_id: int | None
    where: str
    why: str
    since: datetime | None
    does: str
    mails: int | None
    word: str
    tone: str
    until: datetime | None = None

    @property
    def key(self) -> str:
        """Of its checkbox, e.g. "sync-12"."""
        return f"{self.name}-{self.pk}"


@dataclass
class Preview:
    """What a replay of a selection would do. `summed` says of how many syncs the sums are."""

    sums: Sums
    summed: int
    syncs: int
    events: int
    rows: list[Row] = field(default_factory=list)

    @property
    def unlisted(self) -> int:
        return max(0, self.syncs + self.events - len(self.rows))


def of(selection: Selection, *, most: int, named: bool) -> Preview:
    """Sums over at most 300 syncs, and the first rows."""
    syncs = list(selection.syncs.select_related("customer", "connection")[:SUMMED])
    total = len(syncs) if len(syncs) < SUMMED else selection.syncs.count()
    events = selection.events.count()
    shown = sync_rows(syncs[:most], named=named)
    shown += event_rows(selection.events.select_related("customer")[: most - len(shown)], named=named)
    return Preview(sums(syncs), len(syncs), total, events, shown)


def rows(selection: Selection, *, most: int, named: bool) -> list[Row]:
    syncs = selection.syncs.select_related("customer", "connection")[:most]
    found = sync_rows(syncs, named=named)
    return found + event_rows(selection.events.select_related("customer")[: most - len(found)], named=named)


def of_run(run: ReplayRun, *, most: int, named: bool) -> list[Row]:
    """The rows of a run, those that failed again first."""
    items = run.items.select_related("sync__customer", "sync__connection", "event__customer")
    items = items.defer("event__body").order_by("sync__status", "event__status", "pk")
    listed = list(items[:most])
    found = sync_rows((item.sync for item in listed if item.sync), named=named)
    return found + event_rows((item.event for item in listed if item.event), named=named)


def sync_rows(syncs: Iterable[Sync], *, named: bool) -> list[Row]:
    rows = list(syncs)
    give_names(rows)
    invited = invited_before(rows)
    return [_of_sync(each, preview_one(each, invited=invited), named=named) for each in rows]


def event_rows(events: Iterable[StripeEvent], *, named: bool) -> list[Row]:
    return [_of_event(each, named=named) for each in events]


def name_of(customer: Customer | None, *, named: bool) -> str:
    """Names are for those who may see customers; others read a number."""
    if customer is None:
        return "nobody yet"
    return customer.label() if named else f"customer {customer.pk}"


def does_to_event(event: StripeEvent) -> str:
    """What a replay would do with it."""
    return "read again what it spoke of" if event.status in REVIVABLE else "nothing, left alone"


def _of_sync(sync: Sync, would: Would, *, named: bool) -> Row:
    return Row(
        name="sync",
        pk=sync.pk,
        person=name_of(sync.customer, named=named),
        customer_id=sync.customer_id,
        where=place_of(sync.connection),
        why=reason_in_words(sync),
        since=sync.due_since,
        does=would.does,
        mails=would.mails,
        word=sync.get_status_display(),
        tone=pills.SYNC.get(sync.status, pills.Tone.QUIET).value,  # type: ignore[call-overload]
        until=sync.held_until,
    )


def _of_event(event: StripeEvent, *, named: bool) -> Row:
    return Row(
        name="event",
        pk=event.pk,
        person=name_of(event.customer, named=named),
        customer_id=event.customer_id,
        where=event.type,
        why=causes.event_title(event.reason) if event.reason else "",
        since=event.received_at,
        does=does_to_event(event),
        mails=0,
        word=pills.event_word(event.status, event.reason),
        tone=pills.EVENT.get(event.status, pills.Tone.QUIET).value,  # type: ignore[call-overload]
    )
