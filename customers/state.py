"""What a person's entitlements amount to: the pure decision."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from customers.models import Entitlement, Plan
from customers.vocabulary import LONGEST_FLAG, Flag, Source, Status, SupportTier

_TIERS = list(SupportTier)


@dataclass(frozen=True)
class CustomerState:
    """The derived columns of a customer; times are UTC."""

    status: Status = Status.LEAD
    grants: frozenset[str] = frozenset()
    access_until: datetime | None = None
    plan: Plan | None = None
    interval: str = ""
    support_tier: SupportTier = SupportTier.COMMUNITY
    flags: tuple[str, ...] = ()
    next_check_at: datetime | None = None

    @property
    def has_access(self) -> bool:
        return bool(self.grants)


def resolve(entitlements: Sequence[Entitlement], *, now: datetime) -> CustomerState:
    """What the person's entitlements amount to. Pure: same entitlements and clock, same answer.

    Rights are the union. The status is that of the leading purchase; an override only adds access.
    """
    leader = leading(entitlements)
    giving = [each for each in entitlements if each.gives_access(now)]
    headline = leader or max(giving, key=Entitlement.standing, default=None)
    return CustomerState(
        status=Status(leader.state) if leader else Status.LEAD,
        grants=frozenset(each.plan.slug for each in giving if each.plan),
        access_until=_access_until(giving, now),
        plan=headline.plan if headline else None,
        interval=headline.interval if headline else "",
        support_tier=_best_tier(giving),
        flags=_flags(entitlements, leader, now),
        next_check_at=min(filter(None, (each.changes_at(now) for each in entitlements)), default=None),
    )


def leading(entitlements: Sequence[Entitlement]) -> Entitlement | None:
    """The purchase that speaks for the person; None if they never bought anything."""
    bought = [each for each in entitlements if each.source != Source.OVERRIDE]
    return max(bought, key=Entitlement.standing, default=None)


def _access_until(giving: Sequence[Entitlement], now: datetime) -> datetime | None:
    ends = [each.access_until(now) for each in giving]
    known = [end for end in ends if end is not None]
    return max(known, default=None) if len(known) == len(ends) else None


def _best_tier(giving: Sequence[Entitlement]) -> SupportTier:
    tiers = [SupportTier(each.plan.support_tier) for each in giving if each.plan]
    return max(tiers, key=_TIERS.index, default=SupportTier.COMMUNITY)


def _flags(entitlements: Sequence[Entitlement], leader: Entitlement | None, now: datetime) -> tuple[str, ...]:
    own = {flag for each in entitlements if each.lives or each is leader for flag in each.flags}
    if any(each.plan is None and each.lives for each in entitlements):
        own.add(Flag.NEEDS_REVIEW)
    others = sorted(
        _also(each.plan.name, _beside(each))
        for each in entitlements
        if each is not leader
        and each.plan
        and each.lives
        and (each.source != Source.OVERRIDE or each.gives_access(now))
    )
    return (*sorted(own), *others)


def _also(plan: str, how: str) -> str:
    """The name is cut where the whole would be longer than a flag may be: how it is held is said in full."""
    end = f" ({how})"
    return f"also: {plan}"[: LONGEST_FLAG - len(end)] + end


def _beside(entitlement: Entitlement) -> str:
    if entitlement.source == Source.OVERRIDE:
        return "override"
    if entitlement.state == Status.PAID_IN_FULL:
        return "lifetime"
    return Status(entitlement.state).label.lower()
