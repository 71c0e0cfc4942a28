"""Entitlements for tests of the pure decisions: never saved."""

from datetime import UTC, datetime, timedelta
from typing import Any

from customers.models import Entitlement, Plan
from customers.vocabulary import ENDED, EndReason, Source, Status

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)

STARTER = Plan(pk=1, slug="starter", name="Starter", rank=10, support_tier="standard")
PRO = Plan(pk=2, slug="pro", name="Pro", rank=20, support_tier="priority")
VIP = Plan(pk=3, slug="vip", name="VIP", rank=20, support_tier="vip", grace_days=0)
CLOSED_TRIAL = Plan(pk=4, slug="closed", name="Closed", rank=5, trial_access=False)
PLANS = (STARTER, PRO, VIP, CLOSED_TRIAL)


def holding(state: Status, plan: Plan | None = PRO, **fields: Any) -> Entitlement:
    """One entitlement in that state since ten days ago, as billing would write it."""
    started = fields.pop("starts_at", NOW - 10 * DAY)
    values: dict[str, Any] = {
        "source": Source.SUBSCRIPTION,
        "subject": "sub_1",
        "since": started,
        "starts_at": started,
        "interval": "yearly",
    }
    if state == Status.PAST_DUE:
        values["past_due_since"] = NOW - 3 * DAY
    if state in ENDED:
        values |= {"ended_at": NOW - DAY, "end_reason": EndReason.USER_REQUESTED}
    if state == Status.PAID_IN_FULL:
        values |= {"source": Source.PURCHASE, "interval": ""}
    return Entitlement(plan=plan, state=state, **{**values, **fields})


def override(plan: Plan = PRO, *, days: float = 5, subject: str = "override:1") -> Entitlement:
    """Access given by staff until `days` from now."""
    return holding(
        Status.ACTIVE, plan, source=Source.OVERRIDE, subject=subject, ends_at=NOW + days * DAY, interval=""
    )
