"""Doubt never demotes and never grants: unknown prices, shapes, addresses."""

from typing import Any

from django.utils import timezone

from billing import rederiving
from billing.models import Price, Subscription
from customers import review
from customers.models import Customer, Plan, ReviewItem
from tests.billing.world import World
from tests.factories import UserFactory

ADA = "ada@example.com"


def open_items() -> list[tuple[str, str]]:
    return list(ReviewItem.objects.filter(settled_at=None).values_list("kind", "subject"))


def change(world: World, key: str, **fields: Any) -> None:
    """Another truth of the object, and the update that tells of it."""
    world.stripe.put({**world.stripe.objects[key], **fields})
    world.play([world.stripe.event("customer.subscription.updated", world.stripe.get(key))])


def test_a_price_that_nobody_mapped_grants_nothing_until_it_is_mapped(world: World) -> None:
    world.stripe.add_price("price_new", "prod_new", 5_900, interval="month")
    for number in range(2):
        world.stripe.checkout(f"person{number}@example.com", price="price_new")
    world.know()
    person = world.person("person0@example.com")
    assert (person.status, person.has_access, person.flags) == ("active", False, ["needs_review"])
    assert open_items() == [("unknown_price", "price_new")]

    Price.objects.filter(stripe_id="price_new").update(plan=Plan.objects.get(slug="pro"))
    assert rederiving.rederive(["price_new"], now=timezone.now()) == 2

    person.refresh_from_db()
    assert (person.has_access, person.grants, person.flags) == (True, ["pro"], [])
    assert open_items() == []


def test_an_unknown_price_that_sounds_like_a_plan_says_so_to_whoever_decides(world: World) -> None:
    world.stripe.add_price("price_new", "prod_new", 5_900, interval="month")
    world.stripe.put({**world.stripe.objects["price_new"], "nickname": "PRO plan (monthly)"})
    bought = world.stripe.checkout(ADA, price="price_new")

    world.know()

    evidence = ReviewItem.objects.get(kind="unknown_price").evidence
    assert evidence == {"held_by": bought.subscription, "sounds_like": "pro"}
    assert not world.person(ADA).has_access


def test_an_unknown_price_on_a_living_subscription_keeps_what_was_understood(world: World) -> None:
    bought = world.stripe.checkout(ADA, price="price_pro_month")
    world.stripe.add_price("price_new", "prod_new", 5_900, interval="month")
    world.know()

    world.stripe.changes_price(bought.subscription, "price_new")
    world.know()
    person = world.person(ADA)
    assert (person.grants, person.flags) == (["pro"], ["needs_review"])

    world.stripe.cancels(bought.subscription)
    world.know()
    person.refresh_from_db()
    assert (person.status, person.has_access) == ("canceled", False)


def test_mapping_one_of_two_unknown_prices_leaves_the_doubt_about_the_other(world: World) -> None:
    bought = world.stripe.checkout(ADA, price="price_pro_month")
    items = world.stripe.get(bought.subscription)["items"]
    for name in ("price_one", "price_two"):
        world.stripe.add_price(name, "prod_new", 100, interval="month")
    both = [
        {**items["data"][0], "id": f"si_{name}", "price": world.stripe.get(name)}
        for name in ("price_one", "price_two")
    ]
    change(world, bought.subscription, items={**items, "data": both})

    Price.objects.filter(stripe_id="price_one").update(plan=Plan.objects.get(slug="starter"))
    rederiving.rederive(["price_one"], now=timezone.now())

    assert world.person(ADA).grants == ["starter"]
    assert Subscription.objects.get().doubt == "unknown_price"
    assert open_items() == [("unknown_price", "price_two")]


def test_a_subscription_of_two_plans_gives_both_and_quantity_zero_gives_nothing(world: World) -> None:
    bought = world.stripe.checkout(ADA, price="price_pro_month")
    items = world.stripe.get(bought.subscription)["items"]
    second = {**items["data"][0], "id": "si_2", "price": world.stripe.get("price_starter_month")}
    change(world, bought.subscription, items={**items, "data": [*items["data"], second]})
    assert world.person(ADA).grants == ["pro", "starter"]

    none = [{**each, "quantity": 0} for each in (*items["data"], second)]
    change(world, bought.subscription, items={**items, "data": none})

    assert world.person(ADA).grants == []


def test_a_subscription_that_does_not_say_what_it_sells_keeps_what_was_understood(world: World) -> None:
    bought = world.stripe.checkout(ADA, price="price_pro_month")
    world.know()

    change(world, bought.subscription, items=None)

    assert (world.person(ADA).grants, world.person(ADA).flags) == (["pro"], ["needs_review"])
    assert open_items() == [("unknown_shape", bought.subscription)]


