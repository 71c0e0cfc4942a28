"""The acts of the local Stripe: first the truth changes, then the events come that Stripe would send."""

import threading
from typing import Any

import pytest
from stripe import StripeClient, Webhook

from integrations.sandbox import Sandbox, SandboxServer
from integrations.sandbox.stripe.account import Checkout

ADA = "ada@example.com"


@pytest.fixture
def bought(sandbox: Sandbox) -> Checkout:
    return sandbox.stripe.checkout(ADA, price="price_pro_month")


def status(sandbox: Sandbox, bought: Checkout) -> str:
    return str(sandbox.stripe.get(bought.subscription)["status"])


def types_after(sandbox: Sandbox, count: int) -> list[str]:
    return [event["type"] for event in sandbox.stripe.events[count:]]


def test_a_checkout_creates_the_subscription_incomplete_and_ends_active(
    sandbox: Sandbox, bought: Checkout
) -> None:
    bodies = [
        event["data"]["object"]["status"]
        for event in sandbox.stripe.events
        if event["type"].startswith("customer.subscription.")
    ]
    assert bodies == ["incomplete", "active"]
    assert sandbox.stripe.events[-1]["type"] == "checkout.session.completed"
    assert sandbox.stripe.get(bought.invoice)["status"] == "paid"


def test_a_failed_renewal_is_past_due_and_recovers(sandbox: Sandbox, bought: Checkout) -> None:
    sandbox.stripe.payment_fails(bought.subscription)
    sandbox.stripe.payment_fails(bought.subscription)
    owed = sandbox.stripe.get(sandbox.stripe.get(bought.subscription)["latest_invoice"])
    assert (status(sandbox, bought), owed["status"], owed["attempt_count"]) == ("past_due", "open", 2)
    assert owed["next_payment_attempt"] > owed["created"]

    sandbox.stripe.recovers(bought.subscription)
    assert (status(sandbox, bought), sandbox.stripe.get(owed["id"])["status"]) == ("active", "paid")


@pytest.mark.parametrize("end", ["unpaid", "canceled"])
def test_the_last_failure_ends_as_the_account_is_set(sandbox: Sandbox, bought: Checkout, end: str) -> None:
    sandbox.stripe.payment_fails(bought.subscription)
    sandbox.stripe.gives_up(bought.subscription, to=end)
    found = sandbox.stripe.get(bought.subscription)

    assert found["status"] == end
    assert sandbox.stripe.get(found["latest_invoice"])["next_payment_attempt"] is None


def test_a_cancellation_can_be_scheduled_undone_and_done(sandbox: Sandbox, bought: Checkout) -> None:
    sandbox.stripe.cancels(bought.subscription, at_period_end=True)
    found = sandbox.stripe.get(bought.subscription)
    assert found["cancel_at"] == found["items"]["data"][0]["current_period_end"]
    sandbox.stripe.undo_cancel(bought.subscription)
    assert sandbox.stripe.get(bought.subscription)["cancel_at"] is None

    before = len(sandbox.stripe.events)
    sandbox.stripe.cancels(bought.subscription)
    assert (status(sandbox, bought), types_after(sandbox, before)) == (
        "canceled",
        ["customer.subscription.deleted"],
    )


@pytest.mark.parametrize(("pays", "then"), [(True, "active"), (False, "past_due")])
def test_a_trial_ends_with_the_first_real_invoice(sandbox: Sandbox, pays: bool, then: str) -> None:
    began = sandbox.stripe.checkout(ADA, price="price_pro_month", trial_days=14)
    assert status(sandbox, began) == "trialing"
    assert sandbox.stripe.get(began.session)["payment_status"] == "no_payment_required"

    sandbox.stripe.trial_ends(began.subscription, pays=pays)
    assert status(sandbox, began) == then
    assert sandbox.stripe.get(sandbox.stripe.get(began.subscription)["latest_invoice"])["total"] == 2900


def test_paused_is_a_status_and_paused_collection_is_not(sandbox: Sandbox, bought: Checkout) -> None:
    sandbox.stripe.pauses_collection(bought.subscription)
    assert status(sandbox, bought) == "active"
    sandbox.stripe.resumes(bought.subscription)
    sandbox.stripe.pauses(bought.subscription)
    assert status(sandbox, bought) == "paused"
    sandbox.stripe.resumes(bought.subscription)
    assert status(sandbox, bought) == "active"


def test_a_pending_update_leaves_the_items_until_it_is_paid(sandbox: Sandbox, bought: Checkout) -> None:
    sandbox.stripe.pending_update(bought.subscription, "price_pro_year")
    item = sandbox.stripe.get(bought.subscription)["items"]["data"][0]
    assert item["price"]["id"] == "price_pro_month"
    sandbox.stripe.settles_update(bought.subscription, applied=True)
    item = sandbox.stripe.get(bought.subscription)["items"]["data"][0]
    assert item["price"]["id"] == "price_pro_year"


