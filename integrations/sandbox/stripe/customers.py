"""The acts about who the customer is: a new e-mail, deletion."""

from integrations.sandbox.stripe.store import Ref, Store, act


class Customers(Store):
    @act
    def changes_email(self, customer: Ref, email: str | None) -> None:
        found = self.the(customer, "customer")
        before, found["email"] = found["email"], email
        self.emit("customer.updated", found, previous={"email": before})

    @act
    def deletes_customer(self, customer: Ref) -> None:
        """Its subscriptions end at once, and all that is left to read is {id, object, deleted}."""
        found = self.the(customer, "customer")
        now = self.clock()
        for sub in self.where("subscription", customer=found["id"]):
            if sub["status"] not in ("canceled", "incomplete_expired"):
                sub.update(status="canceled", ended_at=now, canceled_at=sub["canceled_at"] or now)
                sub["cancellation_details"] = {
                    "comment": None,
                    "feedback": None,
                    "reason": "cancellation_requested",
                }
                self.emit("customer.subscription.deleted", sub)
        self.emit("customer.deleted", found)
        self.put({"id": found["id"], "object": "customer", "deleted": True})
