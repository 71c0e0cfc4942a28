"""One-time purchases, refunds and disputes."""

from tests.billing.scenarios.playing import Answer, Tale, right_in_every_order
from tests.billing.scenarios.subscribers import DELETED, LIFETIME, charge_of, known, tells, unknown
from tests.billing.world import World

BOUGHT = ["signup_started", "subscription_active"]


def test_s20_three_events_of_one_payment_are_one_purchase(world: World) -> None:
    def tale(world: World) -> Tale:
        email, bought = unknown(world, price=LIFETIME)
        intent = bought.payment_intent
        return Tale(
            email,
            [
                tells(world, "payment_intent.succeeded", intent),
                tells(world, "charge.succeeded", charge_of(world, intent)),
                tells(world, "checkout.session.completed", bought.session),
            ],
        )

    right_in_every_order(
        world,
        tale,
        Answer("paid_in_full", ["lifetime"], paid=[49900], history=["paid_in_full"], subscriptions=0),
    )


def test_s22_a_delayed_payment_that_fails_was_never_paid(world: World) -> None:
    def tale(world: World) -> Tale:
        email, bought = unknown(world, price=LIFETIME, delayed=True)
        processing = world.stripe.get(bought.payment_intent)
        world.stripe.delayed_payment(bought.session, succeeds=False)
        return Tale(
            email,
            [
                tells(world, "checkout.session.completed", bought.session),
                world.stripe.event("payment_intent.processing", processing),
                tells(world, "checkout.session.async_payment_failed", bought.session),
            ],
        )

    right_in_every_order(world, tale, Answer("lead", paid=[0], history=["signup_started"], subscriptions=0))


def test_s24_a_guest_is_the_person_whom_the_checkout_names(world: World) -> None:
    def tale(world: World) -> Tale:
        email, bought = unknown(world, price=LIFETIME, guest=True, client_reference_id="acct-77")
        intent = bought.payment_intent
        return Tale(
            email,
            [
                tells(world, "payment_intent.succeeded", intent),
                tells(world, "charge.succeeded", charge_of(world, intent)),
                tells(world, "checkout.session.completed", bought.session),
            ],
        )

    right_in_every_order(
        world,
        tale,
        Answer(
            "paid_in_full",
            ["lifetime"],
            paid=[49900],
            history=["paid_in_full"],
            customers=0,
            subscriptions=0,
            external_id="acct-77",
        ),
    )


def test_s25_two_partial_refunds_in_reverse_give_the_money_back_once(world: World) -> None:
    def tale(world: World) -> Tale:
        email, bought = known(world, price=LIFETIME)
        intent = bought.payment_intent
        charge = charge_of(world, intent)
        world.stripe.refund(intent, amount=10_000)
        partial = world.stripe.get(charge)
        world.stripe.refund(intent)
        return Tale(
            email,
            [tells(world, "charge.refunded", charge), world.stripe.event("charge.refunded", partial)],
        )

    right_in_every_order(
        world,
        tale,
        Answer(
            "refunded",
            paid=[49900],
            refunded=49900,
            history=["paid_in_full", "partially_refunded", "refunded"],
            subscriptions=0,
        ),
    )


def test_s27_a_refunded_subscription_invoice_takes_nothing(world: World) -> None:
    def tale(world: World) -> Tale:
        email, bought = known(world)
        world.stripe.refund(bought.payment_intent)
        note = {"id": f"cn_{email.partition('@')[0]}", "object": "credit_note", "invoice": bought.invoice}
        return Tale(
            email,
            [
                tells(world, "charge.refunded", charge_of(world, bought.payment_intent)),
                world.stripe.event("credit_note.created", note),
            ],
        )

    right_in_every_order(
        world,
        tale,
        Answer(
            "active",
            ["pro"],
            flags=["last_payment_refunded"],
            paid=[2900],
            refunded=2900,
            history=["refunded", *BOUGHT],
        ),
    )


def test_s28_an_inquiry_that_closes_costs_nothing(world: World) -> None:
    def tale(world: World) -> Tale:
        email, bought = known(world)
        opened = world.stripe.dispute(bought.payment_intent, status="warning_needs_response")
        body = world.stripe.get(opened["id"])
        world.stripe.dispute_closes(opened, status="warning_closed")
        return Tale(
            email,
            [
                world.stripe.event("charge.dispute.created", body),
                tells(world, "charge.dispute.closed", opened["id"]),
            ],
        )

    right_in_every_order(
        world,
        tale,
        Answer("active", ["pro"], paid=[2900], history=["dispute_closed", "dispute_opened", *BOUGHT]),
    )


def test_s47_a_lifetime_purchase_outlives_the_subscription(world: World) -> None:
    def tale(world: World) -> Tale:
        email, bought = known(world)
        bought_too = world.stripe.checkout(email, price=LIFETIME, customer=bought.customer)
        world.stripe.cancels(bought.subscription)
        return Tale(
            email,
            [
                tells(world, DELETED, bought.subscription),
                tells(world, "charge.succeeded", charge_of(world, bought_too.payment_intent)),
            ],
        )

    history = ["canceled_user_requested_access_removed", "paid_in_full", *BOUGHT]
    right_in_every_order(
        world, tale, Answer("paid_in_full", ["lifetime"], paid=[2900, 49900], history=history)
    )