def test_an_unknown_status_at_first_sight_grants_nothing_and_is_settled_by_a_known_one(world: World) -> None:
    bought = world.stripe.checkout(ADA, price="price_pro_month")
    change(world, bought.subscription, status="brand_new")
    assert (world.person(ADA).status, world.person(ADA).has_access) == ("lead", False)
    assert open_items() == [("unknown_status", bought.subscription)]

    change(world, bought.subscription, status="active")

    assert world.person(ADA).has_access
    assert open_items() == []


def test_a_full_coupon_is_a_purchase_of_nothing_for_nothing(world: World) -> None:
    world.stripe.put({**world.stripe.objects["price_lifetime"], "unit_amount": 0})
    free = world.stripe.checkout(ADA, price="price_lifetime")
    intent = world.stripe.objects[free.session]["payment_intent"]
    world.stripe.remove(intent)
    world.stripe.put(
        {
            **world.stripe.objects[free.session],
            "payment_intent": None,
            "payment_status": "no_payment_required",
        }
    )

    world.play([world.stripe.event("checkout.session.completed", world.stripe.get(free.session))])

    assert (world.person(ADA).status, world.person(ADA).grants) == ("paid_in_full", ["lifetime"])


def test_a_customer_without_an_address_is_a_person_on_the_review_list_until_one_comes(world: World) -> None:
    bought = world.stripe.checkout(ADA, price="price_pro_month")
    world.stripe.put({**world.stripe.objects[bought.customer], "email": None})
    world.play([world.stripe.event("invoice.paid", world.stripe.get(bought.invoice))])
    person = Customer.objects.get()
    assert (person.email, person.stripe_key, person.grants) == ("", bought.customer, ["pro"])
    assert open_items() == [("no_email", bought.customer)]

    heard = len(world.stripe.events)
    world.stripe.changes_email(bought.customer, "Ada@Example.com ")
    world.know(since=heard)

    assert world.person(ADA).pk == person.pk
    assert open_items() == []


def test_an_address_that_belongs_to_somebody_else_is_asked_about_and_nobody_loses_access(
    world: World,
) -> None:
    bought = world.stripe.checkout(ADA, price="price_pro_month")
    world.stripe.checkout("bob@example.com", price="price_starter_month")
    world.know()

    world.stripe.changes_email(bought.customer, "bob@example.com")
    world.know()
    world.know()

    assert world.person(ADA).grants == ["pro"]
    assert world.person("bob@example.com").grants == ["starter"]
    assert open_items() == [("email_collision", f"customer:{world.person(ADA).pk}")]


def test_an_address_in_other_letters_is_the_same_person(world: World) -> None:
    bought = world.stripe.checkout("Ada+shop@Example.com", price="price_pro_month")
    world.know()
    world.stripe.changes_email(bought.customer, " ada+SHOP@example.com")
    world.know()

    assert Customer.objects.get().email == "ada+shop@example.com"
    assert "email_changed" not in world.history("ada+shop@example.com")


def test_a_one_time_price_beside_a_subscription_is_asked_about(world: World) -> None:
    """Their one invoice is the subscription's, and a payment of that is never a purchase."""
    bought = world.stripe.checkout(ADA, price="price_starter_month")
    lines = world.stripe.objects[bought.session]["line_items"]["data"]
    lines.append({**lines[0], "id": "li_beside", "price": world.stripe.get("price_lifetime")})

    world.know()

    assert world.person(ADA).grants == ["starter"]
    item = ReviewItem.objects.get(settled_at=None)
    assert (item.kind, item.subject) == ("unknown_shape", f"{bought.session}:price_lifetime")
    assert (item.customer, item.evidence["plan"]) == (world.person(ADA), "lifetime")

    review.decide(item.pk, review.IGNORED, by=UserFactory.create(), now=timezone.now())
    world.play([world.stripe.event("checkout.session.completed", world.stripe.get(bought.session))])
    assert open_items() == []


def test_a_one_time_price_that_sells_no_plan_is_a_fee_that_nobody_asks_about(world: World) -> None:
    world.stripe.add_price("price_setup", "prod_setup", 9_900)
    bought = world.stripe.checkout(ADA, price="price_starter_month")
    lines = world.stripe.objects[bought.session]["line_items"]["data"]
    lines.append({**lines[0], "id": "li_beside", "price": world.stripe.get("price_setup")})

    world.know()

    assert (world.person(ADA).grants, open_items()) == (["starter"], [])
