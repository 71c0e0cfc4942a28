"""One reading becomes facts, entitlements, history and state, in one transaction."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from billing import entitlements, history
from billing.facts import payments, people, sessions, subscriptions
from billing.models import StripeCustomer, Subscription
from billing.reading import Money, Reading
from billing.shapes import invoice_is_paid, reference
from customers.happenings import Occurrence
from customers.lifecycle import Cause, recompute
from customers.vocabulary import LifecycleType

Raw = Mapping[str, Any]


@dataclass(frozen=True)
class Told:
    """The signed body of one event: a verified snapshot of the past, used for history only."""

    type: str
    obj: Raw
    at: datetime


def apply(reading: Reading, *, cause: Cause, told: Iterable[Told] = ()) -> dict[str, int]:
    """Write what was read, recompute everybody it touches; returns the person (id) of each root, where known.

    Safe to repeat and to race: each fact is locked and written only by the newest read.
    """
    with transaction.atomic():
        writer = _Writer(reading)
        writer.write()
        writer.remember(told)
        writer.recompute(cause)
    return writer.person_of


class _Writer:
    """Always in the same order (customers, sessions, payments, subscriptions, people): no deadlock."""

    def __init__(self, reading: Reading) -> None:
        self.person_of: dict[str, int] = {}
        self._reading = reading
        self._at = reading.started_at
        self._happened: dict[int, list[Occurrence]] = defaultdict(list)
        self._owners: dict[str, StripeCustomer] = {}
        self._written: list[Subscription] = []
        self._paid_invoices: set[str] = set()

    def write(self) -> None:
        for id_, raw in sorted(self._reading.customers.items()):
            self._customer(id_, raw)
        for id_, raw in sorted(self._reading.sessions.items()):
            self._session(id_, raw)
        for key, money in sorted(self._reading.money.items()):
            self._payment(key, money)
        for id_, raw in sorted(self._reading.subscriptions.items()):
            self._subscription(id_, raw)

    def remember(self, told: Iterable[Told]) -> None:
        """Take what the signed bodies tell of the past, now that it is known whose they are."""
        for each in told:
            for root, occurrences in self._of_body(each):
                if person := self.person_of.get(root):
                    self._happened[person] += occurrences

    def recompute(self, cause: Cause) -> None:
        for customer_id in sorted(self._happened):
            happened = self._happened[customer_id]
            opened = history.opened_before(customer_id) | {(each.type, each.subject) for each in happened}
            for row in self._written:
                if row.stripe_customer.customer_id == customer_id:
                    happened += history.closed(
                        row, sorted(opened), paid_invoices=self._paid_invoices, at=self._at
                    )
            recompute(customer_id, now=self._at, cause=cause, occurrences=happened)

    def _customer(self, id_: str, raw: Raw) -> None:
        owner, happened = people.write(id_, raw, read_at=self._at)
        if owner is None:
            return
        self._owners[id_] = owner
        self._touch(f"customer:{id_}", owner.customer_id, happened)
        if owner.deleted_at:
            end_all(owner)

    def _session(self, id_: str, raw: Raw) -> None:
        row = sessions.write(raw, owner=self._owner(raw), read_at=self._at)
        if row and row.customer_id:
            self._touch(f"checkout_session:{id_}", row.customer_id, history.of_session(raw, at=self._at))

    def _payment(self, key: str, money: Money) -> None:
        invoice = money.invoice or {}
        if invoice_is_paid(invoice):
            self._paid_invoices.add(reference(invoice))
        row = payments.write(
            key, money, owner=self._owner(money.intent or money.charge or invoice), read_at=self._at
        )
        if row is None or row.customer_id is None:
            return
        happened = [*history.of_payment(row, refunds=money.refunds, disputes=money.disputes)]
        if row.subscription:
            happened += history.of_invoice(invoice, at=self._at)
            self._refresh(row.subscription)
        entitlements.of_payment(row)
        for root in (f"payment_intent:{key}", f"charge:{key}", f"invoice:{row.invoice}"):
            self._touch(root, row.customer_id, happened)

    def _subscription(self, id_: str, raw: Raw) -> None:
        owner = self._owner(raw)
        if owner is None:
            return
        open_invoices = self._reading.open_invoices.get(id_, [])
        before = Subscription.objects.filter(stripe_id=id_).values_list("prices", flat=True).first()
        row = subscriptions.write(raw, owner=owner, open_invoices=open_invoices, read_at=self._at)
        self._touch(f"subscription:{id_}", owner.customer_id)
        if row is None:
            return
        self._written.append(row)
        happened = [*history.of_subscription(raw, at=self._at), *_plan_change(row, before or [], self._at)]
        for invoice in open_invoices:
            happened += history.of_invoice(invoice, at=self._at)
        self._touch(f"subscription:{id_}", owner.customer_id, happened)
        entitlements.of_subscription(row)

    def _refresh(self, subscription: str) -> None:
        """A refund or dispute of its invoice shows as a flag on the subscription."""
        row = Subscription.objects.filter(stripe_id=subscription).select_related("stripe_customer").first()
        if row and subscription not in self._reading.subscriptions:
            entitlements.of_subscription(row)

    def _of_body(self, told: Told) -> Iterable[tuple[str, list[Occurrence]]]:
        id_ = reference(told.obj)
        if told.type.startswith("customer.subscription."):
            yield f"subscription:{id_}", [*history.of_subscription(told.obj, at=told.at)]
        elif told.type.startswith("checkout.session."):
            yield f"checkout_session:{id_}", [*history.of_session(told.obj, at=told.at)]
        elif told.type.startswith("invoice.") and id_:
            if told.type in ("invoice.paid", "invoice.payment_succeeded"):
                self._paid_invoices.add(id_)
            failed = told.type == "invoice.payment_failed"
            found = [*history.of_invoice(told.obj, at=told.at, failed=failed)]
            for root in {f"subscription:{each}" for each in self._reading.subscriptions}:
                yield root, found

    def _owner(self, obj: Raw) -> StripeCustomer | None:
        return self._owners.get(reference(obj.get("customer")))

    def _touch(self, root: str, customer_id: int, happened: Iterable[Occurrence] = ()) -> None:
        self.person_of[root] = customer_id
        self._happened[customer_id] += happened


def end_all(owner: StripeCustomer) -> None:
    """Stripe cancels the subscriptions of a deleted customer at once."""
    ended_at = owner.deleted_at
    assert ended_at is not None
    for row in Subscription.objects.select_for_update().filter(stripe_customer=owner).order_by("pk"):
        subscriptions.end(row, at=ended_at, reason="cancellation_requested")
        entitlements.of_subscription(row)


def _plan_change(row: Subscription, before: list[str], at: datetime) -> Iterable[Occurrence]:
    """Another plan than at the last read; the invoice of the change is its key."""
    if before and row.prices and before != row.prices:
        change = f"{row.stripe_id}:{'+'.join(before)}>{'+'.join(row.prices)}:{row.latest_invoice}"
        yield Occurrence(LifecycleType.PLAN_CHANGED, change[:255], at)
