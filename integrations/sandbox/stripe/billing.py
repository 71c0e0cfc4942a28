"""The moves that several acts share: bill, collect, fail to collect, pay."""

from typing import Any

from integrations.sandbox.routing import Json
from integrations.sandbox.stripe import bills
from integrations.sandbox.stripe.objects import later, new_id, price, product
from integrations.sandbox.stripe.store import Store

RETRY_AFTER = 3 * 86_400


class Billing(Store):
    def add_price(self, key: str, product_id: str, amount: int, **recurring: Any) -> None:
        """A price in the catalogue, in cents; recurring: interval, interval_count; also currency, name."""
        interval = recurring.get("interval")
        period = (interval, recurring.get("interval_count", 1)) if interval else None
        with self.lock:
            now = self.clock()
            name = recurring.get("name") or product_id.removeprefix("prod_").capitalize()
            if product_id not in self.objects:
                self.put(product(product_id, name=name, created=now))
            fresh = price(key, product=product_id, amount=amount, interval=period, created=now)
            self.put({**fresh, "currency": recurring.get("currency", "usd")})

    def item(self, subscription: Json) -> Json:
        found: Json = subscription["items"]["data"][0]
        return found

    def roll(self, subscription: Json) -> None:
        """Begin the next period."""
        item = self.item(subscription)
        rhythm = item["price"]["recurring"] or {"interval": "month", "interval_count": 1}
        start = max(item["current_period_end"], self.clock())
        end = later(start, rhythm["interval"], rhythm["interval_count"])
        item.update(current_period_start=start, current_period_end=end)

    def bill(self, customer: Json, *, price: Json, subscription: Json | None, **more: Any) -> Json:
        """An open invoice; `more` may set amount, billing_reason."""
        now = self.clock()
        period = (now, now)
        if subscription is not None:
            item = self.item(subscription)
            period = (item["current_period_start"], item["current_period_end"])
        invoice = bills.invoice(
            new_id("in"),
            customer=customer,
            price=price,
            subscription=subscription["id"] if subscription else None,
            amount=more.get("amount", price["unit_amount"]),
            billing_reason=more.get("billing_reason", "subscription_cycle"),
            period=period,
            created=now,
        )
        self.put(invoice)
        if subscription is not None:
            subscription["latest_invoice"] = invoice["id"]
        return self.objects[invoice["id"]]

    def intend(self, *, amount: int, currency: str, customer: str | None) -> Json:
        intent = bills.payment_intent(
            new_id("pi"), amount=amount, currency=currency, customer=customer, created=self.clock()
        )
        self.put(intent)
        return self.objects[intent["id"]]

    def intent_of(self, invoice: Json) -> Json:
        """The invoice's payment intent, made when there is none yet."""
        for payment in self.where("invoice_payment", invoice=invoice["id"]):
            return self.objects[payment["payment"]["payment_intent"]]
        intent = self.intend(
            amount=invoice["amount_due"], currency=invoice["currency"], customer=invoice["customer"]
        )
        payment = bills.invoice_payment(invoice=invoice, payment_intent=intent["id"], created=self.clock())
        self.put(payment)
        return intent

    def attempt(self, intent: Json, *, email: str | None) -> Json:
        """A charge that waits for its answer: of a card for a moment, of a bank debit for days."""
        waiting = self.objects.get(intent["latest_charge"] or "", {})
        if waiting.get("status") != "pending":
            waiting = bills.charge(intent, email=email, created=self.clock())
            self.put(waiting)
            intent["latest_charge"] = waiting["id"]
        return self.objects[waiting["id"]]

    def charge(self, intent: Json, *, paid: bool, email: str | None) -> Json:
        charge = self.attempt(intent, email=email)
        charge.update(bills.answer(charge, paid=paid))
        if paid:
            intent.update(status="succeeded", amount_received=intent["amount"], last_payment_error=None)
        else:
            declined = {"code": "card_declined", "type": "card_error", "message": charge["failure_message"]}
            intent.update(status="requires_payment_method", last_payment_error=declined)
        return charge

    def collect(self, invoice: Json) -> None:
        """The money arrives: charge, intent, payment and invoice say so. Nothing is announced yet."""
        now = self.clock()
        if invoice["amount_due"]:
            intent = self.intent_of(invoice)
            self.charge(intent, paid=True, email=invoice["customer_email"])
            for payment in self.where("invoice_payment", invoice=invoice["id"]):
                payment.update(status="paid", amount_paid=invoice["amount_due"])
                payment["status_transitions"]["paid_at"] = now
            invoice["attempt_count"] += 1
        invoice.update(
            status="paid",
            attempted=True,
            next_payment_attempt=None,
            amount_paid=invoice["amount_due"],
            amount_remaining=0,
        )
        invoice["status_transitions"]["paid_at"] = now

    def decline(self, invoice: Json, *, again: bool = True) -> None:
        """The card is refused; `again` plans the next attempt."""
        self.charge(self.intent_of(invoice), paid=False, email=invoice["customer_email"])
        next_attempt = self.clock() + RETRY_AFTER if again else None
        invoice.update(
            attempted=True, attempt_count=invoice["attempt_count"] + 1, next_payment_attempt=next_attempt
        )

    def announce_bill(self, invoice: Json) -> None:
        """To be said before anything is collected: then nobody has tried yet and nothing is paid."""
        draft = {**invoice["status_transitions"], "finalized_at": None}
        self.emit("invoice.created", {**invoice, "status": "draft", "status_transitions": draft})
        self.emit("invoice.finalized", invoice)

    def announce_paid(self, invoice: Json) -> None:
        for payment in self.where("invoice_payment", invoice=invoice["id"]):
            intent = self.objects[payment["payment"]["payment_intent"]]
            self.emit("charge.succeeded", self.objects[intent["latest_charge"]])
            self.emit("payment_intent.succeeded", intent)
            self.emit("invoice_payment.paid", payment)
        self.emit("invoice.paid", invoice)
        self.emit("invoice.payment_succeeded", invoice)

    def announce_declined(self, invoice: Json) -> None:
        intent = self.intent_of(invoice)
        self.emit("charge.failed", self.objects[intent["latest_charge"]])
        self.emit("payment_intent.payment_failed", intent)
        self.emit("invoice.payment_failed", invoice)
