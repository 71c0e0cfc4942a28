"""Stripe embeds the first ten objects of a list: the others are read too."""

from typing import Any

from billing import reading
from billing.models import Payment, StripeEvent, Subscription
from billing.shapes import listed
from integrations.sandbox.stripe.objects import listing
from tests.billing.world import World

ADA = "ada@example.com"
MANY = 25


def many_prices(world: World, **recurring: Any) -> list[str]:
    names = [f"price_many_{number:02}" for number in range(MANY)]
    for name in names:
        world.stripe.add_price(name, "prod_many", 100, **recurring)
    return names


def test_a_checkout_of_25_line_items_buys_all_of_them(world: World) -> None:
    bought = world.stripe.checkout(ADA, price="price_lifetime")
    line = world.stripe.objects[bought.session]["line_items"]["data"][0]
    lines = [
        {**line, "id": f"li_{number}", "price": world.stripe.get(name)}
        for number, name in enumerate(many_prices(world))
    ]
    whole = listing([*lines, line], url="/v1/checkout/sessions/line_items")
    world.stripe.put({**world.stripe.objects[bought.session], "line_items": whole})

    world.know()

    assert len(Payment.objects.get().raw_prices) == MANY + 1
    assert world.person(ADA).grants == ["lifetime"]


def test_a_subscription_of_25_items_sells_all_of_them(world: World) -> None:
    bought = world.stripe.checkout(ADA, price="price_pro_month")
    world.know()
    items = world.stripe.get(bought.subscription)["items"]
    more = [
        {**items["data"][0], "id": f"si_{name}", "price": world.stripe.get(name)}
        for name in many_prices(world, interval="month")
    ]
    before = {"items": items}
    world.stripe.put(
        {**world.stripe.objects[bought.subscription], "items": {**items, "data": [*more, *items["data"]]}}
    )

    told = world.stripe.get(bought.subscription)
    assert (len(told["items"]["data"]), told["items"]["has_more"]) == (10, True)
    world.play([world.stripe.event("customer.subscription.updated", told, previous=before)])

    row = Subscription.objects.get()
    assert (len(row.raw_prices), row.amount) == (MANY + 1, 2_900 + MANY * 100)
    assert world.person(ADA).grants == ["pro"]
    assert "plan_changed" not in world.history(ADA)


def test_25_refunds_are_all_counted(world: World) -> None:
    bought = world.stripe.checkout(ADA, price="price_lifetime")
    for _ in range(MANY):
        world.stripe.refund(bought.payment_intent, amount=100)

    found = reading.read(f"payment_intent:{bought.payment_intent}")

    assert len(found.money[bought.payment_intent].refunds) == MANY
    world.know()
    assert Payment.objects.get().amount_refunded == MANY * 100


def test_a_one_off_invoice_of_25_lines_buys_all_of_them(world: World) -> None:
    bought = world.stripe.one_off_invoice(ADA, price="price_lifetime")
    invoice = world.stripe.objects[bought.invoice]
    line = invoice["lines"]["data"][0]
    details = line["pricing"]["price_details"]
    lines = [
        {**line, "id": f"il_{name}", "pricing": {"price_details": {**details, "price": name}}}
        for name in many_prices(world)
    ]
    world.stripe.put({**invoice, "lines": {**invoice["lines"], "data": [*lines, line]}})
    assert len(listed(world.stripe.get(bought.invoice)["lines"])) == 10

    world.know()

    assert len(Payment.objects.get().raw_prices) == MANY + 1
    assert world.person(ADA).grants == ["lifetime"]


def test_eleven_open_invoices_of_great_metadata_are_read(world: World) -> None:
    """A hundred of them would be larger than the largest answer that we take."""
    bought = world.stripe.checkout(ADA, price="price_pro_month")
    world.know()
    heard = len(world.stripe.events)
    world.stripe.payment_fails(bought.subscription)
    told = {f"key{number:02}": "x" * 500 for number in range(50)}
    invoice = world.stripe.objects[world.stripe.objects[bought.subscription]["latest_invoice"]]
    line = invoice["lines"]["data"][0]
    invoice["lines"]["data"] = [{**line, "id": f"il_{number}", "metadata": told} for number in range(4)]
    for number in range(10):
        world.stripe.put({**invoice, "id": f"in_more{number}"})

    world.know(since=heard)

    assert world.person(ADA).status == "past_due"
    assert set(StripeEvent.objects.values_list("status", flat=True)) == {"processed"}
