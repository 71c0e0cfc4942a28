"""Re-reading a root object at Stripe: what is true there now."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from billing import charges
from billing.shapes import expanded, invoice_parts, invoice_subscription, listed, reference
from billing.stripe_api import NotThere, StripeApi

Raw = Mapping[str, Any]

SUBSCRIPTION_EXPAND = ("customer", "latest_invoice.payments")
SESSION_EXPAND = ("customer", "line_items")
INTENT_EXPAND = ("customer", "latest_charge.refunds")
INVOICE_EXPAND = ("customer", "payments")


@dataclass
class Money:
    """One payment as read: its intent or charge, its refunds and disputes, and what it paid for."""

    intent: Raw | None = None
    charge: Raw | None = None
    invoice: Raw | None = None
    session: Raw | None = None
    refunds: list[Raw] = field(default_factory=list)
    disputes: list[Raw] = field(default_factory=list)


@dataclass
class Reading:
    """All that one read brought home. `started_at` is the database's clock before the first call."""

    started_at: datetime
    customers: dict[str, Raw] = field(default_factory=dict)
    subscriptions: dict[str, Raw] = field(default_factory=dict)
    open_invoices: dict[str, list[Raw]] = field(default_factory=dict)
    sessions: dict[str, Raw] = field(default_factory=dict)
    money: dict[str, Money] = field(default_factory=dict)

    def roots(self) -> set[str]:
        """Every root that this reading covers, so that their waiting events need no read of their own."""
        covered = {f"customer:{each}" for each in self.customers}
        covered |= {f"subscription:{each}" for each in self.subscriptions}
        covered |= {f"checkout_session:{each}" for each in self.sessions}
        for key, money in self.money.items():
            # A payment that only an invoice or a session told us of was not read itself.
            covered |= {f"payment_intent:{key}"} if money.intent else set()
            covered |= {f"charge:{reference(money.charge)}"} if money.charge else set()
            covered |= {f"invoice:{reference(money.invoice)}"} if money.invoice else set()
        return covered

    def ids(self) -> set[str]:
        """The id of every object that this reading may write. What paid one invoice is one purchase."""
        bills = [each.invoice or (each.session or {}).get("invoice") for each in self.money.values()]
        invoices = {reference(each) for each in bills}
        return {*self.customers, *self.subscriptions, *self.sessions, *self.money, *invoices}


def read(root: str, api: StripeApi | None = None) -> Reading:
    """Read `<resource>:<id>` with all that belongs to it. Outside any transaction.

    Raises NotThere when Stripe does not know the root, and any other ProviderError.
    """
    resource, _, id_ = root.partition(":")
    reader = _Reader(api or StripeApi())
    _READERS[resource](reader, id_)
    return reader.reading


