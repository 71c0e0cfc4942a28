"""Dead letters say what money each cause puts at stake, and all together, where a person counts once."""

import pytest
from django.test import Client

from customers.models import Customer
from support.desks import dead_letters
from tests.factories import (
    CustomerFactory,
    EntitlementFactory,
    PaymentFactory,
    SubscriptionFactory,
    SyncFactory,
)
from tests.support.admin.conftest import signed_in
from tests.support.admin.counting import queries_of
from tests.support.desks.test_dead_letters import DESK, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def founder(db: None) -> Client:
    return signed_in(superuser=True)


def pays(amount: int) -> Customer:
    """Somebody whose subscription costs so many cents a month."""
    customer: Customer = CustomerFactory.create(paying=True)
    subject = SubscriptionFactory.create(amount=amount, currency="usd").stripe_id
    EntitlementFactory.create(customer=customer, subject=subject, interval="monthly")
    return customer


def refused(customer: Customer, connection: str = "circle", *, reason: str = "member_limit") -> None:
    said = reason.replace("_", " ").capitalize()
    SyncFactory.create(
        customer=customer, connection__slug=connection, dead=True, reason=reason, explanation=said
    )


def test_each_cause_says_its_money_and_the_total_counts_a_person_once(founder: Client) -> None:
    ada, ben = pays(4_900), pays(1_000)
    refused(ada)
    refused(ben)
    refused(ada, "kit", reason="subscriber_limit")
    refused(CustomerFactory.create(), reason="forbidden")

    shown = text(founder.get(DESK).content)
    titles = ("Member limit", "Subscriber limit", "Forbidden")
    circle, kit, forbidden = (shown.split(each, 1)[1].split("Replay")[0] for each in titles)

    assert "59.00 USD a month at stake" in shown.split("Kind:")[0]
    assert "59.00 USD a month at stake" in circle
    assert "49.00 USD a month at stake" in kit
    assert "at stake" not in forbidden


def test_an_invoice_paid_by_two_payments_is_at_stake_with_both(founder: Client) -> None:
    ada = CustomerFactory.create(paying=True)
    EntitlementFactory.create(customer=ada, source="purchase", state="paid_in_full", subject="in_1")
    PaymentFactory.create_batch(2, customer=ada, invoice="in_1", amount_received=10_000)
    refused(ada)

    assert "200.00 USD once at stake" in text(founder.get(DESK).content)


def test_one_cause_alone_says_its_own_money(founder: Client) -> None:
    refused(pays(4_900))
    refused(pays(1_000), reason="name_blank")

    shown = text(founder.get(DESK, {"kind": "syncs", "connection": "circle", "cause": "name_blank"}).content)

    assert shown.count("10.00 USD a month at stake") == 2
    assert "49.00" not in shown


def test_more_people_than_are_added_up_are_more_than_their_sum(
    founder: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dead_letters, "MONEY_OF", 1)
    refused(pays(4_900))
    refused(pays(4_900))

    assert text(founder.get(DESK).content).count("more than 49.00 USD a month at stake") == 2


def test_the_money_of_a_cause_costs_no_query_of_its_own(founder: Client) -> None:
    refused(pays(4_900))
    few = queries_of(founder, DESK)
    for number in range(8):
        refused(pays(1_000), reason=f"cause_{number}")

    assert queries_of(founder, DESK) == few
