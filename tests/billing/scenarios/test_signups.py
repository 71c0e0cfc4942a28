"""A signup that ends without money is no churn, in whatever order we hear of it; one that was paid is."""

from integrations.models import Sync
from tests.billing.scenarios.playing import Answer, Tale, right_in_every_order
from tests.billing.scenarios.subscribers import (
    CREATED,
    DELETED,
    UPDATED,
    change,
    invoice_of,
    tells,
    unknown,
)
from tests.billing.world import World


def is_canceled(world: World, subscription: str) -> None:
    now = world.stripe.clock()
    change(world, subscription, status="canceled", ended_at=now, canceled_at=now)


def test_s14_a_signup_that_is_canceled_before_it_was_paid_is_a_lead(world: World) -> None:
    def tale(world: World) -> Tale:
        email, bought = unknown(world, delayed=True)
        is_canceled(world, bought.subscription)
        change(world, bought.invoice, status="void")
        return Tale(
            email,
            [
                tells(world, CREATED, bought.subscription, as_it_was={"status": "incomplete"}),
                tells(world, DELETED, bought.subscription),
                tells(world, "invoice.voided", bought.invoice),
            ],
        )

    right_in_every_order(world, tale, Answer("lead", history=["signup_expired", "signup_started"]))
    assert not Sync.objects.exists()


def test_s14_a_signup_that_was_paid_and_canceled_later_is_churn(world: World) -> None:
    def tale(world: World) -> Tale:
        email, bought = unknown(world)
        is_canceled(world, bought.subscription)
        return Tale(
            email,
            [
                tells(world, CREATED, bought.subscription, as_it_was={"status": "incomplete"}),
                tells(world, UPDATED, bought.subscription, as_it_was={"status": "active"}),
                tells(world, "invoice.paid", invoice_of(world, bought.subscription)),
                tells(world, DELETED, bought.subscription),
            ],
        )

    history = ["canceled_user_requested_access_removed", "signup_started", "subscription_active"]
    right_in_every_order(world, tale, Answer("canceled", paid=[2900], history=history))


def test_s14_an_unpaid_bill_that_was_sent_gave_access_and_its_end_is_churn(world: World) -> None:
    def tale(world: World) -> Tale:
        email, bought = unknown(world, delayed=True)
        change(world, bought.subscription, collection_method="send_invoice")
        is_canceled(world, bought.subscription)
        return Tale(email, [tells(world, DELETED, bought.subscription)])

    history = ["canceled_user_requested_access_removed"]
    right_in_every_order(world, tale, Answer("canceled", history=history))
