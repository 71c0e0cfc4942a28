"""The database refuses people, entitlements and plans that make no sense, however they are written."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models import Model

from customers.models import Customer, Entitlement, LifecycleEvent, Override, Plan, PlanAlias, ReviewItem
from customers.vocabulary import CauseKind, LifecycleType, ReviewKind, Source, Status
from tests.refusal import refused

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def customer() -> Customer:
    return Customer.objects.create(email="ada@example.com")


@pytest.fixture
def plan() -> Plan:
    return Plan.objects.create(slug="pro", name="Pro")


@pytest.fixture
def entitlement(customer: Customer, plan: Plan) -> Entitlement:
    return Entitlement.objects.create(
        customer=customer,
        plan=plan,
        source=Source.SUBSCRIPTION,
        subject="sub_1",
        state=Status.ACTIVE,
        since=NOW,
        starts_at=NOW,
    )


def written(row: Model, **values: Any) -> None:
    """Past every model method, as a careless script would."""
    type(row)._default_manager.filter(pk=row.pk).update(**values)


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("customer_has_a_key", {"email": ""}),
        ("customer_status_known", {"status": "vip"}),
        ("customer_support_tier_known", {"support_tier": "gold"}),
        ("customer_staff_chose_a_country", {"country_by_staff": True}),
        ("customer_access_iff_granted", {"has_access": True}),
        ("customer_access_iff_granted", {"grants": ["pro"]}),
        ("customer_until_only_with_access", {"access_until": NOW}),
    ],
)
def test_a_person_cannot_be(customer: Customer, constraint: str, values: dict[str, Any]) -> None:
    with refused(constraint):
        written(customer, **values)


def test_one_address_is_one_person(customer: Customer) -> None:
    with refused("customer_one_per_email"):
        Customer.objects.bulk_create([Customer(email=customer.email)])


def test_one_stripe_customer_without_address_is_one_person() -> None:
    Customer.objects.create(stripe_key="cus_1")
    with refused("customer_one_per_stripe_key"):
        Customer.objects.bulk_create([Customer(stripe_key="cus_1")])


def test_only_an_erased_person_may_lose_their_key(customer: Customer) -> None:
    written(customer, email="", erased_at=NOW)

    customer.refresh_from_db()
    assert customer.email == ""


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("entitlement_source_known", {"source": "gift"}),
        ("entitlement_state_known", {"state": "lead"}),
        ("entitlement_subject_given", {"subject": ""}),
        ("entitlement_end_reason_known", {"end_reason": "bored"}),
        ("entitlement_ended_iff_end_state", {"state": Status.CANCELED}),
        ("entitlement_ended_iff_end_state", {"ended_at": NOW}),
        ("entitlement_past_due_has_start", {"state": Status.PAST_DUE}),
        ("entitlement_override_names_plan", {"source": Source.OVERRIDE, "plan": None}),
    ],
)
def test_a_purchase_cannot_give(entitlement: Entitlement, constraint: str, values: dict[str, Any]) -> None:
    with refused(constraint):
        written(entitlement, **values)


@pytest.mark.parametrize(
    ("constraint", "plan_is_known"),
    [("entitlement_one_per_subject_and_plan", True), ("entitlement_one_without_plan", False)],
)
def test_a_purchase_gives_a_plan_once(entitlement: Entitlement, constraint: str, plan_is_known: bool) -> None:
    if not plan_is_known:
        written(entitlement, plan=None)
    entitlement.refresh_from_db()
    entitlement.pk = None
    with refused(constraint):
        Entitlement.objects.bulk_create([entitlement])


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("plan_slug_given", {"slug": ""}),
        ("plan_name_given", {"name": ""}),
        ("plan_support_tier_known", {"support_tier": "gold"}),
    ],
)
def test_a_plan_cannot_be(plan: Plan, constraint: str, values: dict[str, Any]) -> None:
    with refused(constraint):
        written(plan, **values)


def test_an_alias_is_not_empty_and_leads_to_one_plan(plan: Plan) -> None:
    alias = PlanAlias.objects.create(alias="gold", plan=plan)
    with refused("plan_alias_given"):
        written(alias, alias="")
    with refused("alias"):
        PlanAlias.objects.bulk_create([PlanAlias(alias="gold", plan=plan)])


@pytest.mark.parametrize(
    ("constraint", "values"),
    [("override_reason_given", {"reason": ""}), ("override_ends_after_start", {"until": NOW})],
)
def test_an_override_needs_a_reason_and_an_end(
    customer: Customer, plan: Plan, constraint: str, values: dict[str, Any]
) -> None:
    override = Override.objects.create(
        customer=customer,
        plan=plan,
        starts_at=NOW,
        until=NOW + DAY,
        reason="speaker",
        granted_by=User.objects.create(username="staff"),
    )
    with refused(constraint):
        written(override, **values)


def happened(customer: Customer, **values: Any) -> LifecycleEvent:
    fields = {
        "customer": customer,
        "type": LifecycleType.PAYMENT_FAILED,
        "subject": "in_1",
        "from_status": Status.ACTIVE,
        "to_status": Status.PAST_DUE,
        "access_before": True,
        "access_after": True,
        "cause": CauseKind.EVENT,
        "happened_at": NOW,
        "release": "test",
    }
    return LifecycleEvent(**fields | values)


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("lifecycle_event_type_known", {"type": "party"}),
        ("lifecycle_event_statuses_known", {"from_status": "vip"}),
        ("lifecycle_event_statuses_known", {"to_status": "vip"}),
        ("lifecycle_event_cause_known", {"cause": "magic"}),
        ("lifecycle_event_subject_given", {"subject": ""}),
    ],
)
def test_the_record_cannot_say(customer: Customer, constraint: str, values: dict[str, Any]) -> None:
    with refused(constraint):
        LifecycleEvent.objects.bulk_create([happened(customer, **values)])


def test_a_failed_invoice_is_recorded_once(customer: Customer) -> None:
    happened(customer).save()
    with refused("lifecycle_event_once_per_occurrence"):
        LifecycleEvent.objects.bulk_create([happened(customer, happened_at=NOW + DAY)])


def test_the_record_is_never_rewritten_or_deleted(customer: Customer) -> None:
    event = happened(customer)
    event.save()
    with refused("append-only"):
        written(event, to_status=Status.ACTIVE)
    with refused("append-only"):
        LifecycleEvent.objects.filter(pk=event.pk).delete()


def test_one_doubt_is_open_once_and_may_come_back_when_settled() -> None:
    doubt = ReviewItem.objects.create(kind=ReviewKind.UNKNOWN_PRICE, subject="price_1")
    with refused("review_item_one_open_per_subject"):
        ReviewItem.objects.bulk_create([ReviewItem(kind=doubt.kind, subject=doubt.subject)])
    written(doubt, settled_at=NOW)

    ReviewItem.objects.create(kind=doubt.kind, subject=doubt.subject)


@pytest.mark.parametrize(
    ("constraint", "values"),
    [("review_item_kind_known", {"kind": "other"}), ("review_item_subject_given", {"subject": ""})],
)
def test_a_doubt_cannot_be(constraint: str, values: dict[str, Any]) -> None:
    doubt = ReviewItem.objects.create(kind=ReviewKind.UNKNOWN_PRICE, subject="price_1")
    with refused(constraint):
        written(doubt, **values)
