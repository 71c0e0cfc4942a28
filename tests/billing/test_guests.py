"""Guests: who bought stays who they are, and what a checkout says of them is as old as the checkout."""

from customers.models import Customer
from integrations.models import Connection, Sync
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


def test_a_purchase_as_a_guest_stays_with_the_person_when_they_have_another_address(world: World) -> None:
    Connection.objects.create(slug="kit", kind="kit", credential="KIT_API_KEY", mode="live")
    guest = world.stripe.checkout(ADA, price="price_lifetime", guest=True)
    bought = world.stripe.checkout(ADA, price="price_pro_month")
    world.know()
    told = len(world.stripe.events)
    world.stripe.changes_email(bought.customer, "new@example.com")
    world.know(since=told)

    world.stripe.refund(guest.payment_intent, amount=100)
    world.know(since=told)

    person = Customer.objects.get()
    assert (person.email, person.grants) == ("new@example.com", ["lifetime", "pro"])
    assert "partially_refunded" in person.lifecycle_events.values_list("type", flat=True)
    assert set(Sync.objects.values_list("customer_id", flat=True)) == {person.pk}


def test_the_payment_alone_says_whose_a_checkout_is(world: World) -> None:
    guest = world.stripe.checkout(ADA, price="price_lifetime", guest=True)
    world.know()
    person = world.person(ADA)
    person.checkout_sessions.all().delete()
    Customer.objects.filter(pk=person.pk).update(email="new@example.com")

    world.play([world.stripe.event("checkout.session.completed", world.stripe.get(guest.session))])

    assert Customer.objects.get() == person
    assert person.checkout_sessions.get().stripe_id == guest.session


def test_an_old_address_that_buys_anew_is_somebody_new(world: World) -> None:
    world.stripe.checkout(ADA, price="price_lifetime", guest=True)
    bought = world.stripe.checkout(ADA, price="price_pro_month")
    world.know()
    told = len(world.stripe.events)
    world.stripe.changes_email(bought.customer, "new@example.com")
    world.know(since=told)

    world.stripe.checkout(ADA, price="price_lifetime", guest=True)
    world.know(since=told)

    assert world.person(ADA).grants == ["lifetime"]
    assert world.person("new@example.com").grants == ["lifetime", "pro"]
