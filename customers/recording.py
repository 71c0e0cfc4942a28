"""The record: each occurrence once, and a change of state with the one that made it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings

from customers.happenings import Occurrence
from customers.models import Customer, LifecycleEvent
from customers.vocabulary import CauseKind, Status
from customers.vocabulary import LifecycleType as T

_GIVES = frozenset(
    {T.TRIAL_STARTED, T.SUBSCRIPTION_ACTIVE, T.PAID_IN_FULL, T.PAYMENT_RECOVERED, T.PLAN_CHANGED, T.RESUMED}
    | {T.REACTIVATED, T.CANCELLATION_UNDONE, T.REFUND_FAILED, T.DISPUTE_CLOSED, T.OVERRIDE_GRANTED}
)
_TAKES = frozenset(
    {T.CANCELED_USER_REQUESTED, T.CANCELED_PAYMENT_FAILED, T.CANCELED_DISPUTE, T.ACCESS_EXPIRED, T.PAUSED}
    | {T.REFUNDED, T.DISPUTE_OPENED, T.DISPUTE_CLOSED, T.OVERRIDE_ENDED, T.PLAN_CHANGED, T.ERASED}
)


@dataclass(frozen=True)
class Cause:
    """What made us look: its kind and the evt_ id or staff user id."""

    kind: CauseKind
    ref: str = ""


@dataclass(frozen=True)
class Standing:
    """What the record says of a person before and after."""

    status: Status
    has_access: bool


def record(
    customer: Customer,
    *,
    before: Standing,
    after: Standing,
    happened: Sequence[Occurrence],
    cause: Cause,
) -> None:
    """Record what is new, in its order. The caller holds the customer's lock, so nobody records beside us."""
    fresh = sorted(_fresh(customer, happened), key=lambda each: each.at)
    turn = _turn(
        fresh,
        gained=after.has_access and not before.has_access,
        lost=before.has_access and not after.has_access,
    )
    LifecycleEvent.objects.bulk_create(
        [
            LifecycleEvent(
                customer=customer,
                type=each.type,
                subject=each.subject,
                from_status=(before if place <= turn else after).status,
                to_status=(before if place < turn else after).status,
                access_before=(before if place <= turn else after).has_access,
                access_after=(before if place < turn else after).has_access,
                cause=cause.kind,
                cause_ref=cause.ref,
                happened_at=each.at,
                release=settings.RELEASE_VERSION,
            )
            for place, each in enumerate(fresh)
        ],
        ignore_conflicts=True,
    )


def _fresh(customer: Customer, happened: Sequence[Occurrence]) -> list[Occurrence]:
    """Those that are not on record yet, each once."""
    if not happened:
        return []
    events = LifecycleEvent.objects.filter(customer=customer, subject__in={each.subject for each in happened})
    known = set(events.values_list("type", "subject"))
    once = {(str(each.type), each.subject): each for each in reversed(happened)}
    return [each for key, each in reversed(once.items()) if key not in known]


def _turn(fresh: Sequence[Occurrence], *, gained: bool, lost: bool) -> int:
    """The place of the one that made the change: the first that gives, the last that takes, else the last."""
    last = len(fresh) - 1
    if gained:
        return next((place for place, each in enumerate(fresh) if each.type in _GIVES), last)
    if lost:
        return next((place for place in range(last, -1, -1) if fresh[place].type in _TAKES), last)
    return last
