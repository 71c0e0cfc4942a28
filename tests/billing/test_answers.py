"""A doubt is settled by itself when a later reading answers it."""

from typing import Any

from django.utils import timezone

from billing.models import StripeEvent
from customers.models import ReviewItem
from support.desks import deciding, reviewing
from tests.billing.world import World
from tests.factories import UserFactory

ADA, BOB, EVE = "ada@example.com", "bob@example.com", "eve@example.com"


def open_items() -> list[tuple[str, str]]:
    return list(ReviewItem.objects.filter(settled_at=None).values_list("kind", "subject"))


def becomes(world: World, key: str, kind: str, **fields: Any) -> None:
    world.stripe.put({**world.stripe.objects[key], **fields})
    world.play([world.stripe.event(kind, world.stripe.get(key))])


def test_a_subscription_that_says_again_what_it_sells_is_off_the_list(world: World) -> None:
    bought = world.stripe.checkout(ADA, price="price_pro_month")
    items = world.stripe.get(bought.subscription)["items"]
    becomes(world, bought.subscription, "customer.subscription.updated", items=None)
    assert open_items() == [("unknown_shape", bought.subscription)]

    becomes(world, bought.subscription, "customer.subscription.updated", items=items)

    assert open_items() == []
    assert world.person(ADA).flags == []


def test_an_object_of_a_shape_we_cannot_read_is_off_the_list_once_we_can(world: World) -> None:
    bought = world.stripe.checkout(ADA, price="price_pro_month")
    becomes(world, bought.subscription, "customer.subscription.updated", status=None)
    assert open_items() == [("unknown_shape", f"subscription:{bought.subscription}")]
    assert StripeEvent.objects.get().reason == "unsupported_shape"

    becomes(world, bought.subscription, "customer.subscription.updated", status="active")

    assert open_items() == []


def test_a_country_that_we_know_answers_one_that_we_did_not(world: World) -> None:
    bought = world.stripe.checkout(ADA, price="price_pro_month")
    becomes(world, bought.customer, "customer.updated", address={"country": "Atlantis"})
    assert [kind for kind, _ in open_items()] == ["unmapped_value"]

    becomes(world, bought.customer, "customer.updated", address={"country": "Germany"})

    assert (open_items(), world.person(ADA).country) == ([], "DE")


def test_an_address_that_is_free_by_now_is_taken_with_the_next_reading(world: World) -> None:
    ada = world.stripe.checkout(ADA, price="price_pro_month")
    bob = world.stripe.checkout(BOB, price="price_starter_month")
    world.know()
    becomes(world, ada.customer, "customer.updated", email=BOB)
    assert [kind for kind, _ in open_items()] == ["email_collision"]

    becomes(world, bob.customer, "customer.updated", email=EVE)
    becomes(world, ada.customer, "customer.updated")

    assert open_items() == []
    assert (world.person(BOB).grants, world.person(EVE).grants) == (["pro"], ["starter"])


def test_an_address_that_was_taken_back_is_off_the_list(world: World) -> None:
    ada = world.stripe.checkout(ADA, price="price_pro_month")
    world.stripe.checkout(BOB, price="price_starter_month")
    world.know()
    becomes(world, ada.customer, "customer.updated", email=BOB)

    becomes(world, ada.customer, "customer.updated", email=ADA)

    assert (open_items(), world.person(ADA).grants) == ([], ["pro"])


def test_a_change_that_several_customers_stood_against_is_followed_when_they_agree(world: World) -> None:
    first = world.stripe.checkout(ADA, price="price_pro_month")
    second = world.stripe.checkout(ADA, price="price_lifetime")
    world.know()
    becomes(world, first.customer, "customer.updated", email=EVE)
    assert open_items() == [("email_change", first.customer)]

    world.stripe.deletes_customer(second.customer)
    world.know(since=len(world.stripe.events) - 1)
    becomes(world, first.customer, "customer.updated")

    assert (open_items(), world.person(EVE).grants) == ([], ["lifetime", "pro"])


def test_a_person_follows_when_all_their_customers_have_the_new_address(world: World) -> None:
    first = world.stripe.checkout(ADA, price="price_pro_month")
    second = world.stripe.checkout(ADA, price="price_lifetime")
    world.know()
    becomes(world, first.customer, "customer.updated", email=EVE)
    assert world.person(ADA).grants == ["lifetime", "pro"]

    becomes(world, second.customer, "customer.updated", email=EVE)

    assert (open_items(), world.person(EVE).grants) == ([], ["lifetime", "pro"])


NARNIA = {"country": "Narnia"}


def country_chosen(world: World, code: str) -> None:
    """A founder settles the open doubt about Ada's country."""
    item = ReviewItem.objects.get(kind="unmapped_value", settled_at=None)
    choice = reviewing.Choice("country_chosen", "Choose the country", "", field="country")
    decision = deciding.Decision(choice, UserFactory.create(), "asked her", code)
    deciding.decide(item.pk, decision, now=timezone.now())


def test_a_country_that_staff_chose_outlives_the_next_reading(world: World) -> None:
    ada = world.stripe.checkout(ADA, price="price_pro_month")
    world.know()
    becomes(world, ada.customer, "customer.updated", address=NARNIA)
    country_chosen(world, "DE")

    becomes(world, ada.customer, "customer.updated", address=NARNIA, name="Ada L.")

    person = world.person(ADA)
    assert (person.country, person.name, open_items()) == ("DE", "Ada L.", [])


def test_staff_are_asked_once_when_stripe_says_another_country_than_they_chose(world: World) -> None:
    ada = world.stripe.checkout(ADA, price="price_pro_month")
    world.know()
    becomes(world, ada.customer, "customer.updated", address=NARNIA)
    country_chosen(world, "DE")

    becomes(world, ada.customer, "customer.updated", address={"country": "FR"})
    assert (world.person(ADA).country, [kind for kind, _ in open_items()]) == ("DE", ["unmapped_value"])
    country_chosen(world, "DE")
    becomes(world, ada.customer, "customer.updated", name="Ada L.")
    assert (world.person(ADA).country, open_items()) == ("DE", [])

    becomes(world, ada.customer, "customer.updated", address={"country": "IT"})
    assert [kind for kind, _ in open_items()] == ["unmapped_value"]
    becomes(world, ada.customer, "customer.updated", address={"country": "DE"})
    assert open_items() == []
