"""The queue: blocked access first, then money, then age; filters; a constant number of queries."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from customers.models import Customer
from integrations.models import PlanMapping
from support.models import Ticket
from tests.factories import (
    ConnectionFactory,
    CustomerFactory,
    EntitlementFactory,
    OneTimeEffectFactory,
    PaymentFactory,
    SubscriptionFactory,
    SyncFactory,
    TicketFactory,
    UserFactory,
)
from tests.factories.clock import LONG_AGO
from tests.support.admin.counting import queries_of
from tests.support.tickets.pages import QUEUE

IN: dict[str, Any] = {"desired": {"groups": [101]}, "observed": {"groups": {"101": "in"}}}


def asks(subject: str, *, monthly: int = 0, days: int = 0, interval: str = "monthly", **sync: Any) -> Ticket:
    """A ticket of somebody who pays so much, opened so many days after another."""
    person: Customer = CustomerFactory.create(paying=True)
    if monthly:
        bought = SubscriptionFactory.create(stripe_customer__customer=person, amount=monthly, currency="usd")
        EntitlementFactory.create(
            customer=person, plan=person.plan, subject=bought.stripe_id, interval=interval
        )
    if sync:
        there = SyncFactory.create(customer=person, **sync).connection
        gives = {"access_groups": [101]}
        PlanMapping.objects.get_or_create(plan=person.plan, connection=there, defaults={"options": gives})
    ticket: Ticket = TicketFactory.create(
        subject=subject, customer=person, opened_at=LONG_AGO + timedelta(days=days)
    )
    return ticket


def listed(client: Client, **query: str) -> list[str]:
    """Subjects as the queue shows them."""
    answer = client.get(QUEUE, query)
    assert answer.status_code == 200
    return [each.subject for each in answer.context["cl"].result_list]


def test_who_is_locked_out_comes_first_then_money_then_age(desk: Client) -> None:
    asks("old and pays little", monthly=900, days=1)
    asks("young and pays little", monthly=900, days=2)
    asks("pays much", monthly=9900, days=3)
    asks("pays much a year", monthly=60_000, interval="yearly", days=4)
    asks("pays nothing", days=0)
    asks("locked out", dead=True, days=9)
    asks("locked out and pays", monthly=900, dead=True, days=9)
    TicketFactory.create(subject="nobody", unmatched=True, opened_at=LONG_AGO)

    assert listed(desk) == [
        "locked out and pays",
        "locked out",
        "pays much",
        "pays much a year",
        "old and pays little",
        "young and pays little",
        "pays nothing",
        "nobody",
    ]


def test_only_missing_access_is_locked_out(desk: Client) -> None:
    shadow = ConnectionFactory.create(slug="circle-eu", mode="shadow")
    kit = ConnectionFactory.create(slug="kit")
    asks("a tag was refused", dead=True, days=1, **IN)
    asks("kit failed", dead=True, days=2, connection=kit)
    asks("shadow", days=3, connection=shadow, status="on_hold", reason="shadow", applied_version=0)
    ended = asks("left", dead=True, days=4)
    Customer.objects.filter(tickets=ended).update(status="canceled", has_access=False, grants=[])
    asks("not computed yet", dead=True, days=5)

    assert listed(desk)[0] == "not computed yet"
    assert listed(desk)[1:] == ["a tag was refused", "kit failed", "shadow", "left"]


def test_a_payment_once_counts_as_a_year(desk: Client) -> None:
    asks("pays 30 a month", monthly=3000)
    once = asks("paid 480 once")
    person = Customer.objects.get(tickets=once)
    payment = PaymentFactory.create(customer=person, amount_received=48_000)
    EntitlementFactory.create(
        customer=person, plan=person.plan, source="purchase", subject=payment.stripe_id,
        state="paid_in_full", interval="one_time",
    )  # fmt: skip

    assert listed(desk) == ["paid 480 once", "pays 30 a month"]
    assert "480.00 USD once" in desk.get(QUEUE).content.decode()


def test_an_invoice_paid_by_two_payments_counts_with_both(desk: Client) -> None:
    person = Customer.objects.get(tickets=asks("paid 480 once"))
    PaymentFactory.create_batch(2, customer=person, invoice="in_1", amount_received=24_000)
    EntitlementFactory.create(
        customer=person, plan=person.plan, source="purchase", subject="in_1",
        state="paid_in_full", interval="one_time",
    )  # fmt: skip

    assert "480.00 USD once" in desk.get(QUEUE).content.decode()


@pytest.mark.parametrize(
    ("show", "subjects"),
    [
        ("", {"open", "mine"}),
        ("mine", {"mine", "mine, answered"}),
        ("unassigned", {"open"}),
        ("answered", {"mine, answered"}),
        ("closed", {"closed"}),
        ("all", {"open", "mine", "mine, answered", "closed"}),
    ],
)
def test_the_lists_of_the_queue(desk: Client, show: str, subjects: set[str]) -> None:
    bob = get_user_model()._default_manager.get(username="bob")
    TicketFactory.create(subject="open")
    TicketFactory.create(subject="mine", assignee=bob)
    TicketFactory.create(subject="mine, answered", assignee=bob, status="answered")
    TicketFactory.create(subject="closed", status="closed", closed_at=LONG_AGO, assignee=UserFactory.create())

    assert set(listed(desk, **({"show": show} if show else {}))) == subjects


@pytest.mark.parametrize(
    ("asked", "subjects"),
    [
        ("Ada@Example.test", {"of Ada", "from her address"}),
        ("ada ex", {"of Ada", "from her address"}),
        ("#{pk}", {"of Ada"}),
        ("nobody@example.test", set()),
        ("ada@", set()),
        ("99999999999999999999", set()),
        ("' OR 1=1", set()),
    ],
)
def test_a_ticket_is_found_by_number_address_or_name(
    desk: Client, ada: Customer, asked: str, subjects: set[str]
) -> None:
    ticket = TicketFactory.create(subject="of Ada", customer=ada)
    TicketFactory.create(subject="from her address", customer=ada, email="ada@example.test", match="email")
    TicketFactory.create(subject="of somebody else")

    assert set(listed(desk, q=asked.format(pk=ticket.pk))) == subjects


def test_forty_tickets_cost_as_many_queries_as_one(desk: Client) -> None:
    counts = []
    for many in (1, 40):
        for _ in range(many):
            ticket = asks("?", monthly=900, dead=True)
            SyncFactory.create(customer=ticket.customer, connection__slug="kit")
            OneTimeEffectFactory.create(customer=ticket.customer, done_at=LONG_AGO)
        counts.append(queries_of(desk, QUEUE))

    assert counts[0] == counts[1]
    assert counts[0] <= 12


def test_the_screen_of_a_customer_lists_their_tickets(desk: Client, ada: Customer) -> None:
    screen = reverse("admin:customers_customer_change", args=[ada.pk])
    TicketFactory.create(subject="Of Ada", customer=ada)
    TicketFactory.create(subject="Of somebody else")

    page = desk.get(screen).content.decode()

    assert "Of Ada" in page
    assert "Of somebody else" not in page
    assert f"/admin/support/ticket/add/?customer={ada.pk}" in page
