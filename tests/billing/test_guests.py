"""Guests: what a checkout says of the buyer is as old as the checkout."""

from tests.billing.world import Event, World

ADA = "ada@example.com"


def heard_of(world: World, session: str, *, name: str, age: int = 0) -> Event:
    """A finished guest checkout, so many seconds old."""
    found = world.stripe.objects[session]
    details = {**found["customer_details"], "name": name, "address": {"country": "DE" if age else "FR"}}
    world.stripe.put({**found, "customer_details": details, "created": found["created"] - age})
    return world.stripe.event("checkout.session.completed", world.stripe.get(session))


def test_an_older_checkout_that_is_read_again_keeps_the_newer_name_and_country(world: World) -> None:
    old = world.stripe.checkout(ADA, price="price_lifetime", guest=True)
    new = world.stripe.checkout(ADA, price="price_lifetime", guest=True)
    world.play([heard_of(world, old.session, name="Ada Byron", age=9_000)])
    world.play([heard_of(world, new.session, name="Ada Lovelace")])

    world.stripe.refund(old.payment_intent)
    world.know(since=len(world.stripe.events) - 2)

    assert (world.person(ADA).name, world.person(ADA).country) == ("Ada Lovelace", "FR")


def test_a_checkout_never_overrules_the_customer_that_stripe_keeps(world: World) -> None:
    world.stripe.checkout(ADA, price="price_pro_month", name="Ada Lovelace", country="GB")
    world.know()

    guest = world.stripe.checkout(ADA, price="price_lifetime", guest=True)
    world.play([heard_of(world, guest.session, name="A. L.")])

    assert (world.person(ADA).name, world.person(ADA).country) == ("Ada Lovelace", "GB")


def test_a_checkout_fills_what_was_blank(world: World) -> None:
    world.stripe.checkout(ADA, price="price_pro_month")
    world.know()

    guest = world.stripe.checkout(ADA, price="price_lifetime", guest=True)
    world.play([heard_of(world, guest.session, name="Ada Lovelace")])

    assert (world.person(ADA).name, world.person(ADA).country) == ("Ada Lovelace", "FR")
