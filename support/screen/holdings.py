"""What the person holds: each entitlement, what it gives, and until when."""

from dataclasses import dataclass
from datetime import datetime

from customers.models import Entitlement
from customers.vocabulary import EndReason, Flag, Source, Status

_PAGES = {"sub_": "subscriptions", "pi_": "payments", "in_": "invoices"}

_OPEN_ENDED = {
    Status.ACTIVE: "renews",
    Status.TRIALING: "trial goes on",
    Status.PAUSED: "until it is resumed",
    Status.UNPAID: "until it is paid",
}


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


def holding(entitlement: Entitlement, *, now: datetime) -> Holding:
    """Pure: the same entitlement and clock, the same words."""
    until, word = _until(entitlement, now)
    return Holding(
        entitlement=entitlement,
        interval=interval_in_words(entitlement.interval),
        gives=_gives(entitlement, now),
        until=until,
        until_word=word,
        flags=[flag_in_words(each) for each in entitlement.flags],
        stripe_page=_PAGES.get(entitlement.subject.partition("_")[0] + "_", ""),
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


def _until(entitlement: Entitlement, now: datetime) -> tuple[datetime | None, str]:
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
    return None, _OPEN_ENDED.get(Status(entitlement.state), "")
