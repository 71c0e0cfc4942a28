"""The acts that take money back: refunds and disputes."""

from integrations.sandbox.routing import Json
from integrations.sandbox.stripe import bills
from integrations.sandbox.stripe.billing import Billing
from integrations.sandbox.stripe.store import Ref, act, ref


class Payments(Billing):
    def _charge_of(self, payment: Ref) -> Json:
        """The charge of a payment intent, or the charge itself."""
        if self.objects[ref(payment)]["object"] == "charge":
            return self.the(payment, "charge")
        intent = self.the(payment, "payment_intent")
        return self.the(intent["latest_charge"], "charge")

    def _recount(self, charge: Json) -> None:
        """amount_refunded is what the refunds that did not fail add up to."""
        gone = sum(
            each["amount"]
            for each in self.where("refund", charge=charge["id"])
            if each["status"] not in ("failed", "canceled")
        )
        charge.update(amount_refunded=gone, refunded=gone >= charge["amount"])

    @act
    def refund(self, payment: Ref, *, amount: int | None = None, pending: bool = False) -> Json:
        """Give money back: all that is left, or the amount in cents. Returns the refund."""
        charge = self._charge_of(payment)
        left = charge["amount"] - charge["amount_refunded"]
        refund = bills.refund(charge, amount=left if amount is None else amount, created=self.clock())
        refund["status"] = "pending" if pending else "succeeded"
        self.put(refund)
        before = charge["amount_refunded"]
        self._recount(charge)
        self.emit("refund.created", refund)
        self.emit("charge.refunded", charge, previous={"amount_refunded": before})
        return refund

    @act
    def refund_fails(self, refund: Ref) -> None:
        """The bank sends the refund back: the money is ours again."""
        found = self.the(refund, "refund")
        was = found["status"]
        found.update(status="failed", failure_reason="lost_or_stolen_card")
        charge = self.the(found["charge"], "charge")
        self._recount(charge)
        self.emit("refund.updated", found, previous={"status": was})
        self.emit("charge.refund.updated", found, previous={"status": was})
        self.emit("refund.failed", found)

    @act
    def dispute(self, payment: Ref, *, status: str = "needs_response") -> Json:
        """The buyer's bank asks (warning_*) or takes the money back. Returns the dispute."""
        charge = self._charge_of(payment)
        dispute = bills.dispute(charge, status=status, created=self.clock())
        self.put(dispute)
        charge["disputed"] = True
        self.emit("charge.dispute.created", dispute)
        if not status.startswith("warning"):
            self.emit("charge.dispute.funds_withdrawn", dispute)
        return dispute

    @act
    def dispute_closes(self, dispute: Ref, *, status: str) -> None:
        """won, lost or warning_closed."""
        found = self.the(dispute, "dispute")
        found["status"] = status
        if status == "won":
            self.emit("charge.dispute.funds_reinstated", found)
        self.emit("charge.dispute.closed", found)
