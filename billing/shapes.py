"""Reading Stripe's JSON tolerantly: every shape from 2014 to endive says the same things somewhere."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Raw = Mapping[str, Any]

PAYMENTS = ("payment_intent", "charge", "payment_record")  # the kinds of what can pay an invoice

LATEST = datetime(9999, 12, 1, tzinfo=UTC)  # "never ends"; later ones overflow when seconds are added


class UnknownShape(ValueError):
    """The object lacks what no version of Stripe's API leaves out; `args[0]` says what, without values."""


def reference(value: object) -> str:
    """The id behind a field that is an id, an expanded object or nothing."""
    found = value.get("id") if isinstance(value, Mapping) else value
    return found if isinstance(found, str) else ""


def moment(value: object) -> datetime | None:
    """A Unix time in seconds as an aware UTC datetime; None for anything that is no plausible time."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 253_402_300_800:
        return None
    return min(datetime.fromtimestamp(value, tz=UTC), LATEST)


def text(value: object, limit: int = 255) -> str:
    """A string field, cut to `limit`; "" for anything else.

    Without what PostgreSQL refuses: NUL, and half of a surrogate pair (JSON can say it, UTF-8 cannot).
    """
    if not isinstance(value, str):
        return ""
    return value.replace("\x00", "").encode(errors="ignore").decode()[:limit]


def whole(value: object) -> int:
    """An amount in minor units; 0 for anything that is no whole number."""
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def expanded(value: object) -> Raw | None:
    """The object of an expanded field, or None when it is only an id."""
    return value if isinstance(value, Mapping) else None


def listed(value: object) -> list[Raw]:
    """The objects of a Stripe list, or of a plain array."""
    found = value.get("data") if isinstance(value, Mapping) else value
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def required(value: str, what: str) -> str:
    """`value`, or UnknownShape when the object does not have it."""
    if not value:
        raise UnknownShape(what)
    return value


def invoice_subscription(invoice: Raw) -> str:
    """The subscription that an invoice bills; since basil below `parent`, before at the top."""
    parent = expanded(invoice.get("parent")) or {}
    details = expanded(parent.get("subscription_details")) or {}
    if found := reference(details.get("subscription")) or reference(invoice.get("subscription")):
        return found
    for line in listed(invoice.get("lines")):
        line_parent = expanded(line.get("parent")) or {}
        details = expanded(line_parent.get("subscription_item_details")) or {}
        if found := reference(details.get("subscription")) or reference(line.get("subscription")):
            return found
    return ""


def subscription_items(subscription: Raw) -> list[Raw]:
    """The items that are sold; very old shapes have one `plan` at the top instead."""
    items = listed(subscription.get("items"))
    if items:
        return [each for each in items if each.get("quantity") != 0 and not each.get("deleted")]
    return [subscription] if expanded(subscription.get("plan")) and subscription.get("quantity") != 0 else []


def sells_anything(subscription: Raw) -> bool:
    """Whether the object says at all what it sells, if only none of it (quantity 0)."""
    return bool(listed(subscription.get("items"))) or expanded(subscription.get("plan")) is not None


def item_price(item: Raw) -> Raw:
    """The price of a subscription item or line item (older shapes call it `plan`)."""
    return expanded(item.get("price")) or expanded(item.get("plan")) or {}


def period_end(subscription: Raw) -> datetime | None:
    """Until when the subscription is paid: the latest item's, else the old place at the top."""
    ends = [moment(item.get("current_period_end")) for item in listed(subscription.get("items"))]
    known = [end for end in ends if end is not None]
    return max(known) if known else moment(subscription.get("current_period_end"))


def scheduled_end(subscription: Raw) -> datetime | None:
    """When a living subscription will end: `cancel_at`, or the period's end under cancel_at_period_end."""
    if found := moment(subscription.get("cancel_at")):
        return found
    return period_end(subscription) if subscription.get("cancel_at_period_end") is True else None


def line_prices(lines: object) -> Iterator[str]:
    """The price ids of invoice lines or checkout line items, old shape or new."""
    for line in listed(lines):
        details = expanded((expanded(line.get("pricing")) or {}).get("price_details")) or {}
        found = reference(details.get("price")) or reference(line.get("price")) or reference(line.get("plan"))
        if found and line.get("quantity") != 0:
            yield found


@dataclass(frozen=True)
class Part:
    """One payment of an invoice: what was paid with which object. `kind` is "" for the invoice itself."""

    kind: str
    id: str
    amount: int


def invoice_parts(invoice: Raw) -> list[Part]:
    """What paid an invoice, in as many parts as it was paid; the invoice itself while it shows no payment.

    Since basil they are its `payments`, before a payment intent or charge at the top.
    https://docs.stripe.com/api/invoice-payment/object
    """
    found = [*_paid_parts(listed(invoice.get("payments")))]
    for kind in PAYMENTS:
        if not found and (id_ := reference(invoice.get(kind))):
            found = [Part(kind, id_, whole(invoice.get("amount_paid")))]
    if not found and (id_ := reference(invoice)):
        found = [Part("", id_, _settled(invoice))]
    return found


def _paid_parts(payments: Iterable[Raw]) -> Iterator[Part]:
    for each in payments:
        payment = expanded(each.get("payment")) or {}
        kind = next((kind for kind in PAYMENTS if reference(payment.get(kind))), "")
        if kind and each.get("status") in (None, "paid"):
            yield Part(kind, reference(payment.get(kind)), whole(each.get("amount_paid")))


def _settled(invoice: Raw) -> int:
    """What was paid of an invoice without payments: out of band, or a one-off one from the credit balance."""
    paid = whole(invoice.get("amount_paid"))
    if paid or invoice_subscription(invoice):
        return paid
    # A credit note before the payment forgives: nobody paid that, also not from their balance.
    return max(0, whole(invoice.get("total")) - whole(invoice.get("pre_payment_credit_notes_amount")))


def invoice_is_paid(invoice: Raw) -> bool:
    """Fully settled by any means; very old shapes say `paid` instead of a status."""
    return invoice.get("status") == "paid" or ("status" not in invoice and invoice.get("paid") is True)
