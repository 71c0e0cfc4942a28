"""The local Stripe reads as Stripe does: objects, expand, lists, filters, refusals."""

from functools import partial

import pytest

from integrations.sandbox import Sandbox
from tests.integrations.sandbox.caller import Caller

ADA = "ada@example.com"


def test_a_subscription_is_read_with_everything_that_it_hangs_on(sandbox: Sandbox, stripe: Caller) -> None:
    bought = sandbox.stripe.checkout(ADA, price="price_pro_month", name="Ada")
    paths = ["latest_invoice.payments", "items.data.price.product", "customer"]
    read = stripe("GET", f"/subscriptions/{bought.subscription}", params={"expand[]": paths}).json()

    assert (read["status"], read["customer"]["email"]) == ("active", ADA)
    assert read["items"]["data"][0]["price"]["product"]["name"] == "Pro"
    (payment,) = read["latest_invoice"]["payments"]["data"]
    assert payment["payment"]["payment_intent"] == bought.payment_intent
    assert read["items"]["data"][0]["current_period_end"] > read["created"]
    assert "current_period_end" not in read


def test_line_items_and_refunds_are_shown_only_on_expand(sandbox: Sandbox, stripe: Caller) -> None:
    bought = sandbox.stripe.checkout(ADA, price="price_lifetime")
    sandbox.stripe.refund(bought.payment_intent, amount=100)
    path = f"/checkout/sessions/{bought.session}"
    assert "line_items" not in stripe("GET", path).json()
    lines = stripe("GET", path, params={"expand[]": "line_items"}).json()["line_items"]["data"]
    assert [line["price"]["id"] for line in lines] == ["price_lifetime"]

    intent = stripe(
        "GET", f"/payment_intents/{bought.payment_intent}", params={"expand[]": "latest_charge.refunds"}
    ).json()
    assert [refund["amount"] for refund in intent["latest_charge"]["refunds"]["data"]] == [100]


@pytest.mark.parametrize(
    "path", ["data.items.data.price.product", "customer.shoe", "latest_invoice.payment_intent"]
)
def test_what_stripe_does_not_expand_is_a_bad_request(sandbox: Sandbox, stripe: Caller, path: str) -> None:
    bought = sandbox.stripe.checkout(ADA, price="price_pro_month")
    read = stripe("GET", f"/subscriptions/{bought.subscription}", params={"expand[]": path})

    assert read.status_code == 400
    assert read.json()["error"]["type"] == "invalid_request_error"


def test_an_unknown_id_a_deleted_customer_and_a_wrong_key(sandbox: Sandbox, stripe: Caller) -> None:
    unknown = stripe("GET", "/subscriptions/sub_none")
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "resource_missing")

    bought = sandbox.stripe.checkout(ADA, price="price_pro_month")
    sandbox.stripe.deletes_customer(bought.customer)
    gone = stripe("GET", f"/customers/{bought.customer}").json()
    assert gone == {"id": bought.customer, "object": "customer", "deleted": True}
    assert stripe("GET", "/customers").json()["data"] == []

    sandbox.stripe.revoked.add("sk")
    assert stripe("GET", "/account").status_code == 401


def test_any_recorded_object_can_be_planted_and_read(sandbox: Sandbox, stripe: Caller) -> None:
    old = {
        "id": "sub_old",
        "object": "subscription",
        "status": "active",
        "customer": "cus_x",
        "plan": {"id": "gold"},
    }
    sandbox.stripe.put(old)
    assert stripe("GET", "/subscriptions/sub_old", params={"expand[]": "customer"}).json() == old

    sandbox.stripe.remove("sub_old")
    assert stripe("GET", "/subscriptions/sub_old").status_code == 404


def test_the_subscription_list_hides_the_canceled_unless_asked(sandbox: Sandbox, stripe: Caller) -> None:
    bought = sandbox.stripe.checkout(ADA, price="price_pro_month")
    sandbox.stripe.cancels(bought.subscription)
    query = {"customer": bought.customer}

    assert stripe("GET", "/subscriptions", params=query).json()["data"] == []
    assert len(stripe("GET", "/subscriptions", params=query | {"status": "all"}).json()["data"]) == 1
    assert len(stripe("GET", "/subscriptions", params=query | {"status": "canceled"}).json()["data"]) == 1


def test_a_payment_is_traced_to_its_invoice_and_session(sandbox: Sandbox, stripe: Caller) -> None:
    bought = sandbox.stripe.checkout(ADA, price="price_pro_month")
    single = sandbox.stripe.checkout(ADA, price="price_lifetime", guest=True)
    owner = {"payment[type]": "payment_intent", "payment[payment_intent]": bought.payment_intent}

    (payment,) = stripe("GET", "/invoice_payments", params=owner).json()["data"]
    assert payment["invoice"] == bought.invoice
    owner["payment[payment_intent]"] = single.payment_intent
    assert stripe("GET", "/invoice_payments", params=owner).json()["data"] == []
    (session,) = stripe("GET", "/checkout/sessions", params={"payment_intent": single.payment_intent}).json()[
        "data"
    ]
    assert (session["id"], session["customer"]) == (single.session, None)
    (invoice,) = stripe("GET", "/invoices", params={"subscription": bought.subscription}).json()["data"]
    assert invoice["parent"]["subscription_details"]["subscription"] == bought.subscription


def test_lists_come_newest_first_and_in_pages(sandbox: Sandbox, stripe: Caller) -> None:
    for second in range(5):
        sandbox.now = partial(float, 1_000 + second)
        sandbox.stripe.checkout(f"p{second}@example.com", price="price_pro_month")
    first = stripe("GET", "/customers", params={"limit": 3}).json()
    assert [each["email"][:2] for each in first["data"]] == ["p4", "p3", "p2"]
    assert first["has_more"] is True

    rest = stripe("GET", "/customers", params={"limit": 3, "starting_after": first["data"][-1]["id"]}).json()
    assert ([each["email"][:2] for each in rest["data"]], rest["has_more"]) == (["p1", "p0"], False)
    assert len(stripe("GET", "/charges", params={"created[gte]": 1_003}).json()["data"]) == 2


def test_an_unknown_parameter_is_refused(stripe: Caller) -> None:
    refused = stripe("GET", "/subscriptions", params={"email": ADA})

    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "parameter_unknown")


@pytest.mark.parametrize(
    "asked", [{"payment[type]": "charge"}, {"payment[type]": "payment_intent", "payment[charge]": "ch_1"}]
)
def test_no_invoice_is_found_by_a_charge(stripe: Caller, asked: dict[str, str]) -> None:
    """https://docs.stripe.com/api/invoice-payment/list knows payment intents and payment records only."""
    assert stripe("GET", "/invoice_payments", params=asked).status_code == 400


def test_events_can_be_listed_by_type_and_by_delivery(sandbox: Sandbox, stripe: Caller) -> None:
    sandbox.stripe.checkout(ADA, price="price_pro_month")
    lost = next(event for event in sandbox.stripe.events if event["type"] == "invoice.paid")
    sandbox.stripe.undelivered[lost["id"]] = "never sent"

    owed = stripe("GET", "/events", params={"delivery_success": "false"}).json()["data"]
    assert [event["id"] for event in owed] == [lost["id"]]
    types = {"types[]": ["invoice.paid", "customer.created"]}
    found = stripe("GET", "/events", params=types).json()["data"]
    assert [event["type"] for event in found] == ["invoice.paid", "customer.created"]
    assert stripe("GET", f"/events/{lost['id']}").json() == lost
