"""A customer is deleted at Stripe: what they held ends with a line in the record, whoever finds it out."""

from billing import facts, reading
from customers.lifecycle import Cause
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
