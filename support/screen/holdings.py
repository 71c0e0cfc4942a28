"""What the person holds: each entitlement, what it gives, what was paid for it, and until when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from billing.models import Payment
from customers.models import Entitlement
from customers.vocabulary import EndReason, Flag, Source, Status
from integrations.models import ConnectionKind, Sync
from support.screen import held
from support.screen.coming import Billed, billed_for
from support.screen.moments import day
from support.screen.money import money_of
from support.screen.naming import names_at, place_of

MOST_PAYMENTS = 3

_PAGES = {"sub_": "subscriptions", "pi_": "payments", "in_": "invoices"}

_CIRCLE = {"access_groups": "groups", "spaces": "spaces", "member_tags": "tags"}
_OPEN_ENDED = {
    Status.ACTIVE: "renews",
    Status.TRIALING: "trial goes on",
    Status.PAUSED: "until it is resumed",
    Status.UNPAID: "until it is paid",
}

_PERIODIC = {"renews": "renews", "trial goes on": "trial until"}


@dataclass(frozen=True)
class Given:
    """Who gave an override, and why."""

    id: int
    reason: str
    by: str


@dataclass(frozen=True)
class Holding:
    """One entitlement as staff read it."""

    entitlement: Entitlement
    interval: str
    gives: str
    until: datetime | None
    until_word: str
    flags: list[str]
    stripe_page: str
    there: list[str]
    money: list[str]
    given: Given | None = None


@dataclass(frozen=True)
class Beside:
    """What is known of the person besides their entitlements."""

    syncs: Sequence[Sync]
    payments: Sequence[Payment]
    given: Sequence[Given]
    billed: Sequence[Billed] = ()


def holding(entitlement: Entitlement, beside: Beside, *, now: datetime) -> Holding:
    """Pure: the same entitlement and clock, the same words."""
    bill = billed_for(entitlement, beside.billed)
    until, word = _until(entitlement, bill, now)
    subject = entitlement.subject
    paid = [each for each in beside.payments if subject in (each.subscription, each.stripe_id, each.invoice)]
    return Holding(
        entitlement=entitlement,
        interval=interval_in_words(entitlement.interval),
        gives=_gives(entitlement, now),
        until=until,
        until_word=word,
        flags=[flag_in_words(each) for each in entitlement.flags],
        stripe_page=_PAGES.get(subject.partition("_")[0] + "_", ""),
        there=_there(entitlement, beside.syncs) if entitlement.gives_access(now) else [],
        money=[*_price(entitlement, bill), *(money_of(each) for each in paid[:MOST_PAYMENTS])],
        given=next((each for each in beside.given if f"override:{each.id}" == subject), None),
    )


def flag_in_words(flag: str) -> str:
    """A known flag's label; other flags are sentences already ("also: Starter")."""
    return Flag(flag).label if flag in Flag.values else flag


def interval_in_words(interval: str) -> str:
    return interval.replace("_", "-")


def _gives(entitlement: Entitlement, now: datetime) -> str:
    if entitlement.plan is None:
        return "nothing: its price is not mapped to a plan"
    return f"access to {entitlement.plan.name}" if entitlement.gives_access(now) else "nothing now"


def _there(entitlement: Entitlement, syncs: Sequence[Sync]) -> list[str]:
    """What its plan means at each destination, e.g. "Circle: in Pro members (101), tagged pro (11)"."""
    slug, found = entitlement.plan.slug if entitlement.plan else "", []
    for sync in syncs:
        names = names_at(sync)
        options = names.mappings.get(slug, {})
        keys = _CIRCLE if sync.connection.kind == ConnectionKind.CIRCLE else {"tags": "tags"}
        lines = held.lines({ours: options.get(theirs, []) for theirs, ours in keys.items()}, names)
        if lines:
            found.append(f"{place_of(sync.connection)}: {', '.join(lines)}")
    return found


def _price(entitlement: Entitlement, bill: Billed | None) -> list[str]:
    """E.g. "29.00 USD monthly"."""
    return [f"{bill.price} {interval_in_words(entitlement.interval)}".rstrip()] if bill and bill.price else []


def _until(entitlement: Entitlement, bill: Billed | None, now: datetime) -> tuple[datetime | None, str]:
    if entitlement.ended_at:
        reason = EndReason(entitlement.end_reason)
        return entitlement.ended_at, "ended" if reason == EndReason.NONE else reason.label.lower()
    grace_end = entitlement.grace_ends_at()
    if grace_end:
        return grace_end, "grace ends" if now < grace_end else "grace ended"
    if entitlement.ends_at:
        return entitlement.ends_at, "ends"
    if entitlement.source == Source.PURCHASE:
        return None, "for life"
    word = _OPEN_ENDED.get(Status(entitlement.state), "")
    if bill and bill.period_end and bill.period_end > now and word in _PERIODIC:
        return None, f"{_PERIODIC[word]} {day(bill.period_end)}"
    return None, word
