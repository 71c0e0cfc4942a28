"""People, what they hold, and what happened to them."""
# factory-boy ships annotations for its factories, but none for its declarations.
# mypy: disable-error-code="attr-defined,no-untyped-call"

import factory
from factory.django import DjangoModelFactory

from customers.models import Customer, Entitlement, LifecycleEvent, Plan, ReviewItem
from customers.vocabulary import CauseKind, LifecycleType, ReviewKind, Source, Status
from tests.factories.clock import LONG_AGO, now_utc


class PlanFactory(DjangoModelFactory[Plan]):
    class Meta:
        model = Plan
        django_get_or_create = ("slug",)

    slug = "pro"
    name = factory.LazyAttribute(lambda plan: plan.slug.title())
    rank = 20


class CustomerFactory(DjangoModelFactory[Customer]):
    """A lead; `paying=True` has access to `plan`."""

    class Meta:
        model = Customer

    class Params:
        paying = factory.Trait(
            status=Status.ACTIVE,
            has_access=True,
            plan=factory.SubFactory(PlanFactory),
            interval="monthly",
            grants=factory.LazyAttribute(lambda customer: [customer.plan.slug]),
            version=1,
        )

    email = factory.Sequence(lambda n: f"person{n}@example.test")
    name = factory.Sequence(lambda n: f"Person {n}")


class EntitlementFactory(DjangoModelFactory[Entitlement]):
    class Meta:
        model = Entitlement

    customer = factory.SubFactory(CustomerFactory)
    source = Source.SUBSCRIPTION
    subject = factory.Sequence(lambda n: f"sub_{n:08}")
    plan = factory.SubFactory(PlanFactory)
    state = Status.ACTIVE
    since = LONG_AGO
    starts_at = LONG_AGO
    interval = "monthly"


class LifecycleEventFactory(DjangoModelFactory[LifecycleEvent]):
    class Meta:
        model = LifecycleEvent

    customer = factory.SubFactory(CustomerFactory)
    type = LifecycleType.SUBSCRIPTION_ACTIVE
    subject = factory.Sequence(lambda n: f"sub_{n:08}")
    from_status = Status.LEAD
    to_status = Status.ACTIVE
    access_before = False
    access_after = True
    cause = CauseKind.EVENT
    cause_ref = factory.Sequence(lambda n: f"evt_{n:08}")
    happened_at = factory.LazyFunction(now_utc)
    release = "test"


class ReviewItemFactory(DjangoModelFactory[ReviewItem]):
    class Meta:
        model = ReviewItem

    kind = ReviewKind.UNKNOWN_PRICE
    subject = factory.Sequence(lambda n: f"price_{n:08}")
