"""The acts of buying: Checkout sessions, guests, trials, delayed payments, one-off invoices."""

from dataclasses import dataclass
from typing import Any, Required, TypedDict, Unpack

from integrations.sandbox.routing import Json
from integrations.sandbox.stripe import objects
from integrations.sandbox.stripe.billing import Billing
from integrations.sandbox.stripe.objects import new_id
from integrations.sandbox.stripe.store import Ref, act, ref


class CheckoutOptions(TypedDict, total=False):
    price: Required[str]
    name: str
    country: str
    customer: str | None
    guest: bool
    delayed: bool
    trial_days: int
    client_reference_id: str | None


@dataclass(frozen=True)
class Checkout:
    """Ids of what a checkout made; "" where there is none."""

    session: str
    customer: str = ""
    subscription: str = ""
    payment_intent: str = ""
    invoice: str = ""


class Checkouts(Billing):
    @act
    def checkout(self, email: str, **options: Unpack[CheckoutOptions]) -> Checkout:
        """Somebody buys the price: a subscription when it recurs, a payment when not.

        customer: buy as this one (new otherwise). guest: a payment without a customer. delayed: the
        money arrives later, see delayed_payment. trial_days: begin with a trial.
        """
        session = self._open(email, options)
        return self._complete(session, options)

    @act
    def open_checkout(self, email: str, **options: Unpack[CheckoutOptions]) -> Checkout:
        """Somebody looks at the payment page and has not paid."""
        return Checkout(session=self._open(email, options)["id"])

    @act
    def expire_checkout(self, session: Ref) -> None:
        """The payment page is left until it expires."""
        found = self.the(session, "checkout.session")
        found["status"] = "expired"
        self.emit("checkout.session.expired", found)

    @act
    def delayed_payment(self, session: Ref, *, succeeds: bool) -> None:
        """The bank's answer to a delayed payment arrives."""
        found = self.the(session, "checkout.session")
        if found["subscription"]:
            self._delayed_invoice(found, succeeds=succeeds)
        else:
            intent = self.objects[found["payment_intent"]]
            charge = self.charge(intent, paid=succeeds, email=found["customer_email"])
            found["payment_status"] = "paid" if succeeds else "unpaid"
            self.emit("charge.succeeded" if succeeds else "charge.failed", charge)
            self.emit(f"payment_intent.{'succeeded' if succeeds else 'payment_failed'}", intent)
        outcome = "succeeded" if succeeds else "failed"
        self.emit(f"checkout.session.async_payment_{outcome}", found)

    def _delayed_invoice(self, session: Json, *, succeeds: bool) -> None:
        invoice = self.objects[session["invoice"]]
        subscription = self.objects[session["subscription"]]
        if succeeds:
            self.collect(invoice)
            session["payment_status"] = "paid"
            self.announce_paid(invoice)
        else:
            self.decline(invoice)
            subscription["status"] = "past_due"
            self.announce_declined(invoice)
            self.emit("customer.subscription.updated", subscription, previous={"status": "active"})

    @act
    def one_off_invoice(self, email: str, *, price: str, customer: str | None = None) -> Checkout:
        """A manual invoice without a subscription is sent, and paid."""
        buyer = self._buyer(email, {"price": price, "customer": customer})
        invoice = self.bill(buyer, price=self.the(price, "price"), subscription=None, billing_reason="manual")
        self.announce_bill(invoice)
        self.collect(invoice)
        self.announce_paid(invoice)
        intent = self.intent_of(invoice)["id"]
        return Checkout(session="", customer=buyer["id"], payment_intent=intent, invoice=invoice["id"])

    def _open(self, email: str, options: CheckoutOptions) -> Json:
        price = self.the(options["price"], "price")
        mode, reference = (
            "subscription" if price["recurring"] else "payment",
            options.get("client_reference_id"),
        )
        key = new_id("cs_test")
        session = objects.session(key, mode=mode, email=email, reference=reference, created=self.clock())
        amount = price["unit_amount"]
        line = {"id": new_id("li"), "object": "item", "amount_total": amount, "quantity": 1, "price": price}
        lines = objects.listing([line], url=f"/v1/checkout/sessions/{key}/line_items")
        session.update(
            amount_subtotal=amount, amount_total=amount, currency=price["currency"], line_items=lines
        )
        self.put(session)
        return self.objects[key]

    def _buyer(self, email: str, options: CheckoutOptions) -> Json:
        existing = options.get("customer")
        if existing:
            return self.the(existing, "customer")
        name, country = options.get("name", ""), options.get("country", "")
        buyer = objects.customer(new_id("cus"), email=email, name=name, country=country, created=self.clock())
        self.put(buyer)
        self.emit("customer.created", buyer)
        return self.objects[buyer["id"]]

    def _complete(self, session: Json, options: CheckoutOptions) -> Checkout:
        guest = bool(options.get("guest")) and session["mode"] == "payment"
        buyer = None if guest else self._buyer(session["customer_email"], options)
        address = {"country": options.get("country") or None}
        session.update(
            status="complete",
            customer=buyer["id"] if buyer else None,
            customer_details={
                "email": session["customer_email"], "name": options.get("name") or None,
                "phone": None, "address": address,
            },
        )  # fmt: skip
        if session["mode"] == "payment":
            self._pay(session, options)
        elif buyer is not None:
            self._subscribe(session, buyer=buyer, options=options)
        fields: Any = {
            name: session[name] or "" for name in ("customer", "subscription", "payment_intent", "invoice")
        }
        if session["invoice"] and not options.get("trial_days"):
            fields["payment_intent"] = self.intent_of(self.objects[session["invoice"]])["id"]
        return Checkout(session=session["id"], **fields)

    def _pay(self, session: Json, options: CheckoutOptions) -> None:
        amount, currency = session["amount_total"], session["currency"]
        intent = self.intend(amount=amount, currency=currency, customer=session["customer"])
        session["payment_intent"] = intent["id"]
        if options.get("delayed"):
            self.attempt(intent, email=session["customer_email"])
            self.emit("payment_intent.processing", intent)
        else:
            charge = self.charge(intent, paid=True, email=session["customer_email"])
            session["payment_status"] = "paid"
            self.emit("charge.succeeded", charge)
            self.emit("payment_intent.succeeded", intent)
        self.emit("checkout.session.completed", session)

    def _subscribe(self, session: Json, *, buyer: Json, options: CheckoutOptions) -> None:
        now, price = self.clock(), self.the(options["price"], "price")
        trial_end = now + options["trial_days"] * 86_400 if options.get("trial_days") else None
        rhythm, key = price["recurring"], new_id("sub")
        end = trial_end or objects.later(now, rhythm["interval"], rhythm["interval_count"])
        item = objects.item(price, subscription=key, start=now, end=end)
        self.put(objects.subscription(key, customer=ref(buyer), item=item, trial_end=trial_end, created=now))
        subscription = self.objects[key]
        amount = 0 if trial_end else price["unit_amount"]
        invoice = self.bill(
            buyer, price=price, subscription=subscription, amount=amount, billing_reason="subscription_create"
        )
        session.update(subscription=key, invoice=invoice["id"], amount_total=amount)
        self._announce_subscription(subscription)
        self.announce_bill(invoice)
        if options.get("delayed"):
            self.intent_of(invoice)
        else:
            self.collect(invoice)
            session["payment_status"] = "no_payment_required" if trial_end else "paid"
            self.announce_paid(invoice)
        self.emit("checkout.session.completed", session)

    def _announce_subscription(self, subscription: Json) -> None:
        """Checkout creates the subscription incomplete and completes it a moment later."""
        if subscription["status"] == "trialing":
            self.emit("customer.subscription.created", subscription)
        else:
            self.emit("customer.subscription.created", {**subscription, "status": "incomplete"})
            self.emit("customer.subscription.updated", subscription, previous={"status": "incomplete"})
