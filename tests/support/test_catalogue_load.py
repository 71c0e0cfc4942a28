"""Loading the catalogue: all or nothing, the same twice, and everybody whom it touches follows."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.forms.models import model_to_dict

from billing.models import Price
from customers.models import Customer, Plan, PlanAlias, ReviewItem
from customers.vocabulary import ReviewKind, Status
from integrations.models import Connection, Mode, PlanMapping, SyncPriority, SyncStatus
from integrations.sandbox import Sandbox
from integrations.sweeper import drain
from support.models import AuditEntry
from tests.factories import CustomerFactory, EntitlementFactory, StripeCustomerFactory, SubscriptionFactory
from tests.sandbox_world import Buyer, sandbox

__all__ = ["sandbox"]

pytestmark = pytest.mark.django_db

SAMPLE = Path(__file__).parents[2] / "integrations" / "sandbox" / "catalog.toml"
MODELS = (Plan, PlanAlias, Price, Connection, PlanMapping)


class Shop:
    """A catalogue file that a test edits and loads."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "catalog.toml"
        self.text = SAMPLE.read_text()

    def load(self, *options: str) -> list[str]:
        self.file.write_text(self.text)
        out = StringIO()
        call_command("load_catalog", str(self.file), *options, stdout=out, stderr=StringIO())
        return out.getvalue().splitlines()

    def edit(self, old: str, new: str) -> None:
        assert old in self.text
        self.text = self.text.replace(old, new, 1)

    def drop_plan(self, slug: str) -> None:
        start = self.text.index(f'[[plan]]\nslug = "{slug}"')
        end = self.text.find("[[plan]]", start + 1)
        self.text = self.text[:start] + (self.text[end:] if end > 0 else "")


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


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
