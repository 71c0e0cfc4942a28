"""Somebody asks to read a person again: what Stripe knows and no event told us of is found."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from billing import asked, facts, reading
from billing.models import StripeCustomer
from customers.lifecycle import Cause
from customers.vocabulary import CauseKind
from integrations.sandbox import Sandbox
from integrations.sweeper import drain
from tests.billing.together import together
from tests.factories import PriceFactory, StripeCustomerFactory
from tests.sandbox_world import Catalog, catalog, sandbox
from tests.waiting import eventually

__all__ = ["catalog", "sandbox"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(sandbox: Sandbox, catalog: Catalog) -> StripeCustomer:
    """Bought Pro; no event of it ever arrived, but we know the Stripe customer."""
    PriceFactory.create(stripe_id="price_pro_month", plan__slug="pro")
    sandbox.stripe.checkout("ada@example.com", price="price_pro_month", name="Ada")
    found = next(iter(sandbox.stripe.where("customer")))
    row: StripeCustomer = StripeCustomerFactory.create(
        stripe_id=found["id"], customer__email="ada@example.com"
    )
    return row


def test_a_purchase_whose_events_were_lost_is_found_and_lets_the_person_in(ada: StripeCustomer) -> None:
    assert asked.ask(ada.customer_id) == 1
    assert asked.ask(ada.customer_id) == 1
    drain()

    ada.customer.refresh_from_db()
    ada.refresh_from_db()
    assert ada.customer.has_access
    assert (ada.reread_at, ada.reread_problem) == (None, "")


def test_while_stripe_is_down_it_is_tried_again_and_says_so(ada: StripeCustomer, sandbox: Sandbox) -> None:
    sandbox.faults.add("stripe", status=503)
    asked.ask(ada.customer_id)
    asked.run(*asked.claim(5))

    assert StripeCustomer.objects.exclude(reread_problem="").filter(reread_at__gt=Now()).exists()
    assert asked.claim(5) == []

    sandbox.faults.clear()
    StripeCustomer.objects.update(reread_at=Now() - timedelta(seconds=1))
    asked.run(*asked.claim(5))

    assert StripeCustomer.objects.filter(reread_at=None, reread_problem="").exists()
    assert ada.customer.entitlements.exists()


def test_a_stripe_customer_that_stripe_does_not_know_is_given_up(sandbox: Sandbox, catalog: Catalog) -> None:
    row = StripeCustomerFactory.create(stripe_id="cus_nowhere")
    asked.ask(row.customer_id)
    drain()

    row.refresh_from_db()
    assert row.reread_at is None


def while_it_is_read(row: StripeCustomer, sandbox: Sandbox, act: Callable[[], object]) -> None:
    """It was handed out a minute ago, and waits for Stripe to list the subscriptions when `act` is done."""
    asked.ask(row.customer_id)
    assert asked.claim(5) == [row.pk]
    StripeCustomer.objects.update(reread_at=Now())
    slow = sandbox.faults.add("stripe", route="/subscriptions", delay=2.0)

    def do() -> None:
        assert eventually(lambda: slow.hits > 0)
        act()

    assert together([lambda: asked.run(row.pk), do]) == []
    row.refresh_from_db()
    assert row.customer.entitlements.exists()


@pytest.mark.django_db(transaction=True)
def test_a_read_of_more_than_a_minute_is_not_handed_out_again(ada: StripeCustomer, sandbox: Sandbox) -> None:
    handed_out: list[int] = []

    while_it_is_read(ada, sandbox, lambda: handed_out.extend(asked.claim(5)))

    assert handed_out == []
    assert (ada.reread_at, ada.reread_problem) == (None, "")


@pytest.mark.django_db(transaction=True)
def test_who_is_asked_for_again_meanwhile_is_read_once_more(ada: StripeCustomer, sandbox: Sandbox) -> None:
    while_it_is_read(ada, sandbox, lambda: asked.ask(ada.customer_id))

    assert asked.claim(5) == [ada.pk]


def test_running_what_nobody_asked_for_reads_nothing(ada: StripeCustomer) -> None:
    asked.run(ada.pk)

    assert not ada.customer.entitlements.exists()


def test_the_refund_of_an_invoice_that_a_charge_paid_is_found(ada: StripeCustomer, sandbox: Sandbox) -> None:
    """No event of it arrived: neither Stripe's subscriptions nor its checkouts lead to an invoice."""
    PriceFactory.create(stripe_id="price_lifetime", plan__slug="lifetime")
    sent = sandbox.stripe.one_off_invoice("ada@example.com", price="price_lifetime", customer=ada.stripe_id)
    charge = sandbox.stripe.was_paid_by_charge(sent.invoice)
    facts.apply(reading.read(f"charge:{charge}"), cause=Cause(CauseKind.STAFF))
    sandbox.stripe.refund(charge)

    asked.ask(ada.customer_id)
    drain()

    assert ada.customer.entitlements.get(subject=sent.invoice).state == "refunded"
