"""What one reading answers needs no other: calls to Stripe are scarce."""

from billing.models import StripeEvent
from tests.billing.scenarios.subscribers import UPDATED, tells, unknown
from tests.billing.world import World


def test_an_event_whose_object_came_with_another_reading_costs_no_call(world: World) -> None:
    _, bought = unknown(world)
    world.deliver(
        tells(world, UPDATED, bought.subscription), tells(world, "customer.updated", bought.customer)
    )
    world.sandbox.journal.clear()

    world.process()

    assert set(StripeEvent.objects.values_list("status", flat=True)) == {"processed"}
    assert [call.path for call in world.sandbox.journal.calls()] == [f"/subscriptions/{bought.subscription}"]


def test_what_happened_after_the_reading_began_is_read_anew(world: World) -> None:
    _, bought = unknown(world)
    world.deliver(tells(world, UPDATED, bought.subscription))
    world.process()
    world.deliver(tells(world, "customer.updated", bought.customer))
    world.sandbox.journal.clear()

    world.process()

    assert [call.path for call in world.sandbox.journal.calls()] == [f"/customers/{bought.customer}"]
