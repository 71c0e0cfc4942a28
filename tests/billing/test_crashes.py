"""An event that kills its worker is given up after three; those beside it are not."""

import pytest
from django.db.models.functions import Now

from billing import claiming, ignoring, inbox
from billing.models import StripeEvent
from tests.billing.world import Event, World

ADA = "ada@example.com"


@pytest.fixture
def told(world: World) -> list[Event]:
    """Three events of one subscription, delivered and not processed."""
    bought = world.stripe.checkout(ADA, price="price_pro_month")
    kinds = ("invoice.finalized", "invoice.paid", "invoice.payment_succeeded")
    events = [world.stripe.event(kind, world.stripe.get(bought.invoice)) for kind in kinds]
    assert set(world.deliver(*events)) == {200}
    return events


def worker_dies(world: World, *events: Event) -> None:
    """A worker took them, and was never heard of again."""
    rows = StripeEvent.objects.filter(event_id__in=[each["id"] for each in events])
    assert rows.filter(due_at__isnull=False).update(lease_until=Now()) == len(events)


def dies_alone(world: World, event: Event) -> None:
    """It is taken again, as each run begins, and that worker dies as well."""
    assert [each.event_id for each in claiming.claim(world.event(event).pk)] == [event["id"]]
    worker_dies(world, event)


def test_an_event_that_killed_three_workers_is_a_dead_letter_and_its_neighbours_are_processed(
    world: World, told: list[Event]
) -> None:
    killer, *innocent = told
    worker_dies(world, *told)
    dies_alone(world, killer)
    dies_alone(world, killer)

    world.process()

    assert (world.event(killer).status, world.event(killer).reason) == ("dead_letter", "worker_killed")
    assert {world.event(each).status for each in innocent} == {"processed"}
    assert {world.event(each).crash_count for each in innocent} == {0}
    assert world.person(ADA).has_access


def test_a_worker_that_died_once_costs_no_try_and_is_forgotten(world: World, told: list[Event]) -> None:
    event = told[0]
    claiming.claim(world.event(event).pk)
    worker_dies(world, *told)
    world.stripe.fail(500, times=1)

    inbox.run(world.event(event).pk)

    row = world.event(event)
    assert (row.status, row.attempt_count, row.crash_count) == ("failed", 1, 0)


def test_a_suspect_is_not_processed_by_the_reading_of_its_neighbour(world: World, told: list[Event]) -> None:
    suspect, other, _ = told
    worker_dies(world, suspect)
    dies_alone(world, suspect)

    inbox.run(world.event(other).pk)

    assert world.event(other).status == "processed"
    assert world.event(suspect).status == "received"


def test_a_dead_letter_that_killed_workers_has_three_more_when_it_is_replayed(
    world: World, told: list[Event]
) -> None:
    rows = StripeEvent.objects.filter(event_id=told[0]["id"])
    rows.update(status="dead_letter", reason="worker_killed", due_at=None, crash_count=3)

    inbox.revive(rows)
    world.process()

    assert world.event(told[0]).status == "processed"


def test_one_that_staff_let_go_and_take_up_again_has_three_more(world: World, told: list[Event]) -> None:
    rows = StripeEvent.objects.filter(event_id=told[0]["id"])
    rows.update(status="dead_letter", reason="worker_killed", due_at=None, crash_count=3)
    assert ignoring.ignore(rows)

    assert ignoring.take_up(rows)
    world.process()

    assert world.event(told[0]).status == "processed"
