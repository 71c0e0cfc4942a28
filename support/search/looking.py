"""What somebody typed, looked up in every place that this person may see; each look has an index."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser, PermissionsMixin
from django.db.models import Q
from django.urls import reverse

from billing.models import StripeEvent
from customers import normalise
from customers.models import Customer
from integrations.models import Connection, ConnectionKind, Sync
from support.models import Ticket
from support.screen import finding
from support.screen.pills import event_word
from support.screen.standing import stands, with_syncs

SHORTEST = 2
LONGEST = 320  # an e-mail is never longer
MOST = 20
NUMBER = re.compile(r"#?(\d{1,18})")
User = AbstractBaseUser | AnonymousUser


@dataclass(frozen=True)
class Hit:
    """One thing found: where it is, what it is, and what tells it from others."""

    label: str
    detail: str
    url: str


@dataclass(frozen=True)
class Found:
    """What was found, by kind; `exact` when an address or id was asked for, `named` when one of a person."""

    people: list[Hit]
    events: list[Hit]
    tickets: list[Hit]
    exact: bool = False
    named: bool = False

    def groups(self) -> list[tuple[str, list[Hit]]]:
        """The kinds of which something was found."""
        kinds = (("People", self.people), ("Tickets", self.tickets), ("Stripe events", self.events))
        return [(label, hits) for label, hits in kinds if hits]

    @property
    def only(self) -> Hit | None:
        """Where to go at once: the one person who was named, or all that was found for an id."""
        hits = [*self.people, *self.events, *self.tickets]
        return hits[0] if hits and (len(hits) == 1 or self.named) and self.exact else None


def look(text: str, *, user: User, most: int = MOST) -> Found:
    """People by e-mail, name, Stripe, Circle, Kit or own id; events by id; tickets by number or e-mail."""
    asked = " ".join(text.replace("\0", " ").split())[:LONGEST]
    may = user.has_perm if isinstance(user, PermissionsMixin | AnonymousUser) else _nothing
    number = NUMBER.fullmatch(asked)
    if len(asked) < SHORTEST and not number:
        return Found([], [], [])
    exact = bool(number) or finding.is_stripe_id(asked) or bool(normalise.email(asked))
    digits = number[1] if number else ""
    ids = _people(asked, digits=digits, most=most) if may("customers.view_customer") else ()
    people = _people_hits([*ids])
    return Found(
        people=people,
        events=_events(asked) if may("billing.view_stripeevent") else [],
        tickets=_tickets(asked, digits=digits) if may("support.view_ticket") else [],
        exact=exact,
        named=len(people) == 1 and not digits,
    )


def _nothing(right: str) -> bool:
    return False


def _people(asked: str, *, digits: str, most: int) -> Iterable[int]:
    """Their ids, best first."""
    if digits:
        return _by_number(digits)
    if finding.is_stripe_id(asked):
        found = finding.customer_of(asked)
        return [found] if found else []
    whole = finding.of_email(asked)
    return [whole] if whole else list(_by_beginning(asked, most=most))[:most]


def _by_number(digits: str) -> Iterator[int]:
    """Whoever Circle or Kit knows by this number, then our own customer of this number."""
    for connection_id in Connection.objects.exclude(kind=ConnectionKind.STRIPE).values_list("pk", flat=True):
        known = Sync.objects.filter(connection_id=connection_id, remote_id=digits).exclude(remote_id="")
        yield from known.values_list("customer_id", flat=True)[:MOST]
    yield from Customer.objects.filter(pk=int(digits)).values_list("pk", flat=True)


def _by_beginning(asked: str, *, most: int) -> Iterable[int]:
    """One query for each index until enough are found: an OR over them would be sorted whole first."""
    people = Customer.objects.order_by()
    found: dict[int, None] = {}
    for begins in (Q(email__istartswith=asked), Q(name__istartswith=asked)):
        if len(found) < most:
            found |= dict.fromkeys(people.filter(begins).values_list("pk", flat=True)[:most])
    if len(found) < most:
        found |= dict.fromkeys(finding.by_words(people, asked, most=most))
    return found


def _people_hits(ids: list[int]) -> list[Hit]:
    known = with_syncs(Customer.objects.select_related("plan")).in_bulk(dict.fromkeys(ids))
    return [_person(known[pk]) for pk in dict.fromkeys(ids) if pk in known]


def _person(customer: Customer) -> Hit:
    address = customer.email if customer.name else ""
    access = stands(customer).word
    plan = customer.plan.name if customer.plan else ""
    facts = (address, customer.get_status_display(), plan, access[0].lower() + access[1:])
    url = reverse("admin:customers_customer_change", args=[customer.pk])
    return Hit(customer.label(), " · ".join(filter(None, facts)), url)


def _events(asked: str) -> list[Hit]:
    """By its own id, or the latest about the object with this id."""
    if not finding.is_stripe_id(asked):
        return []
    by = Q(event_id=asked) if asked.startswith("evt_") else Q(object_id=asked)
    events = StripeEvent.objects.filter(by).order_by("-pk").defer("body")[:5]
    address = "admin:billing_stripeevent_change"
    return [
        Hit(
            each.type,
            f"{each.event_id} · {event_word(each.status, each.reason)}",
            reverse(address, args=[each.pk]),
        )
        for each in events
    ]


def _tickets(asked: str, *, digits: str) -> list[Hit]:
    address = normalise.email(asked)
    if not digits and not address:
        return []
    by = Q(pk=int(digits)) if digits else Q(email=address)
    return [
        Hit(
            f"Ticket {each.pk}",
            f"{each.subject} · {each.get_status_display()}",
            reverse("admin:support_ticket_change", args=[each.pk]),
        )
        for each in Ticket.objects.filter(by).order_by("-pk")[:5]
    ]
