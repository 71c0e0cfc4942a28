"""A customer is deleted at Stripe: what they held ends with a line in the record, whoever finds it out."""

import pytest

from billing import facts, reading
from customers.lifecycle import Cause
from customers.models import Customer
from customers.vocabulary import CauseKind
from integrations.sandbox.stripe.checkouts import Checkout
from tests.billing.world import World

ADA = "ada@example.com"
REMOVED = "canceled_user_requested_access_removed"


def read_again(world: World, *roots: str) -> None:
    """As when staff ask to read somebody again."""
    for root in roots:
        facts.apply(reading.read(root), cause=Cause(CauseKind.STAFF))


def subscriber(world: World) -> Checkout:
    bought = world.stripe.checkout(ADA, price="price_pro_month")
    world.know()
    assert world.person(ADA).has_access
    return bought


def ends(world: World) -> list[tuple[str, str, bool, bool]]:
    """Each line of the record that took access: type, subject, access before and after."""
    rows = world.person(ADA).lifecycle_events.filter(type__startswith="canceled")
    return list(rows.values_list("type", "subject", "access_before", "access_after"))


def test_a_deletion_that_only_a_reading_finds_is_on_record(world: World) -> None:
    bought = subscriber(world)
    world.stripe.deletes_customer(bought.customer)

    read_again(world, f"customer:{bought.customer}")

    person = world.person(ADA)
    assert (person.status, person.has_access, person.flags) == ("canceled", False, ["customer_deleted"])
    assert ends(world) == [(REMOVED, bought.subscription, True, False)]


def test_the_signed_bodies_that_come_later_add_no_second_end(world: World) -> None:
    bought = subscriber(world)
    told = len(world.stripe.events)
    world.stripe.deletes_customer(bought.customer)
    read_again(world, f"customer:{bought.customer}")

    world.know(since=told)

    assert ends(world) == [(REMOVED, bought.subscription, True, False)]


def test_a_subscription_that_is_read_itself_says_why_it_ended(world: World) -> None:
    bought = subscriber(world)
    world.stripe.payment_fails(bought.subscription)
    world.stripe.gives_up(bought.subscription, to="canceled")
    world.stripe.deletes_customer(bought.customer)

    read_again(world, f"subscription:{bought.subscription}", f"customer:{bought.customer}")

    assert [each[0] for each in ends(world)] == ["canceled_payment_failed_access_removed"]


def test_an_unpaid_signup_of_a_deleted_customer_is_no_churn(world: World) -> None:
    bought = world.stripe.checkout(ADA, price="price_pro_month", delayed=True)
    world.stripe.put({**world.stripe.objects[bought.subscription], "status": "incomplete"})
    world.know()
    told = len(world.stripe.events)
    world.stripe.deletes_customer(bought.customer)

    world.know(since=told)

    assert world.person(ADA).status == "lead"
    assert ends(world) == []
    assert "signup_expired" in world.history(ADA)


@pytest.mark.parametrize("at_once", [True, False])
def test_what_was_bought_once_and_for_all_belongs_to_whom_the_checkout_names(
    world: World, at_once: bool
) -> None:
    bought = world.stripe.checkout(ADA, price="price_lifetime", name="Ada")
    told = list(world.stripe.events)
    world.stripe.deletes_customer(bought.customer)

    world.play(told, at_once=at_once)
    world.wait()
    world.process()

    person = world.person(ADA)
    assert (person.status, person.grants, person.name) == ("paid_in_full", ["lifetime"], "Ada")
    assert {world.event(each).status for each in told if each["type"] != "customer.created"} == {"processed"}


def test_a_subscription_of_somebody_deleted_before_we_heard_of_it_makes_nobody(world: World) -> None:
    bought = world.stripe.checkout(ADA, price="price_pro_month")
    world.stripe.deletes_customer(bought.customer)

    world.know()

    assert not Customer.objects.exists()
