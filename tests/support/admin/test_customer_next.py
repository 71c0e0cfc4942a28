"""What failed and what happens next stand in the header, in words; noise stands behind one line."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from customers.models import Customer
from integrations.models import Sync
from support.screen.coming import Billed, coming
from tests.factories import (
    EntitlementFactory,
    PaymentFactory,
    ReviewItemFactory,
    StripeCustomerFactory,
    StripeEventFactory,
    SubscriptionFactory,
)
from tests.support.admin.ann import address, ann, words
from tests.support.admin.conftest import VIEW, signed_in

__all__ = ["ann"]
NOW = datetime(2026, 3, 12, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=30)
BILL = Billed("sub_1", 2900, "usd", LATER)
BOUGHT = {"subject": "sub_1", "state": "active", "starts_at": NOW - timedelta(days=1)}


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({}, "Renews 11 Apr 2026 for 29.00 USD."),
        ({"state": "trialing"}, "The trial ends 11 Apr 2026; then Stripe charges 29.00 USD."),
        ({"ends_at": LATER}, "Pro ends 11 Apr 2026; nothing more is charged."),
        (
            {"state": "past_due", "past_due_since": NOW, "since": NOW},
            "Stripe tries the card again by itself; if it stays unpaid, Pro ends 19 Mar 2026.",
        ),
        (
            {"state": "past_due", "past_due_since": NOW - timedelta(days=9), "since": NOW},
            "Stripe tries the card again by itself; Pro comes back with the payment.",
        ),
        (
            {"state": "unpaid"},
            "Stripe does not try again by itself: they have to pay the open invoice.",
        ),
        ({"state": "paused"}, "Nothing is charged until the subscription is resumed in Stripe."),
        ({"flags": ["collection_paused"]}, "Stripe charges nothing until its collection is resumed."),
        (
            {"source": "purchase", "subject": "pi_1", "state": "paid_in_full"},
            "Nothing more is charged: it was paid once.",
        ),
        ({"state": "canceled", "ended_at": NOW, "end_reason": "user_requested"}, ""),
    ],
)
def test_what_follows_by_itself_is_one_sentence(db: None, columns: dict[str, object], said: str) -> None:
    held = EntitlementFactory.build(plan__name="Pro", plan__grace_days=7, **BOUGHT | columns)

    assert coming([held], [BILL], now=NOW) == said


def test_nothing_is_promised_where_the_period_is_not_known(db: None) -> None:
    held = EntitlementFactory.build(plan__name="Pro", **BOUGHT)

    assert coming([held], [], now=NOW) == ""
    assert coming([], [], now=NOW) == ""


def test_the_header_and_the_holding_say_when_and_for_how_much_it_renews(
    viewer: Client, ann: Customer
) -> None:
    end = timezone.now() + timedelta(days=20)
    SubscriptionFactory.create(
        stripe_customer=StripeCustomerFactory.create(customer=ann),
        stripe_id="sub_ann", amount=4900, currency="usd", current_period_end=end,
    )  # fmt: skip

    page = words(viewer, ann)

    assert f"Has access: Pro (monthly) is active. Renews {end.day} {end:%b %Y} for 49.00 USD." in page
    assert f"49.00 USD monthly 49.00 USD paid 12 Mar 2026 renews {end.day} {end:%b %Y}" in page


def test_what_failed_stands_in_the_header_with_what_to_do(viewer: Client, ann: Customer) -> None:
    refused = {"reason": "invalid_email", "explanation": "Kit does not accept this e-mail address."}
    Sync.objects.filter(connection__slug="kit").update(**refused)
    StripeEventFactory.create(customer=ann, dead=True)

    page = words(viewer, ann)

    assert "Dead letter Kit : Kit does not accept this e-mail address. It was given up. The address" in page
    assert "Dead letter Stripe : 1 event could not be processed." in page


def test_a_payment_that_failed_is_not_called_an_amount_of_nothing(viewer: Client, ann: Customer) -> None:
    PaymentFactory.create(
        customer=ann, subscription="sub_ann", status="failed", paid_at=None, amount_received=0
    )

    page = words(viewer, ann)

    assert "a payment failed" in page
    assert "0.00 USD" not in page


def test_a_doubt_says_what_it_means_and_leads_to_its_choices(viewer: Client, ann: Customer) -> None:
    item = ReviewItemFactory.create(customer=ann, kind="email_collision", subject="cus_x")

    assert "A person's address changed in Stripe" in words(viewer, ann).replace("&#x27;", "'")
    assert f"/admin/customers/reviewitem/{item.pk}/change/" in viewer.get(address(ann)).content.decode()
    without = signed_in(*(right for right in VIEW if right != "view_reviewitem"))
    assert "/admin/customers/reviewitem/" not in without.get(address(ann)).content.decode()


def test_events_that_were_simply_processed_stand_behind_one_line(viewer: Client, ann: Customer) -> None:
    def at(minute: int) -> datetime:
        return NOW + timedelta(minutes=minute)

    for minute in (1, 2, 3, 5, 6, 7, 8):
        StripeEventFactory.create(customer=ann, received_at=at(minute))
    StripeEventFactory.create(customer=ann, received_at=at(4), dead=True)

    folded = re.findall(r"Stripe (\d) events, all processed", words(viewer, ann))

    assert folded == ["4", "3"]
    assert "all processed" not in words(viewer, ann, show="stripe")


def test_two_hundred_purchases_are_a_short_screen(viewer: Client, ann: Customer) -> None:
    EntitlementFactory.create_batch(200, customer=ann, plan=ann.plan)
    Customer.objects.filter(pk=ann.pk).update(flags=["also: Pro (active)"] * 200 + ["also: X (active)"])

    page = words(viewer, ann)

    assert "also: Pro (active), 200 times also: X (active)" in page
    assert "All others: 191" in page
