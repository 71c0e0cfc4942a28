"""Everybody whom a changed catalogue touches follows, in our rows and at the destinations."""

import pytest

from customers.models import Customer, Plan, ReviewItem
from customers.vocabulary import ReviewKind, Status
from integrations.models import Connection, Mode, SyncPriority, SyncStatus
from integrations.sandbox import Sandbox
from integrations.sweeper import drain
from tests.factories import CustomerFactory, EntitlementFactory, StripeCustomerFactory, SubscriptionFactory
from tests.sandbox_world import Buyer, sandbox
from tests.support.shop import SAMPLE, Shop, shop

__all__ = ["sandbox", "shop"]

pytestmark = pytest.mark.django_db


def test_a_price_mapped_later_gives_access_to_who_bought_it_before(shop: Shop) -> None:
    shop.edit(', "price_pro_year"', "")
    shop.load()
    subscription = SubscriptionFactory.create(raw_prices=["price_pro_year"], doubt="unknown_price")
    customer = subscription.stripe_customer.customer
    ReviewItem.objects.create(kind=ReviewKind.UNKNOWN_PRICE, subject="price_pro_year")
    shop.text = SAMPLE.read_text()

    shop.load()

    customer.refresh_from_db()
    assert (customer.status, customer.grants) == (Status.ACTIVE, ["pro"])
    assert not ReviewItem.objects.filter(settled_at=None).exists()
    assert customer.syncs.filter(status=SyncStatus.PENDING, priority=SyncPriority.GRANT).count() == 2


def test_a_price_moves_to_another_plan_and_its_buyers_with_it(shop: Shop) -> None:
    shop.load()
    subscription = SubscriptionFactory.create(raw_prices=["price_pro_year"], prices=["price_pro_year"])
    EntitlementFactory.create(
        customer=subscription.stripe_customer.customer,
        subject=subscription.stripe_id,
        plan=Plan.objects.get(slug="pro"),
    )
    shop.edit(', "price_pro_year"', "")
    shop.edit('prices = ["price_lifetime"]', 'prices = ["price_lifetime", "price_pro_year"]')

    lines = shop.load()

    assert "~ price price_pro_year of plan lifetime: plan pro -> lifetime" in lines
    assert Customer.objects.get(pk=subscription.stripe_customer.customer_id).grants == ["lifetime"]


def test_a_plan_that_no_longer_opens_for_trials_lets_nobody_in_on_trial(shop: Shop) -> None:
    shop.load()
    customer = CustomerFactory.create()
    EntitlementFactory.create(customer=customer, plan=Plan.objects.get(slug="pro"), state=Status.TRIALING)
    shop.edit("rank = 20\n", "rank = 21\n")
    shop.load()
    customer.refresh_from_db()
    assert customer.has_access

    start = shop.text.index('slug = "pro"')
    shop.text = shop.text[:start] + shop.text[start:].replace(
        "trial_access = true", "trial_access = false", 1
    )
    shop.load()

    customer.refresh_from_db()
    assert not customer.has_access


def test_a_changed_mapping_reaches_those_who_hold_the_plan(shop: Shop, sandbox: Sandbox) -> None:
    shop.load()
    buyer = Buyer("ada@example.com")
    buyer.buys("pro")
    drain()
    assert sandbox.kit.tags_of(buyer.email) == {"plan: pro", "status: active"}

    shop.edit('tags = ["plan: pro"]', 'tags = ["plan: pro", "insider"]')
    shop.edit('name = "Pro"', 'name = "Professional"')
    shop.load()
    drain()

    assert sandbox.kit.tags_of(buyer.email) == {"plan: pro", "insider", "status: active"}
    assert sandbox.kit.fields_of(buyer.email)["plan"] == "Professional"


def test_a_connection_that_goes_live_is_filled(shop: Shop, sandbox: Sandbox) -> None:
    shop.edit('mode = "live"', 'mode = "off"')
    shop.load()
    assert Connection.objects.get(slug="circle").mode == Mode.OFF
    buyer = Buyer("ada@example.com")
    buyer.buys("pro")
    drain()
    assert sandbox.circle.members_of(101) == set()

    shop.edit('mode = "off"', 'mode = "live"')
    shop.load()
    drain()

    assert sandbox.circle.members_of(101) == {buyer.email}


def test_the_same_customer_is_not_asked_about_again_after_an_unchanged_load(shop: Shop) -> None:
    shop.load()
    owner = StripeCustomerFactory.create()
    before = Customer.objects.get(pk=owner.customer_id).version

    shop.load()

    assert Customer.objects.get(pk=owner.customer_id).version == before
