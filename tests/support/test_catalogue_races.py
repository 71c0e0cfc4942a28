"""A catalogue that changes while people buy: nobody is missed, nobody waits, nothing is left over."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from billing import facts, inbox, locks, reading
from billing.models import CatalogueChange, ChangeKind, Price
from customers.lifecycle import Cause
from customers.models import Customer, Override, Plan
from customers.vocabulary import CauseKind
from integrations.models import Connection, Mode
from integrations.sweeper import drain
from support import by_hand, connections
from support.catalog.changes import Changes
from support.catalog.consequences import owe, step
from tests.billing.conftest import world
from tests.billing.world import World
from tests.factories import CustomerFactory, EntitlementFactory, UserFactory
from tests.refusal import refused
from tests.support.shop import SAMPLE, Shop
from tests.waiting import somebody_waits

__all__ = ["world"]

PATIENCE = 20.0  # seconds; only a hang takes them
ADA, BOB = "ada@example.com", "bob@example.com"


@pytest.fixture
def shop(world: World, tmp_path: Path) -> Shop:
    """The sample catalogue is loaded, but the yearly price is not in it yet."""
    shop = Shop(tmp_path)
    shop.edit(', "price_pro_year"', "")
    Price.objects.filter(stripe_id="price_pro_year").delete()
    shop.load()
    shop.text = SAMPLE.read_text()
    return shop


@contextmanager
def beside(act: Callable[[], object]) -> Iterator[threading.Event]:
    """Do it on a connection of its own while the block runs; the event says that it is done."""
    done = threading.Event()

    def run() -> None:
        try:
            act()
        finally:
            connection.close()
            done.set()

    thread = threading.Thread(target=run)
    thread.start()
    yield done
    thread.join(PATIENCE)
    assert not thread.is_alive()


@contextmanager
def uncommitted(act: Callable[[], object]) -> Iterator[threading.Event]:
    """It is done, and committed when the event is set."""
    done, go = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            act()
            done.set()
            go.wait(PATIENCE)

    with beside(hold):
        assert done.wait(PATIENCE)
        yield go


def until(true: Callable[[], bool]) -> bool:
    pause, left = threading.Event(), PATIENCE
    while left > 0 and not true():
        pause.wait(0.01)
        left -= 0.01
    return left > 0


def test_who_buys_while_their_price_is_mapped_has_access_at_once(world: World, shop: Shop) -> None:
    bought = world.stripe.checkout(ADA, price="price_pro_year")
    found = reading.read(f"subscription:{bought.subscription}")

    purchase = partial(facts.apply, found, cause=Cause(CauseKind.EVENT, "evt_1"))
    with uncommitted(purchase) as go, beside(shop.load) as loaded:
        assert until(lambda: loaded.is_set() or somebody_waits())
        go.set()

    assert world.person(ADA).grants == ["pro"]


def test_who_buys_while_the_catalogue_is_being_written_is_understood_by_the_new_one(
    world: World, shop: Shop
) -> None:
    bought = world.stripe.checkout(ADA, price="price_pro_year")
    event = world.stripe.event("invoice.paid", world.stripe.get(bought.invoice))
    assert world.deliver(event) == [200]

    with ExitStack() as run, transaction.atomic():
        locks.catalogue()
        Price.objects.create(stripe_id="price_pro_year", plan=Plan.objects.get(slug="pro"))
        done = run.enter_context(beside(lambda: inbox.run(world.event(event).pk)))
        assert until(lambda: done.is_set() or somebody_waits())

    assert world.person(ADA).grants == ["pro"]


def test_nobodys_event_waits_while_somebody_else_follows_a_changed_catalogue(
    world: World, shop: Shop
) -> None:
    world.stripe.checkout(ADA, price="price_pro_year")
    bob = world.stripe.checkout(BOB, price="price_pro_year")
    world.know()
    world.stripe.renews(bob.subscription)

    with uncommitted(lambda: locks.people([world.person(ADA).pk])) as go, beside(shop.load) as loaded:
        assert until(somebody_waits)
        world.know(since=len(world.stripe.events) - 1)
        assert (world.person(BOB).grants, loaded.is_set()) == (["pro"], False)
        go.set()

    assert world.person(ADA).grants == ["pro"]


def test_who_is_given_a_plan_while_it_changes_has_the_new_tier_at_once(world: World, shop: Shop) -> None:
    lead = CustomerFactory.create(email=ADA)
    given = Override(
        customer=lead,
        plan=Plan.objects.get(slug="pro"),
        until=timezone.now() + timedelta(days=3),
        reason="a speaker",
        granted_by=UserFactory.create(),
    )
    shop.edit('support_tier = "priority"', 'support_tier = "vip"')
    with uncommitted(lambda: by_hand.grant(given, now=timezone.now())) as go, beside(shop.load) as loaded:
        assert until(lambda: loaded.is_set() or somebody_waits())
        go.set()

    assert world.person(ADA).support_tier == "vip"


def test_who_buys_while_a_connection_is_switched_on_is_wanted_there(world: World, shop: Shop) -> None:
    """Their purchase saw it off; a switch that looked for people before that is committed would miss them."""
    Connection.objects.filter(slug="circle").update(mode=Mode.OFF)
    bought = world.stripe.checkout(ADA, price="price_pro_month")
    found = reading.read(f"subscription:{bought.subscription}")

    def switch_on() -> None:
        connections.set_mode("circle", Mode.LIVE, by=None, reason="we open")

    purchase = partial(facts.apply, found, cause=Cause(CauseKind.EVENT, "evt_1"))
    with uncommitted(purchase) as go, beside(switch_on) as switched:
        assert until(lambda: switched.is_set() or somebody_waits())
        go.set()

    assert world.person(ADA).grants == ["pro"]
    assert world.person(ADA).syncs.filter(connection__slug="circle").exists()


def test_a_load_that_died_before_everybody_followed_is_finished_by_the_sweeper(
    world: World, shop: Shop
) -> None:
    world.stripe.checkout(ADA, price="price_pro_year")
    world.know()
    Price.objects.filter(stripe_id="price_pro_year").update(plan=Plan.objects.get(slug="pro"))
    owe(Changes(prices={"price_pro_year"}, plans={"pro"}))
    drain()
    assert not world.person(ADA).has_access

    CatalogueChange.objects.update(due_at=Now())
    drain()

    assert world.person(ADA).grants == ["pro"]
    assert not CatalogueChange.objects.exists()


def test_a_change_is_followed_some_people_at_a_time_and_goes_on_where_it_was_left(shop: Shop) -> None:
    for _ in range(3):
        EntitlementFactory.create(customer=CustomerFactory.create(), plan=Plan.objects.get(slug="pro"))
    [change] = owe(Changes(plans={"pro"}))
    let_in = Customer.objects.filter(has_access=True)

    assert not step(change, now=timezone.now(), most=2)
    assert let_in.count() == 2
    assert not step(change, now=timezone.now(), most=2)
    assert let_in.count() == 3

    assert step(change, now=timezone.now(), most=2)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("catalogue_change_kind_known", {"kind": "rumour"}),
        ("catalogue_change_subject_given", {"subject": ""}),
    ],
)
def test_a_change_says_what_it_is(world: World, name: str, values: dict[str, str]) -> None:
    change = CatalogueChange.objects.create(kind=ChangeKind.PLAN, subject="pro")

    with refused(name):
        CatalogueChange.objects.filter(pk=change.pk).update(**values)
