"""One-off invoices: whatever paid one, and in however many payments, it is one purchase."""

import itertools

import pytest

from billing.models import Payment, StripeEvent
from customers.models import Entitlement
from integrations.sandbox.stripe.checkouts import Checkout
from tests.billing.world import Event, World

ADA = "ada@example.com"
PRICE = 49_900


def invoiced(world: World) -> Checkout:
    """Somebody paid an invoice, and we heard nothing of it."""
    return world.stripe.one_off_invoice(ADA, price="price_lifetime")


def paid(world: World, bought: Checkout) -> Event:
    return world.stripe.event("invoice.paid", world.stripe.get(bought.invoice))


def held() -> list[tuple[str, str]]:
    return list(Entitlement.objects.order_by("pk").values_list("subject", "state"))


def refunded(world: World, payment: str, *, amount: int | None = None) -> None:
    """Money goes back, and we hear of it."""
    before = len(world.stripe.events)
    world.stripe.refund(payment, amount=amount)
    world.know(since=before)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_an_invoice_paid_by_two_payments_is_one_purchase(world: World, order: tuple[int, ...]) -> None:
    bought = invoiced(world)
    intents = world.stripe.was_paid_twice_over(bought.invoice, first=10_000)
    told = [world.stripe.event("payment_intent.succeeded", world.stripe.get(each)) for each in intents]
    told.append(paid(world, bought))

    world.play([told[each] for each in order])

    assert held() == [(bought.invoice, "paid_in_full")]
    assert world.history(ADA) == ["paid_in_full"]
    assert sorted(Payment.objects.values_list("amount_received", flat=True)) == [10_000, PRICE - 10_000]


def test_it_is_held_until_the_last_of_its_payments_is_refunded(world: World) -> None:
    bought = invoiced(world)
    first, second = world.stripe.was_paid_twice_over(bought.invoice, first=10_000)
    world.play([paid(world, bought)])

    refunded(world, first)
    person = world.person(ADA)
    assert (person.status, person.has_access, person.flags) == ("paid_in_full", True, ["partially_refunded"])

    refunded(world, second)
    assert (world.person(ADA).status, world.person(ADA).has_access) == ("refunded", False)
    assert world.history(ADA) == ["paid_in_full", "partially_refunded", "refunded"]


def test_two_refunds_that_are_read_as_one_tell_the_same(world: World) -> None:
    bought = invoiced(world)
    for payment in world.stripe.was_paid_twice_over(bought.invoice, first=10_000):
        world.stripe.refund(payment)

    world.play([paid(world, bought)])

    assert world.person(ADA).status == "refunded"
    assert world.history(ADA) == ["paid_in_full", "partially_refunded", "refunded"]


def test_an_invoice_paid_by_a_charge_alone_is_taken_with_its_refund(world: World) -> None:
    bought = invoiced(world)
    charge = world.stripe.was_paid_by_charge(bought.invoice)
    world.play([paid(world, bought)])
    assert held() == [(bought.invoice, "paid_in_full")]

    refunded(world, charge)

    assert (world.person(ADA).status, world.person(ADA).has_access) == ("refunded", False)
    assert world.history(ADA) == ["paid_in_full", "refunded"]


def test_a_charge_that_is_heard_of_first_leads_to_its_invoice(world: World) -> None:
    bought = invoiced(world)
    charge = world.stripe.was_paid_by_charge(bought.invoice)

    refunded(world, charge, amount=100)

    assert held() == [(bought.invoice, "paid_in_full")]
    assert world.person(ADA).flags == ["partially_refunded"]


def test_a_charge_of_an_invoice_that_we_know_needs_no_search(world: World) -> None:
    bought = invoiced(world)
    charge = world.stripe.was_paid_by_charge(bought.invoice)
    world.play([paid(world, bought)])
    world.sandbox.journal.clear()

    refunded(world, charge)

    assert world.person(ADA).status == "refunded"
    assert not world.sandbox.journal.calls("stripe", "/invoices")


