"""One customer end to end, for whoever asks by any name: the shape is a promise to other programs."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from customers.models import Customer
from customers.vocabulary import Status
from tests.factories import (
    CheckoutSessionFactory,
    CustomerFactory,
    EntitlementFactory,
    LifecycleEventFactory,
    PaymentFactory,
    PlanFactory,
    StripeCustomerFactory,
    StripeEventFactory,
    SubscriptionFactory,
    SyncAttemptFactory,
    SyncFactory,
)

pytestmark = pytest.mark.django_db

CUSTOMER = {
    "id": 0,
    "email": "ada@example.com",
    "name": "Ada Quill",
    "country": "GB",
    "status": "active",
    "has_access": True,
    "access_until": None,
    "why": "Has access: Pro (monthly) is active.",
    "plans": ["pro"],
    "version": 1,
    "flags": [],
}
EVENT = {
    "id": "evt_ada",
    "type": "invoice.paid",
    "status": "processed",
    "received_at": "2026-11-23T12:00:00Z",
    "processed_at": "2026-11-23T12:00:00Z",
}
LIFECYCLE = {
    "type": "subscription_active",
    "from": "lead",
    "to": "active",
    "at": "2026-11-23T12:00:00Z",
    "cause": "event:evt_ada",
}
SYNC = {
    "connection": "circle",
    "kind": "circle",
    "status": "dead_letter",
    "reason": "rejected",
    "desired_version": 1,
    "applied_version": 0,
    "attempts": [
        {
            "at": "2026-11-23T12:00:00Z",
            "outcome": "rejected",
            "steps": ["add_group 101: rejected"],
            "error": "Refused there (422).",
            "duration_ms": 120,
        }
    ],
}
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def ada() -> Customer:
    """Somebody with one of everything."""
    plan = PlanFactory.create(slug="pro", name="Pro")
    ada = CustomerFactory.create(
        paying=True, plan=plan, email="ada@example.com", name="Ada Quill", country="GB"
    )
    owner = StripeCustomerFactory.create(customer=ada, stripe_id="cus_ada")
    SubscriptionFactory.create(stripe_customer=owner, stripe_id="sub_ada")
    EntitlementFactory.create(customer=ada, plan=plan, subject="sub_ada")
    StripeEventFactory.create(
        customer=ada, event_id="evt_ada", type="invoice.paid", received_at=NOON, processed_at=NOON
    )
    LifecycleEventFactory.create(customer=ada, subject="sub_ada", cause_ref="evt_ada", happened_at=NOON)
    PaymentFactory.create(customer=ada, stripe_id="pi_ada", charge="ch_ada", invoice="in_ada")
    CheckoutSessionFactory.create(customer=ada, stripe_id="cs_test_ada")
    sync = SyncFactory.create(customer=ada, dead=True)
    SyncAttemptFactory.create(
        sync=sync,
        outcome="rejected",
        code="rejected",
        error="Refused there (422).",
        steps=[{"do": "add_group", "ref": "101", "outcome": "rejected"}],
        started_at=NOON,
        duration_ms=120,
    )
    return ada


def promised(ada: Customer) -> dict[str, Any]:
    return {
        "customer": CUSTOMER | {"id": ada.pk},
        "stripe_events": [EVENT],
        "lifecycle": [LIFECYCLE],
        "syncs": [SYNC],
        "tickets": [],
    }


def traced(who: str, *options: str) -> str:
    out = StringIO()
    call_command("trace", who, *options, stdout=out)
    return out.getvalue()


def test_the_json_has_exactly_the_promised_shape(ada: Customer) -> None:
    data: dict[str, Any] = json.loads(traced("ada@example.com", "--json"))

    assert data == promised(ada)


@pytest.mark.parametrize(
    "who",
    [
        "ada@example.com",
        " Ada@Example.com ",
        "cus_ada",
        "sub_ada",
        "evt_ada",
        "pi_ada",
        "ch_ada",
        "in_ada",
        "cs_test_ada",
    ],
)
def test_a_customer_is_found_by_whatever_is_at_hand(ada: Customer, who: str) -> None:
    assert json.loads(traced(who, "--json"))["customer"]["id"] == ada.pk


def test_a_customer_is_found_by_our_id(ada: Customer) -> None:
    assert json.loads(traced(str(ada.pk), "--json"))["customer"]["email"] == "ada@example.com"


def test_the_printed_trace_reads_from_the_state_to_the_attempts(ada: Customer) -> None:
    text = traced("cus_ada")

    for line in (
        "  Has access: Pro (monthly) is active.",
        "  2026-11-23T12:00:00Z  processed    invoice.paid  evt_ada",
        "  2026-11-23T12:00:00Z  subscription_active: lead -> active  (event:evt_ada)",
        "  Circle  dead_letter: rejected  version 0 of 1",
        "    2026-11-23T12:00:00Z  rejected  120 ms  add_group 101: rejected; Refused there (422).",
    ):
        assert line in text.splitlines()


def test_times_are_utc_whatever_the_end_of_access(ada: Customer) -> None:
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)
    Customer.objects.filter(pk=ada.pk).update(access_until=until, status=Status.ACTIVE)

    found = json.loads(traced("ada@example.com", "--json"))["customer"]["access_until"]

    assert found == until.strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize(
    ("who", "words"),
    [
        ("nobody@example.com", "Nobody found: no customer has this e-mail."),
        ("evt_nothing", "Nobody found: no event evt_nothing that belongs to a person is known."),
        ("999999999", "Nobody found: no customer has the id 999999999."),
        ("???", "Nobody found: give an e-mail, a Stripe id"),
    ],
)
def test_nobody_is_said_and_not_traced(who: str, words: str) -> None:
    with pytest.raises(CommandError, match=words.replace("?", r"\?")) as error:
        traced(who)
    assert error.value.returncode == 1


def test_an_event_id_of_two_people_asks_which_of_them(ada: Customer) -> None:
    other = StripeEventFactory.create(customer=CustomerFactory.create(), event_id="evt_ada", account="acct_2")

    with pytest.raises(CommandError, match=f"2 customers are meant: .* {ada.pk}, {other.customer_id}"):
        traced("evt_ada")


def test_the_attempts_of_many_syncs_cost_no_more_queries(
    ada: Customer, django_assert_num_queries: Any
) -> None:
    for sync in ada.syncs.all():
        SyncAttemptFactory.create_batch(40, sync=sync)
    with django_assert_num_queries(8):
        traced("ada@example.com", "--json")