def database_now() -> datetime:
    """The one clock that all processes share."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        found: datetime = cursor.fetchone()[0]
    return found


class _Reader:
    """Follows the links from one root, reading each object once."""

    def __init__(self, api: StripeApi) -> None:
        self.reading = Reading(started_at=database_now())
        self._api = api

    def customer(self, id_: str) -> None:
        self.reading.customers[id_] = self._api.retrieve("customers", id_)

    def subscription(self, id_: str) -> None:
        if id_ in self.reading.subscriptions:
            return
        found = self._whole(
            self._api.retrieve("subscriptions", id_, expand=SUBSCRIPTION_EXPAND),
            "items", "subscription_items", {"subscription": id_},
        )  # fmt: skip
        self.reading.subscriptions[id_] = found
        self._owner(found)
        if found.get("status") in ("past_due", "unpaid"):
            self.reading.open_invoices[id_] = list(
                self._api.each("invoices", {"subscription": id_, "status": "open"})
            )
        if invoice := expanded(found.get("latest_invoice")):
            self._paid_invoice(invoice)

    def session(self, id_: str) -> None:
        self._session(self._api.retrieve("checkout/sessions", id_, expand=SESSION_EXPAND))

    def payment_intent(self, id_: str) -> None:
        if id_ in self.reading.money and self.reading.money[id_].intent:
            return
        intent = self._api.retrieve("payment_intents", id_, expand=INTENT_EXPAND)
        money = self.reading.money.setdefault(id_, Money())
        money.intent, money.charge = intent, expanded(intent.get("latest_charge"))
        self._owner(intent)
        self._refunds_and_disputes(money, {"payment_intent": id_})
        for session in self._api.each(
            "checkout/sessions", {"payment_intent": id_, "expand[]": ["data.line_items"]}
        ):
            money.session = self._keep_session(session)
        if money.session is None and money.invoice is None:
            self._invoice_of(id_)

    def charge(self, id_: str) -> None:
        if id_ in self.reading.money and self.reading.money[id_].charge:
            return
        charge = self._api.retrieve("charges", id_, expand=("customer", "refunds"))
        if intent := reference(charge.get("payment_intent")):
            self.payment_intent(intent)
            return
        money = self.reading.money.setdefault(id_, Money())
        money.charge = charge
        self._owner(charge)
        self._refunds_and_disputes(money, {"charge": id_})
        if money.invoice is None and (paid := charges.invoice_of(charge, self._api)):
            self._was_for(id_, paid)

    def invoice(self, id_: str) -> None:
        invoice = self._whole_invoice(id_)
        self._owner(invoice)
        if subscription := invoice_subscription(invoice):
            self._paid_invoice(invoice)
            self.subscription(subscription)
        else:
            self._one_off(invoice)

    def _session(self, session: Raw) -> None:
        session = self._keep_session(session)
        if subscription := reference(session.get("subscription")):
            self.subscription(subscription)
        if intent := reference(session.get("payment_intent")):
            self.reading.money.setdefault(intent, Money(session=session))
            self.payment_intent(intent)
        elif session.get("mode") == "payment":
            self.reading.money[reference(session)] = Money(session=session)

    def _invoice_of(self, intent: str) -> None:
        """Since basil only an InvoicePayment leads from a payment to its invoice."""
        query = {"payment[type]": "payment_intent", "payment[payment_intent]": intent}
        for each in self._api.each("invoice_payments", query):
            self._was_for(intent, reference(each.get("invoice")))
            return

    def _was_for(self, payment: str, invoice_id: str) -> None:
        invoice = self._whole_invoice(invoice_id)
        self.reading.money[payment].invoice = invoice
        if subscription := invoice_subscription(invoice):
            self.subscription(subscription)
        else:
            self._one_off(invoice)

    def _paid_invoice(self, invoice: Raw) -> None:
        for part in invoice_parts(invoice):
            self.reading.money.setdefault(part.id, Money(invoice=invoice))

    def _one_off(self, invoice: Raw) -> None:
        """All that paid it: it stays bought while money of any of its payments is left."""
        known = any(each.invoice is invoice for each in self.reading.money.values())
        for part in invoice_parts(invoice):
            if part.kind or not known:
                self.reading.money.setdefault(part.id, Money()).invoice = invoice
            if part.kind == "payment_intent":
                self.payment_intent(part.id)
            elif part.kind == "charge":
                self.charge(part.id)

    def _refunds_and_disputes(self, money: Money, query: dict[str, str]) -> None:
        charge = money.charge
        embedded = expanded(charge.get("refunds")) if charge else None
        complete = embedded is not None and embedded.get("has_more") is not True
        money.refunds = listed(embedded) if complete else list(self._api.each("refunds", query))
        if charge and charge.get("disputed") is True:
            money.disputes = list(self._api.each("disputes", query))

    def _keep_session(self, session: Raw) -> Raw:
        key = reference(session)
        self.reading.sessions[key] = self._whole(
            session, "line_items", f"checkout/sessions/{key}/line_items", {}
        )
        self._owner(session)
        return self.reading.sessions[key]

    def _whole_invoice(self, id_: str) -> Raw:
        found = self._api.retrieve("invoices", id_, expand=INVOICE_EXPAND)
        found = self._whole(found, "payments", "invoice_payments", {"invoice": id_})
        return self._whole(found, "lines", f"invoices/{id_}/lines", {})

    def _whole(self, obj: Raw, field: str, resource: str, query: dict[str, str]) -> Raw:
        """The object with the whole of an embedded list, of which Stripe shows only the beginning."""
        embedded = expanded(obj.get(field))
        if embedded is None or embedded.get("has_more") is not True:
            return obj
        return {**obj, field: {**embedded, "data": list(self._api.each(resource, query)), "has_more": False}}

    def _owner(self, obj: Raw) -> None:
        """Keep the expanded customer, or read it: it names the person."""
        customer = obj.get("customer")
        if found := expanded(customer):
            self.reading.customers.setdefault(reference(found), found)
        elif (id_ := reference(customer)) and id_ not in self.reading.customers:
            self.customer(id_)


_READERS: dict[str, Callable[[_Reader, str], None]] = {
    "customer": _Reader.customer,
    "subscription": _Reader.subscription,
    "checkout_session": _Reader.session,
    "payment_intent": _Reader.payment_intent,
    "charge": _Reader.charge,
    "invoice": _Reader.invoice,
}

__all__ = ["Money", "NotThere", "Reading", "database_now", "read"]
