"""The life of a subscription: scheduled ends, trials, unpaid signups, dunning, pauses, pending changes."""

from dataclasses import replace

from customers.models import Customer
from tests.billing.scenarios.playing import Answer, Tale, right_in_every_order
from tests.billing.scenarios.subscribers import (
    CREATED,
    STARTER,
    UPDATED,
    change,
    invoice_of,
    known,
    tells,
    unknown,
)
from tests.billing.world import World

BOUGHT = ["signup_started", "subscription_active"]


def test_s08_an_end_scheduled_by_cancel_at_alone_is_seen(world: World) -> None:
    def tale(world: World) -> Tale:
        email, bought = known(world)
        end = world.stripe.clock() + 20 * 86_400
        change(world, bought.subscription, cancel_at=end, cancel_at_period_end=False)
        return Tale(email, [tells(world, UPDATED, bought.subscription, previous={"cancel_at": None})])

    right_in_every_order(
        world,
        tale,
        Answer(
            "active",
            ["pro"],
            flags=["cancellation_scheduled"],
            paid=[2900],
            history=["cancellation_scheduled", *BOUGHT],
        ),
    )
    for person in Customer.objects.filter(flags__contains=["cancellation_scheduled"]):
        assert person.access_until == person.entitlements.get().ends_at


def test_s09_a_trial_with_a_zero_invoice_has_paid_nothing(world: World) -> None:
    def tale(world: World) -> Tale:
        email, bought = unknown(world, trial_days=14)
        return Tale(
            email,
            [
                tells(world, "invoice.paid", invoice_of(world, bought.subscription)),
                tells(world, "checkout.session.completed", bought.session),
                tells(world, CREATED, bought.subscription),
            ],
        )

    right_in_every_order(world, tale, Answer("trialing", ["pro"], history=["trial_started"]))


def test_s11_a_trial_without_a_card_that_pauses_has_no_access(world: World) -> None:
    def tale(world: World) -> Tale:
        email, bought = known(world, trial_days=14)
        why = {"paused": {"subscription": {"type": "trial_end_without_payment_method"}}}
        change(world, bought.subscription, status="paused", status_details=why)
        return Tale(
            email,
            [
                tells(world, UPDATED, bought.subscription, previous={"status": "trialing"}),
                tells(world, "customer.subscription.paused", bought.subscription),
            ],
        )

    right_in_every_order(world, tale, Answer("paused", history=["paused", "trial_started"]))


def test_s13_a_trial_that_was_ended_on_purpose_is_a_paying_customer(world: World) -> None:
    def tale(world: World) -> Tale:
        email, bought = known(world, trial_days=14)
        world.stripe.trial_ends(bought.subscription, pays=True)
        return Tale(
            email,
            [
                tells(world, "invoice.paid", invoice_of(world, bought.subscription)),
                tells(world, UPDATED, bought.subscription, previous={"status": "trialing"}),
                tells(world, "customer.subscription.trial_will_end", bought.subscription),
            ],
        )

    right_in_every_order(
        world, tale, Answer("active", ["pro"], paid=[2900], history=["subscription_active", "trial_started"])
    )


def test_s14_a_signup_that_was_never_paid_is_a_lead_and_no_churn(world: World) -> None:
    def tale(world: World) -> Tale:
        email, bought = unknown(world, delayed=True)
        now, invoice = world.stripe.clock(), invoice_of(world, bought.subscription)
        change(world, bought.subscription, status="incomplete_expired", ended_at=now)
        change(world, invoice, status="void", attempt_count=1)
        opened = {"status": "open", "attempted": True, "attempt_count": 1}
        return Tale(
            email,
            [
                tells(world, CREATED, bought.subscription, as_it_was={"status": "incomplete"}),
                tells(world, "invoice.payment_failed", invoice, as_it_was=opened),
                tells(world, UPDATED, bought.subscription, previous={"status": "incomplete"}),
                tells(world, "invoice.voided", invoice),
            ],
        )

    right_in_every_order(world, tale, Answer("lead", history=["signup_expired", "signup_started"]))


