"""The customer screen: everything it shows of one person, in a constant number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from billing.models import Payment
from customers.lifecycle import held_by
from customers.models import Customer, Entitlement, ReviewItem
from customers.overrides import Extension, extension
from customers.why import why
from integrations.models import OneTimeEffect, Sync, SyncStatus
from support.screen.destinations import Destination, destination
from support.screen.entries import Entry, entry
from support.screen.holdings import Beside, Given, Holding, flag_in_words, holding, interval_in_words
from support.screen.journey import Facts, Milestone, journey
from support.screen.naming import names_at
from support.screen.person import syncs_of
from support.screen.preview import Preview, differences, mails_in_words, preview, preview_of
from support.screen.standing import Standing, standing
from support.screen.timeline import Cursor, Kind, Whose, page

MOST_REVIEWS = 20
MOST_PAYMENTS = 200
ALSO = "also: "  # a flag that names what they hold besides, which is no warning


@dataclass(frozen=True)
class Looking:
    """Which part of the timeline is looked at, by somebody who may see tickets or not."""

    kind: Kind | None = None
    before: Cursor | None = None
    tickets: bool = False


@dataclass(frozen=True)
class Account:
    """One Stripe customer of theirs; `asked`: it is being read again."""

    id: str
    asked: bool
    problem: str


@dataclass(frozen=True)
class Screen:
    """One person, ready to be shown."""

    customer: Customer
    standing: Standing
    interval: str
    flags: list[str]
    also: list[str]
    journey: list[Milestone]
    destinations: list[Destination]
    holdings: list[Holding]
    reviews: list[ReviewItem]
    entries: list[Entry]
    older: str
    preview: list[Preview]
    release: list[Preview]
    extension: Extension | None
    held_by_staff: bool
    accounts: list[Account]
    events_wait: bool
    dead_events: int
    mark: str

    @property
    def dead_syncs(self) -> int:
        return sum(each.sync.status == SyncStatus.DEAD_LETTER for each in self.destinations)

    @property
    def release_mails(self) -> str:
        return mails_in_words(each.mails for each in self.release)

    @property
    def rereading(self) -> bool:
        return any(each.asked for each in self.accounts)

    @property
    def in_flight(self) -> bool:
        return self.rereading or self.events_wait or any(each.in_flight for each in self.destinations)

    @property
    def mails(self) -> str:
        return mails_in_words(each.mails for each in self.preview)


def load(customer: Customer, *, now: datetime, looking: Looking) -> Screen:
    """Read the screen of a customer from `person.find`. At most 7 queries, whatever they hold."""
    held = held_by(customer.pk)
    syncs = syncs_of(customer.pk)
    changes = {sync.pk: differences(sync) for sync in syncs}
    subjects = [f"customer:{customer.pk}", *(f"sync:{sync.pk}" for sync in syncs)]
    timeline = page(
        Whose(customer.pk, subjects, tickets=looking.tickets), kind=looking.kind, before=looking.before
    )
    names = {sync.connection.slug: names_at(sync) for sync in syncs}
    reviews = ReviewItem.objects.filter(customer=customer, settled_at__isnull=True).order_by("-opened_at")
    beside = _beside(customer, syncs)
    return Screen(
        customer=customer,
        standing=standing(customer, syncs, why=why(held, now=now)),
        interval=interval_in_words(customer.interval),
        flags=[flag_in_words(each) for each in customer.flags if not each.startswith(ALSO)],
        also=[each for each in customer.flags if each.startswith(ALSO)],
        journey=_journey(held, syncs, beside),
        destinations=[destination(sync, differences=changes[sync.pk]) for sync in syncs],
        holdings=[holding(each, beside, now=now) for each in held],
        reviews=list(reviews[:MOST_REVIEWS]),
        entries=[entry(row, names) for row in timeline.rows],
        older=timeline.older,
        preview=preview(syncs, changes),
        release=[preview_of(sync, sync.desired) for sync in syncs if sync.staff_hold],
        extension=extension(held, now=now),
        held_by_staff=any(sync.staff_hold for sync in syncs),
        accounts=[Account(**each) for each in getattr(customer, "accounts", [])],
        events_wait=getattr(customer, "events_wait", False),
        dead_events=len(getattr(customer, "dead_events", [])),
        mark=getattr(customer, "mark", ""),
    )


def _beside(customer: Customer, syncs: Sequence[Sync]) -> Beside:
    payments = Payment.objects.filter(customer=customer).order_by("-pk")[:MOST_PAYMENTS]
    given = [Given(**each) for each in getattr(customer, "given", [])]
    return Beside(syncs, list(payments), given)


def _journey(held: Sequence[Entitlement], syncs: Sequence[Sync], beside: Beside) -> list[Milestone]:
    effects = OneTimeEffect.objects.filter(customer_id=held[0].customer_id) if held else []
    return journey(held, syncs, Facts(beside.payments, list(effects)))
