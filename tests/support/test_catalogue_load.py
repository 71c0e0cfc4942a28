"""Loading the catalogue: all or nothing, the same twice, and nothing that people hold is taken away."""

import pytest
from django.core.management import CommandError
from django.forms.models import model_to_dict

from billing.models import Price
from customers.models import Plan, PlanAlias
from integrations.models import Connection, PlanMapping
from support.models import AuditEntry
from tests.factories import EntitlementFactory, SubscriptionFactory
from tests.support.shop import SAMPLE, Shop, shop

__all__ = ["shop"]

pytestmark = pytest.mark.django_db

MODELS = (Plan, PlanAlias, Price, Connection, PlanMapping)


def everything() -> list[dict[str, object]]:
    return [model_to_dict(row) for model in MODELS for row in model._default_manager.order_by("pk")]


def test_the_sample_catalogue_becomes_plans_prices_connections_and_mappings(shop: Shop) -> None:
    lines = shop.load()

    pro = Plan.objects.get(slug="pro")
    assert (pro.name, pro.rank, pro.support_tier, pro.grace_days) == ("Pro", 20, "priority", 7)
    assert set(PlanAlias.objects.filter(plan=pro).values_list("alias", flat=True)) == {"pro", "professional"}
    assert set(pro.prices.values_list("stripe_id", flat=True)) == {"price_pro_month", "price_pro_year"}
    circle = Connection.objects.get(slug="circle")
    assert (circle.kind, circle.mode, circle.options) == ("circle", "live", {"invite": True})
    assert PlanMapping.objects.get(plan=pro, connection=circle).options["access_groups"] == [101]
    assert "+ plan pro" in lines
    assert "+ price price_pro_month of plan pro" in lines
    assert "+ plan pro at kit" in lines


def test_stripe_is_always_connected(shop: Shop) -> None:
    shop.load()

    stripe = Connection.objects.get(slug="stripe")
    assert (stripe.kind, stripe.credential, stripe.mode) == ("stripe", "STRIPE_API_KEY", "live")


def test_loading_twice_changes_nothing_and_says_so(shop: Shop) -> None:
    shop.load()
    before = everything()

    assert shop.load() == ["Nothing to change."]
    assert everything() == before
    assert AuditEntry.objects.filter(act="load_catalog").count() == 1


def test_a_dry_run_prints_the_diff_and_writes_nothing(shop: Shop) -> None:
    shop.load()
    before = everything()
    shop.edit("rank = 20", "rank = 25")

    lines = shop.load("--dry-run")

    assert lines == ["~ plan pro: rank 20 -> 25", "1 change to make. Dry run: nothing was written."]
    assert everything() == before


def test_the_diff_shows_what_is_new_changed_and_gone(shop: Shop) -> None:
    shop.load()
    shop.edit(
        'prices = ["price_pro_month", "price_pro_year"]', 'prices = ["price_pro_month", "price_pro_week"]'
    )
    shop.edit('aliases = ["pro plan", "professional"]', 'aliases = ["pro plan", "expert"]')
    shop.edit("access_groups = [101]", "access_groups = [101, 104]")

    assert shop.load() == [
        '+ alias "expert" of plan pro',
        "+ price price_pro_week of plan pro",
        '- alias "professional" of plan pro',
        "- price price_pro_year of plan pro",
        "~ plan pro at circle: access_groups [101] -> [101, 104]",
        "5 changes made.",
    ]


def test_one_mistake_and_nothing_is_loaded(shop: Shop) -> None:
    shop.edit('name = "Starter"', "")

    with pytest.raises(CommandError, match="1 mistake, nothing was loaded"):
        shop.load()

    assert everything() == []


def test_a_plan_that_somebody_holds_is_kept_when_it_leaves_the_file(shop: Shop) -> None:
    shop.load()
    EntitlementFactory.create(plan=Plan.objects.get(slug="starter"))
    shop.drop_plan("starter")
    shop.drop_plan("lifetime")

    lines = shop.load()

    assert "kept: plan starter: 1 entitlement still uses it; its prices and mappings stay too" in lines
    assert "- plan lifetime" in lines
    assert "- price price_lifetime of plan lifetime" in lines
    assert Price.objects.get(stripe_id="price_starter_month").plan == Plan.objects.get(slug="starter")
    assert PlanMapping.objects.filter(plan__slug="starter").count() == 2
    assert not Plan.objects.filter(slug="lifetime").exists()
    assert Price.objects.get(stripe_id="price_lifetime").plan is None


def test_a_price_that_somebody_bought_stays_mapped(shop: Shop) -> None:
    shop.load()
    SubscriptionFactory.create(raw_prices=["price_pro_year"], prices=["price_pro_year"])
    shop.edit(', "price_pro_year"', "")

    lines = shop.load()

    assert "kept: price price_pro_year of plan pro: purchases use it" in lines
    assert Price.objects.get(stripe_id="price_pro_year").plan == Plan.objects.get(slug="pro")


def test_a_connection_goes_when_nothing_was_sent_there(shop: Shop) -> None:
    shop.text += '\n[[connection]]\nslug = "kit-eu"\nkind = "kit"\ncredential = "KIT_API_KEY"\n'
    shop.load()
    shop.text = SAMPLE.read_text()

    assert "- connection kit-eu" in shop.load()


def test_a_monthly_quota_limits_the_connection_even_when_it_is_lowered_below_what_was_used(
    shop: Shop,
) -> None:
    shop.edit("invite = true", "invite = true\nmonthly_quota = 5000")
    shop.load()
    Connection.objects.filter(slug="circle").update(quota_used=4_000)

    shop.edit("monthly_quota = 5000", "monthly_quota = 1000")
    shop.load()

    circle = Connection.objects.get(slug="circle")
    assert (circle.quota_limit, circle.quota_used) == (1_000, 1_000)
