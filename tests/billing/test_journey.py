"""The main journey at Stripe: who pays is in, who cancels is out, and it is all on record."""

from tests.billing.world import World


def test_a_paid_checkout_gives_the_person_their_plan(world: World) -> None:
    world.stripe.checkout("ada@example.com", price="price_pro_month", name="Ada", country="EE")

    world.play(world.stripe.events)

    person = world.person("ada@example.com")
    assert (person.status, person.has_access, person.grants) == ("active", True, ["pro"])
    assert (person.name, person.country, person.interval) == ("Ada", "EE", "monthly")
    assert set(person.stripe_events.values_list("status", flat=True)) == {"processed"}


def test_a_cancellation_takes_the_access_and_keeps_the_history(world: World) -> None:
    bought = world.stripe.checkout("ada@example.com", price="price_pro_month")
    world.stripe.cancels(bought.subscription)

    world.play(world.stripe.events)

    person = world.person("ada@example.com")
    assert (person.status, person.has_access, person.grants) == ("canceled", False, [])
    history = list(person.lifecycle_events.values_list("type", flat=True))
    assert "canceled_user_requested_access_removed" in history
    assert "subscription_active" in history
