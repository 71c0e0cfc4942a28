"""A paying customer with all in order, and what the invariants say of the rows."""

from datetime import UTC, datetime

import pytest

from customers.models import Customer
from support.invariants import broken
from tests.factories import (
    CustomerFactory,
    EntitlementFactory,
    PlanFactory,
    SubscriptionFactory,
    SyncFactory,
)


def now() -> datetime:
    return datetime.now(UTC)


def found() -> set[tuple[str, str]]:
    """Rule and id of everything that is broken, guards of the database left out."""
    return {(each.rule, id_) for each in broken(now()) if each.rule != "constraints" for id_ in each.ids}


@pytest.fixture
def ada() -> Customer:
    """A paying customer, all in order."""
    plan = PlanFactory.create(slug="pro")
    ada = CustomerFactory.create(paying=True, plan=plan)
    subscription = SubscriptionFactory.create(stripe_customer__customer=ada)
    EntitlementFactory.create(customer=ada, plan=plan, subject=subscription.stripe_id)
    SyncFactory.create(customer=ada)
    return ada
