"""What may be said and a database may not hold: half a character, the year 9999, many items, long names."""

import pytest

from billing.models import Price, StripeEvent, Subscription
from customers.models import Plan
from tests.billing.world import World

ADA = "ada@example.com"


@pytest.mark.parametrize("name", ["Ada \ud83d", "\udc00Ada", "A\x00da"])
def test_half_a_character_in_a_name_is_left_out_and_the_person_gets_in(world: World, name: str) -> None:
    bought = world.stripe.checkout(ADA, price="price_pro_month", name="Ada")
    world.stripe.put({**world.stripe.objects[bought.customer], "name": name})

    world.know()

    person = world.person(ADA)
    assert (person.name, person.has_access) == ("Ada", True)
    assert set(StripeEvent.objects.values_list("status", flat=True)) == {"processed"}


def test_a_whole_character_outside_the_basic_plane_stays(world: World) -> None:
    world.stripe.checkout(ADA, price="price_pro_month", name="Ada \U0001f600")

    world.know()

    assert world.person(ADA).name == "Ada \U0001f600"


def test_a_cancellation_at_the_end_of_time_is_a_date_far_away(world: World) -> None:
    bought = world.stripe.checkout(ADA, price="price_pro_month")
    world.stripe.put({**world.stripe.objects[bought.subscription], "cancel_at": 253_402_300_799})

    world.know()

    person = world.person(ADA)
    assert (person.has_access, person.flags) == (True, ["cancellation_scheduled"])
    row = Subscription.objects.get(stripe_id=bought.subscription)
    assert row.cancel_at is not None
    assert row.reread_at is not None
    assert row.cancel_at.year == 9999
    assert row.current_period_end is not None
    assert row.reread_at.year == row.current_period_end.year


def test_a_plan_of_the_longest_name_beside_another_says_how_it_is_held(world: World) -> None:
    for plan in Plan.objects.all():
        plan.name = plan.slug.ljust(120, "!")
        plan.save()
    world.stripe.checkout(ADA, price="price_pro_month")
    world.stripe.checkout(ADA, price="price_lifetime")

    world.know()

    person = world.person(ADA)
    assert person.grants == ["lifetime", "pro"]
    (flag,) = person.flags
    assert (flag[:10], flag[-10:], len(flag)) == ("also: pro!", "! (active)", 120)


def test_changes_between_very_many_items_are_each_on_record(world: World) -> None:
    bought = world.stripe.checkout(ADA, price="price_pro_month")
    world.know()
    pro = Plan.objects.get(slug="pro")
    prices = [f"price_1Qw{number:02d}AbCdEfGhIjKlMnOpQrSt" for number in range(11)]
    for price in prices:
        world.stripe.add_price(price, "prod_addon", 100, interval="month")
        Price.objects.create(stripe_id=price, plan=pro)

    for count in (9, 10, 9, 11):
        sell(world, bought.subscription, prices[:count])

    subjects = (
        world.person(ADA).lifecycle_events.filter(type="plan_changed").values_list("subject", flat=True)
    )
    assert len(subjects) == 4
    assert all(each.startswith(f"{bought.subscription}:") and len(each) <= 255 for each in subjects)


def sell(world: World, subscription: str, prices: list[str]) -> None:
    """These items instead of those before; the signed body tells of both sides."""
    before = world.stripe.objects[subscription]["items"]
    item = before["data"][0]
    items = [{**item, "id": f"si_{each}", "price": world.stripe.objects[each]} for each in prices]
    after = {**world.stripe.objects[subscription], "items": {**before, "data": items}}
    world.stripe.put(after)
    kind = "customer.subscription.updated"
    world.play([world.stripe.event(kind, after, previous={"items": before})])
