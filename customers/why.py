"""The sentence that says why a person has access or not: the same for staff, ticket and trace."""

from collections.abc import Sequence
from datetime import datetime

from customers.models import Entitlement
from customers.state import leading
from customers.vocabulary import EndReason, Flag, Source, Status

_ENDED_BECAUSE = {
    EndReason.USER_REQUESTED: "on request",
    EndReason.PAYMENT_FAILED: "because payment failed",
    EndReason.DISPUTED: "because the payment was disputed",
    EndReason.REFUNDED: "because it was refunded",
}


def why(entitlements: Sequence[Entitlement], *, now: datetime) -> str:
    """One sentence without personal data, e.g. "Has access: Pro (yearly) is past due since 3 days; ...".

    Pure: same entitlements and clock, same sentence.
    """
    leader = leading(entitlements)
    giving = [each for each in entitlements if each.gives_access(now)]
    head = "Has access: " if giving else "No access: "
    if leader is None:
        if giving:
            return head + f"{_sentence(giving[0], now)}; nothing was ever bought."
        return head + "nothing was ever bought."
    parts = [_sentence(leader, now)]
    if giving and leader not in giving:
        parts.append("but " + " and ".join(sorted({_sentence(each, now) for each in giving})))
    return head + "; ".join(parts) + "."


def _sentence(entitlement: Entitlement, now: datetime) -> str:
    name = entitlement.plan.name if entitlement.plan else "a purchase whose price is not mapped to a plan"
    subject = f"{name} ({entitlement.interval})" if _shows_interval(entitlement) else name
    return f"{subject} {_verb(entitlement, now)}"


def _shows_interval(entitlement: Entitlement) -> bool:
    return bool(entitlement.interval) and entitlement.source == Source.SUBSCRIPTION


def _verb(entitlement: Entitlement, now: datetime) -> str:
    if entitlement.source == Source.OVERRIDE:
        return _override(entitlement, now)
    if not entitlement.lives:
        return _ended(entitlement, now)
    if entitlement.state == Status.PAST_DUE:
        return _past_due(entitlement, now)
    words = {
        Status.ACTIVE: "is active",
        Status.TRIALING: "is in its trial",
        Status.PAID_IN_FULL: "is paid in full",
        Status.PAUSED: "is paused",
        Status.UNPAID: "is unpaid: Stripe gave up collecting",
    }[Status(entitlement.state)]
    if entitlement.state == Status.TRIALING and not entitlement.gives_access(now):
        words += ", which gives no access"
    if entitlement.ends_at:
        words += f"; it ends {_when(entitlement.ends_at, now)}"
    if Flag.COLLECTION_PAUSED in entitlement.flags:
        words += "; its collection is paused"
    return words


def _override(entitlement: Entitlement, now: datetime) -> str:
    if entitlement.gives_access(now) and entitlement.ends_at:
        return f"was granted by staff until {_when(entitlement.ends_at, now)}"
    return "was granted by staff, and that has ended"


def _ended(entitlement: Entitlement, now: datetime) -> str:
    because = _ENDED_BECAUSE.get(EndReason(entitlement.end_reason), "")
    word = {Status.CANCELED: "was canceled", Status.REFUNDED: "was refunded"}.get(
        Status(entitlement.state), "was lost in a dispute"
    )
    when = f" {_when(entitlement.ended_at, now)}" if entitlement.ended_at else ""
    return f"{word}{' ' + because if because and entitlement.state == Status.CANCELED else ''}{when}"


def _past_due(entitlement: Entitlement, now: datetime) -> str:
    since = entitlement.past_due_since or entitlement.since
    grace_end = entitlement.grace_ends_at()
    text = f"is past due since {_days(since, now)}"
    if grace_end is None:
        return text
    return f"{text}; grace {'ends' if now < grace_end else 'ended'} {_when(grace_end, now)}"


def _days(since: datetime, now: datetime) -> str:
    days = max(0, (now - since).days)
    return "today" if days == 0 else f"{days} day{'s' if days != 1 else ''}"


def _when(moment: datetime, now: datetime) -> str:
    """With its year where that is not the running one."""
    day = f"{moment.day} {moment:%b}" if moment.year == now.year else f"{moment.day} {moment:%b %Y}"
    return f"{day} {moment:%H:%M} UTC"
