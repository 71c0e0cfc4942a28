"""The customer screen: everything it shows of one person, in a constant number of queries."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Subquery

from billing.models import EventStatus, StripeCustomer, StripeEvent
from customers.lifecycle import held_by
from customers.models import Customer, ReviewItem
from customers.why import why
from integrations.models import Sync, SyncAttempt, SyncStatus
from support.screen.destinations import Destination, destination
from support.screen.entries import Entry, entry
from support.screen.holdings import Holding, flag_in_words, holding, interval_in_words
from support.screen.journey import Milestone, journey
from support.screen.preview import Preview, differences, mails_in_words, preview
from support.screen.timeline import Cursor, Kind, page

MOST_REVIEWS = 20
ALSO = "also: "  # a flag that names what they hold besides, which is no warning


@dataclass(frozen=True)
class Looking:
    """Which part of the timeline is looked at."""

    kind: Kind | None = None
    before: Cursor | None = None


@dataclass(frozen=True)
class Screen:
    """One person, ready to be shown."""

    customer: Customer
    why: str
    interval: str
    flags: list[str]
    also: list[str]
    stripe_ids: list[str]
    journey: list[Milestone]
    destinations: list[Destination]
    holdings: list[Holding]
    reviews: list[ReviewItem]
    entries: list[Entry]
    older: str
    preview: list[Preview]
    dead_events: int

    @property
    def dead_syncs(self) -> int:
        return sum(each.sync.status == SyncStatus.DEAD_LETTER for each in self.destinations)

    @property
    def mails(self) -> str:
        return mails_in_words(each.mails for each in self.preview)

    @property
    def in_flight(self) -> bool:
        return any(each.in_flight for each in self.destinations)


def find(customer_id: int) -> Customer | None:
    """The person with their plan and the ids of their Stripe customers."""
    at_stripe = StripeCustomer.objects.filter(customer=OuterRef("pk")).order_by("pk").values("stripe_id")
    dead = StripeEvent.objects.filter(customer=OuterRef("pk"), status=EventStatus.DEAD_LETTER).values("pk")
    annotated = Customer.objects.annotate(
        stripe_ids=ArraySubquery(at_stripe), dead_events=ArraySubquery(dead[:100])
    )
    return annotated.select_related("plan").filter(pk=customer_id).first()


def syncs_of(customer_id: int) -> list[Sync]:
    """Their syncs with the last attempt of each (`last_tried_at`, `last_outcome`)."""
    last = SyncAttempt.objects.filter(sync=OuterRef("pk")).order_by("-pk")
    rows = Sync.objects.filter(customer_id=customer_id).select_related("connection")
    rows = rows.annotate(
        last_tried_at=Subquery(last.values("finished_at")[:1]),
        last_outcome=Subquery(last.values("outcome")[:1]),
    )
    return list(rows.order_by("connection__kind", "connection__slug"))


def load(customer: Customer, *, now: datetime, looking: Looking) -> Screen:
    """Read the screen of a customer from `find`. At most 7 queries, whatever they hold."""
    held = held_by(customer.pk)
    syncs = syncs_of(customer.pk)
    changes = {sync.pk: differences(sync) for sync in syncs}
    subjects = [f"customer:{customer.pk}", *(f"sync:{sync.pk}" for sync in syncs)]
    timeline = page(customer.pk, subjects=subjects, kind=looking.kind, before=looking.before)
    reviews = ReviewItem.objects.filter(customer=customer, settled_at__isnull=True).order_by("-opened_at")
    return Screen(
        customer=customer,
        why=why(held, now=now),
        interval=interval_in_words(customer.interval),
        flags=[flag_in_words(each) for each in customer.flags if not each.startswith(ALSO)],
        also=[each for each in customer.flags if each.startswith(ALSO)],
        stripe_ids=getattr(customer, "stripe_ids", []),
        journey=journey(held, syncs),
        destinations=[destination(sync, differences=changes[sync.pk]) for sync in syncs],
        holdings=[holding(each, now=now) for each in held],
        reviews=list(reviews[:MOST_REVIEWS]),
        entries=[entry(row) for row in timeline.rows],
        older=timeline.older,
        preview=preview(syncs, changes),
        dead_events=len(getattr(customer, "dead_events", [])),
    )