def test_s15_a_signup_with_authentication_is_active_in_any_order(world: World) -> None:
    def tale(world: World) -> Tale:
        email, bought = unknown(world)
        sub, invoice = bought.subscription, invoice_of(world, bought.subscription)
        return Tale(
            email,
            [
                tells(world, "invoice.paid", invoice),
                tells(world, UPDATED, sub, previous={"status": "incomplete"}),
                tells(world, "invoice.payment_action_required", invoice, as_it_was={"status": "open"}),
                tells(world, CREATED, sub, as_it_was={"status": "incomplete"}),
            ],
        )

    right_in_every_order(world, tale, Answer("active", ["pro"], paid=[2900], history=BOUGHT))


def test_s17_given_up_dunning_is_unpaid_without_access(world: World) -> None:
    def tale(world: World) -> Tale:
        email, bought = known(world)
        sub = bought.subscription
        world.stripe.payment_fails(sub)
        failing = world.stripe.get(sub)
        world.stripe.gives_up(sub)
        draft = {"id": f"in_draft{email.partition('@')[0]}", "status": "draft", "attempt_count": 0}
        return Tale(
            email,
            [
                tells(world, UPDATED, sub, previous={"status": "past_due"}),
                world.stripe.event(UPDATED, failing, previous={"status": "active"}),
                tells(world, "invoice.created", invoice_of(world, sub), as_it_was=draft),
            ],
        )

    right_in_every_order(world, tale, Answer("unpaid", paid=[2900], history=["payment_failed", *BOUGHT]))


def test_s19_paused_collection_is_a_flag_and_not_a_pause(world: World) -> None:
    def tale(world: World) -> Tale:
        email, bought = known(world)
        sub = bought.subscription
        world.stripe.pauses_collection(sub)
        void = {"id": f"in_void{email.partition('@')[0]}", "status": "void", "attempt_count": 0}
        return Tale(
            email,
            [
                tells(world, UPDATED, sub, previous={"pause_collection": None}),
                tells(
                    world, "invoice.created", invoice_of(world, sub), as_it_was={**void, "status": "draft"}
                ),
                tells(world, "invoice.voided", invoice_of(world, sub), as_it_was=void),
            ],
        )

    right_in_every_order(
        world, tale, Answer("active", ["pro"], flags=["collection_paused"], paid=[2900], history=BOUGHT)
    )


def test_s35_an_upgrade_that_did_not_go_through_keeps_the_old_plan(world: World) -> None:
    def tale(world: World) -> Tale:
        email, bought = known(world, price=STARTER)
        sub = bought.subscription
        world.stripe.pending_update(sub, "price_pro_month")
        wished = world.stripe.get(sub)
        world.stripe.settles_update(sub, applied=False)
        failed = {
            "id": f"in_failed{email.partition('@')[0]}",
            "status": "open",
            "attempt_count": 1,
            "billing_reason": "subscription_update",
        }
        return Tale(
            email,
            [
                world.stripe.event(UPDATED, wished, previous={"pending_update": None}),
                tells(world, "invoice.payment_failed", invoice_of(world, sub), as_it_was=failed),
                tells(world, "customer.subscription.pending_update_expired", sub),
            ],
        )

    right_in_every_order(
        world, tale, Answer("active", ["starter"], paid=[900], history=["payment_failed", *BOUGHT])
    )


def test_s43_an_unknown_type_and_an_unknown_status_change_nothing_and_are_asked_about(world: World) -> None:
    def tale(world: World) -> Tale:
        email, bought = known(world)
        change(world, bought.subscription, status="brand_new")
        return Tale(
            email,
            [
                tells(world, "customer.subscription.something_new", bought.subscription),
                tells(world, UPDATED, bought.subscription, previous={"status": "active"}),
            ],
        )

    unchanged = Answer("active", ["pro"], paid=[2900], history=BOUGHT)
    right_in_every_order(
        world, tale, replace(unchanged, flags=["needs_review"], events={"processed", "ignored"})
    )
    for person in Customer.objects.filter(flags__contains=["needs_review"]):
        assert person.review_items.get().kind == "unknown_status"
