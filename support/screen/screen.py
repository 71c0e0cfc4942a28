"""The customer screen: everything it shows of one person, in a constant number of queries."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime

from billing.models import Payment
from customers.lifecycle import held_by
from customers.models import Customer, ReviewItem
from customers.overrides import Extension, extension
from customers.why import why
from integrations.models import OneTimeEffect, Sync, SyncStatus
from support.screen.coming import Billed, coming
from support.screen.destinations import Destination, destination
from support.screen.entries import Entry, entry
from support.screen.folding import folded
from support.screen.holdings import Beside, Given, Holding, flag_in_words, holding, interval_in_words
from support.screen.journey import Facts, Milestone, journey
from support.screen.naming import names_at
from support.screen.person import syncs_of
from support.screen.preview import Preview, differences, invited_by, mails_in_words, preview, preview_of
from support.screen.standing import Standing, standing
from support.screen.timeline import Cursor, Kind, Whose, page
from support.tickets.failures import Failure, failures

MOST_REVIEWS = 20
MOST_PAYMENTS = 200
MOST_ALSO = 5
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
    coming: str
    failures: list[Failure]
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
    effects = list(OneTimeEffect.objects.filter(customer=customer)) if held or syncs else []
    invited = invited_by(effects)
    entries = [entry(row, names) for row in timeline.rows]
    return Screen(
        customer=customer,
        standing=standing(customer, syncs, why=why(held, now=now), unchecked=customer.unchecked),  # type: ignore[attr-defined]
        coming=coming(held, beside.billed, now=now),
        failures=failures(syncs),
        interval=interval_in_words(customer.interval),
        flags=[flag_in_words(each) for each in customer.flags if not each.startswith(ALSO)],
        also=counted([each for each in customer.flags if each.startswith(ALSO)]),
        journey=journey(held, syncs, Facts(beside.payments, effects)),
        destinations=[destination(sync, differences=changes[sync.pk]) for sync in syncs],
        holdings=[holding(each, beside, now=now) for each in held],
        reviews=list(reviews[:MOST_REVIEWS]),
        entries=entries if looking.kind == Kind.STRIPE else folded(entries),
        older=timeline.older,
        preview=preview(syncs, changes, invited=invited),
        release=[preview_of(sync, sync.desired, invited=invited) for sync in syncs if sync.staff_hold],
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
    return Beside(syncs, list(payments), given, [billed(each) for each in getattr(customer, "billed", [])])


def billed(row: dict[str, Any]) -> Billed:
    """From the annotation of `person.find`, which has moments as text."""
    end = row["period_end"]
    return Billed(**row | {"period_end": parse_datetime(end) if end else None})


def counted(words: list[str]) -> list[str]:
    """Each once, e.g. "also: Starter (active), 3 times"; what is beyond a few is a number."""
    each = [word if count == 1 else f"{word}, {count} times" for word, count in Counter(words).items()]
    return [*each[:MOST_ALSO], f"and {len(each) - MOST_ALSO} more"] if len(each) > MOST_ALSO else each