@pytest.mark.parametrize("guest", [True, False])
def test_a_charge_that_paid_no_invoice_is_no_trouble(world: World, guest: bool) -> None:
    """Made without a payment intent, by an old version of Stripe's API: it buys nothing of ours."""
    bought = invoiced(world)
    charge = world.stripe.was_paid_by_charge(bought.invoice)
    world.stripe.remove(next(world.stripe.where("invoice_payment", invoice=bought.invoice))["id"])
    world.stripe.objects[charge]["customer"] = None if guest else bought.customer
    for number in range(20):
        world.stripe.put({**world.stripe.objects[bought.invoice], "id": f"in_more{number}"})

    refunded(world, charge)

    became = set(StripeEvent.objects.values_list("status", flat=True))
    assert (became, held()) == ({"unmatched" if guest else "processed"}, [])
    assert len(world.sandbox.journal.calls("stripe", "/invoices")) == (0 if guest else 3)


def test_a_payment_that_is_shown_only_later_is_the_same_purchase(world: World) -> None:
    bought = invoiced(world)
    shown = next(world.stripe.where("invoice_payment", invoice=bought.invoice))
    shown["status"] = "open"
    world.play([paid(world, bought)])
    assert held() == [(bought.invoice, "paid_in_full")]

    shown["status"] = "paid"
    refunded(world, bought.payment_intent)

    assert held() == [(bought.invoice, "refunded")]
    assert Payment.objects.get().stripe_id == bought.payment_intent
    assert world.history(ADA) == ["paid_in_full", "refunded"]


def test_an_invoice_settled_outside_of_stripe_is_bought(world: World) -> None:
    bought = invoiced(world)
    record = world.stripe.was_paid_elsewhere(bought.invoice)

    world.play([paid(world, bought)])

    assert held() == [(bought.invoice, "paid_in_full")]
    assert Payment.objects.values_list("stripe_id", "amount_received").get() == (record, PRICE)


def test_an_invoice_settled_from_the_credit_balance_is_bought(world: World) -> None:
    bought = invoiced(world)
    world.stripe.was_paid_from_balance(bought.invoice)

    world.play([paid(world, bought)])

    assert (world.person(ADA).grants, held()) == (["lifetime"], [(bought.invoice, "paid_in_full")])


def test_an_invoice_that_was_forgiven_is_not_bought(world: World) -> None:
    bought = invoiced(world)
    world.stripe.was_forgiven(bought.invoice)

    world.play([paid(world, bought)])

    assert (world.person(ADA).status, held()) == ("lead", [])


def test_a_purchase_that_was_known_by_its_payment_stays_that_purchase(world: World) -> None:
    """Earlier releases knew an invoice's purchase by its payment, and wrote messages and history so."""
    bought = invoiced(world)
    first, second = world.stripe.was_paid_twice_over(bought.invoice, first=10_000)
    world.play([paid(world, bought)])
    Entitlement.objects.update(subject=first)
    twin = Entitlement.objects.get()
    twin.pk, twin.subject = None, second
    twin.save()

    refunded(world, second, amount=100)

    assert held() == [(first, "paid_in_full")]
    assert world.person(ADA).has_access


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_a_checkout_that_writes_an_invoice_too_is_one_purchase(world: World, order: tuple[int, ...]) -> None:
    """The invoice may be read before Stripe shows what paid it."""
    bought = world.stripe.checkout(ADA, price="price_lifetime")
    written = world.stripe.one_off_invoice(ADA, price="price_lifetime", customer=bought.customer)
    shown = next(world.stripe.where("invoice_payment", invoice=written.invoice))
    shown.update(status="open", payment={"type": "payment_intent", "payment_intent": bought.payment_intent})
    world.stripe.remove(written.payment_intent)
    world.stripe.objects[bought.session]["invoice"] = written.invoice
    told = [
        world.stripe.event("checkout.session.completed", world.stripe.get(bought.session)),
        world.stripe.event("payment_intent.succeeded", world.stripe.get(bought.payment_intent)),
        paid(world, written),
    ]

    world.play([told[each] for each in order])
    shown["status"] = "paid"
    world.play([paid(world, written)])

    assert [state for _, state in held()] == ["paid_in_full"]
    assert Payment.objects.get().stripe_id == bought.payment_intent
    refunded(world, bought.payment_intent)
    assert world.history(ADA) == ["paid_in_full", "refunded"]
    assert not world.person(ADA).has_access
