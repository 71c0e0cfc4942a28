"""How else a one-off invoice can have been paid; the truth only changes, nothing is announced of it."""

from integrations.sandbox.routing import Json
from integrations.sandbox.stripe import bills
from integrations.sandbox.stripe.billing import Billing
from integrations.sandbox.stripe.store import Ref, act


class Settling(Billing):
    @act
    def was_paid_twice_over(self, invoice: Ref, *, first: int) -> list[str]:
        """In two payments: the first of so many cents, the rest by another. Returns both intents' ids."""
        found = self.the(invoice, "invoice")
        payment = self._payment_of(found)
        intent = self.the(payment["payment"]["payment_intent"], "payment_intent")
        rest = intent["amount"] - first
        intent.update(amount=first, amount_received=first)
        self.the(intent["latest_charge"], "charge").update(amount=first, amount_captured=first)
        payment["amount_paid"] = first
        other = self.intend(amount=rest, currency=found["currency"], customer=found["customer"])
        self.charge(other, paid=True, email=found["customer_email"])
        paid = bills.invoice_payment(invoice=found, payment_intent=other["id"], created=self.clock())
        self.put({**paid, "amount_paid": rest, "status": "paid"})
        return [intent["id"], other["id"]]

    @act
    def was_paid_by_charge(self, invoice: Ref) -> str:
        """By a charge that no payment intent stands behind. Returns the charge's id."""
        payment = self._payment_of(self.the(invoice, "invoice"))
        intent = self.the(payment["payment"]["payment_intent"], "payment_intent")
        charge = self.the(intent["latest_charge"], "charge")
        charge["payment_intent"] = None
        payment["payment"] = {"type": "charge", "charge": charge["id"]}
        self.remove(intent["id"])
        return str(charge["id"])

    @act
    def was_paid_elsewhere(self, invoice: Ref) -> str:
        """By a payment that Stripe only keeps a record of. Returns the record's id."""
        payment = self._payment_of(self.the(invoice, "invoice"))
        self.remove(payment["payment"]["payment_intent"])
        record = payment["payment"]["payment_intent"].replace("pi_", "pr_")
        payment["payment"] = {"type": "payment_record", "payment_record": record}
        return str(record)

    @act
    def was_paid_from_balance(self, invoice: Ref) -> None:
        """From the customer's credit balance: there is no payment at all."""
        self._without_payment(self.the(invoice, "invoice")).update(
            starting_balance=-self.the(invoice, "invoice")["total"], ending_balance=0
        )

    @act
    def was_forgiven(self, invoice: Ref) -> None:
        """By a credit note before anybody paid."""
        found = self._without_payment(self.the(invoice, "invoice"))
        found["pre_payment_credit_notes_amount"] = found["total"]

    def _payment_of(self, invoice: Json) -> Json:
        return next(self.where("invoice_payment", invoice=invoice["id"]))

    def _without_payment(self, invoice: Json) -> Json:
        payment = self._payment_of(invoice)
        self.remove(payment["payment"]["payment_intent"])
        self.remove(payment["id"])
        invoice.update(amount_due=0, amount_paid=0, attempt_count=0)
        return invoice
