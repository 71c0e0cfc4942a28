"""What happens next by itself, in one sentence: for whoever asks "and now?"."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from customers.models import Entitlement
from customers.state import leading
from customers.vocabulary import Flag, Source, Status
from support.money import in_units
from support.screen.moments import day


@dataclass(frozen=True)
class Billed:
    """One subscription of theirs: what it costs each period, and when the period ends."""

    subject: str
    amount: int
    currency: str
    period_end: datetime | None

    @property
    def price(self) -> str:
        """E.g. "29.00 USD"; empty when nothing is charged or known."""
        return in_units(self.amount, self.currency) if self.amount and self.currency else ""


def coming(entitlements: Sequence[Entitlement], billed: Sequence[Billed], *, now: datetime) -> str:
    """What follows for the leading entitlement; empty where nobody can know. Pure."""
    lead = leading(entitlements)
    if lead is None or not lead.lives:
        return ""
    if lead.source == Source.SUBSCRIPTION:
        return _of_subscription(lead, billed_for(lead, billed), now)
    return "Nothing more is charged: it was paid once." if lead.source == Source.PURCHASE else ""


def billed_for(entitlement: Entitlement, billed: Sequence[Billed]) -> Billed | None:
    return next((each for each in billed if each.subject == entitlement.subject), None)


def _of_subscription(lead: Entitlement, bill: Billed | None, now: datetime) -> str:
    if Flag.COLLECTION_PAUSED in lead.flags:
        return "Stripe charges nothing until its collection is resumed."
    name = lead.plan.name if lead.plan else "access"
    if lead.state == Status.PAST_DUE:
        return _past_due(lead, name, now)
    if lead.state == Status.UNPAID:
        return "Stripe does not try again by itself: they have to pay the open invoice."
    if lead.state == Status.PAUSED:
        return "Nothing is charged until the subscription is resumed in Stripe."
    if lead.ends_at:
        return f"{name} ends {day(lead.ends_at)}; nothing more is charged."
    return _renewal(lead, bill, now)


def _past_due(lead: Entitlement, name: str, now: datetime) -> str:
    grace_end = lead.grace_ends_at()
    if grace_end and now < grace_end:
        return f"Stripe tries the card again by itself; if it stays unpaid, {name} ends {day(grace_end)}."
    return f"Stripe tries the card again by itself; {name} comes back with the payment."


def _renewal(lead: Entitlement, bill: Billed | None, now: datetime) -> str:
    if bill is None or bill.period_end is None or bill.period_end <= now:
        return ""
    price = f" for {bill.price}" if bill.price else ""
    if lead.state == Status.TRIALING:
        charge = f"; then Stripe charges {bill.price}" if bill.price else ""
        return f"The trial ends {day(bill.period_end)}{charge}."
    return f"Renews {day(bill.period_end)}{price}."
