"""What happened to a person, as occurrences that each have a key of their own."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from customers.models import Entitlement
from customers.vocabulary import EndReason, LifecycleType, Source, Status


@dataclass(frozen=True)
class Occurrence:
    """One thing that happened at `at` (UTC). `subject` is its own key, so that it is recorded once."""

    type: LifecycleType
    subject: str
    at: datetime


def of_the_clock(entitlements: Sequence[Entitlement], *, now: datetime) -> list[Occurrence]:
    """End the overrides whose time is over. Each ends once: its row says so afterwards."""
    over = [
        each
        for each in entitlements
        if each.source == Source.OVERRIDE and each.lives and each.ends_at and each.ends_at <= now
    ]
    for each in over:
        each.state, each.since, each.ended_at = Status.CANCELED, each.ends_at or now, each.ends_at
        each.end_reason = EndReason.CLOCK
        each.save(update_fields=["state", "since", "ended_at", "end_reason"])
    return [Occurrence(LifecycleType.OVERRIDE_ENDED, each.subject, each.ends_at or now) for each in over]


def of_access(
    entitlements: Sequence[Entitlement], *, over: Sequence[Occurrence], lost: bool, now: datetime
) -> list[Occurrence]:
    """People who came back, and if access was lost just now, what of it ran out by the clock.

    `over` are the overrides that the clock ended just now: one that it ended before took nothing now.
    """
    happened = list(_came_back(entitlements))
    if lost:
        happened += _ran_out(entitlements, over={each.subject for each in over}, now=now)
    return happened


def _ran_out(
    entitlements: Sequence[Entitlement], *, over: Collection[str], now: datetime
) -> list[Occurrence]:
    """Overrides and grace whose end took the access; while something else gave until later, it did not."""
    last = max((each.ended_at for each in entitlements if each.ended_at), default=None)
    ends = [(each, each.ended_at if each.subject in over else each.grace_ends_at()) for each in entitlements]
    return [
        Occurrence(LifecycleType.ACCESS_EXPIRED, f"{each.subject}:{end.isoformat()}", end)
        for each, end in ends
        if end is not None and end <= now and (last is None or end >= last)
    ]


def _came_back(entitlements: Sequence[Entitlement]) -> list[Occurrence]:
    """A purchase that began after all earlier ones had ended brought the person back."""
    bought = [each for each in entitlements if each.source != Source.OVERRIDE]
    return [
        Occurrence(LifecycleType.REACTIVATED, each.subject, each.starts_at)
        for each in bought
        if each.plan and _began_after_a_gap(each, bought)
    ]


def _began_after_a_gap(entitlement: Entitlement, bought: Sequence[Entitlement]) -> bool:
    earlier = [
        each
        for each in bought
        if each.subject != entitlement.subject and each.starts_at < entitlement.starts_at
    ]
    return bool(earlier) and all(
        each.ended_at is not None and each.ended_at < entitlement.starts_at for each in earlier
    )