def test_a_year_is_billed_when_the_plan_changes_to_it(sandbox: Sandbox, bought: Checkout) -> None:
    sandbox.stripe.changes_price(bought.subscription, "price_pro_year")
    found = sandbox.stripe.get(bought.subscription)

    assert found["items"]["data"][0]["price"]["id"] == "price_pro_year"
    assert sandbox.stripe.get(found["latest_invoice"])["amount_paid"] == 29000


def test_refunds_add_up_and_a_failed_one_comes_back(sandbox: Sandbox) -> None:
    single = sandbox.stripe.checkout(ADA, price="price_lifetime")
    charge = sandbox.stripe.get(single.payment_intent)["latest_charge"]
    sandbox.stripe.refund(single.payment_intent, amount=900)
    rest = sandbox.stripe.refund(single.payment_intent)
    assert (rest["amount"], sandbox.stripe.get(charge)["refunded"]) == (49_000, True)

    sandbox.stripe.refund_fails(rest)
    assert (sandbox.stripe.get(charge)["amount_refunded"], sandbox.stripe.get(charge)["refunded"]) == (
        900,
        False,
    )


def test_a_dispute_opens_and_closes(sandbox: Sandbox) -> None:
    single = sandbox.stripe.checkout(ADA, price="price_lifetime")
    dispute = sandbox.stripe.dispute(single.payment_intent)
    sandbox.stripe.dispute_closes(dispute, status="lost")

    assert sandbox.stripe.get(dispute["id"])["status"] == "lost"
    assert sandbox.stripe.events[-1]["type"] == "charge.dispute.closed"


@pytest.mark.parametrize("price", ["price_lifetime", "price_pro_month"])
@pytest.mark.parametrize("succeeds", [True, False])
def test_delayed_money_arrives_or_not(sandbox: Sandbox, price: str, succeeds: bool) -> None:
    slow = sandbox.stripe.checkout(ADA, price=price, delayed=True)
    assert sandbox.stripe.get(slow.session)["payment_status"] == "unpaid"

    sandbox.stripe.delayed_payment(slow.session, succeeds=succeeds)
    paid = sandbox.stripe.get(slow.session)["payment_status"]
    assert paid == ("paid" if succeeds else "unpaid")
    assert sandbox.stripe.events[-1]["type"].endswith("succeeded" if succeeds else "failed")


def test_a_page_left_open_expires(sandbox: Sandbox) -> None:
    looked = sandbox.stripe.open_checkout(ADA, price="price_pro_month")
    sandbox.stripe.expire_checkout(looked.session)

    assert sandbox.stripe.get(looked.session)["status"] == "expired"
    assert types_after(sandbox, 0) == ["checkout.session.expired"]


def test_a_manual_invoice_has_no_subscription(sandbox: Sandbox) -> None:
    sent = sandbox.stripe.one_off_invoice(ADA, price="price_lifetime")
    invoice = sandbox.stripe.get(sent.invoice)

    assert (invoice["parent"], invoice["status"]) == (None, "paid")


def test_a_deleted_customer_loses_the_subscriptions(sandbox: Sandbox, bought: Checkout) -> None:
    before = len(sandbox.stripe.events)
    sandbox.stripe.deletes_customer(bought.customer)

    assert status(sandbox, bought) == "canceled"
    assert types_after(sandbox, before) == ["customer.subscription.deleted", "customer.deleted"]


def test_events_are_announced_when_the_truth_can_be_read(sandbox: Sandbox) -> None:
    """A listener may read back in another thread: no lock is held while it is told."""
    seen: list[str] = []

    def look(event: dict[str, Any]) -> None:
        reader = threading.Thread(
            target=lambda: seen.append(sandbox.stripe.get(event["data"]["object"]["id"])["object"])
        )
        reader.start()
        reader.join(timeout=5)

    sandbox.stripe.on_event = look
    sandbox.stripe.checkout(ADA, price="price_lifetime")
    assert len(seen) == len(sandbox.stripe.events)


def test_stripes_own_library_reads_it_and_accepts_its_signature(sandbox: Sandbox, bought: Checkout) -> None:
    server = SandboxServer(sandbox)
    client = StripeClient("sk", base_addresses={"api": f"{server.start()}/stripe"})
    found = client.v1.subscriptions.retrieve(
        bought.subscription, params={"expand": ["latest_invoice.payments"]}
    )
    server.stop()
    assert found.status == "active"

    body = b'{"id": "evt_1", "object": "event"}'
    header = sandbox.stripe.sign(body)
    assert Webhook.construct_event(body, header, sandbox.stripe.webhook_secret).id == "evt_1"
