"""An unknown price is mapped from the review list: tried first, done once, and who pays it follows."""

import html
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from billing.models import Price, Subscription
from customers import review
from customers.models import Customer, Plan, ReviewItem
from customers.vocabulary import ReviewKind
from integrations.sweeper import drain
from support.models import AuditEntry
from tests.billing.conftest import world
from tests.billing.world import World
from tests.factories import PlanFactory, ReviewItemFactory
from tests.support.admin.conftest import VIEW, signed_in
from tests.support.admin.counting import queries_of

__all__ = ["world"]
pytestmark = pytest.mark.django_db
ADA = "ada@example.com"


@pytest.fixture
def founder(db: None) -> Client:
    return signed_in(superuser=True)


@pytest.fixture
def item(world: World) -> ReviewItem:
    """Ada changed from Pro to a price that nobody mapped: she keeps Pro meanwhile."""
    bought = world.stripe.checkout(ADA, price="price_pro_month")
    world.know()
    Price.objects.filter(stripe_id="price_pro_year").delete()
    world.stripe.changes_price(bought.subscription, "price_pro_year")
    world.know()
    PlanFactory.create(slug="annual", name="Annual")
    return ReviewItem.objects.get(kind=ReviewKind.UNKNOWN_PRICE)


def page_of(item: ReviewItem) -> str:
    return reverse("admin:customers_reviewitem_map", args=[item.pk])


def text(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def maps(client: Client, item: ReviewItem, **form: str) -> str:
    answer = client.post(page_of(item), {"plan": "annual", "reason": "new in spring", **form})
    return " ".join(str(each) for each in get_messages(answer.wsgi_request)) or text(answer)


def test_it_says_whom_it_touches_before_anything_is_changed(founder: Client, item: ReviewItem) -> None:
    asked = text(founder.get(reverse("admin:customers_reviewitem_change", args=[item.pk])))
    assert f'href="{page_of(item)}">Choose …</a>' in asked
    assert asked.count("Map this price to a plan") == 1

    said = text(founder.get(page_of(item), {"plan": "annual"}))

    assert "1 person pays this price. Mails: 0." in said
    assert "get Annual: <b>1</b>" in said
    assert "lose Pro: <b>1</b>" in said
    assert "1 person loses the plan they had before." in said
    assert 'prices = ["price_pro_year"]' in said
    assert not Price.objects.filter(stripe_id="price_pro_year", plan__isnull=False).exists()


def test_what_it_did_is_what_it_said(founder: Client, world: World, item: ReviewItem) -> None:
    said = maps(founder, item)
    drain()

    assert (
        said
        == "Settled: map this price to a plan. It sells Annual; a worker lets everybody follow who pays it."
    )
    assert world.person(ADA).grants == ["annual"]
    item.refresh_from_db()
    assert (item.decision, item.settled_at is None) == ("mapped", False)
    entry = AuditEntry.objects.get(act="map_price")
    assert (entry.after, entry.reason) == ({"plan": "annual"}, "new in spring")


def test_a_second_founder_is_told_that_it_is_decided(founder: Client, item: ReviewItem) -> None:
    maps(founder, item)

    assert maps(signed_in(superuser=True), item) == "Nothing to decide: this is settled."
    assert AuditEntry.objects.filter(act="map_price").count() == 1


def test_a_price_that_the_catalogue_mapped_meanwhile_is_left_alone(founder: Client, item: ReviewItem) -> None:
    Price.objects.update_or_create(stripe_id=item.subject, defaults={"plan": Plan.objects.get(slug="pro")})

    assert maps(founder, item) == "It sells Pro already; this closes itself in a moment."
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    ("form", "said"), [({"plan": "gold"}, "Choose a plan."), ({"reason": " "}, "Say why: whoever finds")]
)
def test_a_plan_and_a_reason_are_needed(
    founder: Client, item: ReviewItem, form: dict[str, str], said: str
) -> None:
    assert said in maps(founder, item, **form)
    item.refresh_from_db()
    assert item.settled_at is None


def test_it_needs_three_rights_and_the_password(item: ReviewItem) -> None:
    settler = signed_in(*VIEW, "settle_reviewitem")
    assert [settler.get(page_of(item)).status_code, settler.post(page_of(item)).status_code] == [403, 403]
    assert "Map this price" not in text(
        settler.get(reverse("admin:customers_reviewitem_change", args=[item.pk]))
    )

    founder = signed_in(*VIEW, "settle_reviewitem", "change_planmapping")
    session = founder.session
    session["confirmed_at"] = 0
    session.save()
    assert reverse("staff:confirm") in founder.get(page_of(item))["Location"]
    assert "confirm that it is you" in maps(founder, item)


def test_the_choice_itself_leads_to_the_page(founder: Client, item: ReviewItem) -> None:
    address = reverse("admin:customers_reviewitem_settle", args=[item.pk])

    assert founder.post(address, {"choice": "mapped", "reason": "x"})["Location"] == page_of(item)
    assert founder.get(page_of(ReviewItemFactory.create(kind=ReviewKind.NO_EMAIL))).status_code == 404


def test_what_the_name_of_the_price_says_is_offered_first(founder: Client, db: None) -> None:
    PlanFactory.create(slug="annual")
    review.ask(ReviewKind.UNKNOWN_PRICE, "price_1", evidence={"sounds_like": "annual"})

    assert '<option value="annual" selected>' in text(founder.get(page_of(ReviewItem.objects.get())))


def test_the_preview_costs_the_same_for_many(founder: Client, world: World, item: ReviewItem) -> None:
    few = queries_of(founder, f"{page_of(item)}?plan=annual")
    for number in range(5):
        world.stripe.checkout(f"p{number}@example.com", price="price_pro_year")
    world.know()

    assert Customer.objects.count() == 6
    assert queries_of(founder, f"{page_of(item)}?plan=annual") <= few
    assert few <= 25


def test_a_price_that_sells_nothing_of_ours_lets_everybody_follow_at_once(
    founder: Client, world: World, item: ReviewItem
) -> None:
    """Ada went on to Starter, beside the price that nobody mapped."""
    bought = Subscription.objects.get().stripe_id
    truth = world.stripe.objects[bought]
    unknown = truth["items"]["data"][0]
    starter = {**unknown, "id": "si_starter", "price": world.stripe.get("price_starter_month")}
    world.stripe.put({**truth, "items": {**truth["items"], "data": [unknown, starter]}})
    world.play([world.stripe.event("customer.subscription.updated", world.stripe.get(bought))])
    assert Customer.objects.get().grants == ["pro", "starter"]

    page = reverse("admin:customers_reviewitem_settle", args=[item.pk])
    answer = founder.post(page, {"choice": "ignored", "reason": "a seat, no plan"})
    assert "A worker lets everybody follow who pays it." in " ".join(
        str(each) for each in get_messages(answer.wsgi_request)
    )
    drain()

    person = Customer.objects.get()
    assert (person.grants, person.flags) == (["starter"], [])
