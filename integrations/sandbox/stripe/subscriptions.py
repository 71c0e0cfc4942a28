"""The acts of a subscription's life: renewals, failures, cancellations, trials, pauses, plan changes."""

import copy

from integrations.sandbox.routing import Json
from integrations.sandbox.stripe.billing import Billing
from integrations.sandbox.stripe.objects import later
from integrations.sandbox.stripe.store import Ref, act

UPDATED = "customer.subscription.updated"
UNSCHEDULED = {"cancel_at": None, "cancel_at_period_end": False, "canceled_at": None}


class Subscriptions(Billing):
    def _sub(self, subscription: Ref) -> Json:
        return self.the(subscription, "subscription")

    def _change(self, subscription: Json, **fields: object) -> None:
        """Set fields and announce the update with what was there before."""
        previous = {name: copy.deepcopy(subscription.get(name)) for name in fields}
        subscription.update(fields)
        self.emit(UPDATED, subscription, previous=previous)

    def _next_invoice(self, subscription: Json) -> Json:
        before = {
            "items": copy.deepcopy(subscription["items"]),
            "latest_invoice": subscription["latest_invoice"],
        }
        self.roll(subscription)
        customer = self.the(subscription["customer"], "customer")
        invoice = self.bill(customer, price=self.item(subscription)["price"], subscription=subscription)
        self.announce_bill(invoice)
        self.emit(UPDATED, subscription, previous=before)
        return invoice

    def _open_invoice(self, subscription: Json) -> Json:
        """The unpaid invoice there is, or the next period's."""
        latest = self.objects.get(subscription["latest_invoice"] or "")
        return latest if latest and latest["status"] == "open" else self._next_invoice(subscription)

    @act
    def renews(self, subscription: Ref) -> None:
        """The next period is billed and paid."""
        sub = self._sub(subscription)
        invoice = self._next_invoice(sub)
        self.collect(invoice)
        self.announce_paid(invoice)

    @act
    def payment_fails(self, subscription: Ref) -> None:
        """A renewal, or the next try at it, is declined: past_due."""
        sub = self._sub(subscription)
        invoice = self._open_invoice(sub)
        self.decline(invoice)
        was, sub["status"] = sub["status"], "past_due"
        self.announce_declined(invoice)
        if was != "past_due":
            self.emit(UPDATED, sub, previous={"status": was})

    @act
    def recovers(self, subscription: Ref) -> None:
        """The open invoice is paid after all: active."""
        sub = self._sub(subscription)
        invoice = self._open_invoice(sub)
        self.collect(invoice)
        was, sub["status"] = sub["status"], "active"
        self.announce_paid(invoice)
        if was != "active":
            self.emit(UPDATED, sub, previous={"status": was})

    @act
    def gives_up(self, subscription: Ref, *, to: str = "unpaid") -> None:
        """The last try fails; the account's settings decide: `to` is unpaid or canceled."""
        sub = self._sub(subscription)
        invoice = self._open_invoice(sub)
        self.decline(invoice, again=False)
        if to == "canceled":
            self._end(sub, reason="payment_failed")
            self.announce_declined(invoice)
            self.emit("customer.subscription.deleted", sub)
        else:
            was, sub["status"] = sub["status"], "unpaid"
            self.announce_declined(invoice)
            self.emit(UPDATED, sub, previous={"status": was})

    def _end(self, sub: Json, *, reason: str) -> None:
        now = self.clock()
        details = {**sub["cancellation_details"], "reason": reason}
        canceled_at = sub["canceled_at"] or now
        sub.update(status="canceled", ended_at=now, canceled_at=canceled_at, cancellation_details=details)

    @act
    def cancels(
        self, subscription: Ref, *, at_period_end: bool = False, reason: str = "cancellation_requested"
    ) -> None:
        """Ends now (also one that was scheduled), or is scheduled for the end of the paid period."""
        sub = self._sub(subscription)
        if not at_period_end:
            self._end(sub, reason=reason)
            self.emit("customer.subscription.deleted", sub)
            return
        details = {**sub["cancellation_details"], "reason": reason}
        end = self.item(sub)["current_period_end"]
        self._change(
            sub,
            cancel_at_period_end=True,
            cancel_at=end,
            canceled_at=self.clock(),
            cancellation_details=details,
        )

    @act
    def undo_cancel(self, subscription: Ref) -> None:
        """A scheduled cancellation is taken back in time."""
        sub = self._sub(subscription)
        self._change(sub, **UNSCHEDULED, cancellation_details={**sub["cancellation_details"], "reason": None})

    @act
    def trial_ends(self, subscription: Ref, *, pays: bool = True) -> None:
        """The trial is over and the first real invoice is paid, or declined."""
        sub = self._sub(subscription)
        sub["trial_end"] = min(sub["trial_end"] or self.clock(), self.clock())
        self.item(sub)["current_period_end"] = sub["trial_end"]
        sub["status"] = "active"
        invoice = self._next_invoice(sub)
        if pays:
            self.collect(invoice)
            self.announce_paid(invoice)
        else:
            self.decline(invoice)
            self.announce_declined(invoice)
        sub["status"] = "active" if pays else "past_due"
        self.emit(UPDATED, sub, previous={"status": "trialing"})

    @act
    def pauses(self, subscription: Ref, *, reason: str = "pause_requested") -> None:
        """Status paused, which is not the same as paused collection."""
        sub = self._sub(subscription)
        self._change(sub, status="paused", status_details={"paused": {"subscription": {"type": reason}}})
        self.emit("customer.subscription.paused", sub)

    @act
    def resumes(self, subscription: Ref) -> None:
        """Back from paused, or from paused collection."""
        sub = self._sub(subscription)
        if sub["pause_collection"] is not None:
            self._change(sub, pause_collection=None)
            return
        self._change(sub, status="active", status_details={"paused": None})
        self.emit("customer.subscription.resumed", sub)

    @act
    def pauses_collection(
        self, subscription: Ref, *, behavior: str = "void", resumes_at: int | None = None
    ) -> None:
        """Invoices are no longer collected; the status stays what it is."""
        self._change(
            self._sub(subscription), pause_collection={"behavior": behavior, "resumes_at": resumes_at}
        )

    @act
    def changes_price(self, subscription: Ref, price: str) -> None:
        """Another plan or interval, at once; a new interval is billed at once as well."""
        sub, chosen = self._sub(subscription), self.the(price, "price")
        before = {"items": copy.deepcopy(sub["items"]), "latest_invoice": sub["latest_invoice"]}
        item = self.item(sub)
        old, item["price"] = item["price"]["recurring"], copy.deepcopy(chosen)
        if old == chosen["recurring"]:
            self.emit(UPDATED, sub, previous=before)
            return
        now, rhythm = self.clock(), chosen["recurring"]
        end = later(now, rhythm["interval"], rhythm["interval_count"])
        item.update(current_period_start=now, current_period_end=end)
        customer = self.the(sub["customer"], "customer")
        invoice = self.bill(customer, price=chosen, subscription=sub, billing_reason="subscription_update")
        self.announce_bill(invoice)
        self.collect(invoice)
        self.emit(UPDATED, sub, previous=before)
        self.announce_paid(invoice)

    @act
    def pending_update(self, subscription: Ref, price: str) -> None:
        """A change that waits for its payment: the items stay as they are."""
        sub, now = self._sub(subscription), self.clock()
        waiting = {
            "id": self.item(sub)["id"],
            "object": "subscription_item",
            "price": self.the(price, "price"),
        }
        self._change(
            sub, pending_update={"expires_at": now + 82_800, "billing_cycle_anchor": None, "trial_end": None,
                                 "trial_from_plan": None, "subscription_items": [waiting]},
        )  # fmt: skip

    @act
    def settles_update(self, subscription: Ref, *, applied: bool) -> None:
        """The pending change is paid and applied, or expires."""
        sub = self._sub(subscription)
        waiting, sub["pending_update"] = sub["pending_update"], None
        if applied:
            self.item(sub)["price"] = copy.deepcopy(waiting["subscription_items"][0]["price"])
        self.emit(UPDATED, sub, previous={"pending_update": waiting})
        self.emit(f"customer.subscription.pending_update_{'applied' if applied else 'expired'}", sub)
