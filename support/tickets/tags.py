"""What the person of a ticket is at this moment, in a few words; computed by each look, never stored."""

from collections.abc import Sequence
from dataclasses import dataclass

from customers.models import Customer
from customers.vocabulary import ENDED, Status
from integrations.connectors.holding import IN
from integrations.models import ConnectionKind, Mode, OneTimeEffect, Sync
from support.models import Ticket
from support.screen.holdings import interval_in_words
from support.screen.pills import CUSTOMER, Tone
from support.screen.standing import standing


@dataclass(frozen=True)
class Tag:
    """One thing about the person: what kind of thing, the word, how it should be felt."""

    kind: str
    word: str
    tone: Tone = Tone.QUIET


def tags_of(ticket: Ticket, syncs: Sequence[Sync], welcomes: Sequence[OneTimeEffect]) -> list[Tag]:
    """Plan, payment, access, onboarding, tier; the ticket as `queue` reads it. Pure."""
    customer = ticket.customer
    if customer is None:
        return [Tag("Person", "Nobody known", Tone.WARN)]
    plan = " ".join(filter(None, (_plan_name(customer), interval_in_words(customer.interval))))
    status = Status(customer.status)
    unchecked = ticket.unchecked  # type: ignore[attr-defined]
    stands = standing(customer, syncs, why="", unchecked=unchecked)
    return [
        Tag("Plan", plan or "No plan"),
        Tag("Payment", status.label, CUSTOMER.get(status, Tone.QUIET)),
        Tag("Access", stands.word, stands.tone),
        _onboarding(ticket, customer, syncs, welcomes),
        Tag("Support", f"{customer.get_support_tier_display()} support"),
    ]


def opened_as(ticket: Ticket) -> str:
    """What the person was when the ticket was opened; "" when nobody was matched then.

    What they were entitled to: whether Circle had let them in by then is not kept.
    """
    if not ticket.opened_status:
        return ""
    parts = [
        Status(ticket.opened_status).label,
        "entitled to access" if ticket.opened_access else "not entitled to access",
        f"plan {ticket.opened_plan}" if ticket.opened_plan else "no plan",
    ]
    return ", ".join(parts)


def _plan_name(customer: Customer) -> str:
    return customer.plan.name if customer.plan else ""


def _onboarding(
    ticket: Ticket, customer: Customer, syncs: Sequence[Sync], welcomes: Sequence[OneTimeEffect]
) -> Tag:
    """How far they came after the payment."""
    if not customer.has_access:
        return Tag("Onboarding", _outside(Status(customer.status)))
    circle = [
        each
        for each in syncs
        if each.connection.kind == ConnectionKind.CIRCLE and each.connection.mode == Mode.LIVE
    ]
    if getattr(ticket, "blocked", False):
        return Tag("Onboarding", "Not in Circle yet", Tone.BAD)
    if any(each.observed.get("accepted") is False for each in circle):
        return Tag("Onboarding", "Invited, not accepted", Tone.BUSY)
    if welcomes:
        return Tag("Onboarding", "Welcomed", Tone.GOOD)
    return _in_circle(circle, unchecked=bool(ticket.unchecked))  # type: ignore[attr-defined]


def _in_circle(circle: Sequence[Sync], *, unchecked: bool) -> Tag:
    """Of who was not welcomed; `circle` is live."""
    if unchecked:
        return Tag("Onboarding", "Circle not checked", Tone.WARN)
    held = [each.observed.get(kind, {}) for each in circle for kind in ("groups", "spaces")]
    if any(IN in states.values() for states in held):
        return Tag("Onboarding", "In Circle", Tone.GOOD)
    return Tag("Onboarding", "Gets nothing in Circle" if circle else "No destination")


def _outside(status: Status) -> str:
    if status == Status.LEAD:
        return "Not a customer"
    return "Left" if status in ENDED else "Waits for a payment"
